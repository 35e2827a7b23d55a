//! Split BTFs and their base as one BTF.

use crate::bytes::Words;
use crate::{Btf, Code, Endian, Error, Kind, Result, header};

/// One BTF of the base's types, with their ids, and behind them those of each split BTF in order.
///
/// A kernel's modules are each numbered from the same id on, so no reader can have two of them at once; merged they
/// can be searched, and refer to the base's types, as if they were built in.
///
/// # Errors
/// [`Code::Reference`] when one of `splits` extends another BTF than `base`, or has another byte order;
/// [`Code::Limit`] when the result does not fit 32-bit offsets.
pub fn merge(base: &Btf, splits: &[&Btf]) -> Result<Vec<u8>> {
    let endian = base.endian();
    let (base_types, base_strings) = (base.type_count(), base.string_end());
    let mut types = base.section(&base.header().types).to_vec();
    let mut strings = base.section(&base.header().strings).to_vec();
    let mut count = base_types;
    for split in splits {
        let extends = split.first_id().0 == base_types && split.string_end() >= base_strings;
        if !extends || split.base().is_none() || split.endian() != endian {
            return Err(Error::new(Code::Reference, 0, u64::from(split.first_id().0)));
        }
        let shift = Shift {
            from_id: base_types,
            ids: count - base_types,
            from_name: base_strings,
            names: strings.len() as u32 - base_strings,
        };
        types.reserve(split.header().types.len());
        for id in split.ids() {
            append(&mut types, endian, split, id, &shift);
        }
        strings.extend_from_slice(split.section(&split.header().strings));
        count += split.ids().len() as u32;
        let total = types.len() as u64 + strings.len() as u64;
        if total > i32::MAX as u64 {
            return Err(Error::new(Code::Limit, 0, total));
        }
    }
    let mut out = header::write(endian, types.len() as u32, strings.len() as u32);
    out.extend_from_slice(&types);
    out.extend_from_slice(&strings);
    Ok(out)
}

/// What is added to the own ids and name offsets of a split BTF.
struct Shift {
    from_id: u32,
    ids: u32,
    from_name: u32,
    names: u32,
}

/// What a word of a record is.
#[derive(Clone, Copy)]
enum Role {
    Name,
    Id,
    Number,
}

fn append(types: &mut Vec<u8>, endian: Endian, split: &Btf, id: crate::TypeId, shift: &Shift) {
    let ty = split.ty(id);
    let words = Words::new(split.record(id), endian);
    for position in 0..ty.record_len() / 4 {
        let word = words.get(position);
        let word = match role(ty.kind(), position) {
            Role::Name if word >= shift.from_name => word + shift.names,
            Role::Id if word >= shift.from_id => word + shift.ids,
            _ => word,
        };
        types.extend_from_slice(&endian.bytes32(word));
    }
}

/// The layout of records (include/uapi/linux/btf.h): `struct btf_type` and what follows it.
fn role(kind: Kind, position: usize) -> Role {
    let Some(behind) = position.checked_sub(3) else {
        return match position {
            0 => Role::Name,
            2 if kind.refers() => Role::Id,
            _ => Role::Number,
        };
    };
    match (kind, behind % kind.payload().1.max(1)) {
        (Kind::Array, _) if behind < 2 => Role::Id,
        (Kind::Struct | Kind::Union | Kind::FuncProto | Kind::Enum | Kind::Enum64, 0) => Role::Name,
        (Kind::Struct | Kind::Union | Kind::FuncProto, 1) => Role::Id,
        (Kind::Datasec, 0) => Role::Id,
        _ => Role::Number,
    }
}
