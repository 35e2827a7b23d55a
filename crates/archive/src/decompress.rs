//! Decompression: xz and gzip as a stream that ends in an error of this crate, or in the verified end of its input.

use crate::error::{ArchiveError, ErrorKind, Result};
use crate::gzip::{GzipDecoder, Members};
use crate::memory;
use crate::xz::XzDecoder;
use std::io::{self, Read};

/// Deflate cannot compress better than this: 258 bytes by two bits.
const DEFLATE_RATIO: u64 = 1032;

/// What the first member of the gzip data at the start of `bytes` (RFC 1952, section 2.2) holds, at most `limit` bytes.
/// What follows it is not looked at: in kernel images, gzip is followed by other things.
pub fn gzip_start(bytes: &[u8], limit: u64) -> Result<Vec<u8>> {
    let mut output = Vec::new();
    let mut decoder = GzipDecoder::new(bytes, Members::First);
    let read = decoder.by_ref().take(limit.saturating_add(1)).read_to_end(&mut output);
    let error = |kind, what| {
        let at = bytes.len() - decoder.unread().len();
        Err(ArchiveError::new(kind, what).with_at(at as u64))
    };
    match read {
        Ok(size) if size as u64 > limit => {
            error(ErrorKind::GzipLimit, format!("the gzip data holds more than {limit} bytes"))
        }
        Ok(_) => Ok(output),
        Err(why) => error(ErrorKind::GzipCorrupt, format!("the gzip data cannot be read: {why}")),
    }
}

/// Why decoding stopped.
pub(crate) struct Failure {
    pub(crate) kind: ErrorKind,
    pub(crate) what: String,
}

enum Decoder<'a> {
    Xz(XzDecoder<'a>),
    Gzip(GzipDecoder<'a>),
}

/// Reads what `input` decompresses to, at most `limit` bytes.
///
/// - xz: one stream, its checksums verified; zero padding in fours may follow (xz format 1.1.0, section 2.2), nothing
///   else. A second stream is an error, because a reader that stops behind the first would return half of the data.
/// - gzip: one or more members (RFC 1952, section 2.2), their checksums verified; nothing may follow.
///
/// Every error it returns as `io::Error` holds an [`ArchiveError`].
pub(crate) struct Decompressor<'a> {
    decoder: Decoder<'a>,
    input: &'a [u8],
    limit: u64,
    produced: u64,
}

impl<'a> Decompressor<'a> {
    pub(crate) fn xz(input: &'a [u8], limit: u64) -> Self {
        Self { decoder: Decoder::Xz(XzDecoder::new(input)), input, limit, produced: 0 }
    }

    pub(crate) fn gzip(input: &'a [u8], limit: u64) -> Self {
        let decoder = GzipDecoder::new(input, Members::All);
        Self { decoder: Decoder::Gzip(decoder), input, limit, produced: 0 }
    }

    /// Everything, in one buffer.
    pub(crate) fn read_all(mut self) -> Result<Vec<u8>> {
        let mut output = memory::reserve(self.size_hint())?;
        self.read_to_end(&mut output).map_err(ArchiveError::from_io)?;
        Ok(output)
    }

    /// How much this will probably be: gzip ends with the size of its last, usually only, member. A lie costs no more
    /// than deflate could have produced; xz does not say, and its buffer grows.
    fn size_hint(&self) -> u64 {
        match (&self.decoder, self.input.last_chunk()) {
            (Decoder::Gzip(_), Some(size)) => {
                let most = (self.input.len() as u64).saturating_mul(DEFLATE_RATIO);
                u64::from(u32::from_le_bytes(*size)).min(most).min(self.limit)
            }
            _ => 0,
        }
    }

