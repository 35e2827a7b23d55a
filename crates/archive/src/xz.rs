//! One xz stream, decoded by liblzma.

use crate::limits::XZ_MEMORY_KIB;
use liblzma::stream::{Action, Error, Status, Stream};

/// Why decoding stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum XzFailure {
    /// The input ends before the stream does.
    CutShort,
    /// The stream asks for more memory than [`XZ_MEMORY_KIB`], or there is none.
    Memory,
    /// Anything else that liblzma refuses.
    Corrupt(Error),
}

/// Decodes the stream at the start of `input`, its checksums verified.
pub(crate) struct XzDecoder<'a> {
    /// Set up by the first read, so that failing to is an error like any other.
    stream: Option<Stream>,
    unread: &'a [u8],
    ended: bool,
}

impl<'a> XzDecoder<'a> {
    pub(crate) fn new(input: &'a [u8]) -> Self {
        Self { stream: None, unread: input, ended: false }
    }

    /// What the decoder has not taken yet.
    pub(crate) fn unread(&self) -> &'a [u8] {
        self.unread
    }

    /// Fills the start of `output`; 0 at the verified end of the stream.
    pub(crate) fn read(&mut self, output: &mut [u8]) -> Result<usize, XzFailure> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => none.insert(decoder().map_err(failure)?),
        };
        while !self.ended {
            let (taken, produced) = (stream.total_in(), stream.total_out());
            let status = stream.process(self.unread, output, Action::Run).map_err(failure)?;
            let taken = (stream.total_in() - taken) as usize;
            let produced = (stream.total_out() - produced) as usize;
            self.unread = self.unread.get(taken..).unwrap_or(&[]);
            self.ended = status == Status::StreamEnd;
            if produced > 0 {
                return Ok(produced);
            }
            // No progress is left to make without more input.
            if taken == 0 && !self.ended {
                return Err(XzFailure::CutShort);
            }
        }
        Ok(0)
    }
}

fn decoder() -> Result<Stream, Error> {
    Stream::new_stream_decoder(u64::from(XZ_MEMORY_KIB) << 10, 0)
}

fn failure(error: Error) -> XzFailure {
    match error {
        Error::Mem | Error::MemLimit => XzFailure::Memory,
        error => XzFailure::Corrupt(error),
    }
}
