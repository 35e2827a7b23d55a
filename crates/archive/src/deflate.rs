//! Compression: gzip and zlib, the same bytes on every machine.
//!
//! miniz_oxide is called directly: flate2 picks its backend by the features of the whole build, and its backends (zlib-rs,
//! zlib-ng) choose matches by what the processor can do.

use crate::crc32::Crc32;
use crate::error::{ArchiveError, ErrorKind, Result};
use miniz_oxide::DataFormat;
use miniz_oxide::deflate::CompressionLevel;
use miniz_oxide::deflate::core::{CompressorOxide, TDEFLFlush, TDEFLStatus, compress_to_output};

/// A gzip header (RFC 1952, section 2.3): deflate, no flags, no time, best compression, unknown system.
const GZIP_HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255];

/// `content` as a zlib stream (RFC 1950).
pub(crate) fn zlib(content: &[u8]) -> Result<Vec<u8>> {
    let mut deflate = Deflate::new(DataFormat::Zlib);
    deflate.write(content, TDEFLFlush::Finish)?;
    Ok(deflate.output)
}

/// Writes one gzip member, piece by piece. The bytes do not depend on how the content is cut.
pub(crate) struct GzipWriter {
    deflate: Deflate,
    crc: Crc32,
}

impl GzipWriter {
    pub(crate) fn new() -> Self {
        let mut deflate = Deflate::new(DataFormat::Raw);
        deflate.output.extend(GZIP_HEADER);
        Self { deflate, crc: Crc32::new() }
    }

    pub(crate) fn write(&mut self, content: &[u8]) -> Result<()> {
        self.crc.update(content);
        self.deflate.write(content, TDEFLFlush::None)
    }

    pub(crate) fn finish(mut self) -> Result<Vec<u8>> {
        self.deflate.write(&[], TDEFLFlush::Finish)?;
        let mut output = self.deflate.output;
        output.extend(self.crc.sum().to_le_bytes());
        output.extend(self.crc.bytes().to_le_bytes());
        Ok(output)
    }
}

struct Deflate {
    compressor: Box<CompressorOxide>,
    output: Vec<u8>,
}

impl Deflate {
    fn new(format: DataFormat) -> Self {
        let compressor = CompressorOxide::with_format_and_level(format, CompressionLevel::BestCompression);
        Self { compressor: Box::new(compressor), output: Vec::new() }
    }

    fn write(&mut self, content: &[u8], flush: TDEFLFlush) -> Result<()> {
        let output = &mut self.output;
        let append = |piece: &[u8]| {
            let reserved = output.try_reserve(piece.len()).is_ok();
            if reserved {
                output.extend_from_slice(piece);
            }
            reserved
        };
        match compress_to_output(&mut self.compressor, content, flush, append) {
            (TDEFLStatus::Okay | TDEFLStatus::Done, _) => Ok(()),
            // The only way to fail is the piece that could not be appended.
            _ => Err(ArchiveError::new(ErrorKind::ArchiveMemory, "no memory for the compressed data")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::{GzDecoder, ZlibDecoder};
    use proptest::prelude::*;
    use std::io::Read;

    fn gzip<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
        let mut writer = GzipWriter::new();
        for piece in pieces {
            writer.write(piece).unwrap();
        }
        writer.finish().unwrap()
    }

    #[test]
    fn the_gzip_header_names_no_time_and_no_system() {
        assert_eq!(gzip([])[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
    }

    /// A change of these bytes is a change of every pack that was ever published.
    #[test]
    fn the_bytes_are_pinned() {
        let content: Vec<u8> = (0..50_000_u32).flat_map(|n| (n * n / 7).to_le_bytes()).collect();
        let digests = [gzip([&content[..]]), zlib(&content).unwrap()]
            .map(|bytes| crate::Digest::of(&bytes).to_string());
        assert_eq!(
            digests,
            [
                "d880b38c7d51c65fefc04cd75565bc0c16a905d2597b6765ea89275399c0d253",
                "66c0e71f99bb17eb191d1f93ab6b7d3773dfdfe0ba6544b834b98f946a4e21be",
            ]
        );
    }

    proptest! {
        #[test]
        fn flate2_reads_what_is_written(content in proptest::collection::vec(any::<u8>(), 0..5000)) {
            let mut output = Vec::new();
            GzDecoder::new(&gzip([&content[..]])[..]).read_to_end(&mut output).unwrap();
            ZlibDecoder::new(&zlib(&content).unwrap()[..]).read_to_end(&mut output).unwrap();
            prop_assert_eq!(output, [&content[..], &content[..]].concat());
        }

        #[test]
        fn the_cut_of_the_content_does_not_show(
            content in proptest::collection::vec(0_u8..4, 0..50_000),
            size in 1_usize..9000,
        ) {
            prop_assert_eq!(gzip(content.chunks(size)), gzip([&content[..]]));
        }
    }
}
