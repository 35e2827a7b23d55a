//! The ELF side of a BPF object: sections, function symbols, programs
//! (libbpf: `bpf_object__elf_init`, `bpf_object__elf_collect`, `bpf_object__add_programs`).

use std::collections::HashMap;

use bpfc_btf::{Code, Endian};
use object::elf;
use object::read::elf::{FileHeader, Rel, SectionHeader, Sym};

use crate::object::MAX_NAME;
use crate::{Error, Program};

/// Size of an instruction in bytes.
pub(crate) const INSTRUCTION: usize = 8;

/// Instructions of all programs together, in bytes, and their number: symbols may overlap, so that
/// a small file could ask for any amount. The largest real objects hold some 1 MB in 100 programs.
const MAX_INSTRUCTIONS: usize = 16 << 20;
const MAX_PROGRAMS: usize = 4096;

/// Relocations of instructions: one for each would be many. Sections may overlap as symbols do.
const MAX_RELOCATIONS: usize = MAX_INSTRUCTIONS / INSTRUCTION;

type Header = elf::FileHeader64<object::Endianness>;
type Record = elf::Rel64<object::Endianness>;

/// What the core reads of the file; names and data point into it.
pub(crate) struct Elf<'d> {
    pub(crate) endian: Endian,
    pub(crate) sections: Vec<Section<'d>>,
    symbols: Vec<Symbol<'d>>,
    /// SHT_REL sections: which section they relocate, and their records.
    relocations: Vec<(usize, &'d [Record])>,
}

/// A section with its contents; `index` 0 is ELF's null section.
pub(crate) struct Section<'d> {
    pub(crate) name: &'d [u8],
    pub(crate) data: &'d [u8],
    /// In bytes; more than `data` holds for a section without bits in the file.
    pub(crate) size: u64,
    pub(crate) progbits: bool,
    pub(crate) executable: bool,
}

pub(crate) struct Symbol<'d> {
    pub(crate) name: &'d [u8],
    /// 0 where another file defines it.
    pub(crate) section: usize,
    /// Offset in the section, in bytes.
    pub(crate) value: u64,
    size: u64,
    function: bool,
    local: bool,
    /// Whether the loader has to find it (libbpf: `sym_is_extern`).
    pub(crate) is_extern: bool,
}

impl Section<'_> {
    /// Whether it holds data of the object (libbpf: `bpf_object__elf_collect`).
    pub(crate) fn is_data(&self) -> bool {
        self.progbits && !self.executable && !self.data.is_empty()
    }

    fn is_code(&self) -> bool {
        self.progbits && self.executable && !self.data.is_empty()
    }
}

impl<'d> Elf<'d> {
    pub(crate) fn parse(data: &'d [u8]) -> Result<Elf<'d>, Error> {
        if !bpfc_btf::elf::sniff(data) {
            return Err(Error::elf(Code::NotElf, 0));
        }
        let malformed = |_| Error::elf(Code::Malformed, data.len() as u64);
        if data.get(elf::ELFMAG.len()) == Some(&elf::ELFCLASS32.0) {
            return Err(Error::NotBpf { machine: 0 });
        }
        let header = Header::parse(data).map_err(malformed)?;
        let endian = header.endian().map_err(malformed)?;
        let machine = header.e_machine(endian);
        // Old compilers left the machine at 0, and libbpf takes that too.
        let bpf = machine == elf::EM_BPF || machine == elf::EM_NONE;
        if header.e_type(endian) != elf::ET_REL || !bpf {
            return Err(Error::NotBpf { machine: machine.0 });
        }
        let table = header.sections(endian, data).map_err(malformed)?;
        let strings = |index| table.section(index).and_then(|section| section.data(endian, data));
        let damaged = || Error::elf(Code::Malformed, data.len() as u64);
        let names = header.section_strings_index(endian, data).and_then(strings).map_err(malformed)?;
        let mut sections = Vec::with_capacity(table.len());
        let mut relocations = Vec::new();
        for section in table.iter() {
            let name = name(names, section.sh_name(endian)).ok_or_else(damaged)?;
            let bytes = section.data(endian, data).map_err(malformed)?;
            if let Some((records, _)) = section.rel(endian, data).map_err(malformed)? {
                relocations.push((section.sh_info(endian) as usize, records));
            }
            sections.push(Section {
                name,
                data: bytes,
                size: section.sh_size(endian),
                progbits: section.sh_type(endian) == elf::SHT_PROGBITS,
                executable: section.sh_flags(endian).contains(elf::SHF_EXECINSTR),
            });
        }
        let table = table.symbols(endian, data, elf::SHT_SYMTAB).map_err(malformed)?;
        let names =
            if table.is_empty() { &[] } else { strings(table.string_section()).map_err(malformed)? };
        let mut symbols = Vec::with_capacity(table.len());
        for symbol in table.iter() {
            let section = usize::from(symbol.st_shndx(endian).0);
            let local = symbol.st_bind() == elf::STB_LOCAL;
            symbols.push(Symbol {
                name: name(names, symbol.st_name(endian)).ok_or_else(damaged)?,
                section,
                value: symbol.st_value(endian),
                size: symbol.st_size(endian),
                function: symbol.st_type() == elf::STT_FUNC,
                local,
                is_extern: section == 0 && !local && symbol.st_type() == elf::STT_NOTYPE,
            });
        }
        let endian = match endian {
            object::Endianness::Little => Endian::Little,
            object::Endianness::Big => Endian::Big,
        };
        Ok(Elf { endian, sections, symbols, relocations })
    }

    /// Contents of the last PROGBITS section of this name: libbpf lets later duplicates win.
    pub(crate) fn contents(&self, name: &[u8]) -> Option<&'d [u8]> {
        self.sections.iter().rev().find(|section| section.name == name && section.progbits).map(|s| s.data)
    }

