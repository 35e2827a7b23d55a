//! Relocation: an object of the fixtures with other relocation records, against an edited kernel. The first byte chooses
//! the object, the second says how many edits of `.BTF.ext` follow, four bytes each: which word, and its new value; the
//! rest are edits of the object's own types. What is relocated is also trimmed for, and must mean the same then.
#![no_main]

use std::sync::Arc;

use bpfc_btf::Btf;
use bpfc_fuzz::{agree, fixtures, kernel};
use bpfc_relo::{BpfObject, Error, Trimmer, relocate};
use libfuzzer_sys::fuzz_target;

/// Length of an edit of `.BTF.ext`.
const EDIT: usize = 4;

fuzz_target!(|data: &[u8]| {
    let [choice, count, rest @ ..] = data else { return };
    let fixture = fixtures::chosen(*choice);
    let endian = fixture.object.endian();
    let (edits, types) = rest.split_at(rest.len().min(usize::from(*count) * EDIT));
    let mut ext = fixtures::section(&fixture.bytes, endian, ".BTF.ext").unwrap_or(&[]).to_vec();
    let words = ext.len() / 4;
    for edit in edits.chunks_exact(EDIT).filter(|_| words > 0) {
        let at = usize::from(u16::from_le_bytes([edit[0], edit[1]])) % words * 4;
        let value = u16::from_le_bytes([edit[2], edit[3]]);
        ext[at..at + 4].copy_from_slice(&endian.bytes32(u32::from(value)));
    }
    let Some(elf) = fixtures::with_section(&fixture.bytes, endian, ".BTF.ext", &ext) else { return };
    let Ok(object) = BpfObject::parse(&elf) else { return };
    let object = Arc::new(object);
    let Ok(full) = Btf::parse(kernel::edited(object.btf(), types)) else { return };
    let relocated = relocate(&object, &full, |_| true).expect("one byte order");
    assert_eq!(relocated.outcomes.len(), object.relocations().len());
    for (program, code) in object.programs().iter().zip(&relocated.programs) {
        assert_eq!(program.instructions.len(), code.len());
    }
    for relocation in object.relocations() {
        object.source_line(relocation);
        object.expression(&object.specs()[relocation.spec]);
    }
    let mut trimmer = Trimmer::new();
    trimmer.add(Arc::clone(&object));
    match trimmer.trim(&full) {
        Ok(trimmed) => {
            let small = Btf::parse(trimmed.btf.as_slice()).expect("what trimming writes can be read");
            let pointer = full.pointer_size().unwrap_or(8);
            agree::assert_agree(&object, &full, &small.with_pointer_size(pointer));
        }
        Err(Error::Unstable { ty }) => panic!("TRIM_UNSTABLE: type {ty}"),
        Err(_) => {}
    }
});
