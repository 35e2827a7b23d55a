//! Memory for sizes that come from outside: had in one piece, or an error.

use crate::error::{ArchiveError, ErrorKind, Result};

/// An empty buffer with room for exactly `size` bytes.
pub(crate) fn reserve(size: u64) -> Result<Vec<u8>> {
    let mut buffer = Vec::new();
    match usize::try_from(size).map(|size| buffer.try_reserve_exact(size)) {
        Ok(Ok(())) => Ok(buffer),
        _ => {
            let what = format!("no memory for {size} bytes");
            Err(ArchiveError::new(ErrorKind::ArchiveMemory, what).with_value(size))
        }
    }
}
