//! Names and the string section (libbpf: `btf_parse_str_sec`, `btf_validate_str`).

use bpfc_btf::{Btf, Code, Endian, TypeId};

use crate::{ENDIANS, file, info, records, refusal};

#[test]
fn the_section_is_not_empty_and_starts_and_ends_with_nul() {
    let strings = |strings: &[u8]| refusal(&records(Endian::Little, &[], strings));
    assert_eq!(strings(b""), (Code::Strings, 24), "empty");
    assert_eq!(strings(b"a\0"), (Code::Strings, 24), "first byte: a split BTF without its base");
    assert_eq!(strings(b"\0ab"), (Code::Strings, 26), "last byte");
    assert_eq!(strings(b"a"), (Code::Strings, 24));
}

#[test]
fn a_name_may_start_in_the_middle_of_another() {
    for endian in ENDIANS {
        let data = records(endian, &[6, info(false, 16, 0), 8], b"\0long double\0");
        let btf = Btf::parse(&data).unwrap();
        assert_eq!(btf.name(TypeId(1)), b"double");
        assert_eq!(btf.find(b"double").collect::<Vec<_>>(), [TypeId(1)]);
        assert_eq!(btf.find(b"long double").count(), 0);
        assert!(btf.string_tail(6).starts_with(b"double\0"));
    }
}

#[test]
fn names_are_bytes_and_need_not_be_utf_8() {
    let btf = Btf::parse(records(Endian::Little, &[1, info(false, 7, 0), 0], b"\0\xff\xfe\0")).unwrap();
    assert_eq!(btf.name(TypeId(1)), b"\xff\xfe");
    assert_eq!(btf.c_name(TypeId(1)), "struct \u{fffd}\u{fffd}");
}

#[test]
fn a_string_outside_the_section_is_empty() {
    let btf = Btf::parse(file(Endian::Little, &[24, 0, 0, 0, 3], &[], b"\0a\0")).unwrap();
    assert_eq!(
        (btf.string(1), btf.string(2), btf.string(3), btf.string(u32::MAX)),
        (&b"a"[..], &b""[..], &b""[..], &b""[..])
    );
    assert_eq!((btf.strings().len(), btf.strings().is_empty()), (3, false));
}

/// One name offset in each place that has one; 2 is the first offset outside.
#[test]
fn every_name_lies_inside_the_strings() {
    let cases: [(&str, &[u32], u64); 6] = [
        ("type", &[2, info(false, 16, 0), 8], 0),
        ("member", &[0, info(false, 4, 2), 8, 0, 0, 0, 2, 0, 0], 24),
        ("enumerator", &[0, info(false, 6, 2), 4, 0, 0, 2, 0], 20),
        ("64-bit enumerator", &[0, info(false, 19, 2), 8, 0, 0, 0, 2, 0, 0], 24),
        ("parameter", &[0, info(false, 13, 2), 0, 0, 0, 2, 0], 20),
        ("any", &[u32::MAX, info(false, 7, 0), 0], 0),
    ];
    for endian in ENDIANS {
        for (place, types, at) in cases {
            assert_eq!(refusal(&records(endian, types, &[0, 0])), (Code::Name, 24 + at), "{place}");
        }
    }
}
