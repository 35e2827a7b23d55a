//! Types as JSON.

#![allow(clippy::unwrap_used, reason = "this is test code")]

use bpfc_btf::{Btf, Builder, Code, Endian, IntEncoding, Kind, NewMember, TypeId};
use bpfc_pack::describe::{btf_type, btf_types};
use serde_json::Value;

fn member(name: &[u8], ty: TypeId) -> NewMember<'_> {
    NewMember { name, ty, bit_offset: 0, bit_size: 0 }
}

#[test]
fn a_listing_holds_every_type_or_those_asked_for() {
    let mut builder = Builder::new(Endian::Big);
    let int = builder.int(b"int", 4, IntEncoding::Signed, 32);
    let outer = builder.composite(Kind::Struct, b"s", 4, &[member(b"a", int)]);
    let bytes = builder.finish().unwrap();
    let btf = Btf::parse(&bytes).unwrap();
    let types = |types| serde_json::from_str::<Vec<Value>>(&btf_types(&btf, types).unwrap()).unwrap();
    let [int, outer] = [int, outer].map(|id| Value::from(btf_type(&btf, id).unwrap()));
    assert_eq!(types(None), [int, outer.clone()]);
    assert_eq!(types(Some(&[TypeId(2), TypeId(9)])), [outer], "there is no type 9");
    assert_eq!(btf_types(&btf, Some(&[])).unwrap(), "[\n]\n");
    assert_eq!(btf_types(&btf, None).unwrap().lines().count(), 4);
}

#[test]
fn names_are_cut_and_the_whole_is_bounded() {
    let mut builder = Builder::new(Endian::Little);
    // Bytes that are not UTF-8 grow.
    let long = vec![0xff; 1000];
    builder.composite(Kind::Struct, b"s", 4, &vec![member(&long, TypeId::VOID); 2000]);
    let bytes = builder.finish().unwrap();
    let btf = Btf::parse(&bytes).unwrap();
    let described = Value::from(btf_type(&btf, TypeId(1)).unwrap());
    assert_eq!(described.pointer("/members/0/name").and_then(Value::as_str).unwrap().chars().count(), 512);
    assert_eq!(btf_types(&btf, None).unwrap_err().code(), Code::Dump);
}
