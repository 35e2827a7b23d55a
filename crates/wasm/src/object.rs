//! `BpfObject`: a parsed BPF object.

use std::sync::Arc;

use bpfc_pack::describe;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::Result;
use crate::btf::Btf;

/// A compiled BPF object.
#[wasm_bindgen]
pub struct BpfObject {
    pub(crate) parsed: Arc<bpfc_relo::BpfObject>,
    pub(crate) bytes: Vec<u8>,
}

#[wasm_bindgen]
impl BpfObject {
    /// Reads an ELF file compiled by `clang -target bpf -g`.
    pub fn parse(bytes: Vec<u8>) -> Result<BpfObject> {
        Ok(BpfObject { parsed: Arc::new(bpfc_relo::BpfObject::parse(&bytes)?), bytes })
    }

    /// JSON; see `bpfc_pack::describe::object_info`.
    pub fn info(&self) -> Result<String> {
        Ok(describe::object_info(&self.parsed, &self.bytes)?.to_string())
    }

    /// Relocates the programs named in `autoload`, by default those that libbpf loads by itself, against a kernel.
    pub fn relocate(&self, kernel: &Btf, autoload: Option<Vec<String>>) -> Result<Relocated> {
        let object = self.parsed.as_ref();
        let loads = |program: &bpfc_relo::Program| match &autoload {
            None => program.autoload,
            Some(names) => program.subprogram || names.contains(&program.name),
        };
        let relocated = bpfc_relo::relocate(object, kernel.parsed(), loads)?;
        let report = describe::relocated(object, kernel.parsed(), &relocated, loads)?.to_string();
        Ok(Relocated { report, programs: relocated.programs })
    }
}

/// An object relocated against a kernel.
#[wasm_bindgen]
pub struct Relocated {
    report: String,
    programs: Vec<Vec<u8>>,
}

#[wasm_bindgen]
impl Relocated {
    /// JSON; see `bpfc_pack::describe::relocated`.
    pub fn report(&self) -> String {
        self.report.clone()
    }

    /// Instructions of the program at this position of the report; nothing when there is none.
    pub fn instructions(&self, program: usize) -> Option<Vec<u8>> {
        self.programs.get(program).cloned()
    }
}
