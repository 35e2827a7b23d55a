//! The `.BTF.ext` section: CO-RE relocation records and line info; function info is only checked
//! (tools/lib/bpf/libbpf_internal.h, `struct btf_ext_header`; libbpf: `btf_ext_parse`).

use bpfc_btf::Endian;

use crate::Error;

/// What is read of the section. Records are in file order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ext {
    /// `insn_off`, `file_name_off`, `line_off`, `line_col` (include/uapi/linux/bpf.h, `struct
    /// bpf_line_info`).
    pub(crate) lines: Vec<ExtSection>,
    /// `insn_off`, `type_id`, `access_str_off`, `kind` (`struct bpf_core_relo`).
    pub(crate) relocations: Vec<ExtSection>,
}

/// The records that belong to one ELF section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExtSection {
    /// Name of the ELF section, in the object's BTF strings.
    pub(crate) name: u32,
    /// The first word is the offset of an instruction, in bytes in the section.
    pub(crate) records: Vec<[u32; 4]>,
}

/// Least size of a record, in bytes.
const FUNC_INFO: u32 = 8;
const LINE_INFO: u32 = 16;
const CORE_RELO: u32 = 16;

/// CO-RE relocations of an object; the largest real ones have some 10,000.
const MAX_RELOCATIONS: usize = 1 << 18;

const MAGIC: u16 = 0xeb9f;
/// Header with function and line info.
const SHORT_HEADER: u32 = 24;
/// Header with CO-RE relocations as well.
const LONG_HEADER: u32 = 32;

/// Reads `.BTF.ext`; `native` is the byte order of the object.
pub(crate) fn parse(data: &[u8], native: Endian) -> Result<Ext, Error> {
    let header = |at: usize, value: u64| Error::ExtHeader { at: at as u64, value };
    let magic = data.first_chunk().ok_or(header(0, 0))?;
    let endian = [Endian::Little, Endian::Big].into_iter().find(|endian| endian.u16(*magic) == MAGIC);
    let endian = endian.ok_or(header(0, u64::from(u16::from_le_bytes(*magic))))?;
    let input = Input { data, endian };
    let (version, flags) = (data.get(2).copied().unwrap_or(0), data.get(3).copied().unwrap_or(0));
    if version != 1 || flags != 0 {
        return Err(header(2, u64::from(version)));
    }
    let len = input.word(4).ok_or(header(4, 0))?;
    // A header and nothing behind it is an error too ("no data").
    if len < SHORT_HEADER || len as usize >= data.len() {
        return Err(header(4, u64::from(len)));
    }
    let part = |field: usize| match (input.word(field), input.word(field + 4)) {
        (Some(off), Some(size)) if u64::from(len) >= field as u64 + 8 => Ok((off, size)),
        _ => Err(header(field, 0)),
    };
    let exact = endian != native;
    input.info(len, part(8)?, FUNC_INFO, exact)?;
    let lines = input.info(len, part(16)?, LINE_INFO, exact)?;
    let relocations = match len {
        LONG_HEADER.. => input.info(len, part(24)?, CORE_RELO, exact)?,
        _ => Vec::new(),
    };
    let count: usize = relocations.iter().map(|block: &ExtSection| block.records.len()).sum();
    if count > MAX_RELOCATIONS {
        return Err(Error::ExtRecord { at: 24, value: count as u64 });
    }
    Ok(Ext { lines, relocations })
}

struct Input<'d> {
    data: &'d [u8],
    endian: Endian,
}

impl Input<'_> {
    fn word(&self, at: usize) -> Option<u32> {
        let bytes = self.data.get(at..)?.first_chunk()?;
        Some(self.endian.u32(*bytes))
    }

    /// libbpf: `btf_ext_parse_sec_info`. Records may be longer than what is read of them, but not
    /// in the other byte order (`exact`), where libbpf would have to swap what it does not know.
    fn info(
        &self,
        header: u32,
        (off, size): (u32, u32),
        least: u32,
        exact: bool,
    ) -> Result<Vec<ExtSection>, Error> {
        let mut sections = Vec::new();
        if size == 0 {
            return Ok(sections);
        }
        let start = u64::from(header) + u64::from(off);
        let end = start + u64::from(size);
        if off % 4 != 0 || end > self.data.len() as u64 {
            return Err(Error::ExtRecord { at: start, value: u64::from(off) });
        }
        // Inside the data, so both fit also where usize has 32 bits.
        let (start, end) = (start as usize, end as usize);
        let wrong = |at: usize, value: u32| Error::ExtRecord { at: at as u64, value: u64::from(value) };
        let record = self.word(start).filter(|_| size >= 4).ok_or(wrong(start, size))?;
        if record < least || record % 4 != 0 || (exact && record != least) {
            return Err(wrong(start, record));
        }
        let mut at = start + 4;
        if at == end {
            return Err(wrong(at, 0));
        }
        while at < end {
            let (Some(name), Some(count)) = (self.word(at), self.word(at + 4)) else {
                return Err(wrong(at, 0));
            };
            let first = at + 8;
            let length = u64::from(count) * u64::from(record);
            if count == 0 || first > end || length > (end - first) as u64 {
                return Err(wrong(at + 4, count));
            }
            at = first + length as usize;
            let block = self.data.get(first..at).unwrap_or(&[]);
            let records = block.chunks_exact(record as usize).map(|bytes| {
                let mut words = [0; 4];
                for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(4)) {
                    *word = bytes.first_chunk().map_or(0, |bytes| self.endian.u32(*bytes));
                }
                words
            });
            sections.push(ExtSection { name, records: records.collect() });
        }
        Ok(sections)
    }
}
