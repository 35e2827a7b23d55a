//! The BTF header (`struct btf_header`, include/uapi/linux/btf.h).

use std::ops::Range;

use crate::bytes::Words;
use crate::{Code, Endian, Error, Result};

/// Length of the header that every reader accepts. Newer writers append the offset and length of
/// a layout section (32 bytes); libbpf before 1.8 refuses that in the other byte order.
pub(crate) const HEADER_LEN: u32 = 24;

const MAGIC: u16 = 0xeb9f;
/// Layout section entries describe one kind each in 4 bytes.
const WITH_LAYOUT_LEN: u32 = 32;

/// Where the sections of a BTF are, checked against the file (libbpf: `btf_parse_hdr`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Byte order, told by the magic alone.
    pub endian: Endian,
    /// Length of the header in bytes; sections are counted from its end.
    pub len: u32,
    /// The type section, in bytes from the start of the file.
    pub types: Range<usize>,
    /// The string section, in bytes from the start of the file.
    pub strings: Range<usize>,
}

impl Header {
    /// Whether `data` starts with BTF's magic in either byte order.
    pub fn sniff(data: &[u8]) -> bool {
        endian_of(data).is_some()
    }

    /// Reads and checks the header of `data`.
    pub fn parse(data: &[u8]) -> Result<Header> {
        let Some(endian) = endian_of(data) else {
            let value = data.first_chunk().map_or(0, |magic| u64::from(u16::from_le_bytes(*magic)));
            return Err(Error::new(Code::Magic, 0, value));
        };
        let words = Words::new(data, endian);
        let len = words.get(1);
        // libbpf reads the fields a short native header lacks as 0; nobody writes one.
        if data.len() < HEADER_LEN as usize || len < HEADER_LEN || len as usize > data.len() {
            return Err(Error::new(Code::Header, 4, u64::from(len)));
        }
        let body = data.len() as u64 - u64::from(len);
        let [type_off, type_len, str_off, str_len] = [2, 3, 4, 5].map(|word| u64::from(words.get(word)));
        if str_off + str_len > body {
            return Err(Error::new(Code::Header, 16, str_off + str_len));
        }
        if type_off % 4 != 0 || type_off + type_len > str_off {
            return Err(Error::new(Code::Header, 8, type_off + type_len));
        }
        if len >= WITH_LAYOUT_LEN {
            let (layout_off, layout_len) = (u64::from(words.get(6)), u64::from(words.get(7)));
            let fits = layout_off % 4 == 0
                && layout_off >= type_off + type_len
                && layout_off + layout_len <= str_off;
            if layout_len != 0 && !fits {
                return Err(Error::new(Code::Header, 24, layout_off));
            }
        }
        let section = |off: u64, size: u64| {
            let start = len as usize + off as usize;
            start..start + size as usize
        };
        Ok(Header { endian, len, types: section(type_off, type_len), strings: section(str_off, str_len) })
    }
}

/// Writes the 24-byte header for a type section followed at once by the strings.
pub(crate) fn write(endian: Endian, type_len: u32, str_len: u32) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEADER_LEN as usize);
    out.extend_from_slice(&endian.bytes16(MAGIC));
    out.extend_from_slice(&[1, 0]); // version, flags
    for word in [HEADER_LEN, 0, type_len, type_len, str_len] {
        out.extend_from_slice(&endian.bytes32(word));
    }
    out
}

fn endian_of(data: &[u8]) -> Option<Endian> {
    let magic = *data.first_chunk()?;
    [Endian::Little, Endian::Big].into_iter().find(|endian| endian.u16(magic) == MAGIC)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(data: &[u8]) -> Code {
        Header::parse(data).unwrap_err().code()
    }

    fn header(words: [u32; 5]) -> Vec<u8> {
        let mut data = vec![0x9f, 0xeb, 1, 0];
        data.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        data
    }

    #[test]
    fn the_magic_tells_the_byte_order() {
        for endian in [Endian::Little, Endian::Big] {
            let mut data = write(endian, 0, 1);
            data.push(0);
            let header = Header::parse(&data).unwrap();
            assert_eq!((header.endian, header.len, header.strings), (endian, 24, 24..25));
        }
        assert_eq!(code(b"\x7fELF"), Code::Magic);
        assert_eq!(code(b""), Code::Magic);
        assert_eq!(code(b"\x9f"), Code::Magic);
    }

    #[test]
    fn sections_must_lie_inside_the_file_and_in_order() {
        assert_eq!(code(&header([24, 0, 0, 0, 1])), Code::Header, "strings beyond the end");
        assert_eq!(code(&header([24, 0, 8, 0, 0])), Code::Header, "types overlap strings");
        assert_eq!(code(&header([24, 2, 0, 4, 0])), Code::Header, "unaligned types");
        assert_eq!(code(&header([23, 0, 0, 0, 0])), Code::Header, "short header");
        assert_eq!(code(&header([99, 0, 0, 0, 0])), Code::Header, "header longer than the file");
        assert_eq!(code(&header([24, u32::MAX, u32::MAX, u32::MAX, u32::MAX])), Code::Header);
        assert_eq!(code(b"\x9f\xeb\x01\x00"), Code::Header, "nothing but the magic");
    }

    #[test]
    fn a_longer_header_moves_the_sections() {
        let mut data = header([32, 0, 0, 0, 1]);
        data.extend([0; 8]); // layout offset and length
        data.push(0);
        assert_eq!(Header::parse(&data).unwrap().strings, 32..33);
    }
}
