//! The `.BTF` section of ELF files (libbpf: `btf_parse_elf`).

use bpfc_btf::{Code, elf};

/// A file of the given class and byte order with these sections: name, type and contents.
fn file(bits64: bool, big: bool, sections: &[(&str, u32, &[u8])]) -> Vec<u8> {
    let number = |value: u64, bytes: usize| {
        let little = &value.to_le_bytes()[..bytes];
        if big { little.iter().rev().copied().collect() } else { little.to_vec() }
    };
    let word = if bits64 { 8 } else { 4 };
    let header = if bits64 { 64 } else { 52 };
    let mut names = vec![0];
    let mut contents = Vec::new();
    let mut table = vec![0; if bits64 { 64 } else { 40 }];
    let all = sections.iter().copied().chain([(".shstrtab", 3, &[][..])]);
    for (name, kind, data) in all {
        let name_at = names.len() as u64;
        names.extend(name.bytes().chain([0]));
        let data = if name == ".shstrtab" { &names } else { data };
        let size = if kind == 8 { 64 } else { data.len() };
        let fields = [(name_at, 4), (u64::from(kind), 4), (0, word), (0, word)];
        let fields = fields.into_iter().chain([(header + contents.len() as u64, word), (size as u64, word)]);
        let fields = fields.chain([(0, 4), (0, 4), (1, word), (0, word)]);
        table.extend(fields.flat_map(|(value, bytes)| number(value, bytes)));
        contents.extend_from_slice(data);
    }
    let mut out = b"\x7fELF".to_vec();
    out.extend([if bits64 { 2 } else { 1 }, if big { 2 } else { 1 }, 1]);
    out.resize(16, 0);
    let count = sections.len() as u64 + 2;
    let fields = [(1, 2), (183, 2), (1, 4), (0, word), (0, word), (header + contents.len() as u64, word)];
    let fields = fields.into_iter().chain([(0, 4), (header, 2), (0, 2), (0, 2)]);
    let fields = fields.chain([(if bits64 { 64 } else { 40 }, 2), (count, 2), (count - 1, 2)]);
    out.extend(fields.flat_map(|(value, bytes)| number(value, bytes)));
    out.extend(contents);
    out.extend(table);
    out
}

const PROGBITS: u32 = 1;
const NOBITS: u32 = 8;

#[test]
fn the_section_is_found_in_every_class_and_byte_order() {
    for bits64 in [false, true] {
        for big in [false, true] {
            let data = file(bits64, big, &[(".text", PROGBITS, b"code"), (".BTF", PROGBITS, b"types")]);
            assert_eq!(elf::btf_section(&data), Ok(&b"types"[..]), "{bits64} {big}");
        }
    }
}

#[test]
fn the_first_section_of_the_name_counts() {
    let sections =
        [(".BTF.ext", PROGBITS, &b"x"[..]), (".BTF", PROGBITS, b"first"), (".BTF", PROGBITS, b"second")];
    assert_eq!(elf::btf_section(&file(true, false, &sections)), Ok(&b"first"[..]));
}

#[test]
fn a_file_without_btf_says_so() {
    let code =
        |sections: &[(&str, u32, &[u8])]| elf::btf_section(&file(true, false, sections)).unwrap_err().code();
    assert_eq!(code(&[]), Code::NoBtf);
    assert_eq!(code(&[(".BTF_ids", PROGBITS, b"x")]), Code::NoBtf);
    assert_eq!(code(&[(".BTF", PROGBITS, b"")]), Code::NoBtf, "empty");
    assert_eq!(code(&[(".BTF", NOBITS, b"")]), Code::NoBtf, "stripped: no bits in the file");
}

#[test]
fn what_is_not_elf_says_so() {
    for data in [&b""[..], b"\x7fEL", b"\x9f\xeb\x01\x00", b"#!/bin/sh"] {
        assert!(!elf::sniff(data));
        assert_eq!(elf::btf_section(data).unwrap_err().code(), Code::NotElf);
    }
    assert!(elf::sniff(b"\x7fELF"));
}

#[test]
fn an_elf_file_cut_anywhere_is_refused() {
    for bits64 in [false, true] {
        let data = file(bits64, false, &[(".BTF", PROGBITS, b"types")]);
        for length in 4..data.len() {
            assert_eq!(
                elf::btf_section(&data[..length]).unwrap_err().code(),
                Code::Malformed,
                "{length} bytes"
            );
        }
    }
}

#[test]
fn an_unknown_class_is_refused() {
    let mut data = file(true, false, &[(".BTF", PROGBITS, b"types")]);
    data[4] = 3;
    let error = elf::btf_section(&data).unwrap_err();
    assert_eq!((error.code(), error.offset(), error.value()), (Code::Malformed, 4, 3));
}
