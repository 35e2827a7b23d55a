//! BTF for libbpf before 1.0: kinds up to DATASEC (15) only, ids as they were.

use std::sync::Arc;

use bpfc_btf::{Btf, Builder, Change, Code, Endian, Kind, TypeId, Value, compat};
use proptest::prelude::*;

use crate::common::{notation, random};
use crate::{ENDIANS, info, records};

/// The types of `text`, for libbpf before 1.0, as the same notation would write them; and what is lost, as text.
fn written(endian: Endian, text: &str) -> (Vec<u8>, Vec<String>) {
    let bytes = notation::btf(endian, text);
    let btf = Btf::parse(&bytes).unwrap();
    let written = compat(&btf).unwrap();
    let name = |name: &[u8]| String::from_utf8(name.to_vec()).unwrap();
    let lost = written.lost.iter().map(|loss| {
        let change = match loss.change {
            Change::LeftOut(Value { name: enumerator, value }) => {
                format!("without {}={value}", name(enumerator))
            }
            Change::Extended(Value { name: enumerator, value }) => {
                format!("32 bits of {}={value}", name(enumerator))
            }
            Change::Kind { was, is } => format!("{} as {}", was.name(), is.name()),
        };
        format!("{} {}: {change}", loss.ty, name(loss.name))
    });
    let lost = lost.collect();
    (written.bytes, lost)
}

/// Kinds, names, words and elements of every record.
fn types(bytes: &[u8]) -> Vec<String> {
    let btf = Btf::parse(bytes).unwrap();
    let name = |offset| String::from_utf8_lossy(btf.string(offset)).into_owned();
    btf.ids()
        .map(|id| {
            let ty = btf.ty(id);
            let values = ty.enumerators().map(|e| format!(" {}={}", name(e.name), e.value(&ty)));
            let members = ty.members().map(|m| format!(" {}:{}@{}", name(m.name), m.ty, m.bit_offset));
            let elements: String = values.chain(members).collect();
            let (size, kflag) = (ty.size_word(), if ty.kflag() { " flag" } else { "" });
            format!("{} {} {size}{kflag}{elements}", name(ty.name_offset()), ty.kind().name())
        })
        .collect()
}

/// What `text` becomes is what `expected` is, in both byte orders, and this is lost.
fn becomes(text: &str, expected: &str, lost: &[&str]) {
    for endian in ENDIANS {
        let (bytes, told) = written(endian, text);
        assert_eq!(types(&bytes), types(&notation::btf(endian, expected)), "{text}");
        assert_eq!(told, lost, "{text}");
        let btf = Btf::parse(&bytes).unwrap();
        assert_eq!((btf.endian(), btf.header().len), (endian, 24));
    }
}

/// BTF_KIND_ENUM is in every libbpf, BTF_KIND_ENUM64 from 1.0 on.
#[test]
fn an_enum64_becomes_an_enum_of_the_same_name_size_sign_and_id() {
    becomes(
        "a struct 8 e:e@0; e enum64 8 A=1 B=0x7fffffff; z int 4",
        "a struct 8 e:e@0; e enum 8 A=1 B=0x7fffffff; z int 4",
        &[],
    );
    becomes("e enum64 4 signed A=1", "e enum 4 signed A=1", &[]);
    becomes(".anonymous enum64 8 A=0", ".anonymous enum 8 A=0", &[]);
}

/// ENUM's 32 bits are extended by zeros before libbpf 1.0 and by their sign from 1.0 on
/// (`bpf_core_calc_enumval_relo`): where that is not the same, it is told.
#[test]
fn unsigned_values_fit_up_to_32_bits() {
    becomes("e enum64 8 A=0 B=0x7fffffff", "e enum 8 A=0 B=0x7fffffff", &[]);
    becomes("e enum64 8 A=0x80000000", "e enum 8 A=0x80000000", &["1 e: 32 bits of A=2147483648"]);
    becomes("e enum64 8 A=0xffffffff", "e enum 8 A=0xffffffff", &["1 e: 32 bits of A=4294967295"]);
    becomes("e enum64 8 A=0x100000000", "e enum 8", &["1 e: without A=4294967296"]);
    becomes("e enum64 8 A=-1", "e enum 8", &["1 e: without A=18446744073709551615"]);
}

