//! What a file is, what becomes of relocations, what differs: as JSON.

use bpfc_btf::Difference;
use bpfc_pack::{Named, compare, describe};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::Result;
use crate::btf::Btf;
use crate::object::BpfObject;

/// JSON; see `bpfc_pack::describe::inspect`.
#[wasm_bindgen]
pub fn inspect(bytes: &[u8]) -> Result<String> {
    Ok(describe::inspect(bytes)?.to_string())
}

/// An object's relocations over many kernels.
#[wasm_bindgen]
pub struct Against(bpfc_pack::Against);

#[wasm_bindgen]
impl Against {
    /// No kernel yet.
    #[wasm_bindgen(constructor)]
    pub fn new(object: &BpfObject) -> Against {
        Against(bpfc_pack::Against::new(object.parsed.clone()))
    }

    /// Adds a kernel, in any form that `Btf.parse` reads; one that cannot be read is told with its error.
    pub fn add(&mut self, name: &str, kernel: &[u8]) -> Result<()> {
        Ok(self.0.add(name, kernel)?)
    }

    /// JSON; see `bpfc_pack::Against::finish`.
    pub fn json(&self) -> Result<String> {
        Ok(self.0.finish()?.to_string())
    }
}

#[wasm_bindgen]
impl Btf {
    /// What differs between this and a newer one, which errors call by these names; JSON, see `bpfc_pack::describe::diff`.
    pub fn diff(&self, new: &Btf, types: Vec<String>, old_name: &str, new_name: &str) -> Result<String> {
        Ok(describe::diff(&self.differences(new, &types, [old_name, new_name])?)?.to_string())
    }

    pub(crate) fn differences(
        &self,
        new: &Btf,
        types: &[String],
        [old_name, new_name]: [&str; 2],
    ) -> Result<Vec<Difference>> {
        let types: Vec<&str> = types.iter().map(String::as_str).collect();
        let old = Named { file: old_name, btf: self.parsed() };
        let new = Named { file: new_name, btf: new.parsed() };
        Ok(compare(old, new, &types)?)
    }
}
