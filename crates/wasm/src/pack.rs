//! `Pack`: the tar that ships.

use std::borrow::Cow;

use bpfc_archive::Package;
use bpfc_pack::{Json, describe, json};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::Result;

/// An opened pack.
#[wasm_bindgen]
pub struct Pack(pub(crate) bpfc_archive::Pack<'static>);

#[wasm_bindgen]
impl Pack {
    /// Opens a tar, plain or packed with gzip or xz.
    pub fn open(bytes: Vec<u8>) -> Result<Pack> {
        Ok(Pack(bpfc_archive::Pack::open(Cow::Owned(bytes))?))
    }

    /// JSON: `[{ path, size, sha256, identity }]`, by path; `identity` is null for what is no kernel.
    pub fn entries(&self) -> String {
        let entries = self.0.entries().map(|entry| {
            json!({
                "path": entry.path,
                "size": entry.content.len(),
                "sha256": entry.digest().to_string(),
                "identity": entry.identity().as_ref().map(describe::identity),
            })
        });
        entries.collect::<Json>().to_string()
    }

    /// JSON: the names of what is in the tar and not among the entries.
    pub fn skipped(&self) -> String {
        let names = self.0.skipped().iter().map(|entry| entry.name.as_str());
        names.collect::<Json>().to_string()
    }

    /// The content of an entry; nothing when there is no such path.
    pub fn read(&self, path: &str) -> Option<Vec<u8>> {
        self.0.read(path).map(<[u8]>::to_vec)
    }

    /// The ELF file inside `package.json`; nothing when the pack has none.
    pub fn program(&self) -> Result<Option<Vec<u8>>> {
        let Some(package) = self.0.package() else { return Ok(None) };
        Ok(Some(package?.program()?))
    }
}

/// The ELF file inside a `package.json`.
#[wasm_bindgen(js_name = programOfPackage)]
pub fn program_of_package(json: &[u8]) -> Result<Vec<u8>> {
    Ok(Package::parse(json)?.program()?)
}