    /// Index of the first section of this name (libbpf: `elf_sec_by_name`).
    pub(crate) fn section_index(&self, name: &[u8]) -> Option<usize> {
        self.sections.iter().position(|section| section.name == name)
    }

    /// Index of the section of subprograms; libbpf takes the last.
    pub(crate) fn text(&self) -> Option<usize> {
        self.sections.iter().rposition(|section| section.name == b".text" && section.is_code())
    }

    pub(crate) fn symbol(&self, index: usize) -> Option<&Symbol<'d>> {
        self.symbols.get(index)
    }

    /// Symbols that a section defines.
    pub(crate) fn symbols_in(&self, section: usize) -> impl Iterator<Item = &Symbol<'d>> {
        self.symbols.iter().filter(move |symbol| symbol.section == section)
    }

    /// Names of the symbols that the loader has to find.
    pub(crate) fn externs(&self) -> impl Iterator<Item = &'d [u8]> {
        self.symbols.iter().filter(|symbol| symbol.is_extern && !symbol.name.is_empty()).map(|s| s.name)
    }

    /// Symbols that instructions refer to, by section and offset in bytes.
    pub(crate) fn relocations(&self) -> Result<HashMap<(usize, u64), usize>, Error> {
        let endian = match self.endian {
            Endian::Little => object::Endianness::Little,
            Endian::Big => object::Endianness::Big,
        };
        let mut relocations = HashMap::new();
        let mut count = 0;
        for &(index, records) in &self.relocations {
            let Some(section) = self.sections.get(index).filter(|section| section.is_code()) else {
                continue;
            };
            count += records.len();
            if count > MAX_RELOCATIONS {
                let name = String::from_utf8_lossy(section.name).into_owned();
                return Err(Error::Program { name, at: 0 });
            }
            for record in records {
                relocations.insert((index, record.r_offset(endian)), record.r_sym(endian) as usize);
            }
        }
        Ok(relocations)
    }

    /// Function symbols in executable sections, by section and offset.
    pub(crate) fn programs(&self) -> Result<Vec<Program>, Error> {
        let mut programs: Vec<Program> = Vec::new();
        let mut instructions = 0;
        for (index, section) in self.sections.iter().enumerate() {
            if !section.is_code() {
                continue;
            }
            let functions = self.symbols.iter().filter(|symbol| symbol.section == index && symbol.function);
            for symbol in functions {
                instructions = symbol.size.saturating_add(instructions);
                if instructions > MAX_INSTRUCTIONS as u64 || programs.len() == MAX_PROGRAMS {
                    let name = String::from_utf8_lossy(symbol.name).into_owned();
                    return Err(Error::Program { name, at: symbol.value });
                }
                programs.push(program(index, section, symbol)?);
            }
        }
        programs.sort_by_key(|program| (program.section_index, program.offset));
        Ok(programs)
    }
}

/// The name at `offset` of a string table, cut at [`MAX_NAME`]; none where it does not end in the
/// table. Names may overlap, so measuring each could take the square of the file's size.
fn name(strings: &[u8], offset: u32) -> Option<&[u8]> {
    let tail = strings.get(offset as usize..)?;
    let start = tail.get(..MAX_NAME).unwrap_or(tail);
    match start.iter().position(|&byte| byte == 0) {
        Some(end) => start.get(..end),
        None => (start.len() < tail.len()).then_some(start),
    }
}

fn program(index: usize, section: &Section, symbol: &Symbol) -> Result<Program, Error> {
    let name = String::from_utf8_lossy(symbol.name).into_owned();
    let wrong = || Error::Program { name: name.clone(), at: symbol.value };
    let end = symbol.value.checked_add(symbol.size).filter(|&end| end <= section.data.len() as u64);
    let range = symbol.value as usize..end.ok_or_else(wrong)? as usize;
    let instructions = section.data.get(range).ok_or_else(wrong)?;
    let whole = |bytes: u64| bytes.is_multiple_of(INSTRUCTION as u64);
    if !whole(symbol.value) || !whole(symbol.size) || instructions.is_empty() {
        return Err(wrong());
    }
    let subprogram = section.name == b".text";
    // libbpf: "program is static and not supported" outside .text.
    if symbol.local && !subprogram {
        return Err(wrong());
    }
    Ok(Program {
        section: String::from_utf8_lossy(section.name).into_owned(),
        section_index: index,
        offset: symbol.value,
        instructions: instructions.to_vec(),
        autoload: !section.name.starts_with(b"?"),
        subprogram,
        name,
    })
}
