//! `BpfObject`: a parsed BPF object.

use std::sync::Arc;

use bpfc_pack::{describe, package_json};
use serde_json::json;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::Result;

/// A compiled BPF object.
#[wasm_bindgen]
pub struct BpfObject {
    pub(crate) parsed: Arc<bpfc_relo::BpfObject>,
    bytes: Vec<u8>,
}

#[wasm_bindgen]
impl BpfObject {
    /// Reads an ELF file compiled by `clang -target bpf -g`.
    pub fn parse(bytes: Vec<u8>) -> Result<BpfObject> {
        Ok(BpfObject { parsed: Arc::new(bpfc_relo::BpfObject::parse(&bytes)?), bytes })
    }

    /// JSON; see `bpfc_pack::describe::object_info`.
    pub fn info(&self) -> String {
        describe::object_info(&self.parsed, &self.bytes).to_string()
    }

    /// `{ json, notes }` as JSON: ecc's `package.json` as text, and what to tell the user.
    #[wasm_bindgen(js_name = packageJson)]
    pub fn package_json(&self, file_name: &str) -> Result<String> {
        let package = package_json(&self.parsed, &self.bytes, file_name)?;
        let text = String::from_utf8_lossy(&package.json);
        Ok(json!({ "json": text, "notes": package.notes }).to_string())
    }
}
