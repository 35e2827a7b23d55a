//! Packs inside programs.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "this is test code")]

use bpfc_pack::{c_header, linkable_object};
use object::{Object, ObjectSection, ObjectSymbol};

const PACK: &[u8] = b"the bytes of a pack";

#[test]
fn the_symbols_enclose_the_pack_and_size_is_a_number() {
    for machine in ["x86_64", "i686", "aarch64", "s390x", "riscv64", "ppc64le", "loongarch64"] {
        let bytes = linkable_object(PACK, machine).unwrap();
        let elf = object::File::parse(&*bytes).unwrap();
        assert_eq!(elf.is_little_endian(), machine != "s390x", "{machine}");
        let symbol = |suffix: &str| {
            let name = format!("_binary_min_core_btfs_tar_gz_{suffix}");
            let symbol = elf.symbols().find(|symbol| symbol.name() == Ok(&name)).unwrap();
            assert!(symbol.is_global(), "{machine} {name}");
            (symbol.address(), symbol.section())
        };
        let data = elf.section_by_name(".rodata").unwrap();
        let here = object::SymbolSection::Section(data.index());
        assert_eq!(data.data().unwrap(), PACK);
        assert_eq!(symbol("start"), (0, here));
        assert_eq!(symbol("end"), (PACK.len() as u64, here));
        assert_eq!(symbol("size"), (PACK.len() as u64, object::SymbolSection::Absolute));
        assert!(elf.section_by_name(".note.GNU-stack").is_some());
    }
}

#[test]
fn a_machine_whose_objects_are_not_known_has_none() {
    for machine in ["", "mips64", "arm64", "vax"] {
        assert_eq!(linkable_object(PACK, machine), None, "{machine}");
    }
}

#[test]
fn the_header_has_every_byte_of_the_pack_and_names_its_ends() {
    let every: Vec<u8> = (0..=255).collect();
    let text = c_header(&every);
    let (_, array) = text.split_once("[256] = {\n").unwrap();
    let (array, rest) = array.split_once("};").unwrap();
    let bytes: Vec<u8> =
        array.replace('\n', "").split_terminator(',').map(|byte| byte.parse().unwrap()).collect();
    assert_eq!(bytes, every);
    assert!(rest.contains("#define _binary_min_core_btfs_tar_gz_start min_core_btfs_tar_gz\n"));
    assert!(rest.contains("#define _binary_min_core_btfs_tar_gz_end "));
}
