//! lz4's legacy frame, in which kernels and initramfs are compressed (`lz4 -l`): a magic, then blocks of up to 8 MiB
//! behind their compressed size (lz4's doc/lz4_Frame_format.md, "Legacy frame"; lib/decompress_unlz4.c of Linux).

use crate::error::{ErrorKind, ImageError, Result};

/// In the byte order of the file.
pub(crate) const MAGIC: [u8; 4] = [0x02, 0x21, 0x4c, 0x18];

/// What every block but the last holds.
const BLOCK_BYTES: usize = 8 << 20;

/// A byte of lz4 stands for 255 at most: one that goes on with a length.
const RATIO: usize = 255;

/// Bytes of a block's size, and of the size that the kernel's build puts behind the data (`size_append`).
const SIZE_BYTES: usize = 4;

/// What the frame at the start of `bytes` holds, at most `limit` bytes. It ends with its first block that is not full,
/// or where no room for a block is left; what follows is not looked at.
pub(crate) fn decode_start(bytes: &[u8], limit: u64) -> Result<Vec<u8>> {
    let mut output = Vec::new();
    let mut rest = bytes.get(MAGIC.len()..).unwrap_or(&[]);
    while rest.len() > SIZE_BYTES {
        let at = (bytes.len() - rest.len()) as u64;
        let corrupt = |why: &str| {
            ImageError::at_byte(ErrorKind::Lz4Corrupt, format!("the lz4 data cannot be read: {why}"), at)
        };
        let (size, behind) = rest.split_first_chunk().ok_or_else(|| corrupt("it is cut short"))?;
        let size = u32::from_le_bytes(*size) as usize;
        let block = behind.get(..size).ok_or_else(|| corrupt("it is cut short"))?;
        let start = output.len();
        output.resize(start + BLOCK_BYTES.min(block.len().saturating_mul(RATIO)), 0);
        let room = output.get_mut(start..).unwrap_or(&mut []);
        let decoded =
            lz4_flex::block::decompress_into(block, room).map_err(|why| corrupt(&why.to_string()))?;
        output.truncate(start + decoded);
        if output.len() as u64 > limit {
            return Err(ImageError::too_large(limit));
        }
        rest = behind.get(size..).unwrap_or(&[]);
        if decoded < BLOCK_BYTES {
            break;
        }
    }
    Ok(output)
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    pub(crate) fn lz4(content: &[u8]) -> Vec<u8> {
        let mut frame = MAGIC.to_vec();
        for block in content.chunks(BLOCK_BYTES) {
            let packed = lz4_flex::block::compress(block);
            frame.extend((packed.len() as u32).to_le_bytes());
            frame.extend(packed);
        }
        frame
    }
}

#[cfg(test)]
mod tests {
    use super::testing::lz4;
    use super::*;

    fn content(size: usize) -> Vec<u8> {
        (0..size).map(|n| (n >> 6) as u8).collect()
    }

    #[test]
    fn blocks_follow_each_other_and_the_size_of_all_follows_them() {
        for size in [1, 1000, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 2 * BLOCK_BYTES] {
            let mut frame = lz4(&content(size));
            frame.extend((size as u32).to_le_bytes());
            assert!(decode_start(&frame, 1 << 30).unwrap() == content(size), "{size} bytes");
        }
    }

    #[test]
    fn the_limit_may_be_reached_and_not_passed() {
        let frame = lz4(&content(1000));
        assert_eq!(decode_start(&frame, 1000).unwrap().len(), 1000);
        assert_eq!(decode_start(&frame, 999).unwrap_err().code(), "IMAGE_LIMIT");
    }

    #[test]
    fn what_is_cut_short_is_an_error_that_says_where() {
        let frame = lz4(&content(1000));
        let error = decode_start(&frame[..frame.len() - 1], 1000).unwrap_err();
        assert_eq!((error.code(), error.at()), ("LZ4_CORRUPT", Some(4)));
    }
}
