//! CO-RE relocation, exactly as libbpf does it, and the trimming of a kernel's BTF to what the
//! relocations of some objects need.
//!
//! The way through:
//!
//! 1. [`BpfObject::parse`] reads an ELF object: programs, maps, and its relocations as [`Spec`]s,
//!    the questions the object asks of a kernel.
//! 2. Candidates are found in one pass over the kernel's types, every question is compared with
//!    every candidate, and each match records which parts of the types it rests on.
//! 3. [`Trimmer::trim`] keeps those parts, writes them in a canonical order and makes sure that
//!    every answer is still the same.
//! 4. [`Refusal`] says where libbpf would refuse to load an object on that kernel: the driver
//!    replays order, pruning and instruction patching.
//!
//! Names follow libbpf: *local* types are the object's, *target* types the kernel's, a *candidate*
//! is a target type of the local type's kind and essential name.

mod access;
mod answers;
mod candidates;
mod compatible;
mod driver;
mod elf;
mod error;
mod essential;
mod expression;
mod ext;
mod globals;
mod instead;
mod kind;
mod matcher;
mod matching;
mod object;
mod patch;
mod relocate;
mod report;
mod requirements;
mod source;
mod trace;
mod trim;
mod values;

#[cfg(test)]
#[path = "../tests/common/mod.rs"]
mod assembler;
#[cfg(test)]
#[path = "../../btf/tests/common/notation.rs"]
mod notation;
#[cfg(test)]
mod tests;

pub use access::Spec;
pub use error::{Error, Failure};
pub use essential::essential_name;
pub use instead::{Explainer, Found, Instead};
pub use kind::ReloKind;
pub use object::{BpfObject, Map, MapKind, Program, Relocation};
pub use relocate::{Outcome, Refusal, Relocated, Verdict, relocate};
pub use report::Report;
pub use requirements::{Requirement, RequirementKind};
pub use source::SourceLine;
pub use trim::{Trimmed, Trimmer};
