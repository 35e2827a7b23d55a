//! aya-obj, a loader with rules of its own: what it makes of an object and a BTF.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use aya_obj::Object;
use aya_obj::btf::Btf;
use aya_obj::generated::bpf_insn;
use object::Endianness;

/// What became of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is relocated: the instructions of its functions, by name.
    Relocated(BTreeMap<String, Vec<Instruction>>),
    /// aya does not read the object, whatever the kernel: why.
    NotRead(String),
    /// aya does not read the BTF: why.
    BtfNotRead(String),
    /// aya refuses the object on this kernel: why.
    Refused(String),
    /// aya ends in a panic.
    Panicked,
}

/// Opcode, registers, offset and immediate value.
pub type Instruction = (u8, u8, u8, i16, i32);

/// Relocates all functions of a little-endian object against a BTF.
pub fn relocate(object: &[u8], btf: &[u8]) -> Outcome {
    catch_unwind(AssertUnwindSafe(|| relocate_or_panic(object, btf))).unwrap_or(Outcome::Panicked)
}

fn relocate_or_panic(object: &[u8], btf: &[u8]) -> Outcome {
    let mut object = match Object::parse(object) {
        Ok(object) => object,
        Err(error) => return Outcome::NotRead(chain(&error)),
    };
    let btf = match Btf::parse(btf, Endianness::Little) {
        Ok(btf) => btf,
        Err(error) => return Outcome::BtfNotRead(chain(&error)),
    };
    match object.relocate_btf(&btf) {
        Err(error) => Outcome::Refused(chain(&error)),
        Ok(()) => {
            let functions = object.functions.into_values();
            let parts = functions.map(|function| (function.name, function.instructions));
            Outcome::Relocated(
                parts.map(|(name, code)| (name, code.iter().map(instruction).collect())).collect(),
            )
        }
    }
}

fn instruction(code: &bpf_insn) -> Instruction {
    (code.code, code.dst_reg(), code.src_reg(), code.off, code.imm)
}

/// An error with what it is due to.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
