//! Reading tar: POSIX ustar and pax, GNU long names, and the v7 format before them.
//!
//! One reader serves both uses. Over a slice it copies nothing: [`entries`] hands out slices of the tar. Over a stream
//! it stops behind each header, so that exactly the announced size can be reserved before the content is read.
//!
//! It is a reader of its own, not the `tar` crate, because of three needs: an error has to say at which byte of the tar
//! it stands, long names and pax records of a hostile stream have to be bounded before they are read into memory, and
//! the files of a pack have to be handed out as slices.
//!
//! Sources: POSIX.1-2017, `pax`; for what is tolerated, GNU tar 1.34's `list.c`.

pub(crate) mod header;
mod pax;

use crate::error::{ArchiveError, ErrorKind, Result};
use crate::limits::{TAR_ENTRIES, TAR_EXTENSION_BYTES};
use crate::memory;
use header::{Header, until_nul};
use pax::Extensions;
use std::io::{BufRead, Read};

/// Tar is made of blocks of this many bytes.
pub const BLOCK: usize = 512;

pub(crate) type Block = [u8; BLOCK];

/// What an entry is. Only files and what is unknown have content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A second name of an earlier entry.
    HardLink,
    /// A symbolic link.
    SymbolicLink,
    /// A character or block device.
    Device,
    /// A named pipe.
    Fifo,
    /// Something that only one tar program knows, by its type flag.
    Other(u8),
}

/// One entry of a tar, without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TarEntry {
    /// The name as the tar has it; bytes that are not UTF-8 are replaced.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
    /// Where the content begins, in bytes from the start of the tar.
    pub offset: u64,
    /// Bytes of content.
    pub size: u64,
}

/// The entries of `tar` in its order, each with its content: a slice of `tar`, empty for what has none.
pub fn entries(tar: &[u8]) -> Result<Vec<(TarEntry, &[u8])>> {
    let mut reader = TarReader::new(tar);
    let mut entries = Vec::new();
    while let Some(entry) = reader.next_entry()? {
        let content = content(tar, &entry)?;
        entries.push((entry, content));
    }
    Ok(entries)
}

/// The content of `entry` of `tar`.
pub(crate) fn content<'a>(tar: &'a [u8], entry: &TarEntry) -> Result<&'a [u8]> {
    let start = usize::try_from(entry.offset).ok();
    let size = usize::try_from(entry.size).ok();
    let content = start.zip(size).and_then(|(start, size)| tar.get(start..)?.get(..size));
    content.ok_or_else(|| truncated(entry.offset, "the content of an entry").with_value(entry.size))
}

/// Whether these are the first bytes of a tar: a header whose checksum holds, or the zeros of an empty tar. The magic
/// would not do: v7 has none.
pub(crate) fn starts_tar(bytes: &[u8]) -> bool {
    let is_header = |block: &Block| is_zero(block) || Header::new(block, 0).is_ok();
    bytes.first_chunk().is_some_and(is_header)
}

/// Reads a tar entry by entry.
pub(crate) struct TarReader<R> {
    input: R,
    /// Bytes of the tar read so far.
    offset: u64,
    /// What is left of the current entry: content, and padding up to the next block.
    content_left: u64,
    padding: u64,
    headers: usize,
}

