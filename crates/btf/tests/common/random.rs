//! Random valid BTF for property tests.
//!
//! Records are made first and their references set afterwards, so types of every kind refer to
//! each other in every direction, circles included: whatever a reader must survive. Names come from
//! a small pool, so that equal names, flavors and anonymous types are common.

use bpfc_btf::{Builder, Endian, Kind};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// One record whose references are not ids yet but positions among all types, void included.
#[derive(Clone, Debug)]
pub struct Record {
    pub kind: Kind,
    pub name: &'static str,
    pub kflag: bool,
    /// Size, in bytes, of kinds that have one.
    pub size: u32,
    /// Integer word, array length, linkage or component.
    pub detail: u32,
    /// Members, enumerators, parameters or variables: name, numbers.
    pub parts: Vec<(&'static str, u32, u32)>,
    /// One for each reference of the record; more are ignored.
    pub references: Vec<Index>,
}

/// Records of a whole BTF.
pub type Records = Vec<Record>;

const NAMES: [&str; 10] = ["", "a", "b", "c", "int", "long", "a___old", "b___v2___x", "a_b", "b___"];
const PARTS: usize = 5;

/// Any kind, and most often those that CO-RE relocates.
fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        4 => select(vec![Kind::Struct, Kind::Union, Kind::Enum, Kind::Enum64, Kind::Typedef]),
        3 => select(vec![Kind::Int, Kind::Ptr, Kind::Array]),
        2 => select(Kind::ALL.to_vec()),
    ]
}

prop_compose! {
    fn record()(
        kind in kind(),
        name in select(NAMES.to_vec()),
        kflag in any::<bool>(),
        size in prop_oneof![Just(1u32), Just(2), Just(4), Just(8), Just(16), any::<u32>()],
        detail in prop_oneof![0u32..4, select(vec![0x0100_0020u32, 0x20, 0x40]), any::<u32>()],
        parts in vec((select(NAMES.to_vec()), 0u32..64, 0u32..9), 0..PARTS),
        references in vec(any::<Index>(), PARTS + 2),
    ) -> Record {
        Record { kind, name, kflag, size, detail, parts, references }
    }
}

/// Up to `most` records of all kinds.
pub fn records(most: usize) -> impl Strategy<Value = Records> {
    vec(record(), 0..most)
}

/// The records as BTF.
pub fn write(endian: Endian, records: &Records) -> Vec<u8> {
    let mut builder = Builder::new(endian);
    for record in records {
        write_record(&mut builder, record, records);
    }
    builder.finish().unwrap()
}

/// Adds one of `records` to `builder`. Its references are among `records` as ids from 1.
pub fn write_record(builder: &mut Builder, record: &Record, records: &Records) {
    let Record { kind, kflag, size, detail, .. } = *record;
    let mut references = record.references.iter().map(|index| index.index(records.len() + 1) as u32);
    let mut next = || references.next().unwrap_or(0);
    let mut payload = Vec::new();
    let mut size_or_type = size;
    let mut vlen = record.parts.len() as u32;
    match kind {
        Kind::Struct | Kind::Union => {
            for &(name, offset, bits) in &record.parts {
                let bits = if kflag { bits << 24 } else { 0 };
                payload.extend([builder.name(name.as_bytes()), next(), bits | offset]);
            }
        }
        Kind::Enum | Kind::Enum64 => {
            for &(name, low, high) in &record.parts {
                payload.extend([builder.name(name.as_bytes()), low.wrapping_sub(32)]);
                payload.extend((kind == Kind::Enum64).then_some(high));
            }
        }
        Kind::FuncProto => {
            size_or_type = next();
            for &(name, ..) in &record.parts {
                payload.extend([builder.name(name.as_bytes()), next()]);
            }
        }
        Kind::Datasec => {
            for &(_, offset, size) in &record.parts {
                payload.extend([next(), offset, size]);
            }
        }
        Kind::Array => {
            (vlen, size_or_type) = (0, 0);
            payload.extend([next(), next(), detail]);
        }
        Kind::Int => {
            vlen = 0;
            payload.push(detail);
        }
        Kind::Float | Kind::Void => vlen = 0,
        Kind::Fwd => (vlen, size_or_type) = (0, 0),
        Kind::Var | Kind::DeclTag => {
            (vlen, size_or_type) = (0, next());
            payload.push(detail);
        }
        // A function must refer to a prototype; without one it is a typedef.
        Kind::Func => {
            let prototypes: Vec<u32> = (1u32..)
                .zip(records)
                .filter(|(_, record)| record.kind == Kind::FuncProto)
                .map(|(id, _)| id)
                .collect();
            let target = record.references.first().filter(|_| !prototypes.is_empty());
            let (kind, target) = match target {
                Some(index) => (Kind::Func, *index.get(&prototypes)),
                None => (Kind::Typedef, 0),
            };
            builder.record(kind, record.name.as_bytes(), false, detail & 3, target, &[]);
            return;
        }
        Kind::Ptr | Kind::Typedef | Kind::Volatile | Kind::Const | Kind::Restrict | Kind::TypeTag => {
            (vlen, size_or_type) = (0, next())
        }
    }
    builder.record(kind, record.name.as_bytes(), kflag, vlen, size_or_type, &payload);
}
