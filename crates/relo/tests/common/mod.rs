//! Small BPF objects for tests, assembled byte by byte: types as text, functions as instructions,
//! relocations as `kind label access`.

use bpfc_btf::{Builder, Endian};

use crate::notation::{self, Labels};

/// One instruction: opcode, destination and source register, offset, immediate.
pub fn instruction(endian: Endian, code: u8, registers: (u8, u8), offset: i16, immediate: u32) -> Vec<u8> {
    let (destination, source) = registers;
    // The two registers share a byte whose halves follow the byte order.
    let registers = match endian {
        Endian::Little => source << 4 | destination,
        Endian::Big => destination << 4 | source,
    };
    let mut out = vec![code, registers];
    out.extend(endian.bytes16(offset as u16));
    out.extend(endian.bytes32(immediate));
    out
}

/// `dst = imm64`, the instruction of two slots.
pub fn load_imm64(endian: Endian, value: u64) -> Vec<u8> {
    let mut out = instruction(endian, 0x18, (1, 0), 0, value as u32);
    out.extend(instruction(endian, 0, (0, 0), 0, (value >> 32) as u32));
    out
}

/// An ELF section.
pub struct Section {
    pub name: String,
    /// `sh_type`.
    pub kind: u32,
    /// `sh_flags`.
    pub flags: u64,
    pub data: Vec<u8>,
}

/// A symbol in the section at `section`, counted from 1; 0 where the kernel has to define it.
pub struct Symbol {
    pub name: String,
    /// `st_info`: binding << 4 | type.
    pub info: u8,
    pub section: u16,
    pub value: u64,
    pub size: u64,
}

pub const PROGBITS: u32 = 1;
/// SHT_REL
pub const REL: u32 = 9;
/// SHF_ALLOC | SHF_EXECINSTR
pub const EXECUTABLE: u64 = 6;
/// STB_GLOBAL and STT_FUNC.
pub const GLOBAL_FUNCTION: u8 = 0x12;
pub const EM_BPF: u16 = 247;

/// A relocatable 64-bit ELF file. Symbol and string tables come behind `sections`.
pub fn elf(endian: Endian, machine: u16, sections: &[Section], symbols: &[Symbol]) -> Vec<u8> {
    let word = |value: u64, bytes: usize| -> Vec<u8> {
        let little = &value.to_le_bytes()[..bytes];
        if endian == Endian::Little { little.to_vec() } else { little.iter().rev().copied().collect() }
    };
    let mut strings = vec![0];
    let mut string = |text: &str| {
        let at = strings.len() as u64;
        strings.extend(text.bytes().chain([0]));
        at
    };
    let mut table = vec![0; 24];
    for symbol in symbols {
        table.extend(word(string(&symbol.name), 4));
        table.extend([symbol.info, 0]);
        let fields = [(u64::from(symbol.section), 2), (symbol.value, 8), (symbol.size, 8)];
        table.extend(fields.into_iter().flat_map(|(value, bytes)| word(value, bytes)));
    }
    let count = sections.len() as u64;
    let mut heads = vec![vec![0; 64]];
    let mut body = Vec::new();
    let names: Vec<u64> = sections.iter().map(|section| string(&section.name)).collect();
    let (symtab, strtab) = (string(".symtab"), string(".strtab"));
    let mut add = |name: u64, kind: u32, flags: u64, data: &[u8], (link, info): (u64, u64), entry: u64| {
        let fields = [(name, 4), (u64::from(kind), 4), (flags, 8), (0, 8), (64 + body.len() as u64, 8)];
        let more = [(data.len() as u64, 8), (link, 4), (info, 4), (4, 8), (entry, 8)];
        heads.push(fields.into_iter().chain(more).flat_map(|(value, bytes)| word(value, bytes)).collect());
        body.extend_from_slice(data);
        body.resize(body.len().next_multiple_of(8), 0);
    };
    for (section, &name) in sections.iter().zip(&names) {
        // Relocations say by their name which section they are for, as the compiler's do.
        let target = section.name.strip_prefix(".rel").filter(|_| section.kind == REL);
        let target = target.and_then(|target| sections.iter().position(|known| known.name == target));
        let (links, entry) = target.map_or(((0, 1), 0), |target| ((count + 1, target as u64 + 1), 16));
        add(name, section.kind, section.flags, &section.data, links, entry);
    }
    add(symtab, 2, 0, &table, (count + 2, 1), 24);
    add(strtab, 3, 0, &strings, (0, 1), 0);
    let mut out = b"\x7fELF\x02".to_vec();
    out.extend([if endian == Endian::Little { 1 } else { 2 }, 1]);
    out.resize(16, 0);
    let fields = [(1, 2), (u64::from(machine), 2), (1, 4), (0, 8), (0, 8), (64 + body.len() as u64, 8)];
    let more = [(0, 4), (64, 2), (0, 2), (0, 2), (64, 2), (count + 3, 2), (count + 2, 2)];
    out.extend(fields.into_iter().chain(more).flat_map(|(value, bytes)| word(value, bytes)));
    out.extend(body);
    out.extend(heads.concat());
    out
}

