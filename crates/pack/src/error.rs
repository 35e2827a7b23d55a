//! One face for the errors of all crates.

use std::fmt;

use bpfc_archive::{ArchiveError, ErrorValue};

/// What went wrong, whichever crate found it.
#[derive(Clone, Debug)]
pub enum Error {
    /// A container, an identity or a pack.
    Archive(ArchiveError),
    /// A BTF, an object or a relocation.
    Relo(bpfc_relo::Error),
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
}

impl Error {
    /// Codes this crate adds to those of the others.
    pub const CODES: [&'static str; 1] = ["REPORT_LIMIT"];

    /// Stable name of the error; see docs/errors.md.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Archive(error) => error.code(),
            Error::Relo(error) => error.code(),
            Error::Module { error, .. } => error.code(),
            Error::Report { .. } => "REPORT_LIMIT",
        }
    }

    /// Byte offset in the input, where there is one.
    pub fn at(&self) -> Option<u64> {
        match self {
            Error::Archive(error) => error.at(),
            Error::Relo(error) => error.at(),
            Error::Module { error, .. } => error.at(),
            Error::Report { .. } => None,
        }
    }

    /// The offending value, where there is one.
    pub fn value(&self) -> Option<ErrorValue> {
        match self {
            Error::Archive(error) => error.value().cloned(),
            Error::Relo(error) => error.value().map(ErrorValue::Number),
            Error::Module { error, .. } => error.value(),
            Error::Report { most } => Some(ErrorValue::Number(*most as u64)),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Archive(error) => error.fmt(f),
            Error::Relo(error) => error.fmt(f),
            Error::Module { position, error } => write!(f, "module {}: {error}", position + 1),
            Error::Report { most } => {
                write!(
                    f,
                    "what is to be told of the object takes more than {most} bytes; the object is damaged"
                )
            }
        }
    }
}

impl std::error::Error for Error {}

impl From<ArchiveError> for Error {
    fn from(error: ArchiveError) -> Self {
        Error::Archive(error)
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
