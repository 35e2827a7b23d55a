//! One xz stream, decoded and written by liblzma.

use crate::decompress::Failure;
use crate::error::{ArchiveError, ErrorKind, Result};
use crate::limits::XZ_MEMORY_KIB;
use liblzma::stream::{Action, Check, Error, Status, Stream};
use liblzma::write::XzEncoder;
use std::io::Write;

/// The preset of `xz` and of `tar -J`, with which BTFHub writes its archive.
const PRESET: u32 = 6;

/// Decodes one xz stream that comes in pieces, its checksums verified. What follows the stream is not looked at.
#[derive(Default)]
pub struct XzStream {
    /// Set up by the first piece, so that failing to is an error like any other.
    stream: Option<Stream>,
    ended: bool,
}

/// How far a decoder came, in bytes of the input and of the output that it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the input that need not be given again.
    pub taken: usize,
    /// Bytes at the start of the output that were written.
    pub produced: usize,
}

impl XzStream {
    /// Decodes what it can of `input` into `output`. Neither taking nor producing anything means that the stream has
    /// ended or that it needs more input.
    pub fn decode(&mut self, input: &[u8], output: &mut [u8]) -> Result<Progress> {
        self.step(input, output).map_err(|Failure { kind, what }| ArchiveError::new(kind, what))
    }

    /// Whether the verified end was reached.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Errors unless the end was reached.
    pub fn check_ended(&self) -> Result<()> {
        let Failure { kind, what } = corrupt("it is cut short");
        if self.ended { Ok(()) } else { Err(ArchiveError::new(kind, what)) }
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> std::result::Result<Progress, Failure> {
        if self.ended {
            return Ok(Progress { taken: 0, produced: 0 });
        }
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => none.insert(decoder().map_err(failure)?),
        };
        let before = (stream.total_in(), stream.total_out());
        let status = stream.process(input, output, Action::Run).map_err(failure)?;
        self.ended = status == Status::StreamEnd;
        let taken = (stream.total_in() - before.0) as usize;
        let produced = (stream.total_out() - before.1) as usize;
        Ok(Progress { taken, produced })
    }
}

/// Decodes the stream at the start of `input`, its checksums verified.
pub(crate) struct XzDecoder<'a> {
    stream: XzStream,
    unread: &'a [u8],
}

impl<'a> XzDecoder<'a> {
    pub(crate) fn new(input: &'a [u8]) -> Self {
        Self { stream: XzStream::default(), unread: input }
    }

    /// What the decoder has not taken yet.
    pub(crate) fn unread(&self) -> &'a [u8] {
        self.unread
    }

    /// Fills the start of `output`; 0 at the verified end of the stream.
    pub(crate) fn read(&mut self, output: &mut [u8]) -> std::result::Result<usize, Failure> {
        while !self.stream.ended {
            let Progress { taken, produced } = self.stream.step(self.unread, output)?;
            self.unread = self.unread.get(taken..).unwrap_or(&[]);
            if produced > 0 {
                return Ok(produced);
            }
            // No progress is left to make without more input.
            if taken == 0 && !self.stream.ended {
                return Err(corrupt("it is cut short"));
            }
        }
        Ok(0)
    }
}

/// `content` as one xz stream, as `xz` writes it by default.
pub fn compress_xz(content: &[u8]) -> Result<Vec<u8>> {
    let no_memory = |error: &dyn std::fmt::Display| {
        ArchiveError::new(ErrorKind::ArchiveMemory, format!("no memory to write xz: {error}"))
    };
    let stream = Stream::new_easy_encoder(PRESET, Check::Crc64).map_err(|error| no_memory(&error))?;
    let mut encoder = XzEncoder::new_stream(Vec::new(), stream);
    encoder.write_all(content).and_then(|()| encoder.finish()).map_err(|error| no_memory(&error))
}

fn decoder() -> std::result::Result<Stream, Error> {
    Stream::new_stream_decoder(u64::from(XZ_MEMORY_KIB) << 10, 0)
}

fn failure(error: Error) -> Failure {
    match error {
        Error::Mem | Error::MemLimit => {
            let what = format!("the xz data asks for more than {XZ_MEMORY_KIB} KiB of memory");
            Failure { kind: ErrorKind::XzLimit, what }
        }
        error => corrupt(&error.to_string()),
    }
}

fn corrupt(why: &str) -> Failure {
    Failure { kind: ErrorKind::XzCorrupt, what: format!("the xz data cannot be read: {why}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decompress::Decompressor;

    #[test]
    fn a_stream_may_come_in_pieces_of_any_size() {
        let content: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
        let packed = compress_xz(&content).unwrap();
        for size in [1, 7, 4096, packed.len()] {
            let (mut stream, mut read) = (XzStream::default(), Vec::new());
            let mut output = [0; 1000];
            for mut piece in packed.chunks(size) {
                loop {
                    let Progress { taken, produced } = stream.decode(piece, &mut output).unwrap();
                    read.extend_from_slice(&output[..produced]);
                    piece = &piece[taken..];
                    if taken == 0 && produced == 0 {
                        break;
                    }
                }
            }
            assert!(stream.ended());
            assert!(read == content, "pieces of {size} bytes");
        }
    }

    #[test]
    fn behind_the_end_nothing_is_taken() {
        let mut packed = compress_xz(b"content").unwrap();
        let size = packed.len();
        packed.extend(b"trailer");
        let (mut stream, mut output) = (XzStream::default(), [0; 100]);
        let progress = stream.decode(&packed, &mut output).unwrap();
        assert_eq!(progress, Progress { taken: size, produced: 7 });
        assert!(stream.ended());
        assert_eq!(stream.decode(b"trailer", &mut output).unwrap(), Progress { taken: 0, produced: 0 });
    }

    #[test]
    fn what_is_written_is_read() {
        let packed = compress_xz(&[7; 100_000]).unwrap();
        assert!(packed.len() < 200);
        assert_eq!(Decompressor::xz(&packed, 100_000).read_all().unwrap(), [7; 100_000]);
    }
}
