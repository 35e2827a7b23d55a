//! A BPF object as a relocation tool sees it: programs, maps and questions to the kernel.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use bpfc_btf::{Btf, Code, Endian, Kind, TypeId};

use crate::access::Spec;
use crate::elf::{Elf, INSTRUCTION};
use crate::ext::{Ext, ExtSection};
use crate::source::Lines;
use crate::{Error, Requirement, ext, globals, requirements};

/// Bytes read of a name, which can be as long as the file; the linker names sections in fewer.
pub(crate) const MAX_NAME: usize = 4096;

/// Bytes read of an access string; 64 path entries take 700.
const MAX_ACCESS: usize = 1024;

/// The largest real objects have some hundred maps.
const MAX_MAPS: usize = 1 << 14;

/// A compiled BPF object. Owns what it keeps of the file.
#[derive(Clone, Debug)]
pub struct BpfObject {
    pub(crate) endian: Endian,
    pub(crate) btf: Btf<'static>,
    pub(crate) license: Option<Vec<u8>>,
    pub(crate) programs: Vec<Program>,
    pub(crate) maps: Vec<Map>,
    pub(crate) relocations: Vec<Relocation>,
    pub(crate) specs: Vec<Spec>,
    pub(crate) requirements: Vec<Requirement>,
    true_flags: BTreeSet<String>,
    pub(crate) lines: Lines,
    pub(crate) has_ext: bool,
}

/// A function of the object: an entry point, or a subprogram in `.text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Name of the function.
    pub name: String,
    /// ELF section, such as `kprobe/do_unlinkat`.
    pub section: String,
    pub(crate) section_index: usize,
    /// Offset in the section, in bytes.
    pub offset: u64,
    /// The instructions, 8 bytes each, in the object's byte order.
    pub instructions: Vec<u8>,
    /// Whether libbpf loads it without being asked: not for `SEC("?...")`.
    pub autoload: bool,
    /// Whether it is in `.text`, called by programs rather than attached.
    pub subprogram: bool,
}

/// Where a map is defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapKind {
    /// In `.maps`, by BTF.
    Btf,
    /// In `maps`, the form libbpf 1.0 dropped.
    Legacy,
    /// A section of global variables, which libbpf makes an array of.
    Data,
}

/// A map of the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Map {
    /// C name of the map, or the name of the data section.
    pub name: String,
    /// ELF section that defines it.
    pub section: String,
    /// Where it is defined.
    pub kind: MapKind,
}

/// A CO-RE relocation record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relocation {
    /// ELF section of the instruction; none where the record names none.
    pub section: Option<Arc<str>>,
    /// Offset of the instruction in its section, in bytes.
    pub offset: u32,
    /// Position of the program in [`BpfObject::programs`]; none when no program holds the
    /// instruction, such as after the linker dropped a weak function.
    pub program: Option<usize>,
    /// Position of the question in [`BpfObject::specs`].
    pub spec: usize,
}

impl BpfObject {
    /// Reads an ELF file compiled by `clang -target bpf -g`.
    ///
    /// # Errors
    /// What is no BPF object, is damaged or has no BTF. An object without relocations is fine.
    pub fn parse(data: &[u8]) -> Result<BpfObject, Error> {
        let elf = Elf::parse(data)?;
        let btf = elf.contents(b".BTF").filter(|bytes| !bytes.is_empty());
        let btf = btf.ok_or(Error::elf(Code::NoBtf, elf.sections.len() as u64))?;
        let btf = Btf::parse(btf.to_vec())?.with_pointer_size(crate::values::BPF_POINTER);
        let programs = elf.programs()?;
        let extra = elf.contents(b".BTF.ext");
        let Ext { lines, relocations } =
            extra.map_or(Ok(Ext::default()), |bytes| ext::parse(bytes, elf.endian))?;
        let mut object = BpfObject {
            endian: elf.endian,
            license: elf.contents(b"license").map(license),
            maps: maps(&elf, &btf)?,
            true_flags: globals::true_flags(&elf, &btf),
            btf,
            programs,
            relocations: Vec::new(),
            specs: Vec::new(),
            requirements: Vec::new(),
            lines: Lines::default(),
            has_ext: extra.is_some(),
        };
        object.lines = Lines::new(&lines, |block| elf.section_index(object.section_name(block)));
        object.add_relocations(&elf, &relocations);
        object.requirements = requirements::find(&elf, &object)?;
        Ok(object)
    }

    fn section_name(&self, block: &ExtSection) -> &[u8] {
        self.btf.string_start(block.name, MAX_NAME)
    }

    fn add_relocations(&mut self, elf: &Elf, blocks: &[ExtSection]) {
        let mut known = HashMap::new();
        for block in blocks {
            let name = self.section_name(block);
            let index = elf.section_index(name);
            let section = (!name.is_empty()).then(|| Arc::from(String::from_utf8_lossy(name)));
            for &[offset, root, access, kind] in &block.records {
                // The compiler keeps each string once, so that equal questions have equal offsets.
                let spec = *known.entry((root, access, kind)).or_insert_with(|| {
                    let access = self.btf.string_start(access, MAX_ACCESS);
                    self.specs.push(Spec::parse(&self.btf, TypeId(root), access, kind));
                    self.specs.len() - 1
                });
                let program = index.and_then(|index| self.program_at(index, u64::from(offset)));
                self.relocations.push(Relocation { section: section.clone(), offset, program, spec });
            }
        }
    }

