//! Types as text: C that compiles, and the plain listing of bpftool.
//!
//! - [`c`]: a header like bpftool's `vmlinux.h`. Its parts: `order` says what is written and when, `layout` which
//!   attributes and padding give every struct its size and offsets, `names` which name each type has in C,
//!   `declaration` and `definition` write.
//! - [`raw`](fn@raw): one record after the other.
//!
//! Prototypes and anonymous structs are written out wherever they are used, so that a few hostile records could ask for
//! gigabytes: [`limit`] says how long a text can be.

mod c;
mod declaration;
mod definition;
mod layout;
mod names;
mod order;
mod raw;
mod scalar;
mod text;

pub use c::c;
pub use raw::raw;
pub use text::limit;