/// Puts an object together.
pub struct Assembler {
    pub endian: Endian,
    pub types: Builder,
    pub labels: Labels,
    pub sections: Vec<Section>,
    pub symbols: Vec<Symbol>,
    /// Section name and records, in file order.
    pub relocations: Vec<(String, Vec<[u32; 4]>)>,
}

impl Assembler {
    /// An object of these types and nothing else.
    pub fn new(endian: Endian, types: &str) -> Self {
        let mut builder = Builder::new(endian);
        let labels = notation::write(&mut builder, types);
        let (sections, symbols, relocations) = Default::default();
        Assembler { endian, types: builder, labels, sections, symbols, relocations }
    }

    /// Adds a function to the end of its section and returns its offset there, in bytes.
    pub fn function(&mut self, section: &str, name: &str, instructions: &[u8]) -> u32 {
        let position = self.sections.iter().position(|known| known.name == section).unwrap_or_else(|| {
            let (name, data) = (section.to_string(), Vec::new());
            self.sections.push(Section { name, kind: PROGBITS, flags: EXECUTABLE, data });
            self.sections.len() - 1
        });
        let data = &mut self.sections[position].data;
        let (value, size) = (data.len() as u64, instructions.len() as u64);
        data.extend_from_slice(instructions);
        let (name, section) = (name.to_string(), position as u16 + 1);
        self.symbols.push(Symbol { name, info: GLOBAL_FUNCTION, section, value, size });
        value as u32
    }

    /// Adds a relocation of the instruction at `offset` in `section`: kind, label and access string.
    pub fn relocate(&mut self, section: &str, offset: u32, kind: u32, label: &str, access: &str) {
        let root = self.labels[label].0;
        let record = [offset, root, self.types.name(access.as_bytes()), kind];
        match self.relocations.last_mut() {
            Some((last, records)) if last == section => records.push(record),
            _ => self.relocations.push((section.to_string(), vec![record])),
        }
    }

    /// The contents of `.BTF.ext`.
    pub fn ext(&mut self) -> Vec<u8> {
        if self.relocations.is_empty() {
            return Vec::new();
        }
        let mut words = vec![16];
        for (section, records) in &self.relocations {
            words.extend([self.types.name(section.as_bytes()), records.len() as u32]);
            words.extend(records.concat());
        }
        ext(self.endian, &[32, 0, 0, 0, 0, 0, words.len() as u32 * 4], &words)
    }

    /// The ELF file.
    pub fn finish(mut self) -> Vec<u8> {
        let ext = self.ext();
        let types = self.types.finish().unwrap();
        let extra = [(".BTF", types), (".BTF.ext", ext)].into_iter().filter(|(_, data)| !data.is_empty());
        self.sections.extend(extra.map(|(name, data)| Section {
            name: name.into(),
            kind: PROGBITS,
            flags: 0,
            data,
        }));
        elf(self.endian, EM_BPF, &self.sections, &self.symbols)
    }
}

/// `.BTF.ext` from the words of its header behind the flags, and the words behind the header.
pub fn ext(endian: Endian, header: &[u32], words: &[u32]) -> Vec<u8> {
    let mut out = endian.bytes16(0xeb9f).to_vec();
    out.extend([1, 0]);
    out.extend(header.iter().chain(words).flat_map(|&word| endian.bytes32(word)));
    out
}