    /// libbpf: `find_prog_by_sec_insn`, which counts whole instructions.
    pub(crate) fn program_at(&self, section: usize, offset: u64) -> Option<usize> {
        let offset = offset - offset % INSTRUCTION as u64;
        let after = self.programs.partition_point(|p| (p.section_index, p.offset) <= (section, offset));
        let position = after.checked_sub(1)?;
        let program = self.programs.get(position)?;
        let inside = offset < program.offset + program.instructions.len() as u64;
        (program.section_index == section && inside).then_some(position)
    }

    /// Byte order of the object, and of every kernel it can be loaded on.
    pub fn endian(&self) -> Endian {
        self.endian
    }

    /// The object's own types.
    pub fn btf(&self) -> &Btf<'static> {
        &self.btf
    }

    /// The license, as `SEC("license")` has it.
    pub fn license(&self) -> Option<String> {
        self.license.as_ref().map(|text| String::from_utf8_lossy(text).into_owned())
    }

    /// Functions, by section and offset.
    pub fn programs(&self) -> &[Program] {
        &self.programs
    }

    /// Maps, in the order of their definition, data sections last.
    pub fn maps(&self) -> &[Map] {
        &self.maps
    }

    /// Relocation records, in file order: the order libbpf resolves them in.
    pub fn relocations(&self) -> &[Relocation] {
        &self.relocations
    }

    /// The different questions that the relocations ask.
    pub fn specs(&self) -> &[Spec] {
        &self.specs
    }

    /// What the programs need that no pack serves: by program, the object's own last.
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// Whether a `bool` variable of `.rodata` is true where nobody sets it.
    pub fn starts_true(&self, variable: &str) -> bool {
        self.true_flags.contains(variable)
    }

    /// Whether there is a `.BTF.ext` section at all.
    pub fn has_ext(&self) -> bool {
        self.has_ext
    }

    /// Machine whose registers the object reads (as `uname -m` prints it), when its types show one:
    /// x86 and arm64 builds of the same source are otherwise the same file. The names are those of
    /// include/uapi/asm/ptrace.h and arch/*/include/asm/ptrace.h.
    pub fn machine(&self) -> Option<&'static str> {
        const REGISTERS: [(&[u8], &[u8], &str); 7] = [
            (b"pt_regs", b"di", "x86_64"),
            (b"pt_regs", b"rdi", "x86_64"),
            (b"user_pt_regs", b"pstate", "aarch64"),
            (b"user_pt_regs", b"regs", "aarch64"),
            (b"user_pt_regs", b"gprs", "s390x"),
            (b"user_regs_struct", b"a0", "riscv64"),
            (b"pt_regs", b"gpr", "ppc64le"),
        ];
        // s390's registers are a typedef of an anonymous struct.
        let named = self.btf.kinds().filter(|&(_, kind)| matches!(kind, Kind::Struct | Kind::Typedef));
        let structs = named.filter_map(|(id, _)| Some((id, self.btf.skip_modifiers(id).ok()?.1)));
        let members = structs.flat_map(|(id, ty)| ty.members().map(move |member| (id, member)));
        let mut found = members.filter_map(|(id, member)| {
            let name = crate::essential_name(self.btf.name(id));
            let register = self.btf.string(member.name);
            let known = REGISTERS.iter().find(|(ty, member, _)| *ty == name && *member == register);
            known.map(|(.., machine)| *machine)
        });
        let machine = found.next()?;
        // Registers of two machines: a program that supports both and chooses at run time.
        found.all(|other| other == machine).then_some(machine)
    }
}

impl Error {
    pub(crate) fn elf(code: Code, value: u64) -> Error {
        Error::Btf(bpfc_btf::Error::at(code, 0, value))
    }
}

fn license(text: &[u8]) -> Vec<u8> {
    text.split(|&byte| byte == 0).next().unwrap_or(text).to_vec()
}

/// Maps of `.maps` by their variables in the BTF, of `maps` by the section, and the sections that
/// libbpf makes arrays of global variables from.
///
/// A variable counts once: a section of a hostile object can name one any number of times.
fn maps(elf: &Elf, btf: &Btf) -> Result<Vec<Map>, Error> {
    let name = |id: TypeId| btf.string_start(btf.ty(id).name_offset(), MAX_NAME);
    let mut maps = Vec::new();
    let mut seen = BTreeSet::new();
    let defined = btf.kinds().filter(|&(id, kind)| kind == Kind::Datasec && name(id) == b".maps");
    for variable in defined.flat_map(|(id, _)| btf.ty(id).variables()) {
        if !seen.insert(variable.ty) {
            continue;
        }
        if seen.len() > MAX_MAPS {
            return Err(Error::Program { name: ".maps".into(), at: u64::from(variable.offset) });
        }
        let name = String::from_utf8_lossy(name(variable.ty)).into_owned();
        maps.push(Map { name, section: ".maps".into(), kind: MapKind::Btf });
    }
    for section in &elf.sections {
        let is = |prefix: &[u8]| {
            section.name.strip_prefix(prefix).is_some_and(|rest| matches!(rest.first(), None | Some(b'.')))
        };
        let name = || String::from_utf8_lossy(section.name).into_owned();
        let data = is(b".data") || is(b".rodata") || is(b".bss") || section.name == b".kconfig";
        if data && section.size > 0 {
            maps.push(Map { name: name(), section: name(), kind: MapKind::Data });
        } else if section.name == b"maps" {
            maps.push(Map { name: name(), section: name(), kind: MapKind::Legacy });
        }
    }
    Ok(maps)
}
