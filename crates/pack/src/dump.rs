//! Types as text: C, bpftool's listing, or JSON.

use std::collections::HashSet;

use bpfc_btf::{Btf, TypeId, dump};

use crate::{Result, describe};

/// What types are written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DumpFormat {
    /// A header like `vmlinux.h`, which compiles.
    C,
    /// `bpftool btf dump ... format raw`.
    Raw,
    /// One object for each type.
    Json,
}

impl DumpFormat {
    /// Every format.
    pub const ALL: [DumpFormat; 3] = [DumpFormat::C, DumpFormat::Raw, DumpFormat::Json];

    /// Lower-case name.
    pub fn name(self) -> &'static str {
        match self {
            DumpFormat::C => "c",
            DumpFormat::Raw => "raw",
            DumpFormat::Json => "json",
        }
    }

    /// The format of this name.
    pub fn named(name: &str) -> Option<DumpFormat> {
        DumpFormat::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Writes the types named, each once, as [`Btf::named`] reads names, or all; as C with what they need.
    ///
    /// # Errors
    /// `TYPE_MISSING`: no type of a name; what cannot be said in C, or in a bounded text.
    pub fn dump(self, btf: &Btf, names: &[&str]) -> Result<String> {
        let mut ids: Vec<TypeId> = Vec::new();
        for name in names {
            describe::require_type(&[btf], name)?;
            ids.extend(btf.named(name));
        }
        let mut seen = HashSet::new();
        ids.retain(|&id| seen.insert(id));
        let types = if names.is_empty() { None } else { Some(ids.as_slice()) };
        Ok(match self {
            DumpFormat::C => dump::c(btf, types)?,
            DumpFormat::Raw => dump::raw(btf, types)?,
            DumpFormat::Json => describe::btf_types(btf, types)?,
        })
    }
}
