//! What is told of objects stays in proportion.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "this is test code")]

#[path = "../../relo/tests/common/mod.rs"]
mod assembler;
#[path = "../../btf/tests/common/notation.rs"]
mod notation;

use assembler::{Assembler, load_imm64};
use bpfc_btf::{Btf, Endian};
use bpfc_pack::describe;
use bpfc_relo::{BpfObject, relocate};

/// A struct with a long name and so many relocations.
fn object(relocations: u32) -> Vec<u8> {
    let types = format!("u int 4; {} struct 4 x:u@0", "s".repeat(4000));
    let mut object = Assembler::new(Endian::Little, &types);
    object.function("kprobe", "program", &load_imm64(Endian::Little, 1));
    (0..relocations).for_each(|_| object.relocate("kprobe", 0, 2, &"s".repeat(4000), "0:0"));
    object.finish()
}

/// Each relocation tells its type's name.
#[test]
fn a_report_of_more_than_64_mib_is_refused() {
    let told = |relocations| {
        let bytes = object(relocations);
        let object = BpfObject::parse(&bytes).unwrap();
        let kernel = Btf::parse(notation::btf(Endian::Little, "u int 4")).unwrap();
        let relocated = relocate(&object, &kernel, |_| true).unwrap();
        let codes = [
            describe::object_info(&object, &bytes),
            describe::relocated(&object, &kernel, &relocated, |_| true),
        ];
        codes.map(|told| told.map(|_| ()).map_err(|error| error.code()))
    };
    assert_eq!(told(7_000), [Ok(()), Ok(())]);
    assert_eq!(told(17_000), [Err("REPORT_LIMIT"), Err("REPORT_LIMIT")]);
}
