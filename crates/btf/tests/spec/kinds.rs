//! The 19 kinds: each record read word by word, and written back (include/uapi/linux/btf.h).

use bpfc_btf::{Array, Btf, Builder, Code, Endian, Int, IntEncoding, Kind, NewMember, TypeId};
use proptest::prelude::*;

use crate::common::model::Model;
use crate::common::{notation, random};
use crate::hostile::read_everything;
use crate::{ENDIANS, info, records, refusal};

/// Every kind as text and as the words after the magic of its record.
const EVERY_KIND: [(&str, &[u32]); 22] = [
    ("i int 4 signed", &[1, 1 << 24, 4, 0x0100_0020]),
    ("c int 1 char", &[1, 1 << 24, 1, 0x0200_0008]),
    ("b int 1 bool", &[1, 1 << 24, 1, 0x0400_0008]),
    (".p ptr .p", &[0, 2 << 24, 1]),
    (".a array .a 7", &[0, 3 << 24, 0, 1, 0, 7]),
    ("s struct 8 x:s@0", &[3, 4 << 24 | 1, 8, 1, 1, 0]),
    ("s struct 8 x:s@0 y:s@33:31", &[5, 1 << 31 | 4 << 24 | 2, 8, 1, 1, 0, 3, 1, 31 << 24 | 33]),
    ("u union 8", &[1, 5 << 24, 8]),
    ("e enum 4 A=1", &[3, 6 << 24 | 1, 4, 1, 1]),
    ("f fwd", &[1, 7 << 24, 0]),
    ("f fwd union", &[1, 1 << 31 | 7 << 24, 0]),
    ("t typedef t", &[1, 8 << 24, 1]),
    (".v volatile void", &[0, 9 << 24, 0]),
    (".c const void", &[0, 10 << 24, 0]),
    (".r restrict void", &[0, 11 << 24, 0]),
    (".p proto void .p void", &[0, 13 << 24 | 2, 0, 0, 1, 0, 0]),
    ("v var void 1", &[1, 14 << 24, 0, 1]),
    (".bss datasec 8 .bss@0:4", &[1, 15 << 24 | 1, 8, 1, 0, 4]),
    ("d float 8", &[1, 16 << 24, 8]),
    ("g decl_tag void -1", &[1, 17 << 24, 0, u32::MAX]),
    ("g type_tag void", &[1, 18 << 24, 0]),
    ("e enum64 8 signed A=-2", &[3, 1 << 31 | 19 << 24 | 1, 8, 1, u32::MAX - 1, u32::MAX]),
];

#[test]
fn every_kind_is_written_as_the_format_says() {
    for endian in ENDIANS {
        for (text, words) in EVERY_KIND {
            let written = notation::btf(endian, text);
            let btf = Btf::parse(&written).unwrap();
            assert_eq!(
                written,
                records(endian, words, btf.bytes().get(btf.header().strings.clone()).unwrap()),
                "{text}"
            );
        }
    }
    let named: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| *kind != Kind::Func).collect();
    for kind in named {
        assert!(EVERY_KIND.iter().any(|(_, words)| words[1] >> 24 & 0x7f == kind as u32), "{kind:?}");
    }
}

#[test]
fn a_function_is_a_name_a_linkage_and_a_prototype() {
    for endian in ENDIANS {
        for (number, linkage) in ["static", "global", "extern"].into_iter().enumerate() {
            let btf = notation::btf(endian, &format!(".p proto void; f func .p {linkage}"));
            let btf = Btf::parse(&btf).unwrap();
            let function = btf.ty(TypeId(2));
            assert_eq!((function.kind(), function.target()), (Kind::Func, TypeId(1)));
            assert_eq!(function.linkage(), number as u32);
        }
    }
}

/// Each record must end inside the section, and all of the section must be records
/// (libbpf: `btf_parse_type_sec`).
#[test]
fn a_record_cut_anywhere_is_refused() {
    for endian in ENDIANS {
        for (text, words) in EVERY_KIND {
            for length in 1..words.len() {
                let (code, _) = refusal(&records(endian, &words[..length], b"\0n\0n\0n\0n\0"));
                assert_eq!(code, Code::Types, "{text}, {length} words");
            }
        }
    }
}

