//! `Trimmer`: kernels trimmed for a set of objects.

use std::sync::Arc;

use bpfc_pack::{KernelSource, describe};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::Result;
use crate::object::BpfObject;

/// Trims kernels for the objects added to it.
#[wasm_bindgen]
pub struct Trimmer {
    trimmer: bpfc_relo::Trimmer,
    objects: Vec<Arc<bpfc_relo::BpfObject>>,
}

/// A trimmed BTF with its report.
#[wasm_bindgen]
pub struct Trimmed {
    btf: Vec<u8>,
    report: String,
}

impl Default for Trimmer {
    fn default() -> Self {
        Trimmer::new()
    }
}

#[wasm_bindgen]
impl Trimmer {
    /// For no object yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Trimmer {
        Trimmer { trimmer: bpfc_relo::Trimmer::new(), objects: Vec::new() }
    }

    /// Adds an object; the handle stays usable and may be freed.
    pub fn add(&mut self, object: &BpfObject) {
        self.trimmer.add(object.parsed.clone());
        self.objects.push(object.parsed.clone());
    }

    /// Trims one kernel, in any form that `Btf.parse` reads.
    pub fn trim(&self, kernel: &[u8]) -> Result<Trimmed> {
        let source = KernelSource::open(kernel)?;
        let kernel = source.parse()?;
        let trimmed = self.trimmer.trim(&kernel)?;
        let objects = self.objects.iter().map(Arc::as_ref);
        let report = describe::trim_report(&kernel, &trimmed, objects).to_string();
        Ok(Trimmed { btf: trimmed.btf, report })
    }
}

#[wasm_bindgen]
impl Trimmed {
    /// The trimmed BTF.
    pub fn btf(&self) -> Vec<u8> {
        self.btf.clone()
    }

    /// JSON; see `bpfc_pack::describe::trim_report`.
    pub fn report(&self) -> String {
        self.report.clone()
    }
}
