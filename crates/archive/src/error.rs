//! The one error type of this crate.

use std::fmt;

/// What this crate's functions return.
pub type Result<T> = std::result::Result<T, ArchiveError>;

/// What went wrong. Each kind has one stable code, never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The xz data is damaged, cut short, of an unknown kind, or followed by something else.
    XzCorrupt,
    /// The xz data needs a larger dictionary, or holds more, than is allowed.
    XzLimit,
    /// The gzip data is damaged, cut short, or followed by something else.
    GzipCorrupt,
    /// The gzip data holds more than is allowed.
    GzipLimit,
    /// The tar is damaged or cut short.
    TarCorrupt,
    /// The tar uses a feature that is not read: sparse files, global pax sizes or paths.
    TarUnsupported,
    /// The archive holds no BTF.
    ArchiveEmpty,
    /// The archive holds several files where one BTF was expected.
    ArchiveAmbiguous,
    /// The archive is larger, or has more entries, than is allowed.
    ArchiveLimit,
    /// The archive is compressed with zstd, which is not read.
    ArchiveZstd,
    /// The archive is compressed with xz, and the feature `xz` is off.
    ArchiveXz,
    /// Memory for the content could not be had.
    ArchiveMemory,
    /// The bytes are not a pack.
    PackFormat,
    /// A name that a pack must not or cannot hold.
    PackName,
    /// A pack holds each name once.
    PackDuplicate,
    /// `package.json` is not what ecc writes.
    PackPackage,
    /// The pack has no BTF for a kernel.
    PackNoMatch,
    /// A part of a kernel's identity cannot be a part of a path.
    IdentityPart,
}

impl ErrorKind {
    /// Every kind.
    pub const ALL: [Self; 18] = [
        Self::XzCorrupt,
        Self::XzLimit,
        Self::GzipCorrupt,
        Self::GzipLimit,
        Self::TarCorrupt,
        Self::TarUnsupported,
        Self::ArchiveEmpty,
        Self::ArchiveAmbiguous,
        Self::ArchiveLimit,
        Self::ArchiveZstd,
        Self::ArchiveXz,
        Self::ArchiveMemory,
        Self::PackFormat,
        Self::PackName,
        Self::PackDuplicate,
        Self::PackPackage,
        Self::PackNoMatch,
        Self::IdentityPart,
    ];

    /// The stable code, such as `TAR_CORRUPT`.
    pub const fn code(self) -> &'static str {
        self.code_and_advice().0
    }

    /// What the user can do about it.
    pub const fn advice(self) -> &'static str {
        self.code_and_advice().1
    }

    const fn code_and_advice(self) -> (&'static str, &'static str) {
        match self {
            Self::XzCorrupt => ("XZ_CORRUPT", "fetch the file again, or check it with `xz -t`"),
            Self::XzLimit => ("XZ_LIMIT", "check the file with `xz -lvv`; a kernel's BTF is far smaller"),
            Self::GzipCorrupt => ("GZIP_CORRUPT", "fetch the file again, or check it with `gzip -t`"),
            Self::GzipLimit => {
                ("GZIP_LIMIT", "check the file with `gzip -l`; a kernel's BTF or a pack is far smaller")
            }
            Self::TarCorrupt => ("TAR_CORRUPT", "fetch or build the file again, or check it with `tar -tvf`"),
            Self::TarUnsupported => {
                ("TAR_UNSUPPORTED", "write the tar again with `tar --format=ustar` and without `--sparse`")
            }
            Self::ArchiveEmpty => ("ARCHIVE_EMPTY", "leave this file out: it is empty at its source as well"),
            Self::ArchiveAmbiguous => {
                ("ARCHIVE_AMBIGUOUS", "extract the archive and give the BTF that is meant")
            }
            Self::ArchiveLimit => {
                ("ARCHIVE_LIMIT", "split the archive, or leave out what is not a kernel's BTF")
            }
            Self::ArchiveZstd => ("ARCHIVE_ZSTD", "decompress it first with `zstd -d`"),
            Self::ArchiveXz => ("ARCHIVE_XZ", "decompress it first with `xz -d`, or pack as tar or tar.gz"),
            Self::ArchiveMemory => ("ARCHIVE_MEMORY", "free memory, or process fewer files at a time"),
            Self::PackFormat => ("PACK_FORMAT", "give a tar or tar.gz as `btf-pack pack` writes it"),
            Self::PackName => ("PACK_NAME", "use a relative path of at most 97 bytes without `.` and `..`"),
            Self::PackDuplicate => ("PACK_DUPLICATE", "leave out one of the two inputs"),
            Self::PackPackage => ("PACK_PACKAGE", "give the package.json that ecc wrote, unchanged"),
            Self::PackNoMatch => {
                ("PACK_NO_MATCH", "pack that kernel's BTF too, or ask for the nearest release")
            }
            Self::IdentityPart => (
                "IDENTITY_PART",
                "ID, VERSION, architecture and release must each be one component of a path",
            ),
        }
    }
}

