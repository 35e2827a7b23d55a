//! Compressed data that is at hand, told by its magic. In kernel images other things follow it, so only its start is
//! read.

use bpfc_archive::gzip_start;
use memchr::memmem;

use crate::error::{ErrorKind, ImageError, Result};
use crate::limits::TRIES;
use crate::lz4;
use crate::stream::Stream;

/// What kernels and packages are compressed with: those that `scripts/extract-vmlinux` of Linux looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// gzip.
    Gzip,
    /// xz.
    Xz,
    /// zstd.
    Zstd,
    /// lz4, in its legacy frame.
    Lz4,
    /// bzip2, which is recognised only to be named.
    Bzip2,
    /// lzma, which is recognised only to be named.
    Lzma,
    /// lzop, which is recognised only to be named.
    Lzo,
}

use Compression::{Bzip2, Gzip, Lz4, Lzma, Lzo, Xz, Zstd};

/// gzip's with the method and without flags, lzma's with its usual properties: shorter ones show by chance.
const MAGICS: [(Compression, &[u8]); 7] = [
    (Gzip, &[0x1f, 0x8b, 8, 0]),
    (Xz, &[0xfd, b'7', b'z', b'X', b'Z', 0]),
    (Zstd, &[0x28, 0xb5, 0x2f, 0xfd]),
    (Lz4, &lz4::MAGIC),
    (Bzip2, b"BZh91AY&SY"),
    (Lzma, &[0x5d, 0, 0, 0]),
    (Lzo, &[0x89, b'L', b'Z', b'O', 0, 0x0d, 0x0a, 0x1a, 0x0a]),
];

/// Given to a decoder at a time.
const PIECE: usize = 64 << 10;

impl Compression {
    /// Its name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Gzip => "gzip",
            Xz => "xz",
            Zstd => "zstd",
            Lz4 => "lz4",
            Bzip2 => "bzip2",
            Lzma => "lzma",
            Lzo => "lzo",
        }
    }

    /// What `bytes` start with; gzip with a name or other flags too.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(&[0x1f, 0x8b, 8]) {
            return Some(Gzip);
        }
        MAGICS.iter().find(|(_, magic)| bytes.starts_with(magic)).map(|(compression, _)| *compression)
    }

    /// What the data at the start of `bytes` holds, at most `limit` bytes.
    pub fn decode_start(self, bytes: &[u8], limit: u64) -> Result<Vec<u8>> {
        match self {
            Gzip => Ok(gzip_start(bytes, limit)?),
            Lz4 => lz4::decode_start(bytes, limit),
            Xz => decode_stream(Stream::xz(), bytes, limit),
            Zstd => decode_stream(Stream::zstd(), bytes, limit),
            Bzip2 | Lzma | Lzo => {
                let what = format!("the kernel is compressed with {}, which is not read", self.name());
                Err(ImageError::new(ErrorKind::ImageCompression, what))
            }
        }
    }
}

/// Where in `bytes` something that can be decoded may start, in their order; [`TRIES`] at most.
pub fn places(bytes: &[u8]) -> Vec<(usize, Compression)> {
    let mut places: Vec<_> = MAGICS
        .iter()
        .filter(|(compression, _)| matches!(compression, Gzip | Xz | Zstd | Lz4))
        .flat_map(|(compression, magic)| {
            memmem::find_iter(bytes, magic).take(TRIES).map(|at| (at, *compression))
        })
        .collect();
    places.sort_by_key(|(at, _)| *at);
    places.truncate(TRIES);
    places
}

fn decode_stream(mut stream: Stream, bytes: &[u8], limit: u64) -> Result<Vec<u8>> {
    let mut output = Vec::new();
    let mut append = |decoded: &[u8]| {
        output.extend_from_slice(decoded);
        if output.len() as u64 > limit { Err(ImageError::too_large(limit)) } else { Ok(()) }
    };
    for piece in bytes.chunks(PIECE) {
        stream.push(piece);
        while let Some(decoded) = stream.pull()? {
            append(&decoded)?;
        }
        if stream.ended() {
            break;
        }
    }
    append(&stream.finish()?)?;
    Ok(output)
}

