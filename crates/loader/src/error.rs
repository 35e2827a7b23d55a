//! What can go wrong between a pack and a running kernel.

use std::fmt;
use std::io;
use std::path::Path;

use bpfc_archive::ArchiveError;

use crate::selection::Tried;

/// What this crate's functions return; those of the predecessor's have an [`Error`] of their own.
pub type LoaderResult<T> = std::result::Result<T, LoaderError>;

/// Why there is no BTF for this kernel.
#[derive(Debug)]
pub struct LoaderError {
    kind: ErrorKind,
    tried: Vec<Tried>,
}

/// What went wrong.
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// `LOADER_SYSTEM`: the running system does not say what it is.
    System {
        /// The file that says it.
        file: String,
        /// Why it could not be read.
        error: io::Error,
    },
    /// `LOADER_MACHINE`: the BTF is for another kind of machine.
    Machine(String),
    /// `LOADER_ARGUMENT`: a C program gave NULL or a bad length.
    Argument(String),
    /// `LOADER_NO_PACK`: the kernel has no BTF, and the pack is empty.
    NoPack,
    /// `LOADER_INTERNAL`: a defect of this library, which C programs do not crash of.
    Internal(String),
    /// `LOADER_FILE`: a file could not be read or made.
    File {
        /// What was being done, to which file.
        what: String,
        /// Why it failed.
        error: io::Error,
    },
    /// The pack is none, or has nothing for this kernel: `PACK_NO_MATCH` and the codes of `bpfc-archive`.
    Archive(ArchiveError),
    /// The BTF is damaged: the codes of `bpfc-btf`.
    Btf {
        /// Where it was.
        what: String,
        /// What is wrong.
        error: bpfc_btf::Error,
    },
}

impl LoaderError {
    /// Codes this crate adds to those of the others.
    pub const CODES: [&'static str; 6] = [
        "LOADER_SYSTEM",
        "LOADER_MACHINE",
        "LOADER_ARGUMENT",
        "LOADER_NO_PACK",
        "LOADER_FILE",
        "LOADER_INTERNAL",
    ];

    /// Stable name of the error; see docs/errors.md.
    pub fn code(&self) -> &'static str {
        match &self.kind {
            ErrorKind::System { .. } => "LOADER_SYSTEM",
            ErrorKind::Machine(_) => "LOADER_MACHINE",
            ErrorKind::Argument(_) => "LOADER_ARGUMENT",
            ErrorKind::NoPack => "LOADER_NO_PACK",
            ErrorKind::File { .. } => "LOADER_FILE",
            ErrorKind::Internal(_) => "LOADER_INTERNAL",
            ErrorKind::Archive(error) => error.code(),
            ErrorKind::Btf { error, .. } => error.code().name(),
        }
    }

    /// What went wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// All that was looked for before it did, in order.
    pub fn tried(&self) -> &[Tried] {
        &self.tried
    }

    pub(crate) fn with_tried(mut self, tried: Vec<Tried>) -> Self {
        self.tried = tried;
        self
    }

    pub(crate) fn file(what: &str, path: &Path, error: io::Error) -> Self {
        ErrorKind::File { what: format!("{what} {}", path.display()), error }.into()
    }

    pub(crate) fn btf(what: impl fmt::Display, error: bpfc_btf::Error) -> Self {
        ErrorKind::Btf { what: what.to_string(), error }.into()
    }
}

impl From<ErrorKind> for LoaderError {
    fn from(kind: ErrorKind) -> Self {
        Self { kind, tried: Vec::new() }
    }
}

impl From<ArchiveError> for LoaderError {
    fn from(error: ArchiveError) -> Self {
        ErrorKind::Archive(error).into()
    }
}

impl fmt::Display for LoaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ErrorKind::System { file, error } => write!(f, "{file} cannot be read: {error}"),
            ErrorKind::Machine(what) | ErrorKind::Argument(what) => f.write_str(what),
            ErrorKind::NoPack => f.write_str("the kernel has no BTF, and there is no pack"),
            ErrorKind::Internal(what) => write!(f, "a defect of this library: {what}"),
            ErrorKind::File { what, error } => write!(f, "cannot {what}: {error}"),
            ErrorKind::Archive(error) => error.fmt(f),
            ErrorKind::Btf { what, error } => write!(f, "{what}: {error}"),
        }
    }
}

/// The text says what is behind it; [`LoaderError::kind`] has it.
impl std::error::Error for LoaderError {}

/// What the functions of the predecessor, in [`crate::compatible`], fail with.
#[cfg(feature = "predecessor")]
#[derive(Debug)]
pub enum Error {
    /// os-release could not be read.
    OsReleaseError(io::Error),
    /// uname(2) failed. It does not; the predecessor's users match it.
    UnameError(io::Error),
    /// There is no temporary folder.
    TempDirError(io::Error),
    /// The pack is none, or could not be unpacked.
    TarUnpackError(io::Error),
    /// A file, by its name, could not be read.
    FileReadError(String, io::Error),
}

#[cfg(feature = "predecessor")]
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::OsReleaseError(error) => write!(f, "Failed to read os-release: {error}"),
            Error::UnameError(error) => write!(f, "Failed to call uname: {error}"),
            Error::TempDirError(error) => write!(f, "Failed to create temporary directory: {error}"),
            Error::TarUnpackError(error) => write!(f, "Failed to unpack tar archive: {error}"),
            Error::FileReadError(file, error) => write!(f, "Failed to read `{file}`: {error}"),
        }
    }
}

/// As the predecessor's: the text says what is behind it.
#[cfg(feature = "predecessor")]
impl std::error::Error for Error {}
