//! The making of packs: `package.json`, and `PackWriter`.

use bpfc_archive::PackContainer;
use bpfc_pack::{json, package_json};
use wasm_bindgen::prelude::wasm_bindgen;

use super::layout::Layout;
use crate::Result;
use crate::object::BpfObject;

#[wasm_bindgen]
impl BpfObject {
    /// `{ json, notes }` as JSON: ecc's `package.json` as text, and what to tell the user.
    #[wasm_bindgen(js_name = packageJson)]
    pub fn package_json(&self, file_name: &str) -> Result<String> {
        let package = package_json(&self.parsed, &self.bytes, file_name)?;
        let text = String::from_utf8_lossy(&package.json);
        Ok(json!({ "json": text.as_ref(), "notes": package.notes }).to_string())
    }
}

/// What a pack is written as.
#[wasm_bindgen]
#[derive(Clone, Copy)]
pub enum Container {
    /// Plain tar.
    Tar = "tar",
    /// The same tar with gzip.
    TarGz = "tar.gz",
}

/// Collects entries and writes the pack.
#[wasm_bindgen]
pub struct PackWriter(bpfc_archive::PackWriter);

#[wasm_bindgen]
impl PackWriter {
    /// A pack without entries, for the reader of this layout.
    #[wasm_bindgen(constructor)]
    pub fn new(layout: Layout) -> PackWriter {
        PackWriter(bpfc_archive::PackWriter::for_layout(layout.into()))
    }

    /// Adds a file under a relative path without `./`.
    pub fn add(&mut self, path: &str, bytes: Vec<u8>) -> Result<()> {
        Ok(self.0.add(path, bytes)?)
    }

    /// The pack.
    pub fn finish(&self, container: Container) -> Result<Vec<u8>> {
        let container = match container {
            Container::TarGz => PackContainer::TarGzip,
            _ => PackContainer::Tar,
        };
        Ok(self.0.finish(container)?)
    }
}
