//! At run time: the BTF of the running kernel, from the pack that a program was shipped with.
//!
//! ```no_run
//! let pack = std::fs::read("tool.tar")?;
//! let core_btf = bpfc_loader::ensure_core_btf(&pack)?;
//! // libbpf-rs: ObjectBuilder; libbpf: bpf_object_open_opts.btf_custom_path
//! println!("{:?}: {:?}", core_btf.explanation().source, core_btf.path());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Layers, lowest first:
//!
//! 1. [`System`]: what the running system is, and where its kernel has BTF of its own.
//! 2. [`Request`]: what is wanted; [`Selection`]: where it comes from, and all that was looked for. The rule by which a
//!    pack's entries are found is `bpfc-archive`'s.
//! 3. [`CoreBtf`]: the BTF, as a path for libbpf or as bytes, for as long as it is needed.
//! 4. [`compatible`]: the functions of `bpf-compatible-rs`, with its types, also here at the root.
//!
//! This library writes nothing to stderr and never ends the process. It works without /proc, without os-release and on a
//! read-only root, as long as there is memory or a folder for temporary files.

#[cfg(feature = "predecessor")]
pub mod compatible;
mod core_btf;
pub mod error;
mod files;
mod native;
mod privilege;
mod request;
mod selection;
mod system;

pub use bpfc_archive::{Pack, PackEntry};
#[cfg(feature = "predecessor")]
pub use compatible::*;
pub use core_btf::{CoreBtf, Form};
pub use error::{ErrorKind, LoaderError, LoaderResult};
pub use native::SYSFS;
pub use request::{BTF_VARIABLE, Request, ensure_core_btf, select};
pub use selection::{Explanation, Failure, Selection, Source, Step, Tried};
pub use system::{OS_RELEASE_VARIABLE, System};
pub use {bpfc_archive, bpfc_btf};
