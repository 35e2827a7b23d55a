//! A kernel and its modules as one BTF.

use std::sync::Arc;

use bpfc_btf::{Btf, Builder, Code, Endian, TypeId, merge};

use crate::ENDIANS;
use crate::common::notation;

const BASE: &str = "int int 4; s struct 4 a:int@0";

/// Records of every kind that holds a name or a reference, some to the base and some to each other.
const MODULE: &str = "m struct 16 a:int@0 s:s@32 :.u@64; .u union 4 e:e@0 l:.list@0; e enum 4 A=1; e64 enum64 8 B=0x100000000
    .list array .p 4; .p ptr m; .proto proto int .p s; run func .proto global; v var m 1; .data datasec 16 v@0:16
    t typedef .c; .c const m; note decl_tag m 1; d float 8; f fwd union";

fn base(endian: Endian) -> Arc<Btf<'static>> {
    Arc::new(Btf::parse(notation::btf(endian, BASE)).unwrap())
}

/// A module's BTF: the types of `text` over those of the base. Its strings are all its own.
fn module(endian: Endian, base: &Arc<Btf<'static>>, text: &str) -> Btf<'static> {
    let labels = notation::write(&mut Builder::new(endian), BASE);
    let mut builder = Builder::new(endian);
    notation::write_over(&mut builder, text, &labels, base.type_count());
    let mut bytes = builder.finish().unwrap();
    // Name offsets count from the end of the base's strings, the empty name from their start.
    let strings = base.strings().len();
    let own = Btf::parse_split(bytes.clone(), base.clone());
    assert!(own.is_ok(), "{own:?}");
    shift_names(&mut bytes, endian, strings);
    Btf::parse_split(bytes, base.clone()).unwrap()
}

/// Every word that is a name, by the layout of the records as the notation wrote them.
fn shift_names(bytes: &mut [u8], endian: Endian, by: u32) {
    let word = |bytes: &[u8], at: usize| endian.u32(*bytes[at..].first_chunk().unwrap());
    let end = 24 + word(bytes, 12) as usize;
    let mut at = 24;
    while at < end {
        let info = word(bytes, at + 4);
        let (kind, count) = (info >> 24 & 0x7f, (info & 0xff_ffff) as usize);
        let (fixed, element) = match kind {
            1 | 14 | 17 => (4, 0),
            3 => (12, 0),
            4 | 5 | 15 | 19 => (0, 12),
            6 | 13 => (0, 8),
            _ => (0, 0),
        };
        let elements =
            (0..count).map(|n| at + 12 + n * element).filter(|_| matches!(kind, 4 | 5 | 6 | 13 | 19));
        for name in std::iter::once(at).chain(elements) {
            let offset = word(bytes, name);
            if offset != 0 {
                bytes[name..name + 4].copy_from_slice(&endian.bytes32(offset + by));
            }
        }
        at += 12 + fixed + if element > 0 { element * count } else { 0 };
    }
}

/// A type with all that it is made of, names resolved and ids shown by the names they lead to.
fn shown(btf: &Btf, id: TypeId) -> String {
    let ty = btf.ty(id);
    let text = |offset| String::from_utf8_lossy(btf.string(offset)).into_owned();
    let mut out = format!("{:?} {} {}", ty.kind(), text(ty.name_offset()), btf.c_name(ty.target()));
    out += &ty
        .members()
        .map(|m| format!(" {}:{}@{}", text(m.name), btf.c_name(m.ty), m.bit_offset))
        .collect::<String>();
    out += &ty.enumerators().map(|e| format!(" {}={}", text(e.name), e.bits64())).collect::<String>();
    out += &ty.params().map(|p| format!(" {}:{}", text(p.name), btf.c_name(p.ty))).collect::<String>();
    out += &ty.variables().map(|v| format!(" {}@{}", btf.c_name(v.ty), v.offset)).collect::<String>();
    if ty.kind() == bpfc_btf::Kind::Array {
        let array = ty.array();
        out += &format!(" {} {} {}", btf.c_name(array.element), btf.c_name(array.index), array.length);
    }
    out
}

#[test]
fn a_merged_type_is_what_it_was_in_the_module() {
    for endian in ENDIANS {
        let base = base(endian);
        let modules = [MODULE, "other struct 4 a:int@0", MODULE].map(|text| module(endian, &base, text));
        let merged = Btf::parse(merge(&base, &modules.each_ref()).unwrap()).unwrap();
        let own = |btf: &Btf| btf.ids().map(|id| shown(btf, id)).collect::<Vec<_>>();
        let expected = [own(&base), own(&modules[0]), own(&modules[1]), own(&modules[2])].concat();
        assert_eq!(own(&merged), expected);
        assert_eq!(merged.endian(), endian);
    }
}

#[test]
fn without_modules_it_is_the_base() {
    let base = base(Endian::Little);
    assert_eq!(merge(&base, &[]).unwrap(), base.bytes());
}

#[test]
fn what_extends_another_base_is_refused() {
    let (little, other) =
        (base(Endian::Little), Arc::new(Btf::parse(notation::btf(Endian::Little, "int int 4")).unwrap()));
    let module = module(Endian::Little, &little, "m struct 4 a:int@0");
    assert_eq!(merge(&other, &[&module]).unwrap_err().code(), Code::Reference);
    assert_eq!(merge(&little, &[&little]).unwrap_err().code(), Code::Reference, "no split BTF");
}
