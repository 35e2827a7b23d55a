//! In place of `xz.rs`, where the feature `xz` is off: what loads packs on a target pays for no decoder that it never needs.

use crate::decompress::Failure;
use crate::error::ErrorKind;

/// Refuses what it is given.
pub(crate) struct XzDecoder<'a> {
    unread: &'a [u8],
}

impl<'a> XzDecoder<'a> {
    pub(crate) fn new(input: &'a [u8]) -> Self {
        Self { unread: input }
    }

    /// All of the input.
    pub(crate) fn unread(&self) -> &'a [u8] {
        self.unread
    }

    /// `ARCHIVE_XZ`.
    pub(crate) fn read(&mut self, _: &mut [u8]) -> Result<usize, Failure> {
        let what = "the data is compressed with xz, for which this build has no decoder".to_owned();
        Err(Failure { kind: ErrorKind::ArchiveXz, what })
    }
}
