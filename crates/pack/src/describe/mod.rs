//! What BTFs, objects and trims are, as the JSON that every face shows.
//!
//! Fields are camelCase; offsets and sizes say their unit in their name or here: sizes are bytes,
//! `bits`, `bitOffset` and `bitSize` are bits. 64-bit values are decimal strings.

mod btf;
mod object;
mod relocated;
mod sizes;
mod trim;

pub use btf::{btf_info, btf_type, btf_types};
pub use object::object_info;
pub use relocated::relocated;
pub use sizes::type_sizes;
pub use trim::trim_report;

/// Text of a name for JSON: bytes that are not UTF-8 become replacement characters.
pub(crate) fn text(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}
