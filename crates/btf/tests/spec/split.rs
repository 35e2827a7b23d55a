//! Split BTF: a module's types over its kernel's (libbpf: `btf__new_split`).

use std::sync::Arc;

use bpfc_btf::{Btf, Builder, Code, Endian, Kind, TypeId};

use crate::common::notation;
use crate::{ENDIANS, file, info, records};

const BASE: &str = "long int 8; s struct 8 a:long@0; .proto proto long";

fn base(endian: Endian) -> Arc<Btf<'static>> {
    Arc::new(Btf::parse(notation::btf(endian, BASE)).unwrap())
}

/// Strings of the base: `\0long\0a\0s\0`, 10 bytes. Own offsets start behind them.
const OWN: u32 = 10;

#[test]
fn ids_and_string_offsets_go_on_where_the_base_ends() {
    for endian in ENDIANS {
        // A struct `mod` with a member `a` (the base's string) of type 2 (the base's `s`), and a
        // pointer to that struct.
        let words = [OWN + 1, info(false, 4, 1), 8, 6, 2, 0, 0, info(false, 2, 0), 4];
        let btf = Btf::parse_split(records(endian, &words, b"\0mod\0"), base(endian)).unwrap();
        assert_eq!((btf.first_id(), btf.type_count(), btf.ids().len()), (TypeId(4), 6, 2));
        assert_eq!((btf.name(TypeId(4)), btf.name(TypeId(2))), (&b"mod"[..], &b"s"[..]));
        let member = btf.members(TypeId(4)).next().unwrap();
        assert_eq!((btf.string(member.name), btf.name(member.ty)), (&b"a"[..], &b"s"[..]));
        assert_eq!(
            (btf.kind(TypeId(1)), btf.kind(TypeId(5)), btf.kind(TypeId(6))),
            (Some(Kind::Int), Some(Kind::Ptr), None)
        );
        assert_eq!(btf.ty(TypeId(0)).kind(), Kind::Void);
        assert_eq!(btf.size_of(member.ty, 4), Some(8), "a size in the base");
        assert_eq!(btf.c_name(TypeId(5)), "struct mod *");
        assert_eq!(btf.base().unwrap().type_count(), 4);
    }
}

#[test]
fn finding_by_name_looks_at_the_own_types_only() {
    let words = [2, info(false, 7, 0), 0];
    let btf = Btf::parse_split(records(Endian::Little, &words, b""), base(Endian::Little)).unwrap();
    assert_eq!(btf.find(b"ong").collect::<Vec<_>>(), [TypeId(4)], "named in the base's strings");
    assert_eq!(btf.find(b"long").count(), 0);
}

#[test]
fn the_strings_may_be_empty_and_need_no_leading_nul() {
    let split =
        |strings: &[u8]| Btf::parse_split(records(Endian::Little, &[], strings), base(Endian::Little));
    assert!(split(b"").unwrap().strings().is_empty());
    assert!(split(b"mod\0").is_ok());
    let error = split(b"mod").unwrap_err();
    assert_eq!((error.code(), error.offset()), (Code::Strings, 26));
}

#[test]
fn references_and_names_reach_up_to_the_end_of_both() {
    let split = |words: &[u32]| {
        Btf::parse_split(records(Endian::Little, words, b"mod\0"), base(Endian::Little))
            .map(|_| ())
            .map_err(|error| error.code())
    };
    assert_eq!(split(&[OWN + 3, info(false, 2, 0), 4]), Ok(()));
    assert_eq!(split(&[OWN + 4, info(false, 2, 0), 4]), Err(Code::Name));
    assert_eq!(split(&[OWN, info(false, 2, 0), 5]), Err(Code::Reference));
}

#[test]
fn a_function_may_refer_to_a_prototype_of_the_base() {
    let split = |prototype: u32| {
        let words = [OWN, info(false, 12, 0), prototype];
        Btf::parse_split(records(Endian::Little, &words, b"mod\0"), base(Endian::Little))
            .map(|_| ())
            .map_err(|error| error.code())
    };
    assert_eq!(split(3), Ok(()));
    assert_eq!(split(2), Err(Code::Reference), "a struct");
    assert_eq!(split(0), Err(Code::Reference), "void");
}

#[test]
fn split_over_split_reads_through_both() {
    for endian in ENDIANS {
        let middle = records(endian, &[OWN, info(false, 8, 0), 2], b"middle\0");
        let middle = Arc::new(Btf::parse_split(middle, base(endian)).unwrap());
        let words = [OWN + 7, info(false, 4, 2), 16, OWN, 4, 0, 6, 1, 64];
        let top = Btf::parse_split(records(endian, &words, b"top\0"), middle).unwrap();
        let members: Vec<_> =
            top.members(TypeId(5)).map(|member| (top.string(member.name), top.c_name(member.ty))).collect();
        assert_eq!(top.name(TypeId(5)), b"top");
        assert_eq!(members, [(&b"middle"[..], "middle".into()), (b"a", "long".into())]);
    }
}

#[test]
fn the_base_tells_the_pointer_size() {
    let words = [OWN, info(false, 1, 0), 4, 32];
    let btf = Btf::parse_split(records(Endian::Little, &words, b"long\0"), base(Endian::Little)).unwrap();
    assert_eq!(btf.pointer_size(), Some(8));
    let no_long = Arc::new(Btf::parse(notation::btf(Endian::Little, "int int 4")).unwrap());
    let words = [5, info(false, 1, 0), 4, 32];
    let btf = Btf::parse_split(records(Endian::Little, &words, b"long\0"), no_long).unwrap();
    assert_eq!(btf.pointer_size(), Some(4), "the base has none");
}

#[test]
fn base_and_split_have_one_byte_order() {
    let split = file(Endian::Big, &[24, 0, 0, 0, 0], &[], b"");
    assert_eq!(Btf::parse_split(split, base(Endian::Little)).unwrap_err().code(), Code::Magic);
}

#[test]
fn split_btf_without_its_base_is_refused() {
    let mut builder = Builder::new(Endian::Little);
    builder.reference(Kind::Ptr, b"", TypeId(90));
    let error = Btf::parse(builder.finish().unwrap()).unwrap_err();
    assert_eq!(error.code(), Code::Reference);
    assert!(error.to_string().contains("without its base"), "{error}");
}