#[test]
fn signed_values_fit_up_to_31_bits_and_a_sign() {
    becomes("e enum64 8 signed A=0x7fffffff B=0", "e enum 8 signed A=0x7fffffff B=0", &[]);
    becomes("e enum64 8 signed A=-1", "e enum 8 signed A=-1", &["1 e: 32 bits of A=-1"]);
    becomes(
        "e enum64 8 signed A=-0x80000000",
        "e enum 8 signed A=-0x80000000",
        &["1 e: 32 bits of A=-2147483648"],
    );
    becomes("e enum64 8 signed A=-0x80000001", "e enum 8 signed", &["1 e: without A=-2147483649"]);
    becomes("e enum64 8 signed A=0x80000000", "e enum 8 signed", &["1 e: without A=2147483648"]);
}

#[test]
fn values_that_fit_stay_in_order_around_those_that_do_not() {
    becomes(
        "x int 4; e enum64 8 A=0x100000000 B=2 C=0x200000000 D=4; t typedef e",
        "x int 4; e enum 8 B=2 D=4; t typedef e",
        &["2 e: without A=4294967296", "2 e: without C=8589934592"],
    );
}

/// As `bpf_object__sanitize_btf` writes them for kernels that do not know them, without a name, so that no relocation
/// takes them for a candidate: nothing is found by the name of a FLOAT or a tag any more.
#[test]
fn newer_kinds_become_older_ones_without_a_name() {
    becomes("d float 8", ".d struct 8", &["1 d: float as struct"]);
    becomes(
        "s struct 8 p:.p@0; .p ptr user; user type_tag s",
        "s struct 8 p:.p@0; .p ptr .user; .user const s",
        &["3 user: type_tag as const"],
    );
    becomes(
        "s struct 4; note decl_tag s -1; other decl_tag s 1",
        "s struct 4; .n int 1; .o int 1",
        &["2 note: decl_tag as int", "3 other: decl_tag as int"],
    );
    for endian in ENDIANS {
        let (bytes, _) = written(endian, "note decl_tag void -1");
        let btf = Btf::parse(&bytes).unwrap();
        let int = btf.ty(TypeId(1)).int();
        assert_eq!((int.bits(), int.encoding(), int.bit_offset()), (8, 0, 0));
    }
}

#[test]
fn a_tag_for_arbitrary_attributes_loses_its_kind_flag() {
    for endian in ENDIANS {
        let tag = records(endian, &[1, info(true, Kind::TypeTag as u32, 0), 0], b"\0n\0");
        let btf = Btf::parse(&tag).unwrap();
        let written = compat(&btf).unwrap().bytes;
        assert_eq!(written, records(endian, &[0, info(false, Kind::Const as u32, 0), 0], b"\0n\0"));
    }
}

/// Up to DATASEC, each record and the strings are byte for byte what they were.
#[test]
fn older_kinds_stay_as_they_are() {
    let text = "i int 4 signed; .p ptr i; .a array i 7; s struct 8 x:i@0 y:i@33:31; u union 8 x:i@0; e enum 4 signed A=-1
                f fwd union; t typedef i; .v volatile i; .c const i; .r restrict i; .proto proto i .p void
                run func .proto global; v var i 1; .data datasec 8 v@0:4";
    for endian in ENDIANS {
        let bytes = notation::btf(endian, text);
        assert_eq!(written(endian, text), (bytes, vec![]));
    }
}

#[test]
fn a_btf_without_types_stays_one() {
    for endian in ENDIANS {
        assert_eq!(written(endian, ""), (notation::btf(endian, ""), vec![]));
    }
}

/// A longer header, as newer tools write it, is what the oldest refuse in the other byte order (`btf_parse_hdr`).
#[test]
fn the_header_always_has_24_bytes() {
    for endian in ENDIANS {
        let types = [1, info(false, Kind::Int as u32, 0), 4, 32];
        let long = crate::file(endian, &[32, 0, 16, 16, 3, 0, 0], &types, b"\0n\0");
        let btf = Btf::parse(&long).unwrap();
        assert_eq!(btf.header().len, 32);
        assert_eq!(compat(&btf).unwrap().bytes, records(endian, &types, b"\0n\0"));
    }
}

