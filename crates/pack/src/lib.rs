//! The main job without files: kernels in any form go in, trimmed BTFs, packs and the JSON that
//! describes them come out. The native command and the WASM module are thin layers over this.
//!
//! - [`KernelSource`]: raw BTF, ELF with `.BTF`, `.btf.tar.xz`, whatever an archive holds.
//! - [`KernelTrimmer`]: from such bytes to a trimmed BTF and what is told of it.
//! - [`describe`]: packs, BTFs, objects and trims as JSON; [`Against`]: an object on many kernels.
//! - [`package_json`]: ecc's `package.json`, made from an object.
//! - [`linkable_object`], [`c_header`]: a pack inside a program.
//! - [`Error`]: one face for the errors of all crates: code, place, value.

mod against;
pub mod describe;
mod ecc;
mod embed;
mod error;
mod source;
mod trim;

pub use against::Against;
pub use ecc::{Package, package_json};
pub use embed::{c_header, linkable_object};
pub use error::Error;
pub use source::KernelSource;
pub use trim::{KernelTrimmer, TrimmedKernel};

/// `Result` with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;
