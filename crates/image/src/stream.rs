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
