//! BTF, the kernel's type format: bytes to types and back.
//!
//! Layers, from the bytes up:
//!
//! 1. [`Endian`] and the crate's `Words`: byte access that cannot panic.
//! 2. [`Header`], [`Strings`], [`Kind`]: the sections and what a record is made of.
//! 3. [`Btf`]: one validated BTF, the entry point. [`Btf::parse`] reads raw bytes,
//!    [`Btf::parse_split`] a module's types over its kernel's, [`elf::btf_section`] finds the
//!    `.BTF` section of an ELF file.
//! 4. [`Type`]: a view of one record, with its members, enumerators or parameters.
//! 5. [`Builder`]: writes a BTF, always with the 24-byte header every reader accepts; [`merge`]
//!    writes a kernel and its modules as one, [`compat`](fn@compat) one for libbpf before 1.0.
//! 6. For people: [`dump`], types as C that compiles or as a plain listing; [`Btf::c_name`], [`Btf::named`],
//!    [`Btf::search`], [`Btf::layout`], [`diff`](fn@diff).
//!
//! Nothing here touches a file, the environment or the running kernel, and no input can make it
//! panic: what does not fit is an [`Error`] with a stable code, the byte offset and the value.
//!
//! ```
//! use bpfc_btf::{Builder, Btf, Endian, IntEncoding, Kind};
//!
//! let mut builder = Builder::new(Endian::Little);
//! let int = builder.int(b"int", 4, IntEncoding::Signed, 32);
//! builder.composite(Kind::Struct, b"point", 8, &[
//!     bpfc_btf::NewMember { name: b"x", ty: int, bit_offset: 0, bit_size: 0 },
//!     bpfc_btf::NewMember { name: b"y", ty: int, bit_offset: 32, bit_size: 0 },
//! ]);
//! let bytes = builder.finish().unwrap();
//! let btf = Btf::parse(&bytes).unwrap();
//! let point = btf.find(b"point").next().unwrap();
//! assert_eq!(btf.members(point).count(), 2);
//! ```

mod btf;
mod builder;
mod bytes;
mod cname;
mod compat;
mod diff;
pub mod dump;
pub mod elf;
mod error;
mod header;
mod index;
mod kind;
mod merge;
mod named;
mod place;
mod resolve;
mod search;
mod strings;
mod type_layout;
mod types;

pub use btf::Btf;
pub use builder::{Builder, NewMember};
pub use bytes::Endian;
pub use compat::{Change, Compat, Loss, Value, compat};
pub use diff::{DiffError, Difference, Part, PartDifference, Side, Version, diff};
pub use error::{Code, Error};
pub use header::Header;
pub use kind::{IntEncoding, Kind, TypeId};
pub use merge::merge;
pub use strings::Strings;
pub use type_layout::{LayoutContent, LayoutPart, TypeLayout};
pub use types::{Array, Enumerator, Int, Member, Param, Type, Variable};

/// `Result` with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;