#[test]
fn an_element_count_beyond_the_section_is_refused_without_allocating() {
    for kind in [Kind::Struct, Kind::Union, Kind::Enum, Kind::Enum64, Kind::FuncProto, Kind::Datasec] {
        let words = [0, info(false, kind as u32, 0xff_ffff), 0, 0, 0, 0];
        assert_eq!(refusal(&records(Endian::Little, &words, &[0])), (Code::Types, 28), "{kind:?}");
    }
}

/// Kinds 0 and 20 to 127: without a layout for it such a record cannot even be skipped.
#[test]
fn an_unknown_kind_is_refused() {
    for endian in ENDIANS {
        for kind in std::iter::once(0).chain(20..128) {
            let words = [0, info(false, kind, 0), 0];
            assert_eq!(refusal(&records(endian, &words, &[0])), (Code::Kind, 28), "{kind}");
        }
    }
}

/// The kind has 7 bits and the count 24, not the 5 and 16 of older headers.
#[test]
fn counts_have_24_bits() {
    let count = 0x1_0001;
    let mut words = vec![0, info(false, 6, count), 4];
    words.extend((0..count).flat_map(|value| [0, value]));
    let btf = records(Endian::Little, &words, &[0]);
    let btf = Btf::parse(&btf).unwrap();
    assert_eq!(btf.enumerators(TypeId(1)).len(), count as usize);
    assert_eq!(btf.ty(TypeId(1)).enumerator(count - 1).unwrap().low, count - 1);
}

#[test]
fn an_integer_has_encoding_offset_and_width() {
    let int = Int(0x0513_2107);
    assert_eq!((int.encoding(), int.signed(), int.bit_offset(), int.bits()), (5, true, 0x13, 7));
    let mut builder = Builder::new(Endian::Big);
    let id = builder.int(b"_Bool", 1, IntEncoding::Bool, 8);
    let btf = builder.finish().unwrap();
    let btf = Btf::parse(&btf).unwrap();
    assert_eq!((btf.ty(id).size_word(), btf.ty(id).int()), (1, Int(0x0400_0008)));
}

/// With kflag the offset word is width << 24 | offset, without it all 32 bits are the offset.
#[test]
fn the_kind_flag_of_a_struct_splits_the_offset_word() {
    for endian in ENDIANS {
        let offset = 0x0612_3456;
        let read = |kflag| {
            let data = records(endian, &[0, info(kflag, 4, 1), 8, 0, 0, offset], &[0]);
            let btf = Btf::parse(&data).unwrap();
            let member = btf.members(TypeId(1)).next().unwrap();
            (member.bit_offset, member.bit_size)
        };
        assert_eq!(read(false), (0x0612_3456, 0));
        assert_eq!(read(true), (0x12_3456, 6));
    }
}

#[test]
fn the_writer_sets_the_kind_flag_of_a_struct_only_for_bitfields() {
    let write = |bit_offset, bit_size| {
        let mut builder = Builder::new(Endian::Little);
        let member = NewMember { name: b"m", ty: TypeId::VOID, bit_offset, bit_size };
        builder.composite(Kind::Struct, b"s", 8, &[member]);
        let btf = builder.finish().unwrap();
        let btf = Btf::parse(&btf).unwrap();
        let member = btf.members(TypeId(1)).next().unwrap();
        (btf.ty(TypeId(1)).kflag(), member.bit_offset, member.bit_size)
    };
    assert_eq!(write(5, 0), (false, 5, 0));
    assert_eq!(write(5, 3), (true, 5, 3));
    assert_eq!(write(0x100_0005, 0), (false, 0x100_0005, 0));
    assert_eq!(write(0x100_0005, 2), (true, 5, 2), "a bitfield's offset has 24 bits");
}

