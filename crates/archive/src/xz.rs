//! One xz stream, decoded by liblzma.

use crate::decompress::Failure;
use crate::error::ErrorKind;
use crate::limits::XZ_MEMORY_KIB;
use liblzma::stream::{Action, Error, Status, Stream};

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
    pub(crate) fn read(&mut self, output: &mut [u8]) -> Result<usize, Failure> {
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
                return Err(corrupt("it is cut short"));
            }
        }
        Ok(0)
    }
}

fn decoder() -> Result<Stream, Error> {
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
