//! All types of a BTF: as text, and what each costs.

use bpfc_pack::{DumpFormat, Json, describe};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::Result;
use crate::btf::Btf;

#[wasm_bindgen]
impl Btf {
    /// The types named, or all, as `c`, `raw` or `json`; nothing for another format.
    pub fn dump(&self, format: &str, types: Vec<String>) -> Result<Option<String>> {
        let Some(format) = DumpFormat::named(format) else { return Ok(None) };
        let names: Vec<&str> = types.iter().map(String::as_str).collect();
        Ok(Some(format.dump(self.parsed(), &names)?))
    }

    /// JSON; see `bpfc_pack::describe::type_sizes`.
    #[wasm_bindgen(js_name = typeSizes)]
    pub fn type_sizes(&self) -> String {
        Json::from(describe::type_sizes(self.parsed(), usize::MAX)).to_string()
    }
}