/// The kind flag says whether an enum's values are signed.
#[test]
fn enumerators_are_extended_by_the_sign_of_their_enum() {
    let cases = [
        ("e enum 4 A=-1", 0xffff_ffff),
        ("e enum 4 signed A=-1", -1),
        ("e enum64 8 A=-1", 0xffff_ffff_ffff_ffff),
        ("e enum64 8 signed A=-1", -1),
        ("e enum64 8 A=0x123456789", 0x1_2345_6789),
    ];
    for endian in ENDIANS {
        for (text, expected) in cases {
            let btf = notation::btf(endian, text);
            let btf = Btf::parse(&btf).unwrap();
            let owner = btf.ty(TypeId(1));
            assert_eq!(owner.enumerator(0).unwrap().value(&owner), expected, "{text}");
        }
    }
}

#[test]
fn arrays_params_variables_and_tags_read_back() {
    let text = "i int 4; .a array i 3 i; .p proto i i .a void; v var i 2
                .bss datasec 12 v@4:8; whole decl_tag i -1; second decl_tag i 1; f fwd union";
    for endian in ENDIANS {
        let btf = notation::btf(endian, text);
        let btf = Btf::parse(&btf).unwrap();
        let ty = |id| btf.ty(TypeId(id));
        assert_eq!(ty(2).array(), Array { element: TypeId(1), index: TypeId(1), length: 3 });
        assert_eq!(ty(3).target(), TypeId(1), "what it returns");
        assert_eq!(ty(3).params().map(|param| param.ty.0).collect::<Vec<_>>(), [1, 2, 0]);
        assert_eq!(ty(4).linkage(), 2);
        let variable = ty(5).variables().next().unwrap();
        assert_eq!((variable.ty, variable.offset, variable.size), (TypeId(4), 4, 8));
        assert_eq!((ty(6).component(), ty(7).component()), (None, Some(1)));
        assert!(ty(8).kflag(), "a union");
    }
}

/// A struct has no enumerators and an enum no members, whatever their words would mean as such.
#[test]
fn elements_belong_to_their_kind_alone() {
    let btf = notation::btf(
        Endian::Little,
        "s struct 8 a:s@0; e enum 4 A=0; .p proto void void; .bss datasec 0 s@0:0",
    );
    let btf = Btf::parse(&btf).unwrap();
    let counts = |id| {
        let ty = btf.ty(TypeId(id));
        [ty.members().len(), ty.enumerators().len(), ty.params().len(), ty.variables().len()]
    };
    assert_eq!([1, 2, 3, 4].map(counts), [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]);
    assert_eq!(counts(0), [0; 4], "void");
    assert_eq!((btf.ty(TypeId(1)).member(1), btf.ty(TypeId(2)).member(0)), (None, None));
    assert_eq!(btf.ty(TypeId(1)).target(), TypeId::VOID, "its third word is a size");
}

#[test]
fn equal_names_are_written_once_and_never_tail_merged() {
    let mut builder = Builder::new(Endian::Little);
    let (long, double) = (builder.name(b"long double"), builder.name(b"double"));
    assert_eq!((builder.name(b""), builder.name(b"long double")), (0, long));
    assert_eq!((long, double), (1, 13));
    let written = builder.finish().unwrap();
    assert!(written.ends_with(b"\0long double\0double\0"));
}

proptest! {
    #[test]
    fn what_is_read_can_be_written_again_byte_by_byte(records in random::records(40), big in any::<bool>()) {
        let endian = ENDIANS[usize::from(big)];
        let written = random::write(endian, &records);
        let btf = Btf::parse(&written).unwrap();
        prop_assert_eq!(btf.ids().len(), records.len());
        prop_assert_eq!(Model::read(&btf).write(endian), written);
    }

    #[test]
    fn both_byte_orders_say_the_same(records in random::records(40)) {
        let [little, big] = ENDIANS.map(|endian| random::write(endian, &records));
        let [little, big] = [&little, &big].map(|data| read_everything(&Btf::parse(data).unwrap()));
        prop_assert_eq!(little, big);
    }
}
