//! Types as text: C that compiles, and the plain listing of bpftool.
//!
//! - [`c`]: a header like bpftool's `vmlinux.h`. Its parts: `order` says what is written and when, `layout` which
//!   attributes and padding give every struct its size and offsets, `names` which name each type has in C,
//!   `declaration` and `definition` write.
//! - [`definition`](fn@definition): one type as that header has it.
//! - [`raw`](fn@raw): one record after the other.
//!
//! Prototypes and anonymous structs are written out wherever they are used, so that a few hostile records could ask for
//! gigabytes: [`limit`] says how long a text can be.

mod alone;
mod c;
mod declaration;
mod definition;
pub(crate) mod layout;
mod names;
mod order;
mod raw;
mod scalar;
mod text;

pub use alone::{Definition, definition};
pub use c::c;
pub use raw::raw;
pub use text::{Link, limit};

use crate::Btf;

/// The size in bytes of a pointer; 8 where the BTF has no `long` to tell it.
fn pointer_size(btf: &Btf) -> u32 {
    btf.pointer_size().map_or(8, u32::from)
}