/// libbpf before 1.0 reads 16 bits of the count (`BTF_INFO_VLEN`): more would be cut to another record.
#[test]
fn a_count_beyond_16_bits_is_refused_at_its_record() {
    for endian in ENDIANS {
        for kind in [Kind::Enum, Kind::Enum64] {
            let element: &[u32] = if kind == Kind::Enum { &[0, 1] } else { &[0, 1, 0] };
            let write = |count: u32| {
                let int = [0, info(false, Kind::Int as u32, 0), 4, 32];
                let mut words = [&int[..], &[0, info(false, kind as u32, count), 4]].concat();
                words.extend((0..count).flat_map(|_| element));
                records(endian, &words, &[0])
            };
            let most = write(0xffff);
            assert!(compat(&Btf::parse(&most).unwrap()).is_ok());
            let more = write(0x1_0000);
            let error = compat(&Btf::parse(&more).unwrap()).unwrap_err();
            assert_eq!((error.code(), error.offset(), error.value()), (Code::Limit, 24 + 16, 0x1_0000));
        }
    }
}

#[test]
fn enumerators_that_are_left_out_do_not_count() {
    let count = 0x1_0000;
    let mut words = vec![0, info(false, Kind::Enum64 as u32, count), 8];
    words.extend((0..count).flat_map(|n| [0, n, u32::from(n == 9)]));
    let bytes = records(Endian::Little, &words, &[0]);
    let written = Btf::parse(&bytes).map(|btf| compat(&btf).map(|written| written.bytes)).unwrap().unwrap();
    assert_eq!(Btf::parse(&written).unwrap().enumerators(TypeId(1)).len(), 0xffff);
}

/// The linkage of a function stands where others have their count.
#[test]
fn what_is_no_count_is_not_limited() {
    let words = [0, info(false, 13, 0), 0, 0, info(false, 12, 0x1_0000), 1];
    let bytes = records(Endian::Big, &words, &[0]);
    assert_eq!(compat(&Btf::parse(&bytes).unwrap()).unwrap().bytes, bytes);
}

#[test]
fn of_a_split_btf_the_own_types_are_written() {
    for endian in ENDIANS {
        let base = "int int 4; m int 4; e int 4; A int 4";
        let labels = notation::write(&mut Builder::new(endian), base);
        let base = Arc::new(Btf::parse(notation::btf(endian, base)).unwrap());
        let split = |text| {
            let mut builder = Builder::new(endian);
            notation::write_over(&mut builder, text, &labels, base.type_count());
            Btf::parse_split(builder.finish().unwrap(), base.clone()).unwrap()
        };
        let module = split("m struct 8 e:e#own@0; e#own enum64 8 A=1");
        let expected = split("m struct 8 e:e#own@0; e#own enum 8 A=1");
        assert_eq!(compat(&module).unwrap().bytes, expected.bytes());
    }
}

#[test]
fn names_from_outside_are_told_up_to_512_bytes() {
    let long = "n".repeat(600);
    let bytes = notation::btf(Endian::Little, &format!("{long} enum64 8 {long}=-1"));
    let btf = Btf::parse(&bytes).unwrap();
    let written = compat(&btf).unwrap();
    let Change::LeftOut(value) = written.lost[0].change else { panic!("{:?}", written.lost) };
    assert_eq!((written.lost[0].name.len(), value.name.len()), (512, 512));
}

proptest! {
    #[test]
    fn the_result_has_the_same_ids_and_only_old_kinds(records in random::records(40), big in any::<bool>()) {
        let bytes = random::write(ENDIANS[usize::from(big)], &records);
        let btf = Btf::parse(&bytes).unwrap();
        let written = compat(&btf).unwrap();
        let old = Btf::parse(&written.bytes).unwrap();
        prop_assert_eq!(old.type_count(), btf.type_count());
        prop_assert!(old.kinds().all(|(_, kind)| kind <= Kind::Datasec));
        let newer: Vec<TypeId> = btf.kinds().filter(|&(_, kind)| kind > Kind::Datasec).map(|(id, _)| id).collect();
        prop_assert!(written.lost.iter().all(|loss| newer.contains(&loss.ty)));
        // A second time there is nothing left to do.
        let again = compat(&old).unwrap();
        prop_assert_eq!((again.bytes == written.bytes, again.lost.len()), (true, 0));
    }
}