#[cfg(test)]
pub(crate) mod testing {
    pub(crate) use crate::lz4::testing::lz4;
    use bpfc_archive::compress_xz;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    pub(crate) fn xz(content: &[u8]) -> Vec<u8> {
        compress_xz(content).unwrap()
    }

    pub(crate) fn zstd(content: &[u8]) -> Vec<u8> {
        compress_to_vec(content, CompressionLevel::Fastest)
    }

    /// Stored, not deflated (RFC 1951, section 3.2.4), as one block.
    pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
        let size = u16::try_from(content.len()).unwrap();
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let header: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
        let block: [&[u8]; 4] = [&[1], &size.to_le_bytes(), &(!size).to_le_bytes(), content];
        let end = [crc.sum().to_le_bytes(), u32::from(size).to_le_bytes()].concat();
        [&header, block.concat().as_slice(), &end].concat()
    }

    pub(crate) fn all(content: &[u8]) -> [(&'static str, Vec<u8>); 4] {
        [("gzip", gzip(content)), ("xz", xz(content)), ("zstd", zstd(content)), ("lz4", lz4(content))]
    }
}

#[cfg(test)]
mod tests {
    use super::testing::all;
    use super::*;

    const CONTENT: &[u8] = &[7; 5000];

    fn decode(bytes: &[u8], limit: u64) -> Result<Vec<u8>> {
        Compression::of(bytes).unwrap().decode_start(bytes, limit)
    }

    #[test]
    fn what_follows_is_not_looked_at() {
        for (name, mut bytes) in all(CONTENT) {
            assert_eq!(decode(&bytes, 5000).unwrap(), CONTENT, "{name}");
            bytes.extend(b"what follows in an image");
            assert_eq!(decode(&bytes, 5000).unwrap(), CONTENT, "{name}");
        }
    }

    #[test]
    fn the_limit_may_be_reached_and_not_passed() {
        for (name, bytes) in all(CONTENT) {
            let code = if name == "gzip" { "GZIP_LIMIT" } else { "IMAGE_LIMIT" };
            assert_eq!(decode(&bytes, 4999).unwrap_err().code(), code, "{name}");
        }
    }

    #[test]
    fn what_is_cut_short_is_an_error() {
        for (name, bytes) in all(CONTENT) {
            let code = format!("{}_CORRUPT", name.to_uppercase());
            for size in [bytes.len() - 1, bytes.len() / 2, 12] {
                assert_eq!(decode(&bytes[..size], 5000).unwrap_err().code(), code, "{name}, {size} bytes");
            }
        }
    }

    #[test]
    fn a_flipped_bit_is_an_error_where_there_is_a_checksum() {
        for (name, mut bytes) in all(CONTENT).into_iter().filter(|(name, _)| *name != "lz4") {
            let last = bytes.len() - if name == "gzip" { 6 } else { 2 };
            bytes[last] ^= 1;
            assert!(decode(&bytes, 5000).is_err(), "{name}");
        }
    }

    #[test]
    fn what_is_not_read_is_named() {
        for (magic, name) in [(&b"BZh91AY&SY"[..], "bzip2"), (&[0x5d, 0, 0, 0], "lzma")] {
            let error = decode(magic, 5000).unwrap_err();
            assert_eq!(error.code(), "IMAGE_COMPRESSION");
            assert!(error.to_string().contains(name), "{error}");
        }
    }

    #[test]
    fn places_are_found_in_order() {
        let bytes = [&[0; 9][..], &testing::lz4(b"a"), &testing::xz(b"b"), &testing::gzip(b"c")].concat();
        let found: Vec<_> = places(&bytes).into_iter().map(|(_, compression)| compression).collect();
        assert_eq!(found, [Lz4, Xz, Gzip]);
        assert_eq!(places(&bytes)[0].0, 9);
        assert_eq!(places(&testing::lz4(b"a").repeat(1000)).len(), TRIES);
    }
}
