//! The one error type of this crate.

use std::fmt;

use bpfc_archive::ArchiveError;

use crate::limits::LAYERS;

/// What this crate's functions return.
pub type Result<T> = std::result::Result<T, ImageError>;

/// What went wrong with an image. Each kind has one stable code, never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The zstd data is damaged or cut short.
    ZstdCorrupt,
    /// The zstd data needs a larger window than is allowed.
    ZstdLimit,
    /// The lz4 data is damaged, cut short, or of another frame than the kernel's.
    Lz4Corrupt,
    /// The bytes are no kernel in any form that is known.
    ImageFormat,
    /// The image's headers contradict each other or the file.
    ImageCorrupt,
    /// The payload is compressed with something that is not read.
    ImageCompression,
    /// The image is larger, or nested deeper, than is allowed.
    ImageLimit,
}

impl ErrorKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::ZstdCorrupt,
        Self::ZstdLimit,
        Self::Lz4Corrupt,
        Self::ImageFormat,
        Self::ImageCorrupt,
        Self::ImageCompression,
        Self::ImageLimit,
    ];

    /// The stable code, such as `IMAGE_FORMAT`.
    pub const fn code(self) -> &'static str {
        self.code_and_advice().0
    }

    /// What the user can do about it.
    pub const fn advice(self) -> &'static str {
        self.code_and_advice().1
    }

    const fn code_and_advice(self) -> (&'static str, &'static str) {
        match self {
            Self::ZstdCorrupt => ("ZSTD_CORRUPT", "fetch the file again, or check it with `zstd -t`"),
            Self::ZstdLimit => ("ZSTD_LIMIT", "unpack it with `zstd -d --memory=2GB` and give the result"),
            Self::Lz4Corrupt => ("LZ4_CORRUPT", "fetch the file again"),
            Self::ImageFormat => {
                ("IMAGE_FORMAT", "give a vmlinuz, bzImage, Image, vmlinux, a package of one, or a BTF")
            }
            Self::ImageCorrupt => ("IMAGE_CORRUPT", "the file was probably cut off: fetch it again"),
            Self::ImageCompression => {
                ("IMAGE_COMPRESSION", "unpack it with Linux's scripts/extract-vmlinux and give the result")
            }
            Self::ImageLimit => ("IMAGE_LIMIT", "check the file; kernels are far smaller"),
        }
    }
}

/// An error: of this crate, or of one that it reads with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageError {
    /// What this crate found.
    Image {
        /// What kind of error it is.
        kind: ErrorKind,
        /// What happened, in words.
        what: String,
        /// Where, as a byte offset into what the format holds or is.
        at: Option<u64>,
    },
    /// xz, gzip or tar.
    Archive(ArchiveError),
    /// The BTF, or the ELF file around it.
    Btf(bpfc_btf::Error),
}

impl ImageError {
    /// Every code that this crate adds to those of the others.
    pub fn codes() -> impl Iterator<Item = &'static str> {
        ErrorKind::ALL.into_iter().map(ErrorKind::code)
    }

    pub(crate) fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self::Image { kind, what: what.into(), at: None }
    }

    pub(crate) fn at_byte(kind: ErrorKind, what: impl Into<String>, at: u64) -> Self {
        Self::Image { kind, what: what.into(), at: Some(at) }
    }

    pub(crate) fn too_deep() -> Self {
        Self::new(ErrorKind::ImageLimit, format!("more than {LAYERS} formats are around one kernel"))
    }

    pub(crate) fn too_large(limit: u64) -> Self {
        Self::new(ErrorKind::ImageLimit, format!("unpacked, the image has more than {limit} bytes"))
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Image { kind, .. } => kind.code(),
            Self::Archive(error) => error.code(),
            Self::Btf(error) => error.code().name(),
        }
    }

    /// Where, as a byte offset, when there is such a place.
    pub fn at(&self) -> Option<u64> {
        match self {
            Self::Image { at, .. } => *at,
            Self::Archive(error) => error.at(),
            Self::Btf(error) => Some(error.offset()),
        }
    }
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image { kind, what, at } => {
                f.write_str(what)?;
                if let Some(at) = at {
                    write!(f, " (at byte {at})")?;
                }
                write!(f, "; {}", kind.advice())
            }
            Self::Archive(error) => error.fmt(f),
            Self::Btf(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ImageError {}

impl From<ArchiveError> for ImageError {
    fn from(error: ArchiveError) -> Self {
        Self::Archive(error)
    }
}

impl From<bpfc_btf::Error> for ImageError {
    fn from(error: bpfc_btf::Error) -> Self {
        Self::Btf(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_says_what_where_and_what_to_do() {
        let error = ImageError::at_byte(ErrorKind::ImageCorrupt, "the payload ends behind the file", 584);
        assert_eq!(
            error.to_string(),
            "the payload ends behind the file (at byte 584); the file was probably cut off: fetch it again"
        );
        assert_eq!((error.code(), error.at()), ("IMAGE_CORRUPT", Some(584)));
    }
}
