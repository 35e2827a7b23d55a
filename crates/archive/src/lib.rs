//! Archives of kernel BTF on the way in, packs on the way out.
//!
//! The layers, lowest first:
//!
//! 1. [`limits`], [`error`], [`digest`]: what everything below shares.
//! 2. [`mod@tar`], `decompress`, `gzip`, `deflate`: the formats themselves.
//! 3. [`container`]: [`unwrap_kernel`] turns any form a kernel's BTF is shipped in into the bytes of that BTF.
//! 4. [`machine`], [`identity`], [`alias`], [`glob`], [`os_release`]: which kernel a BTF belongs to.
//!    [`layout`]: by which path each reader of packs finds it. [`system`], [`mod@select`]: which entry a machine gets.
//! 5. [`package`], [`writer`], [`pack`]: the pack, which carries one program and its trimmed BTFs to their targets.
//!
//! Everything here is a function of its arguments: no file, clock or environment variable is touched. Bytes from
//! outside can neither panic nor exhaust memory: sizes are checked against [`limits`] before anything is reserved.

pub mod alias;
pub mod container;
mod crc32;
mod decompress;
mod deflate;
pub mod digest;
pub mod error;
pub mod glob;
mod gzip;
pub mod identity;
mod json;
pub mod layout;
pub mod limits;
pub mod machine;
mod memory;
mod nearest;
pub mod os_release;
pub mod pack;
pub mod package;
pub mod select;
pub mod system;
pub mod tar;
pub mod writer;
#[cfg(feature = "xz")]
mod xz;
#[cfg(not(feature = "xz"))]
#[path = "xz_absent.rs"]
mod xz;

pub use alias::alias_of;
pub use container::{Container, sniff, unwrap_kernel};
pub use decompress::gzip_start;
pub use digest::Digest;
pub use error::{ArchiveError, ErrorKind, ErrorValue, Result};
pub use glob::Glob;
pub use identity::{Identity, release_of_path};
pub use layout::{Form, Layout};
pub use machine::{Endian, endian_of_machine, machine_of_arch, pointer_size_of_machine};
pub use os_release::system_identity;
pub use pack::{Pack, PackEntry};
pub use package::{Package, package_json};
pub use select::{Selection, Selector, Step};
pub use system::System;
pub use writer::{PackContainer, PackWriter};
#[cfg(feature = "xz")]
pub use xz::{Progress, XzStream, compress_xz};
