//! Kernels in any form give the same BTF.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "this is test code")]

use bpfc_archive::{PackContainer, PackWriter};
use bpfc_btf::{Builder, Endian, IntEncoding};
use bpfc_pack::KernelSource;

fn kernel() -> Vec<u8> {
    let mut builder = Builder::new(Endian::Little);
    builder.int(b"int", 4, IntEncoding::Signed, 32);
    builder.finish().unwrap()
}

fn opened(bytes: &[u8]) -> Result<Vec<u8>, &'static str> {
    let read = || {
        let source = KernelSource::open(bytes)?;
        source.parse()?;
        source.into_bytes()
    };
    read().map_err(|error: bpfc_pack::Error| error.code())
}

#[test]
fn raw_tar_and_gzip_hold_the_same_btf() {
    let mut archive = PackWriter::new();
    archive.add("5.4.0.btf", kernel()).unwrap();
    assert_eq!(opened(&kernel()), Ok(kernel()));
    for container in [PackContainer::Tar, PackContainer::TarGzip] {
        assert_eq!(opened(&archive.finish(container).unwrap()), Ok(kernel()));
    }
}

#[test]
fn an_elf_file_gives_its_btf_section() {
    let object = concat!(env!("CARGO_MANIFEST_DIR"), "/../../packages/fixtures/objects/bpfel/flavors.bpf.o");
    let bytes = std::fs::read(object).unwrap();
    let btf = opened(&bytes).unwrap();
    assert!(bytes.windows(btf.len()).any(|window| window == btf), "the section, as it is");
}

#[test]
fn errors_of_all_crates_have_one_face() {
    assert_eq!(opened(b"neither"), Err("BTF_MAGIC"));
    assert_eq!(opened(b"\x7fELF"), Err("ELF_MALFORMED"));
    assert_eq!(opened(b"\xfd7zXZ\0"), Err("XZ_CORRUPT"));
    let empty = PackWriter::new().finish(PackContainer::TarGzip).unwrap();
    assert_eq!(opened(&empty), Err("ARCHIVE_EMPTY"));
}