/// The value that offended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorValue {
    /// A number, such as a size.
    Number(u64),
    /// A text, such as a name.
    Text(String),
}

impl From<u64> for ErrorValue {
    fn from(value: u64) -> Self {
        Self::Number(value)
    }
}

impl From<&str> for ErrorValue {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

/// An error: its kind, what happened in words, where, and the offending value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveError {
    kind: ErrorKind,
    what: String,
    at: Option<u64>,
    value: Option<ErrorValue>,
}

impl ArchiveError {
    /// Every code an error of this crate can have.
    pub fn codes() -> impl Iterator<Item = &'static str> {
        ErrorKind::ALL.into_iter().map(ErrorKind::code)
    }

    pub(crate) fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), at: None, value: None }
    }

    /// `PACK_NO_MATCH`, by what was looked for.
    pub fn no_match<'k>(tried: impl Iterator<Item = &'k str>) -> Self {
        let tried: Vec<&str> = tried.collect();
        let what = format!("the pack has no BTF for this kernel; tried {}", tried.join(", "));
        Self::new(ErrorKind::PackNoMatch, what)
    }

    pub(crate) fn with_at(mut self, at: u64) -> Self {
        self.at = Some(at);
        self
    }

    pub(crate) fn with_value(mut self, value: impl Into<ErrorValue>) -> Self {
        self.value = Some(value.into());
        self
    }

    /// The error that a decompressor of this crate put into an `io::Error`. The only other error that reading can end
    /// in here is that of `read_to_end`, which could not grow its buffer.
    pub(crate) fn from_io(error: std::io::Error) -> Self {
        error
            .downcast()
            .unwrap_or_else(|error| Self::new(ErrorKind::ArchiveMemory, format!("no memory: {error}")))
    }

    /// What kind of error this is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// Where, as a byte offset: into the compressed bytes for `XZ_` and `GZIP_` codes (how far they had been read), into
    /// the tar, decompressed if it was compressed, for all others.
    pub fn at(&self) -> Option<u64> {
        self.at
    }

    /// The value that offended.
    pub fn value(&self) -> Option<&ErrorValue> {
        self.value.as_ref()
    }
}

impl fmt::Display for ArchiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if let Some(at) = self.at {
            write!(f, " (at byte {at})")?;
        }
        write!(f, "; {}", self.kind.advice())
    }
}

impl std::error::Error for ArchiveError {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_code_is_unique_and_screaming_snake() {
        let codes: BTreeSet<_> = ArchiveError::codes().collect();
        assert_eq!(codes.len(), ErrorKind::ALL.len());
        for code in codes {
            assert!(code.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'), "{code}");
        }
    }

    #[test]
    fn the_message_says_what_where_and_what_to_do() {
        let error = ArchiveError::new(ErrorKind::TarCorrupt, "the checksum does not match").with_at(512);
        assert_eq!(
            error.to_string(),
            "the checksum does not match (at byte 512); fetch or build the file again, or check it with `tar -tvf`"
        );
    }
}
