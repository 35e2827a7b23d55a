//! The main job without files: kernels in any form go in, trimmed BTFs, packs and the JSON that
//! describes them come out. The native command and the WASM module are thin layers over this.
//!
//! - [`KernelSource`]: raw BTF, ELF with `.BTF`, `.btf.tar.xz`, whatever an archive holds.
//! - [`KernelTrimmer`]: from such bytes to a trimmed BTF and what is told of it.
//! - [`describe`]: packs, BTFs, objects and trims as [`Json`]; [`Against`]: an object on many kernels.
//! - [`package_json`]: ecc's `package.json`, made from an object.
//! - [`linkable_object`], [`c_header`]: a pack inside a program.
//! - [`Error`]: one face for the errors of all crates: code, place, value.
//!
//! The commands are in here but for files, threads and options, so that every face of them says the same:
//!
//! - [`Programs`]: what kernels are trimmed for. [`Found`], [`ModuleFiles`]: kernels by the files that were found.
//! - [`PackJob`]: `pack`, from the choice of kernels to the [`summary`]. [`verify()`]: a finished pack.
//! - [`render`]: either for people. [`CommandError`]: how a command fails.

mod against;
mod choose;
mod command;
mod compare;
pub mod describe;
mod dump;
mod ecc;
mod embed;
mod error;
mod fleet;
mod found;
mod job;
mod json;
mod lost;
mod modules;
mod output;
pub mod paths;
mod programs;
pub mod render;
mod source;
pub mod summary;
mod system;
mod trim;
mod verify;

pub use against::Against;
pub use choose::{LeftOut, LeftOutList, Selection, choose};
pub use command::{CommandCode, CommandError, Problem};
pub use compare::{Named, compare};
pub use dump::DumpFormat;
pub use ecc::{Package, package_json};
pub use embed::{c_header, linkable_object};
pub use error::Error;
pub use fleet::{Fleet, Machine};
pub use found::{CLONES, Found, FoundKernel, ListedFile, Listing, kernels_named};
pub use job::{Content, PackJob, PackRequest, Packed};
pub use json::Json;
pub use lost::{LostInPack, lost_text};
pub use modules::ModuleFiles;
pub use output::{Container, Output};
pub use programs::{Program, Programs, Target};
pub use source::KernelSource;
pub use system::{RUNNING_KERNEL, System};
pub use trim::{KernelTrimmer, TrimmedKernel};
pub use verify::{EntryProblem, RefusedEntry, Verdict, verify};

/// `Result` with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;
