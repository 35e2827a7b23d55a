//! `Trimmer`: kernels trimmed for a set of objects.

use bpfc_pack::{Json, KernelTrimmer};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::Result;
use crate::object::BpfObject;

/// Trims kernels for the objects added to it.
#[wasm_bindgen]
#[derive(Default)]
pub struct Trimmer(KernelTrimmer);

/// A trimmed BTF with its report.
#[wasm_bindgen]
pub struct Trimmed {
    btf: Vec<u8>,
    report: String,
}

#[wasm_bindgen]
impl Trimmer {
    /// For no object yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Trimmer {
        Trimmer::default()
    }

    /// Adds an object; the handle stays usable and may be freed.
    pub fn add(&mut self, object: &BpfObject) {
        self.0.add(object.parsed.clone());
    }

    /// Whether BTFs are written for libbpf before 1.0 too.
    #[wasm_bindgen(js_name = setCompat)]
    pub fn set_compat(&mut self, compat: bool) {
        self.0.set_compat(compat);
    }

    /// Trims one kernel with its modules, each in any form that `Btf.parse` reads.
    pub fn trim(&self, kernel: &[u8], modules: Vec<Uint8Array>) -> Result<Trimmed> {
        let modules: Vec<Vec<u8>> = modules.iter().map(Uint8Array::to_vec).collect();
        let trimmed = self.0.trim(kernel, &modules)?;
        Ok(Trimmed { btf: trimmed.btf, report: Json::from(&trimmed.report).to_string() })
    }
}

#[wasm_bindgen]
impl Trimmed {
    /// The trimmed BTF.
    pub fn btf(&self) -> Vec<u8> {
        self.btf.clone()
    }

    /// JSON; see `bpfc_pack::describe::TrimReport`.
    pub fn report(&self) -> String {
        self.report.clone()
    }
}