    fn unread(&self) -> &'a [u8] {
        match &self.decoder {
            Decoder::Xz(decoder) => decoder.unread(),
            Decoder::Gzip(decoder) => decoder.unread(),
        }
    }

    fn error(&self, kind: ErrorKind, what: impl Into<String>) -> io::Error {
        let at = self.input.len() - self.unread().len();
        io::Error::other(ArchiveError::new(kind, what).with_at(at as u64))
    }

    fn corrupt(&self, what: &str) -> io::Error {
        match self.decoder {
            Decoder::Xz(_) => self.error(ErrorKind::XzCorrupt, format!("the xz data cannot be read: {what}")),
            Decoder::Gzip(_) => {
                self.error(ErrorKind::GzipCorrupt, format!("the gzip data cannot be read: {what}"))
            }
        }
    }

    fn gzip_error(&self, error: &io::Error) -> io::Error {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => self.corrupt("it is cut short"),
            _ => self.corrupt(&error.to_string()),
        }
    }

    fn too_large(&self) -> io::Error {
        let (kind, format) = match self.decoder {
            Decoder::Xz(_) => (ErrorKind::XzLimit, "xz"),
            Decoder::Gzip(_) => (ErrorKind::GzipLimit, "gzip"),
        };
        self.error(kind, format!("the {format} data holds more than {} bytes", self.limit))
    }

    fn check_end(&self) -> io::Result<()> {
        let Decoder::Xz(_) = self.decoder else { return Ok(()) };
        let rest = self.unread();
        match rest.iter().all(|&byte| byte == 0) && rest.len().is_multiple_of(4) {
            true => Ok(()),
            false => Err(self.corrupt("something follows its end")),
        }
    }
}

impl Read for Decompressor<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            // A decoder that can neither write nor end would call its input cut short.
            return Ok(0);
        }
        let count = match &mut self.decoder {
            Decoder::Xz(decoder) => {
                let read = decoder.read(buffer);
                read.map_err(|Failure { kind, what }| self.error(kind, what))?
            }
            Decoder::Gzip(decoder) => decoder.read(buffer).map_err(|error| self.gzip_error(&error))?,
        };
        self.produced += count as u64;
        if self.produced > self.limit {
            return Err(self.too_large());
        }
        if count == 0 {
            self.check_end()?;
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deflate::GzipWriter;
    use crate::tar::testing::xz;

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut writer = GzipWriter::new();
        writer.write(content).unwrap();
        writer.finish().unwrap()
    }

    #[test]
    fn the_limit_may_be_reached_and_not_passed() {
        let content = [7; 1000];
        assert_eq!(Decompressor::xz(&xz(&content), 1000).read_all().unwrap(), content);
        assert_eq!(Decompressor::gzip(&gzip(&content), 1000).read_all().unwrap(), content);
        assert_eq!(Decompressor::xz(&xz(&content), 999).read_all().unwrap_err().code(), "XZ_LIMIT");
        assert_eq!(Decompressor::gzip(&gzip(&content), 999).read_all().unwrap_err().code(), "GZIP_LIMIT");
    }

    #[test]
    fn gzip_announces_its_size_and_is_believed_within_reason() {
        let mut bytes = gzip(&[7; 100_000]);
        assert_eq!(Decompressor::gzip(&bytes, 1 << 30).size_hint(), 100_000);
        assert_eq!(Decompressor::gzip(&bytes, 1000).size_hint(), 1000);
        let end = bytes.len() - 4;
        bytes[end..].fill(0xff);
        assert_eq!(Decompressor::gzip(&bytes, 1 << 30).size_hint(), bytes.len() as u64 * DEFLATE_RATIO);
        assert_eq!(Decompressor::gzip(&bytes[..3], 1 << 30).size_hint(), 0);
    }

    #[test]
    fn the_start_may_be_followed_by_anything() {
        let mut bytes = gzip(&[7; 1000]);
        assert_eq!(gzip_start(&bytes[..bytes.len() - 1], 1000).unwrap_err().code(), "GZIP_CORRUPT");
        bytes.extend(b"trailer");
        assert_eq!(gzip_start(&bytes, 1000).unwrap(), [7; 1000]);
        assert_eq!(gzip_start(&bytes, 999).unwrap_err().code(), "GZIP_LIMIT");
    }

    #[test]
    fn errors_say_how_far_the_input_was_read() {
        let mut bytes = gzip(b"content");
        bytes[0] = 0;
        assert_eq!(
            Decompressor::gzip(&bytes, 1 << 20).read_all().unwrap_err().kind(),
            ErrorKind::GzipCorrupt
        );
        let bytes = xz(b"content");
        let cut = &bytes[..bytes.len() - 1];
        let error = Decompressor::xz(cut, 1 << 20).read_all().unwrap_err();
        assert_eq!((error.code(), error.at()), ("XZ_CORRUPT", Some(cut.len() as u64)));
    }
}
