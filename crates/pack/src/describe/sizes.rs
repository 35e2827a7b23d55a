//! Which types of a BTF cost how much.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use bpfc_btf::{Btf, Type, TypeId};
use serde_json::{Value, json};

/// `[{ id, type, bytes }]`, the largest first: the bytes of each type's record and of the names in it. A name that
/// several types share counts for the first of them, so that the sum is what the types and their names cost.
pub fn type_sizes(btf: &Btf) -> Value {
    let mut counted = BTreeSet::new();
    let mut sizes = Vec::new();
    for id in btf.ids() {
        let Some(ty) = btf.get(id) else { continue };
        let mut bytes = ty.record_len();
        for offset in names(&ty) {
            if offset != 0 && counted.insert(offset) {
                bytes += btf.string(offset).len() + 1;
            }
        }
        sizes.push((bytes, id));
    }
    sizes.sort_by_key(|&(bytes, id)| (Reverse(bytes), id));
    let described =
        |(bytes, id): (usize, TypeId)| json!({ "id": id.0, "type": btf.c_name(id), "bytes": bytes });
    sizes.into_iter().map(described).collect()
}

fn names<'b>(ty: &Type<'b>) -> impl Iterator<Item = u32> + use<'b> {
    let own = std::iter::once(ty.name_offset());
    let members = ty.members().map(|member| member.name);
    let values = ty.enumerators().map(|value| value.name);
    own.chain(members).chain(values).chain(ty.params().map(|param| param.name))
}
