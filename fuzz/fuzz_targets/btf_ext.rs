//! The `.BTF.ext` of an otherwise valid object: the first byte chooses the object.
#![no_main]

use bpfc_fuzz::{fixtures, read};
use bpfc_relo::BpfObject;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&choice, ext)) = data.split_first() else { return };
    let fixture = fixtures::chosen(choice);
    let Some(elf) = fixtures::with_section(&fixture.bytes, fixture.object.endian(), ".BTF.ext", ext) else {
        return;
    };
    if let Ok(object) = BpfObject::parse(&elf) {
        read::object(object, &elf);
    }
});
