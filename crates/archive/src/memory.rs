//! Memory for sizes that come from outside: had in one piece, or an error.

use crate::error::{ArchiveError, ErrorKind, Result};

/// An empty buffer with room for exactly `size` bytes.
pub(crate) fn reserve(size: u64) -> Result<Vec<u8>> {
    let mut buffer = Vec::new();
    match usize::try_from(size).map(|size| buffer.try_reserve_exact(size)) {
        Ok(Ok(())) => Ok(buffer),
        _ => Err(none_for(size)),
    }
}

/// `more` bytes at the end of a buffer.
pub(crate) fn append(buffer: &mut Vec<u8>, more: &[u8]) -> Result<()> {
    buffer.try_reserve(more.len()).map_err(|_| none_for(more.len() as u64))?;
    buffer.extend_from_slice(more);
    Ok(())
}

fn none_for(size: u64) -> ArchiveError {
    ArchiveError::new(ErrorKind::ArchiveMemory, format!("no memory for {size} bytes")).with_value(size)
}
