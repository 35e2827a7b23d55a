//! Kernels as they come.

use std::borrow::Cow;

use bpfc_archive::unwrap_kernel;
use bpfc_btf::{Btf, elf};

use crate::Result;

/// The BTF inside whatever holds it: raw, in the `.BTF` section of an ELF file, in a tar, packed
/// with xz or gzip. Decompressed at most once, never copied otherwise.
pub struct KernelSource<'d> {
    unwrapped: Cow<'d, [u8]>,
}

impl<'d> KernelSource<'d> {
    /// Takes off containers and compression.
    ///
    /// # Errors
    /// What is broken, empty or larger than the limits of `bpfc-archive`.
    pub fn open(bytes: &'d [u8]) -> Result<KernelSource<'d>> {
        Ok(KernelSource { unwrapped: unwrap_kernel(bytes)? })
    }

    /// The raw BTF.
    ///
    /// # Errors
    /// An ELF file without `.BTF`.
    pub fn bytes(&self) -> Result<&[u8]> {
        if elf::sniff(&self.unwrapped) { Ok(elf::btf_section(&self.unwrapped)?) } else { Ok(&self.unwrapped) }
    }

    /// The BTF, parsed and checked.
    ///
    /// # Errors
    /// As [`KernelSource::bytes`], and what is no valid BTF.
    pub fn parse(&self) -> Result<Btf<'_>> {
        Ok(Btf::parse(self.bytes()?)?)
    }

    /// The raw BTF, for keeping.
    ///
    /// # Errors
    /// As [`KernelSource::bytes`].
    pub fn into_bytes(self) -> Result<Vec<u8>> {
        if elf::sniff(&self.unwrapped) { Ok(self.bytes()?.to_vec()) } else { Ok(self.unwrapped.into_owned()) }
    }
}
