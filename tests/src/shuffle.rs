//! The same types in another order.

use std::collections::HashMap;

use bpfc_btf::{Btf, Builder, Kind, TypeId};
use bpfc_relo::essential_name;

use crate::Result;

/// Every record of `btf` under another id, with all references rewritten. Types that libbpf takes as candidates for one
/// another (of one kind, both enums being one, and one essential name) keep their order: it takes the memory size from
/// the first. Each `seed` gives another order, the same each time.
///
/// # Errors
/// The result does not fit a BTF.
pub fn shuffle(btf: &Btf, seed: u64) -> Result<Vec<u8>> {
    let order = order(btf, seed);
    let mut ids = HashMap::from([(TypeId::VOID, TypeId::VOID)]);
    ids.extend(order.iter().copied().zip((1..).map(TypeId)));
    let new = |id: TypeId| ids.get(&id).map_or(0, |new| new.0);
    let mut builder = Builder::new(btf.endian());
    for id in order {
        copy(btf, id, new, &mut builder);
    }
    Ok(builder.finish()?)
}

/// The ids of `btf` in their new order.
fn order(btf: &Btf, seed: u64) -> Vec<TypeId> {
    let mut order: Vec<TypeId> = btf.ids().collect();
    let mut random = Random(seed);
    for end in (1..order.len()).rev() {
        order.swap(end, random.below(end + 1));
    }
    // Candidates of one name share the places that fell to them, in their old order.
    let mut groups: HashMap<(&[u8], Kind), Vec<usize>> = HashMap::new();
    for (place, &id) in order.iter().enumerate() {
        let kind = btf.ty(id).kind();
        let kind = if kind == Kind::Enum64 { Kind::Enum } else { kind };
        let name = essential_name(btf.name(id));
        if !name.is_empty() {
            groups.entry((name, kind)).or_default().push(place);
        }
    }
    let shuffled = order.clone();
    for places in groups.values() {
        let mut candidates: Vec<TypeId> =
            places.iter().filter_map(|&place| shuffled.get(place).copied()).collect();
        candidates.sort_unstable();
        for (&place, candidate) in places.iter().zip(candidates) {
            if let Some(slot) = order.get_mut(place) {
                *slot = candidate;
            }
        }
    }
    order
}

/// Writes type `id` of `btf` as the next record, its references as `new` names them.
fn copy(btf: &Btf, id: TypeId, new: impl Fn(TypeId) -> u32, builder: &mut Builder) {
    let ty = btf.ty(id);
    let mut payload = Vec::new();
    match ty.kind() {
        Kind::Int => payload.push(ty.int().0),
        Kind::Array => {
            let array = ty.array();
            payload.extend([new(array.element), new(array.index), array.length]);
        }
        Kind::Struct | Kind::Union => {
            for member in ty.members() {
                let name = builder.name(btf.string(member.name));
                payload.extend([name, new(member.ty), member.bit_size << 24 | member.bit_offset]);
            }
        }
        Kind::Enum | Kind::Enum64 => {
            for value in ty.enumerators() {
                payload.extend([builder.name(btf.string(value.name)), value.low]);
                payload.extend((ty.kind() == Kind::Enum64).then_some(value.high));
            }
        }
        Kind::FuncProto => {
            for param in ty.params() {
                payload.extend([builder.name(btf.string(param.name)), new(param.ty)]);
            }
        }
        Kind::Var => payload.push(ty.linkage()),
        Kind::Datasec => {
            payload.extend(
                ty.variables().flat_map(|variable| [new(variable.ty), variable.offset, variable.size]),
            );
        }
        Kind::DeclTag => payload.push(ty.component().unwrap_or(u32::MAX)),
        _ => {}
    }
    let target = ty.target();
    let size_or_type = if target.is_void() { ty.size_word() } else { new(target) };
    builder.record(ty.kind(), btf.name(id), ty.kflag(), ty.vlen(), size_or_type, &payload);
}

/// Numbers that look random (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) % bound as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::fixtures;

    /// Every type as text, its references followed twice: what must not depend on the order.
    fn contents(btf: &Btf) -> Vec<String> {
        fn describe(btf: &Btf, id: TypeId, levels: usize) -> String {
            let ty = btf.ty(id);
            let name = |offset| String::from_utf8_lossy(btf.string(offset)).into_owned();
            let refer = |id| if levels == 0 { String::new() } else { describe(btf, id, levels - 1) };
            let size = if ty.target().is_void() { ty.size_word() } else { 0 };
            let mut parts = vec![format!("{:?} {} {} {size}", ty.kind(), name(ty.name_offset()), ty.kflag())];
            parts.push(refer(ty.target()));
            parts.extend(
                ty.members()
                    .map(|m| format!("{} {} {} {}", name(m.name), refer(m.ty), m.bit_offset, m.bit_size)),
            );
            parts.extend(ty.enumerators().map(|e| format!("{} {}", name(e.name), e.bits64())));
            parts.extend(ty.params().map(|p| format!("{} {}", name(p.name), refer(p.ty))));
            parts.extend(ty.variables().map(|v| format!("{} {} {}", refer(v.ty), v.offset, v.size)));
            match ty.kind() {
                Kind::Int => parts.push(format!("{:?}", ty.int())),
                Kind::Array => {
                    let array = ty.array();
                    parts.push(format!("{} {} {}", refer(array.element), refer(array.index), array.length));
                }
                Kind::Var | Kind::Func => parts.push(ty.linkage().to_string()),
                Kind::DeclTag => parts.push(format!("{:?}", ty.component())),
                _ => {}
            }
            format!("({})", parts.join(","))
        }
        let mut contents: Vec<String> = btf.ids().map(|id| describe(btf, id, 2)).collect();
        contents.sort();
        contents
    }

    fn objects_own() -> Vec<u8> {
        let file = fs::read(fixtures::path("objects/bpfel/matches.bpf.o")).unwrap();
        bpfc_btf::elf::btf_section(&file).unwrap().to_vec()
    }

    #[test]
    fn the_order_changes_and_the_types_do_not() {
        let bytes = objects_own();
        let btf = Btf::parse(&bytes).unwrap();
        let [first, again, second] = [1, 1, 2].map(|seed| shuffle(&btf, seed).unwrap());
        assert_eq!(first, again);
        assert_ne!(first, second);
        assert_ne!(first, bytes);
        assert_eq!(contents(&Btf::parse(&first).unwrap()), contents(&btf));
    }

    #[test]
    fn candidates_of_one_name_keep_their_order() {
        let mut builder = Builder::new(bpfc_btf::Endian::Little);
        for size in 0..100 {
            let name: &[u8] = if size % 2 == 0 { b"thing" } else { b"thing___other" };
            builder.composite(Kind::Struct, name, size, &[]);
            builder.composite(Kind::Union, format!("union{size}").as_bytes(), size, &[]);
        }
        let bytes = shuffle(&Btf::parse(builder.finish().unwrap()).unwrap(), 1).unwrap();
        let btf = Btf::parse(&bytes).unwrap();
        let sizes = |kind| -> Vec<u32> {
            btf.ids().filter(|&id| btf.ty(id).kind() == kind).map(|id| btf.ty(id).size_word()).collect()
        };
        assert!(sizes(Kind::Struct).is_sorted());
        assert!(!sizes(Kind::Union).is_sorted());
    }
}
