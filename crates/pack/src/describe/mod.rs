//! What BTFs, objects and trims are, as the JSON that every face shows.
//!
//! Fields are camelCase; offsets and sizes say their unit in their name or here: sizes are bytes,
//! `bits`, `bitOffset` and `bitSize` are bits. 64-bit values are decimal strings.

use crate::{Error, Json, Result};

mod btf;
mod diff;
mod identity;
mod inspect;
mod instead;
mod object;
mod relocated;
mod selection;
mod sizes;
mod trim;
mod types;

pub use btf::{btf_info, btf_type, btf_types};
pub use diff::{diff, require_type};
pub use identity::identity;
pub use inspect::inspect;
pub use instead::instead;
pub use object::{Requirement, object_info};
pub(crate) use object::{notes, requirements};
pub use relocated::relocated;
pub(crate) use relocated::{outcomes, question};
pub use selection::selection;
pub use sizes::{TypeSize, type_sizes};
pub use trim::{LoadFailure, Loss, ObjectReport, TrimReport, trim_report};
pub use types::{definition, layout, type_summaries};

/// Bytes of text in one list, about: what is told of the largest real objects takes a tenth. Names of a hostile one are as
/// long as the file, and each relocation tells them again.
const MAX_TEXT: usize = 64 << 20;

/// What is told of many things; `REPORT_LIMIT` where it is too much.
pub(crate) fn list(entries: impl Iterator<Item = Json>) -> Result<Vec<Json>> {
    let mut left = MAX_TEXT;
    let mut list = Vec::new();
    for entry in entries {
        left = left.checked_sub(entry.size()).ok_or(Error::Report { most: MAX_TEXT })?;
        list.push(entry);
    }
    Ok(list)
}

/// Text of a name for JSON: bytes that are not UTF-8 become replacement characters.
pub(crate) fn text(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

/// An enumerator's value, of 64 bits with a sign or without, as decimal text. What writes 128 bits is two kilobytes more to load.
fn decimal(value: i128) -> String {
    match i64::try_from(value) {
        Ok(signed) => signed.to_string(),
        Err(_) => (value as u64).to_string(),
    }
}
