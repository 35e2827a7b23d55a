//! One zstd frame that comes in pieces, read by ruzstd.
//!
//! ruzstd decodes every whole block that it is given. A block of a few bytes may hold 128 KiB, so blocks are told apart
//! here and given one at a time.

use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use crate::error::{ErrorKind, ImageError, Result};
use crate::limits::ZSTD_WINDOW;

/// Bytes of the longest frame header, magic included (RFC 8878, section 3.1.1.1).
const HEADER_BYTES: usize = 18;

/// Bytes of a block's header, and of the checksum behind the last block (section 3.1.1).
const BLOCK_HEADER_BYTES: usize = 3;
const CHECKSUM_BYTES: usize = 4;

/// The type of a block whose one byte is repeated (section 3.1.1.2.2).
const RLE: usize = 1;

/// Decodes one frame, its checksum verified if it has one.
#[derive(Default)]
pub(crate) struct ZstdFrame {
    decoder: Option<Box<FrameDecoder>>,
}

impl ZstdFrame {
    /// Decodes the header or one block at the start of `input`, if all of it is there; `last` says that no more will
    /// come. Returns how many bytes of `input` that took.
    pub(crate) fn decode(&mut self, input: &[u8], last: bool, output: &mut Vec<u8>) -> Result<usize> {
        let mut rest = input;
        let Some(decoder) = &mut self.decoder else {
            if input.len() < HEADER_BYTES && !last {
                return Ok(0);
            }
            let mut decoder = Box::new(FrameDecoder::new());
            decoder.set_max_window_size(ZSTD_WINDOW);
            decoder.init(&mut rest).map_err(failure)?;
            self.decoder = Some(decoder);
            return Ok(input.len() - rest.len());
        };
        let is_whole = block_bytes(input).is_some_and(|bytes| bytes <= input.len());
        if decoder.is_finished() || !(is_whole || last) {
            return Ok(0);
        }
        decoder.decode_blocks(&mut rest, BlockDecodingStrategy::UptoBlocks(1)).map_err(failure)?;
        if let Some(decoded) = decoder.collect() {
            output.extend(decoded);
        }
        if decoder.is_finished() {
            check(decoder)?;
        }
        Ok(input.len() - rest.len())
    }

    /// Whether the verified end was reached.
    pub(crate) fn ended(&self) -> bool {
        self.decoder.as_ref().is_some_and(|decoder| decoder.is_finished())
    }

    /// Errors unless the end was reached.
    pub(crate) fn check_ended(&self) -> Result<()> {
        if self.ended() { Ok(()) } else { Err(corrupt("it is cut short")) }
    }
}

/// How many bytes the block at the start of `input` has, with room for a checksum behind the last.
fn block_bytes(input: &[u8]) -> Option<usize> {
    let [a, b, c] = *input.first_chunk()?;
    let header = usize::from(a) | usize::from(b) << 8 | usize::from(c) << 16;
    let (is_last, kind, size) = (header & 1 == 1, header >> 1 & 3, header >> 3);
    let content = if kind == RLE { 1 } else { size };
    let checksum = if is_last { CHECKSUM_BYTES } else { 0 };
    Some(BLOCK_HEADER_BYTES + content + checksum)
}

fn check(decoder: &FrameDecoder) -> Result<()> {
    match (decoder.get_checksum_from_data(), decoder.get_calculated_checksum()) {
        (Some(said), Some(is)) if said != is => Err(corrupt("its checksum does not match")),
        _ => Ok(()),
    }
}

fn failure(error: FrameDecoderError) -> ImageError {
    match error {
        FrameDecoderError::WindowSizeTooBig { requested, .. } => {
            let what =
                format!("the zstd data asks for a window of {requested} bytes, more than {ZSTD_WINDOW}");
            ImageError::new(ErrorKind::ZstdLimit, what)
        }
        error => corrupt(&error.to_string()),
    }
}

fn corrupt(why: &str) -> ImageError {
    ImageError::new(ErrorKind::ZstdCorrupt, format!("the zstd data cannot be read: {why}"))
}
