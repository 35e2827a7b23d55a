//! What differs between two BTFs.

use bpfc_btf::{Btf, Difference, Part, PartDifference, Version};

use super::{decimal, list};
use crate::{CommandCode, CommandError, Json, Result, json};

/// Checks that one of these BTFs has a type of the name, as [`Btf::named`] reads it.
///
/// # Errors
/// `TYPE_MISSING`
pub fn require_type(among: &[&Btf], name: &str) -> Result<()> {
    if among.iter().all(|btf| btf.named(name).is_empty()) {
        let message = format!("no type '{name}'; name it as C does: `task_struct` or `struct task_struct`");
        return Err(CommandError::new(CommandCode::TypeMissing, message).into());
    }
    Ok(())
}

/// `[{ name, change, old: { id, kind, size }, new, members: [{ name, changes, old: { type, bitOffset, bitSize }, new }] }]`.
///
/// `change` is `added`, `removed` or `changed`; `old` or `new` is null for the first two. The `changes` of a member are
/// `added`, `removed`, `moved`, `retyped`, `renumbered`. Enumerators, which anonymous enums inside
/// other types have too, have `{ value }` as text; a typedef's type and a function's prototype have no name.
///
/// # Errors
/// `REPORT_LIMIT` where it would be larger than any real kernels'.
pub fn diff(differences: &[Difference]) -> Result<Json> {
    Ok(list(differences.iter().map(difference))?.into())
}

fn difference(it: &Difference) -> Json {
    let version =
        |version: Version| json!({ "id": version.id.0, "kind": version.kind.name(), "size": version.size });
    let change = match (it.old, it.new) {
        (None, _) => "added",
        (_, None) => "removed",
        _ => "changed",
    };
    json!({
        "name": &it.name,
        "change": change,
        "old": it.old.map(version),
        "new": it.new.map(version),
        "members": it.parts.iter().map(member).collect::<Vec<_>>(),
    })
}

fn member(it: &PartDifference) -> Json {
    let part = |part: &Part| match part {
        Part::Enumerator { value } => json!({ "value": decimal(*value) }),
        Part::Member { ty, bit_offset, bit_size } => {
            json!({ "type": ty, "bitOffset": *bit_offset, "bitSize": *bit_size })
        }
    };
    let changes = [
        (it.old.is_none(), "added"),
        (it.new.is_none(), "removed"),
        (it.is_moved(), "moved"),
        (it.is_retyped(), "retyped"),
        (it.is_renumbered(), "renumbered"),
    ];
    let changes: Vec<&str> = changes.into_iter().filter(|(is, _)| *is).map(|(_, name)| name).collect();
    json!({
        "name": &it.name,
        "changes": changes,
        "old": it.old.as_ref().map(part),
        "new": it.new.as_ref().map(part),
    })
}
