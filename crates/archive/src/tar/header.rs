//! The header block of a tar entry, read and written. Source: POSIX.1-2017, `pax`, "ustar Interchange Format".

use super::{BLOCK, Block, EntryKind, corrupt};
use crate::error::Result;

/// A field of the header: where it begins, and how many bytes it has.
type Field = (usize, usize);

const NAME: Field = (0, 100);
const MODE: Field = (100, 8);
const UID: Field = (108, 8);
const GID: Field = (116, 8);
const SIZE: Field = (124, 12);
const MTIME: Field = (136, 12);
const CHECKSUM: Field = (148, 8);
const TYPE_FLAG: Field = (156, 1);
const MAGIC: Field = (257, 6);
const VERSION: Field = (263, 2);
const DEV_MAJOR: Field = (329, 8);
const DEV_MINOR: Field = (337, 8);
const PREFIX: Field = (345, 155);

/// A header block whose checksum holds.
pub(super) struct Header<'a> {
    block: &'a Block,
    at: u64,
}

impl<'a> Header<'a> {
    /// The header in `block`, which stands at byte `at` of the tar.
    pub(super) fn new(block: &'a Block, at: u64) -> Result<Self> {
        let header = Self { block, at };
        let stored = header.number(CHECKSUM)?;
        let (unsigned, signed) = checksums(block);
        // Historic tars summed signed characters; GNU tar takes both.
        if stored != unsigned && i64::try_from(stored) != Ok(signed) {
            return Err(corrupt(at, "the checksum of a header does not match").with_value(stored));
        }
        Ok(header)
    }

    fn field(&self, (offset, length): Field) -> &'a [u8] {
        let block: &'a [u8] = self.block;
        block.get(offset..).and_then(|rest| rest.get(..length)).unwrap_or_default()
    }

    pub(super) fn type_flag(&self) -> u8 {
        self.field(TYPE_FLAG).first().copied().unwrap_or_default()
    }

    pub(super) fn kind(&self, name: &[u8]) -> EntryKind {
        match self.type_flag() {
            // v7 has no type for directories: their names end in a slash.
            0 | b'0' if name.ends_with(b"/") => EntryKind::Directory,
            0 | b'0' | b'7' => EntryKind::File,
            b'1' => EntryKind::HardLink,
            b'2' => EntryKind::SymbolicLink,
            b'3' | b'4' => EntryKind::Device,
            b'5' => EntryKind::Directory,
            b'6' => EntryKind::Fifo,
            other => EntryKind::Other(other),
        }
    }

    pub(super) fn name(&self) -> Vec<u8> {
        let name = until_nul(self.field(NAME));
        // GNU's own magic is "ustar " and has times where POSIX has the prefix.
        let prefix = match self.field(MAGIC) {
            b"ustar\0" => until_nul(self.field(PREFIX)),
            _ => &[],
        };
        match prefix {
            [] => name.to_vec(),
            _ => [prefix, b"/", name].concat(),
        }
    }

    pub(super) fn size(&self) -> Result<u64> {
        self.number(SIZE)
    }

    /// A number: octal digits between spaces or NULs; or, when the first bit is set, big-endian binary, which GNU tar
    /// writes for what octal cannot hold. An empty field is zero.
    fn number(&self, field: Field) -> Result<u64> {
        let text = self.field(field);
        let value = match text {
            // Negative numbers begin with 0xff and overflow here, as they should: a size is none.
            [first, rest @ ..] if first & 0x80 != 0 => {
                rest.iter().try_fold(u64::from(first & 0x7f), |value, &byte| append_digit(value, 256, byte))
            }
            _ => octal(text),
        };
        value.ok_or_else(|| corrupt(self.at, "a number in a header is neither octal nor binary"))
    }
}

fn octal(text: &[u8]) -> Option<u64> {
    let is_blank = |byte: &u8| matches!(byte, 0 | b' ');
    let text = text.trim_ascii_start();
    let (digits, rest) = text.split_at(text.iter().position(is_blank).unwrap_or(text.len()));
    let append = |value, byte: &u8| match byte {
        b'0'..=b'7' => append_digit(value, 8, byte - b'0'),
        _ => None,
    };
    digits.iter().try_fold(0, append).filter(|_| rest.iter().all(is_blank))
}

/// `value` with one more digit behind it.
pub(super) fn append_digit(value: u64, base: u64, digit: u8) -> Option<u64> {
    value.checked_mul(base)?.checked_add(u64::from(digit))
}

/// What stands before the first NUL.
pub(super) fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// The sum of a header's bytes, with the checksum itself taken as spaces; once of unsigned, once of signed bytes.
fn checksums(block: &Block) -> (u64, i64) {
    let checksum = CHECKSUM.0..CHECKSUM.0 + CHECKSUM.1;
    let bytes = || {
        let as_summed = |(index, &byte)| if checksum.contains(&index) { b' ' } else { byte };
        block.iter().enumerate().map(as_summed)
    };
    (bytes().map(u64::from).sum(), bytes().map(|byte| i64::from(byte as i8)).sum())
}

/// The ustar header of a regular file that belongs to nobody and was never changed: the same on every machine.
///
/// `name` has at most 99 bytes and `size` at most 8 GiB; the writer of packs allows neither more.
pub(crate) fn file_header(name: &str, size: u64) -> Block {
    let mut block = [0; BLOCK];
    put(&mut block, NAME, name);
    put(&mut block, MODE, "0000644");
    put(&mut block, UID, "0000000");
    put(&mut block, GID, "0000000");
    put(&mut block, SIZE, &format!("{size:011o}"));
    put(&mut block, MTIME, "00000000000");
    put(&mut block, TYPE_FLAG, "0");
    put(&mut block, MAGIC, "ustar");
    put(&mut block, VERSION, "00");
    put(&mut block, DEV_MAJOR, "0000000");
    put(&mut block, DEV_MINOR, "0000000");
    seal(&mut block);
    block
}

/// Writes the checksum of everything else.
pub(super) fn seal(block: &mut Block) {
    let (checksum, _) = checksums(block);
    put(block, CHECKSUM, &format!("{checksum:06o}\0 "));
}

fn put(block: &mut Block, (offset, length): Field, text: &str) {
    let field = block.iter_mut().skip(offset).take(length);
    field.zip(text.bytes()).for_each(|(place, byte)| *place = byte);
}
