//! The `.BTF` section of an ELF file: a kernel image, a module or a BPF object.

use object::elf;
use object::read::ReadRef;
use object::read::elf::{FileHeader, SectionHeader};

use crate::{Code, Error, Result};

/// Whether `data` starts with ELF's magic.
pub fn sniff(data: &[u8]) -> bool {
    data.starts_with(&elf::ELFMAG)
}

/// Contents of the first `.BTF` section with bits in the file, of any class, byte order and
/// machine (libbpf: `btf_parse_elf`, `btf_find_elf_sections`).
///
/// # Errors
/// [`Code::NotElf`], [`Code::Malformed`], [`Code::NoBtf`]; [`Code::DistilledBase`] for a module built apart from its
/// kernel, whose types are numbered from the end of its `.BTF.base`.
pub fn btf_section(data: &[u8]) -> Result<&[u8]> {
    btf_section_of(data)
}

/// [`btf_section`] of a file that is not in memory: through [`object::ReadCache`], only headers and that section are read.
///
/// # Errors
/// As [`btf_section`].
pub fn btf_section_of<'d>(data: impl ReadRef<'d>) -> Result<&'d [u8]> {
    let class_at = elf::ELFMAG.len() as u64;
    if !sniff(data.read_bytes_at(0, class_at).unwrap_or(&[])) {
        return Err(Error::new(Code::NotElf, 0, 0));
    }
    let class = data.read_bytes_at(class_at, 1).ok().and_then(|class| class.first().copied()).unwrap_or(0);
    match elf::FileClass(class) {
        elf::ELFCLASS64 => section::<elf::FileHeader64<object::Endianness>>(data),
        elf::ELFCLASS32 => section::<elf::FileHeader32<object::Endianness>>(data),
        _ => Err(Error::new(Code::Malformed, elf::ELFMAG.len(), u64::from(class))),
    }
}

fn section<'d, Elf: FileHeader<Endian = object::Endianness>>(data: impl ReadRef<'d>) -> Result<&'d [u8]> {
    let malformed = |_| Error::new(Code::Malformed, 0, data.len().unwrap_or(0));
    let header = Elf::parse(data).map_err(malformed)?;
    let endian = header.endian().map_err(malformed)?;
    let sections = header.sections(endian, data).map_err(malformed)?;
    let Some((_, section)) = sections.section_by_name(endian, b".BTF") else {
        return Err(Error::new(Code::NoBtf, 0, sections.len() as u64));
    };
    if let Some((index, _)) = sections.section_by_name(endian, b".BTF.base") {
        return Err(Error::new(Code::DistilledBase, 0, index.0 as u64));
    }
    let bytes = section.data(endian, data).map_err(malformed)?;
    if bytes.is_empty() {
        return Err(Error::new(Code::NoBtf, 0, 0));
    }
    Ok(bytes)
}
