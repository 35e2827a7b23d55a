//! xz and zstd that come in pieces: what packages are compressed with, too large to be held whole.

use bpfc_archive::{Container, XzStream, sniff};

use crate::error::Result;
use crate::zstd::ZstdFrame;

/// Bytes of what [`Stream::pull`] returns at most, a block of zstd aside: 256 KiB.
const PIECE: usize = 256 << 10;

enum Decoder {
    Xz(XzStream),
    Zstd(ZstdFrame),
}

/// Decodes one stream: pieces are pushed in and pulled out until there is nothing to pull. Memory is what was pushed
/// and not yet decoded, and the format's window. What follows the stream is not looked at.
///
/// ```
/// use bpfc_image::Stream;
///
/// let packed = bpfc_archive::compress_xz(b"content").unwrap();
/// let mut stream = Stream::of(&packed).unwrap();
/// let mut content = Vec::new();
/// for piece in packed.chunks(10) {
///     stream.push(piece);
///     while let Some(decoded) = stream.pull().unwrap() {
///         content.extend(decoded);
///     }
/// }
/// assert_eq!(stream.finish().unwrap(), b"");
/// assert_eq!(content, b"content");
/// ```
pub struct Stream {
    decoder: Decoder,
    pending: Vec<u8>,
    /// Of `pending`, how much is decoded.
    taken: usize,
}

impl Stream {
    /// The decoder for data that starts with `start`, six bytes or more; none if that is neither xz nor zstd.
    pub fn of(start: &[u8]) -> Option<Self> {
        match sniff(start) {
            Container::Xz => Some(Self::xz()),
            Container::Zstd => Some(Self::zstd()),
            Container::Gzip | Container::Tar | Container::Raw => None,
        }
    }

    pub(crate) fn xz() -> Self {
        Self { decoder: Decoder::Xz(XzStream::default()), pending: Vec::new(), taken: 0 }
    }

    pub(crate) fn zstd() -> Self {
        Self { decoder: Decoder::Zstd(ZstdFrame::default()), pending: Vec::new(), taken: 0 }
    }

    /// Gives the next piece of the data.
    pub fn push(&mut self, piece: &[u8]) {
        self.pending.drain(..self.taken.min(self.pending.len()));
        self.taken = 0;
        if !self.ended() {
            self.pending.extend_from_slice(piece);
        }
    }

    /// The next of what is decoded, never empty; none when more has to be pushed.
    pub fn pull(&mut self) -> Result<Option<Vec<u8>>> {
        let output = self.decode(false)?;
        Ok((!output.is_empty()).then_some(output))
    }

    /// What is left when all has been pushed and pulled. Errors unless the stream's verified end was reached.
    pub fn finish(&mut self) -> Result<Vec<u8>> {
        let output = self.decode(true)?;
        match &self.decoder {
            Decoder::Xz(stream) => stream.check_ended()?,
            Decoder::Zstd(frame) => frame.check_ended()?,
        }
        Ok(output)
    }

    fn decode(&mut self, last: bool) -> Result<Vec<u8>> {
        let mut output = Vec::new();
        loop {
            let input = self.pending.get(self.taken..).unwrap_or(&[]);
            let taken = match &mut self.decoder {
                Decoder::Xz(stream) => {
                    output.resize(PIECE, 0);
                    let progress = stream.decode(input, &mut output)?;
                    output.truncate(progress.produced);
                    progress.taken
                }
                Decoder::Zstd(frame) => frame.decode(input, last, &mut output)?,
            };
            self.taken += taken;
            if taken == 0 || !output.is_empty() {
                return Ok(output);
            }
        }
    }

    /// Whether the verified end was reached.
    pub fn ended(&self) -> bool {
        match &self.decoder {
            Decoder::Xz(stream) => stream.ended(),
            Decoder::Zstd(frame) => frame.ended(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::testing::{xz, zstd};

    /// Not pressed into one block of zstd.
    fn content() -> Vec<u8> {
        (0..100_000_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
    }

    fn decode(packed: &[u8], size: usize) -> Result<Vec<u8>> {
        let mut stream = Stream::of(packed).unwrap();
        let mut decoded = Vec::new();
        for piece in packed.chunks(size) {
            stream.push(piece);
            while let Some(more) = stream.pull()? {
                assert!(!more.is_empty() && more.len() <= PIECE.max(128 << 10));
                decoded.extend(more);
            }
        }
        decoded.extend(stream.finish()?);
        Ok(decoded)
    }

    #[test]
    fn pieces_may_have_any_size() {
        for packed in [xz(&content()), zstd(&content())] {
            for size in [7, 1000, 1 << 16, packed.len()] {
                assert!(decode(&packed, size).unwrap() == content(), "pieces of {size} bytes");
            }
        }
    }

    #[test]
    fn what_follows_the_stream_is_not_looked_at() {
        for mut packed in [xz(b"content"), zstd(b"content")] {
            packed.extend([7; 100]);
            assert_eq!(decode(&packed, 10).unwrap(), b"content");
        }
    }

    #[test]
    fn what_is_cut_short_is_an_error_at_the_end() {
        for (packed, code) in [(xz(&content()), "XZ_CORRUPT"), (zstd(&content()), "ZSTD_CORRUPT")] {
            for cut in [packed.len() - 1, packed.len() / 2, 8] {
                assert_eq!(decode(&packed[..cut], 1000).unwrap_err().code(), code);
            }
        }
    }

    /// 10,000 blocks of four bytes that hold 128 KiB each, pulled one by one.
    #[test]
    fn a_bomb_goes_off_in_pieces() {
        // A frame header with a window of 128 KiB; blocks of type RLE (RFC 8878, section 3.1.1).
        let header = [0x28, 0xb5, 0x2f, 0xfd, 0, 7 << 3];
        let block = [2, 0, 16, 0];
        let mut stream = Stream::zstd();
        stream.push(&[&header, block.repeat(10_000).as_slice()].concat());
        let first = stream.pull().unwrap().unwrap();
        assert_eq!(first.len(), 128 << 10);
        assert!(stream.pull().unwrap().unwrap().len() <= 128 << 10);
    }
}
