//! What a kernel or a module as an ELF file holds.

use bpfc_btf::{Code, elf as btf_elf};
use object::elf;
use object::read::ReadRef;
use object::read::elf::{FileHeader, SectionHeader};

use crate::banner::Banner;
use crate::error::Result;

/// What is in an ELF file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents<'d> {
    /// The machine, as `uname -m` prints it, if it is one that runs Linux and BPF.
    pub machine: Option<&'static str>,
    /// The section `.BTF`.
    pub btf: Option<&'d [u8]>,
    /// Whether that section is loaded with the rest, as the kernel's build links it; tools that add one later do not.
    pub native: bool,
    /// Whether there is DWARF, of which pahole makes BTF.
    pub dwarf: bool,
    /// The kernel's first line, from `.rodata`.
    pub banner: Option<Banner>,
}

/// Reads the headers of an ELF file, `.BTF` and `.rodata`: through [`object::ReadCache`] nothing else of it.
///
/// # Errors
/// `ELF_NOT_ELF`, `ELF_MALFORMED`; `ELF_BTF_BASE` for a module built apart from its kernel.
pub fn contents<'d>(data: impl ReadRef<'d>) -> Result<Contents<'d>> {
    let btf = match btf_elf::btf_section_of(data) {
        Ok(btf) => Some(btf),
        Err(error) if error.code() == Code::NoBtf => None,
        Err(error) => return Err(error.into()),
    };
    // The reader of `.BTF` has checked the class already.
    let class = data.read_bytes_at(4, 1).ok().and_then(|byte| byte.first().copied());
    let sections = match class.map(elf::FileClass) {
        Some(elf::ELFCLASS32) => sections::<elf::FileHeader32<object::Endianness>>(data),
        _ => sections::<elf::FileHeader64<object::Endianness>>(data),
    };
    let Sections { machine, native, dwarf, rodata } = sections.unwrap_or_default();
    Ok(Contents {
        machine,
        btf,
        native: native && btf.is_some(),
        dwarf,
        banner: rodata.and_then(Banner::find),
    })
}

#[derive(Default)]
struct Sections<'d> {
    machine: Option<&'static str>,
    native: bool,
    dwarf: bool,
    rodata: Option<&'d [u8]>,
}

fn sections<'d, Elf: FileHeader<Endian = object::Endianness>>(
    data: impl ReadRef<'d>,
) -> object::Result<Sections<'d>> {
    let header = Elf::parse(data)?;
    let endian = header.endian()?;
    let table = header.sections(endian, data)?;
    let section = |name: &[u8]| table.section_by_name(endian, name).map(|(_, section)| section);
    let is_loaded = |section: &Elf::SectionHeader| section.sh_flags(endian).contains(elf::SHF_ALLOC);
    Ok(Sections {
        machine: machine(header.e_machine(endian), header.is_type_64(), endian),
        native: section(b".BTF").is_some_and(is_loaded),
        dwarf: section(b".debug_info").or_else(|| section(b".zdebug_info")).is_some(),
        rodata: section(b".rodata").and_then(|section| section.data(endian, data).ok()),
    })
}

fn machine(machine: elf::Machine, is_64: bool, endian: object::Endianness) -> Option<&'static str> {
    let is_big = endian == object::Endianness::Big;
    match (machine, is_64, is_big) {
        (elf::EM_X86_64, true, false) => Some("x86_64"),
        (elf::EM_386, false, false) => Some("i686"),
        (elf::EM_AARCH64, true, false) => Some("aarch64"),
        (elf::EM_AARCH64, true, true) => Some("aarch64_be"),
        (elf::EM_S390, true, true) => Some("s390x"),
        (elf::EM_PPC64, true, false) => Some("ppc64le"),
        (elf::EM_PPC64, true, true) => Some("ppc64"),
        (elf::EM_RISCV, true, false) => Some("riscv64"),
        (elf::EM_RISCV, false, false) => Some("riscv32"),
        (elf::EM_LOONGARCH, true, false) => Some("loongarch64"),
        _ => None,
    }
}
