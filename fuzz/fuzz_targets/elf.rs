//! The `.BTF` section of ELF files of any class and machine, and kernels in ELF files.
#![no_main]

use bpfc_archive::{Container, sniff};
use bpfc_btf::elf;
use bpfc_pack::KernelSource;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let section = elf::btf_section(data);
    if !elf::sniff(data) {
        assert!(section.is_err());
    } else if sniff(data) == Container::Raw {
        // Bytes that are ELF and, a block long, a tar header as well count as the latter.
        let source = KernelSource::open(data).expect("what is in no container is taken as it is");
        assert_eq!(source.bytes().ok(), section.ok());
        let _ = source.parse();
    }
});
