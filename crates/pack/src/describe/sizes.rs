//! Which types of a BTF cost how much.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::{Json, json};
use bpfc_btf::{Btf, Type};

/// One type and what it costs.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeSize {
    /// In the BTF.
    pub id: u32,
    /// In C terms: `struct task_struct`.
    pub ty: String,
    /// Of the type's record and of the names in it.
    pub bytes: usize,
}

impl From<TypeSize> for Json {
    fn from(size: TypeSize) -> Json {
        json!({ "id": size.id, "type": size.ty, "bytes": size.bytes })
    }
}

/// The `most` largest types, the largest first. A name that several types share counts for the first of them, so that the
/// sum is what the types and their names cost.
pub fn type_sizes(btf: &Btf, most: usize) -> Vec<TypeSize> {
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
    sizes.truncate(most);
    sizes.into_iter().map(|(bytes, id)| TypeSize { id: id.0, ty: btf.c_name(id), bytes }).collect()
}

fn names<'b>(ty: &Type<'b>) -> impl Iterator<Item = u32> + use<'b> {
    let own = std::iter::once(ty.name_offset());
    let members = ty.members().map(|member| member.name);
    let values = ty.enumerators().map(|value| value.name);
    own.chain(members).chain(values).chain(ty.params().map(|param| param.name))
}