impl<R: BufRead> TarReader<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, offset: 0, content_left: 0, padding: 0, headers: 0 }
    }

    /// The next entry, or nothing at the end: at the first block of zeros, as in GNU tar, or where the input ends
    /// between two entries. Skips what was not read of the current entry.
    pub(crate) fn next_entry(&mut self) -> Result<Option<TarEntry>> {
        let mut extensions = Extensions::default();
        loop {
            self.skip_rest()?;
            let at = self.offset;
            let Some(block) = self.read_block()? else { return Ok(None) };
            if is_zero(&block) {
                return Ok(None);
            }
            self.headers += 1;
            if self.headers > TAR_ENTRIES {
                let what = format!("the tar has more than {TAR_ENTRIES} entries");
                return Err(ArchiveError::new(ErrorKind::ArchiveLimit, what).with_at(at));
            }
            let header = Header::new(&block, at)?;
            match header.type_flag() {
                b'L' => {
                    let name = self.read_extension(header.size()?, at)?;
                    extensions.name = Some(until_nul(&name).to_vec());
                }
                // The long name of a link's target: links are not followed.
                b'K' => self.begin_content(header.size()?, at)?,
                b'x' => {
                    let records = self.read_extension(header.size()?, at)?;
                    extensions.add_records(&records, at)?;
                }
                b'g' => {
                    let records = self.read_extension(header.size()?, at)?;
                    let mut global = Extensions::default();
                    global.add_records(&records, at)?;
                    if global.name.is_some() || global.size.is_some() {
                        return Err(unsupported(
                            at,
                            "a pax header for all entries that sets their path or size",
                        ));
                    }
                }
                b'S' => return Err(unsupported(at, "a sparse file")),
                _ => return self.begin_entry(&header, extensions, at).map(Some),
            }
        }
    }

    fn begin_entry(&mut self, header: &Header, extensions: Extensions, at: u64) -> Result<TarEntry> {
        let name = extensions.name.unwrap_or_else(|| header.name());
        let kind = header.kind(&name);
        let size = match (kind, extensions.size) {
            (EntryKind::File | EntryKind::Other(_), Some(size)) => size,
            (EntryKind::File | EntryKind::Other(_), None) => header.size()?,
            // POSIX: no content follows, whatever the size field says.
            _ => 0,
        };
        self.begin_content(size, at)?;
        let name = String::from_utf8_lossy(&name).into_owned();
        Ok(TarEntry { name, kind, offset: self.offset, size })
    }

    fn begin_content(&mut self, size: u64, at: u64) -> Result<()> {
        let end = self.offset.checked_add(size).and_then(|end| end.checked_next_multiple_of(BLOCK as u64));
        let Some(end) = end else {
            return Err(corrupt(at, "the size of an entry passes the end of every file").with_value(size));
        };
        self.content_left = size;
        self.padding = end - self.offset - size;
        Ok(())
    }

    /// The content of the current entry, in a buffer of exactly its size. A size above `limit` is refused before memory
    /// is reserved; memory is touched only as far as there is content, whatever size the header claims.
    pub(crate) fn read_content(&mut self, limit: u64) -> Result<Vec<u8>> {
        let size = self.content_left;
        if size > limit {
            let what = format!("an entry has {size} bytes, where at most {limit} are read");
            let error = ArchiveError::new(ErrorKind::ArchiveLimit, what);
            return Err(error.with_at(self.offset).with_value(size));
        }
        let mut content = memory::reserve(size)?;
        // `take` ends the reading where the reserved memory ends, so `read_to_end` never grows the buffer.
        let mut input = (&mut self.input).take(size);
        let read = input.read_to_end(&mut content).map_err(ArchiveError::from_io)? as u64;
        self.offset += read;
        self.content_left -= read;
        match self.content_left {
            0 => Ok(content),
            left => Err(truncated(self.offset, "the content of an entry").with_value(left)),
        }
    }

    /// Reads to the end of the input: a compressed stream has its checksums there.
    pub(crate) fn finish(mut self) -> Result<()> {
        while let available @ 1.. = self.available()? {
            self.consume(available);
        }
        Ok(())
    }

    fn read_extension(&mut self, size: u64, at: u64) -> Result<Vec<u8>> {
        self.begin_content(size, at)?;
        self.read_content(TAR_EXTENSION_BYTES)
    }

    fn read_block(&mut self) -> Result<Option<Block>> {
        let mut block = [0; BLOCK];
        let mut rest = block.as_mut_slice();
        while !rest.is_empty() {
            let read = self.input.read(rest).map_err(ArchiveError::from_io)?;
            if read == 0 {
                break;
            }
            self.offset += read as u64;
            rest = rest.split_at_mut(read).1;
        }
        match rest.len() {
            0 => Ok(Some(block)),
            BLOCK => Ok(None),
            _ => Err(truncated(self.offset, "a header")),
        }
    }

    fn skip_rest(&mut self) -> Result<()> {
        let mut left = self.content_left.saturating_add(self.padding);
        while left > 0 {
            let available = self.available()?;
            if available == 0 {
                return Err(truncated(self.offset, "the content of an entry").with_value(left));
            }
            let step = usize::try_from(left).unwrap_or(usize::MAX).min(available);
            self.consume(step);
            left -= step as u64;
        }
        (self.content_left, self.padding) = (0, 0);
        Ok(())
    }

    /// How many bytes can be consumed at once; of a slice, all of them.
    fn available(&mut self) -> Result<usize> {
        self.input.fill_buf().map(<[u8]>::len).map_err(ArchiveError::from_io)
    }

    fn consume(&mut self, count: usize) {
        self.input.consume(count);
        self.offset += count as u64;
    }
}

