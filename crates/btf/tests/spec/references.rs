//! References between types (libbpf: `btf_sanity_check`) and following them.

use bpfc_btf::{Btf, Code, Endian, Kind, TypeId};

use crate::common::notation;
use crate::{ENDIANS, info, records, refusal};

/// One reference in each place that has one; 2 is the first id that does not exist.
#[test]
fn every_reference_is_to_an_existing_type() {
    let cases: [(&str, &[u32], u64); 19] = [
        ("pointer", &[0, info(false, 2, 0), 2], 8),
        ("array element", &[0, info(false, 3, 0), 0, 2, 0, 1], 12),
        ("array index", &[0, info(false, 3, 0), 0, 0, 2, 1], 16),
        ("first member", &[0, info(false, 4, 1), 8, 0, 2, 0], 16),
        ("second member", &[0, info(false, 5, 2), 8, 0, 0, 0, 0, 2, 0], 28),
        ("typedef", &[0, info(false, 8, 0), 2], 8),
        ("volatile", &[0, info(false, 9, 0), 2], 8),
        ("const", &[0, info(false, 10, 0), 2], 8),
        ("restrict", &[0, info(false, 11, 0), 2], 8),
        ("function", &[0, info(false, 12, 0), 2], 8),
        ("return type", &[0, info(false, 13, 0), 2], 8),
        ("first parameter", &[0, info(false, 13, 1), 0, 0, 2], 16),
        ("second parameter", &[0, info(false, 13, 2), 0, 0, 0, 0, 2], 24),
        ("variable", &[0, info(false, 14, 0), 2, 0], 8),
        ("first variable of a section", &[0, info(false, 15, 1), 8, 2, 0, 4], 12),
        ("second variable of a section", &[0, info(false, 15, 2), 8, 0, 0, 4, 2, 0, 4], 24),
        ("declaration tag", &[0, info(false, 17, 0), 2, 0], 8),
        ("type tag", &[0, info(false, 18, 0), 2], 8),
        ("any", &[0, info(false, 2, 0), u32::MAX], 8),
    ];
    for endian in ENDIANS {
        for (place, words, at) in cases {
            assert_eq!(refusal(&records(endian, words, &[0])), (Code::Reference, 24 + at), "{place}");
        }
    }
}

#[test]
fn sizes_of_kinds_without_references_are_not_taken_for_ids() {
    for kind in [Kind::Struct, Kind::Union, Kind::Enum, Kind::Enum64, Kind::Float, Kind::Datasec, Kind::Fwd] {
        let data = records(Endian::Little, &[0, info(false, kind as u32, 0), u32::MAX], &[0]);
        assert!(Btf::parse(data).is_ok(), "{kind:?}");
    }
}

#[test]
fn references_go_forward_backward_and_to_themselves() {
    let btf = notation::btf(Endian::Little, ".a ptr .b; .b ptr .a; .c ptr .c");
    let btf = Btf::parse(&btf).unwrap();
    let targets = btf.ids().map(|id| btf.ty(id).target().0);
    assert_eq!(targets.collect::<Vec<_>>(), [2, 1, 3]);
}

/// The prototype may stand before or behind the function.
#[test]
fn a_function_refers_to_a_prototype() {
    for endian in ENDIANS {
        for text in [".p proto void; f func .p", "f func .p; .p proto void"] {
            assert!(Btf::parse(notation::btf(endian, text)).is_ok(), "{text}");
        }
        for (text, at) in [
            ("i int 4; f func i", 24 + 16 + 8),
            ("f func i; i int 4", 32),
            ("f func void", 32),
            ("f func f", 32),
        ] {
            assert_eq!(refusal(&notation::btf(endian, text)), (Code::Reference, at), "{text}");
        }
    }
}

/// libbpf: `skip_mods_and_typedefs`, which goes through TYPE_TAG but not DECL_TAG or VAR.
#[test]
fn modifiers_typedefs_and_type_tags_are_looked_through() {
    let btf = notation::btf(
        Endian::Little,
        "i int 4; t typedef .c; .c const .v; .v volatile .r; .r restrict g; g type_tag i; v var t 0; d decl_tag t -1; .p ptr t",
    );
    let btf = Btf::parse(&btf).unwrap();
    let skip = |id| btf.skip_modifiers(TypeId(id)).unwrap().0.0;
    assert_eq!([1, 2, 3, 4, 5, 6].map(skip), [1; 6]);
    assert_eq!([0, 7, 8, 9].map(skip), [0, 7, 8, 9]);
}

/// libbpf spins on this for ever.
#[test]
fn a_circle_of_typedefs_and_modifiers_is_an_error_not_a_hang() {
    let btf = notation::btf(Endian::Little, "t typedef .c; .c const .v; .v volatile t; .self restrict .self");
    let btf = Btf::parse(&btf).unwrap();
    for id in btf.ids() {
        assert_eq!(btf.skip_modifiers(id).unwrap_err().code(), Code::Cycle);
        assert_eq!(btf.size_of(id, 8), None);
        assert!(["t", "..."].contains(&btf.c_name(id).as_str()));
    }
}

#[test]
fn an_id_that_does_not_exist_has_no_kind_and_reads_as_void() {
    let btf = notation::btf(Endian::Little, "i int 4");
    let btf = Btf::parse(&btf).unwrap();
    assert_eq!(
        (btf.kind(TypeId(0)), btf.kind(TypeId(1)), btf.kind(TypeId(2))),
        (Some(Kind::Void), Some(Kind::Int), None)
    );
    assert!(btf.get(TypeId(2)).is_none());
    assert_eq!(btf.ty(TypeId(u32::MAX)).kind(), Kind::Void);
    assert_eq!(btf.name(TypeId(2)), b"");
    assert_eq!(btf.kinds().collect::<Vec<_>>(), [(TypeId(1), Kind::Int)]);
    assert!(TypeId::VOID.is_void() && !TypeId(1).is_void());
}
