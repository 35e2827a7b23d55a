//! A pack inside a program: as an object to link, or as a C header to include.

use std::fmt::Write;

use object::write::{Object, StandardSection, Symbol, SymbolSection};
use object::{Architecture, BinaryFormat, Endianness, SectionKind, SymbolFlags, SymbolKind, SymbolScope};

/// What `ld -r -b binary min_core_btfs.tar.gz` names its symbols after; bcc's `btf_helpers.c` and bpf-compatible's C
/// library ask the linker for `_binary_min_core_btfs_tar_gz_start` and `_end`.
const NAME: &str = "min_core_btfs_tar_gz";

/// Bytes on one line of a header.
const PER_LINE: usize = 20;

/// A relocatable ELF object for `machine`, as `uname -m` prints it, that holds the pack between the symbols
/// `_binary_min_core_btfs_tar_gz_start` and `_end`; the value of `_size` is its length. Nothing for a machine that is
/// not known here.
///
/// `ld -r -b binary` makes the same but for two things: the bytes are read-only, and the object says that it needs no
/// executable stack, without which newer linkers warn.
pub fn linkable_object(pack: &[u8], machine: &str) -> Option<Vec<u8>> {
    let (architecture, endianness) = architecture(machine)?;
    let mut object = Object::new(BinaryFormat::Elf, architecture, endianness);
    let data = object.section_id(StandardSection::ReadOnlyData);
    object.set_section_data(data, pack, 1);
    object.add_section(Vec::new(), b".note.GNU-stack".to_vec(), SectionKind::Other);
    let size = pack.len() as u64;
    let symbols = [
        ("start", 0, SymbolSection::Section(data)),
        ("end", size, SymbolSection::Section(data)),
        ("size", size, SymbolSection::Absolute),
    ];
    for (suffix, value, section) in symbols {
        object.add_symbol(Symbol {
            name: format!("_binary_{NAME}_{suffix}").into_bytes(),
            value,
            size: 0,
            kind: SymbolKind::Label,
            // Visible also where a program links a shared library that asks for them.
            scope: SymbolScope::Dynamic,
            weak: false,
            section,
            flags: SymbolFlags::None,
        });
    }
    object.write().ok()
}

/// Machines whose objects differ by their header alone, so that one with nothing but data links with any other.
fn architecture(machine: &str) -> Option<(Architecture, Endianness)> {
    let little = |architecture| Some((architecture, Endianness::Little));
    match machine {
        "aarch64" => little(Architecture::Aarch64),
        "i386" | "i486" | "i586" | "i686" => little(Architecture::I386),
        "loongarch64" => little(Architecture::LoongArch64),
        "ppc64le" => little(Architecture::PowerPc64),
        "riscv64" => little(Architecture::Riscv64),
        "s390x" => Some((Architecture::S390x, Endianness::Big)),
        "x86_64" => little(Architecture::X86_64),
        _ => None,
    }
}

/// A C header (C89, also C++) that holds the pack as an array, with macros for those who know the symbols of the
/// linked object.
pub fn c_header(pack: &[u8]) -> String {
    let mut text = format!(
        "/*\n * BTFs of kernels, a gzipped tar, made by btf-pack.\n *\n\
         * The names of the object that `ld -r -b binary` makes stand for the array's ends, so that code written for it\n\
         * compiles without its extern declarations:\n *   _binary_{NAME}_start\n *   _binary_{NAME}_end\n */\n\
         #ifndef MIN_CORE_BTFS_TAR_GZ_H\n#define MIN_CORE_BTFS_TAR_GZ_H\n\n\
         static const unsigned char {NAME}[{}] = {{\n",
        pack.len()
    );
    for line in pack.chunks(PER_LINE) {
        for byte in line {
            // Writing into a string cannot fail.
            let _ = write!(text, "{byte},");
        }
        text.push('\n');
    }
    let _ = write!(
        text,
        "}};\n\n#define _binary_{NAME}_start {NAME}\n#define _binary_{NAME}_end ({NAME} + sizeof({NAME}))\n\n#endif\n"
    );
    text
}