fn is_zero(block: &Block) -> bool {
    block.iter().all(|&byte| byte == 0)
}

fn corrupt(at: u64, what: &str) -> ArchiveError {
    ArchiveError::new(ErrorKind::TarCorrupt, what).with_at(at)
}

fn truncated(at: u64, within: &str) -> ArchiveError {
    corrupt(at, &format!("the tar ends within {within}"))
}

fn unsupported(at: u64, what: &str) -> ArchiveError {
    ArchiveError::new(ErrorKind::TarUnsupported, format!("the tar has {what}")).with_at(at)
}

#[cfg(test)]
pub(crate) mod testing {
    //! Tars and xz data for the tests of this crate.

    use super::header::{file_header, seal};
    use super::{BLOCK, Block};
    use liblzma::write::XzEncoder;
    use std::io::Write;

    /// Writes tars that a sane program would not.
    #[derive(Default)]
    pub(crate) struct Builder(Vec<u8>);

    impl Builder {
        pub(crate) fn new() -> Self {
            Self::default()
        }

        pub(crate) fn file(self, name: &str, content: &[u8]) -> Self {
            self.entry(name, b'0', content)
        }

        pub(crate) fn entry(self, name: &str, type_flag: u8, content: &[u8]) -> Self {
            let edit = |header: &mut Block| header[156] = type_flag;
            self.edited(name, content.len() as u64, edit, content)
        }

        /// An entry whose header says `size` and is changed by `edit` before it gets its checksum.
        pub(crate) fn edited(
            mut self,
            name: &str,
            size: u64,
            edit: impl FnOnce(&mut Block),
            content: &[u8],
        ) -> Self {
            let mut header = file_header(name, size);
            edit(&mut header);
            seal(&mut header);
            self.0.extend(header);
            self.0.extend(content);
            self.0.resize(self.0.len().next_multiple_of(BLOCK), 0);
            self
        }

        /// The tar with its two blocks of zeros.
        pub(crate) fn end(mut self) -> Vec<u8> {
            self.0.resize(self.0.len() + 2 * BLOCK, 0);
            self.0
        }

        /// The tar without.
        pub(crate) fn bytes(self) -> Vec<u8> {
            self.0
        }
    }

    pub(crate) fn pax(records: &[(&str, &str)]) -> Vec<u8> {
        let record = |(key, value): &(&str, &str)| {
            let rest = format!(" {key}={value}\n");
            // The length counts its own digits.
            let length =
                (1..).find(|length: &usize| length.to_string().len() + rest.len() == *length).unwrap();
            format!("{length}{rest}")
        };
        records.iter().map(record).collect::<String>().into_bytes()
    }

    pub(crate) fn xz(content: &[u8]) -> Vec<u8> {
        let mut writer = XzEncoder::new(Vec::new(), 1);
        writer.write_all(content).unwrap();
        writer.finish().unwrap()
    }
}

#[cfg(test)]
mod tests;
