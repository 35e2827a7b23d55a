//! A BTF in the hands of a loader.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use bpfc_archive::limits::KERNEL_BYTES;
use bpfc_archive::{PackEntry, endian_of_machine, pointer_size_of_machine};
use bpfc_btf::{Btf, elf};
use object::ReadCache;
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use tempfile::NamedTempFile;

use crate::error::{ErrorKind, LoaderError, LoaderResult};
use crate::files;
use crate::privilege::variable;
use crate::selection::{Explanation, Source, Tried};
use crate::system::System;

/// How a BTF from a pack is handed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// Sealed memory under a path of /proc, which nobody can change and which nothing, not even a crash, leaves behind; a
    /// temporary file where memory or /proc is not to be had.
    #[default]
    Memory,
    /// A temporary file, in `TMPDIR` or /tmp, which only its owner can read.
    TemporaryFile,
}

/// The BTF that a program is to be relocated against. What was made for it is gone when this is dropped.
#[derive(Debug)]
pub struct CoreBtf {
    held: Held,
    explanation: Explanation,
}

#[derive(Debug)]
enum Held {
    /// The loader finds it without help.
    Native,
    /// A file of the caller's.
    Given {
        path: PathBuf,
        content: Vec<u8>,
    },
    Memory {
        /// Keeps the path alive.
        _file: File,
        path: PathBuf,
        content: Vec<u8>,
    },
    Temporary {
        file: NamedTempFile,
        content: Vec<u8>,
    },
}

impl CoreBtf {
    /// The file to give to a loader, for libbpf as `btf_custom_path`; none where the kernel has BTF, which loaders find.
    pub fn path(&self) -> Option<&Path> {
        match &self.held {
            Held::Native => None,
            Held::Given { path, .. } | Held::Memory { path, .. } => Some(path),
            Held::Temporary { file, .. } => Some(file.path()),
        }
    }

    /// The BTF itself; none where the kernel has it.
    pub fn bytes(&self) -> Option<&[u8]> {
        match &self.held {
            Held::Native => None,
            Held::Given { content, .. } | Held::Memory { content, .. } | Held::Temporary { content, .. } => {
                Some(content)
            }
        }
    }

    /// Where it is from.
    pub fn explanation(&self) -> &Explanation {
        &self.explanation
    }

    pub(crate) fn new(
        source: &Source,
        tried: Vec<Tried>,
        system: &System,
        form: Form,
    ) -> LoaderResult<CoreBtf> {
        match hold(source, system, form) {
            Ok(held) => Ok(CoreBtf { held, explanation: Explanation::of(source, &tried) }),
            Err(error) => Err(error.with_tried(tried)),
        }
    }
}

fn hold(source: &Source, system: &System, form: Form) -> LoaderResult<Held> {
    match source {
        Source::Native(_) => Ok(Held::Native),
        Source::Explicit(path) => {
            let content = read(path)?;
            check(&path.display().to_string(), &content, system)?;
            Ok(Held::Given { path: path.clone(), content })
        }
        Source::Pack { entry, .. } => {
            check(entry.path, entry.content, system)?;
            let content = copy(entry)?;
            if form == Form::Memory
                && let Ok((file, path)) = in_memory(&content)
            {
                return Ok(Held::Memory { _file: file, path, content });
            }
            temporary(content)
        }
    }
}

/// Of what size it is, the pack says.
fn copy(entry: &PackEntry) -> LoaderResult<Vec<u8>> {
    let mut content = Vec::new();
    let no_memory = |_| LoaderError::file("copy", Path::new(entry.path), io::ErrorKind::OutOfMemory.into());
    content.try_reserve_exact(entry.content.len()).map_err(no_memory)?;
    content.extend_from_slice(entry.content);
    Ok(content)
}

/// The BTF of a file as libbpf's `btf__parse` takes it: raw or ELF.
fn read(path: &Path) -> LoaderResult<Vec<u8>> {
    let failed = |error| LoaderError::file("read the BTF", path, error);
    let image = ReadCache::new(files::open(path).map_err(failed)?);
    match elf::btf_section_of(&image) {
        Ok(btf) => Ok(btf.to_vec()),
        Err(error) if error.code() != bpfc_btf::Code::NotElf => Err(LoaderError::btf(path.display(), error)),
        Err(_) => {
            let mut content = Vec::new();
            let file = files::open(path).map_err(failed)?;
            file.take(KERNEL_BYTES).read_to_end(&mut content).map_err(failed)?;
            Ok(content)
        }
    }
}

/// Whether a BTF can be of this system's kernel. libbpf trusts what it is given.
fn check(name: &str, content: &[u8], system: &System) -> LoaderResult<()> {
    let btf = Btf::parse(content).map_err(|error| LoaderError::btf(name, error))?;
    let machine = system.machine();
    let big = endian_of_machine(machine).map(|endian| endian == bpfc_archive::Endian::Big);
    let refuse = |what: String| {
        Err(ErrorKind::Machine(format!("{name} is {what}, and this machine {machine}")).into())
    };
    if big.is_some_and(|big| big != (btf.endian() == bpfc_btf::Endian::Big)) {
        return refuse(format!("{}-endian", btf.endian().name()));
    }
    match (btf.pointer_size(), pointer_size_of_machine(machine)) {
        (Some(size), Some(own)) if size != own => refuse(format!("for pointers of {size} bytes")),
        _ => Ok(()),
    }
}

/// Sealed memory, and a path to it that can be opened.
fn in_memory(content: &[u8]) -> io::Result<(File, PathBuf)> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let mut file = File::from(memfd_create("btf", flags)?);
    file.write_all(content)?;
    fcntl_add_seals(&file, SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE | SealFlags::SEAL)?;
    let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    // Without /proc there is no such path.
    fs::metadata(&path)?;
    Ok((file, path))
}

fn temporary(content: Vec<u8>) -> LoaderResult<Held> {
    let folder = variable("TMPDIR").map_or_else(|| PathBuf::from("/tmp"), PathBuf::from);
    let failed = |error| LoaderError::file("write a temporary file in", &folder, error);
    let mut file = NamedTempFile::with_prefix_in("bpfc-", &folder).map_err(failed)?;
    file.write_all(&content).map_err(failed)?;
    Ok(Held::Temporary { file, content })
}
