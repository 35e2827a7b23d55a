//! The objects of `packages/fixtures`, read once.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use bpfc_btf::Endian;
use bpfc_relo::BpfObject;

/// A compiled BPF program.
pub struct Fixture {
    /// Its name and byte order, such as `bpfel/execsnoop`.
    pub name: String,
    /// The ELF file.
    pub bytes: Vec<u8>,
    /// What is in it.
    pub object: Arc<BpfObject>,
}

/// Every object of both byte orders, by name: the first byte of an input chooses one.
pub static FIXTURES: LazyLock<Vec<Fixture>> = LazyLock::new(|| {
    let mut fixtures: Vec<Fixture> =
        files("objects/bpfel").into_iter().chain(files("objects/bpfeb")).map(read).collect();
    fixtures.sort_by(|a, b| a.name.cmp(&b.name));
    fixtures
});

/// The fixture that a byte stands for.
pub fn chosen(by: u8) -> &'static Fixture {
    &FIXTURES[usize::from(by) % FIXTURES.len()]
}

/// The files in a folder of `packages/fixtures`.
pub fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packages/fixtures").join(folder);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.expect("a folder that can be read").path()).collect()
}

fn read(path: PathBuf) -> Fixture {
    let bytes = fs::read(&path).expect("a file that can be read");
    let object = Arc::new(BpfObject::parse(&bytes).expect("a valid fixture"));
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let order = match object.endian() {
        Endian::Little => "bpfel",
        Endian::Big => "bpfeb",
    };
    Fixture { name: format!("{order}/{}", file.trim_end_matches(".bpf.o")), bytes, object }
}

/// The contents of a section of a valid 64-bit ELF file.
pub fn section<'e>(elf: &'e [u8], endian: Endian, name: &str) -> Option<&'e [u8]> {
    let at = header_of(elf, endian, name)?;
    let (offset, size) = (u64_at(elf, endian, at + 0x18), u64_at(elf, endian, at + 0x20));
    elf.get(offset as usize..(offset + size) as usize)
}

/// The same ELF file with other contents in one of its sections: they stand at the end of the file.
pub fn with_section(elf: &[u8], endian: Endian, name: &str, contents: &[u8]) -> Option<Vec<u8>> {
    let at = header_of(elf, endian, name)?;
    let mut changed = elf.to_vec();
    for (field, value) in [(0x18, elf.len() as u64), (0x20, contents.len() as u64)] {
        let bytes = if endian == Endian::Little { value.to_le_bytes() } else { value.to_be_bytes() };
        changed[at + field..at + field + 8].copy_from_slice(&bytes);
    }
    changed.extend_from_slice(contents);
    Some(changed)
}

/// Where the header of the section stands (System V ABI, `Elf64_Ehdr` and `Elf64_Shdr`).
fn header_of(elf: &[u8], endian: Endian, name: &str) -> Option<usize> {
    let u16_at = |at: usize| usize::from(endian.u16([elf[at], elf[at + 1]]));
    let table = u64_at(elf, endian, 0x28) as usize;
    let (entry, count, names) = (u16_at(0x3a), u16_at(0x3c), u16_at(0x3e));
    let names = u64_at(elf, endian, table + entry * names + 0x18) as usize;
    (0..count).map(|index| table + entry * index).find(|&at| {
        let start = names + u32_at(elf, endian, at) as usize;
        elf[start..].strip_prefix(name.as_bytes()).is_some_and(|rest| rest.first() == Some(&0))
    })
}

fn u32_at(bytes: &[u8], endian: Endian, at: usize) -> u32 {
    endian.u32(*bytes[at..].first_chunk().expect("a valid fixture"))
}

fn u64_at(bytes: &[u8], endian: Endian, at: usize) -> u64 {
    let bytes = *bytes[at..].first_chunk().expect("a valid fixture");
    if endian == Endian::Little { u64::from_le_bytes(bytes) } else { u64::from_be_bytes(bytes) }
}
