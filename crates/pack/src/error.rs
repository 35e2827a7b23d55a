//! One face for the errors of all crates.

use std::fmt;

use bpfc_archive::{ArchiveError, ErrorKind, ErrorValue};

use crate::CommandError;

/// What went wrong, whichever crate found it.
#[derive(Clone, Debug)]
pub enum Error {
    /// A container, an identity or a pack.
    Archive(ArchiveError),
    /// A BTF, an object or a relocation.
    Relo(bpfc_relo::Error),
    /// A command as a whole.
    Command(CommandError),
    /// One of a kernel's modules.
    Module {
        /// Its position, of those given.
        position: usize,
        /// What is wrong with it.
        error: Box<Error>,
    },
    /// `REPORT_LIMIT`: what is to be told is too much.
    Report {
        /// The most that is told, in bytes.
        most: usize,
    },
    /// A file that was given.
    File {
        /// As it was named.
        file: String,
        /// What is wrong with it.
        error: Box<Error>,
    },
    /// Two kernels with different BTFs for which the layout has one path.
    SharedPath {
        /// In the pack.
        path: String,
        /// The file of the second.
        source: String,
    },
}

impl Error {
    /// Codes this crate adds to those of the others.
    pub const CODES: [&'static str; 1] = ["REPORT_LIMIT"];

    /// Stable name of the error; see docs/errors.md.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Archive(error) => error.code(),
            Error::Relo(error) => error.code(),
            Error::Report { .. } => "REPORT_LIMIT",
            Error::Command(error) => error.code.name(),
            Error::Module { error, .. } | Error::File { error, .. } => error.code(),
            Error::SharedPath { .. } => ErrorKind::PackDuplicate.code(),
        }
    }

    /// Byte offset in the input, where there is one.
    pub fn at(&self) -> Option<u64> {
        match self {
            Error::Archive(error) => error.at(),
            Error::Relo(error) => error.at(),
            Error::Report { .. } => None,
            Error::Module { error, .. } | Error::File { error, .. } => error.at(),
            Error::Command(_) | Error::SharedPath { .. } => None,
        }
    }

    /// The offending value, where there is one.
    pub fn value(&self) -> Option<ErrorValue> {
        match self {
            Error::Archive(error) => error.value().cloned(),
            Error::Relo(error) => error.value().map(ErrorValue::Number),
            Error::Report { most } => Some(ErrorValue::Number(*most as u64)),
            Error::Command(_) => None,
            Error::Module { error, .. } | Error::File { error, .. } => error.value(),
            Error::SharedPath { path, .. } => Some(ErrorValue::Text(path.clone())),
        }
    }

    /// The same, with the file it is about.
    pub fn in_file(self, file: &str) -> Error {
        Error::File { file: file.to_owned(), error: Box::new(self) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Archive(error) => error.fmt(f),
            Error::Relo(error) => error.fmt(f),
            Error::Command(error) => error.fmt(f),
            Error::Module { position, error } => write!(f, "module {}: {error}", position + 1),
            Error::Report { most } => {
                write!(
                    f,
                    "what is to be told of the object takes more than {most} bytes; the object is damaged"
                )
            }
            Error::File { file, error } => write!(f, "{file}: {error}"),
            Error::SharedPath { path, source } => write!(
                f,
                "{source}: another kernel of this release has the path {path} already, with another BTF; narrow the \
                 kernels by --kernels or --arch, or choose another --layout"
            ),
        }
    }
}

impl std::error::Error for Error {}

impl From<ArchiveError> for Error {
    fn from(error: ArchiveError) -> Self {
        Error::Archive(error)
    }
}

impl From<CommandError> for Error {
    fn from(error: CommandError) -> Self {
        Error::Command(error)
    }
}

impl From<bpfc_relo::Error> for Error {
    fn from(error: bpfc_relo::Error) -> Self {
        Error::Relo(error)
    }
}

impl From<bpfc_btf::Error> for Error {
    fn from(error: bpfc_btf::Error) -> Self {
        Error::Relo(error.into())
    }
}
