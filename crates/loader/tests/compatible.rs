//! The predecessor's functions, held against the predecessor in tests/tests/client.rs; here, what goes beyond it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "this is test code")]

use std::fs;

use bpfc_archive::{PackContainer, PackWriter};
use bpfc_loader::{Error, generate_current_system_btf_archive_path, get_current_system_btf_file, unpack_tar};
use tempfile::tempdir;

fn pack(entries: &[(&str, &[u8])], container: PackContainer) -> Vec<u8> {
    let mut writer = PackWriter::new();
    for (path, content) in entries {
        writer.add(path, content.to_vec()).unwrap();
    }
    writer.finish(container).unwrap()
}

#[test]
fn a_pack_is_unpacked_plain_or_compressed() {
    let entries: [(&str, &[u8]); 2] = [("package.json", b"{}"), ("btfhub-archive/a/1/x86_64/r.btf", b"btf")];
    for container in [PackContainer::Tar, PackContainer::TarGzip] {
        let (package, archive) = unpack_tar(&pack(&entries, container)).unwrap();
        let (path, folder) = archive.unwrap();
        assert_eq!(package, b"{}");
        assert_eq!(path, folder.path().join("btfhub-archive"));
        assert_eq!(fs::read(path.join("a/1/x86_64/r.btf")).unwrap(), b"btf");
        drop(folder);
        assert!(!path.exists());
    }
}

#[test]
fn a_pack_without_kernels_has_no_archive_and_one_without_a_program_is_refused() {
    let (_, archive) = unpack_tar(&pack(&[("package.json", b"{}")], PackContainer::Tar)).unwrap();
    assert!(archive.is_none());
    let error = unpack_tar(&pack(&[("btfhub-archive/r.btf", b"")], PackContainer::Tar)).unwrap_err();
    assert!(matches!(&error, Error::FileReadError(file, _) if file == "package.json"), "{error}");
    let error = unpack_tar(b"no pack").unwrap_err();
    assert!(matches!(error, Error::TarUnpackError(_)), "{error}");
}

#[test]
fn the_running_kernels_path_ends_in_its_release() {
    let path = generate_current_system_btf_archive_path().unwrap();
    let uname = rustix::system::uname();
    assert!(path.ends_with(&format!("/{}.btf", uname.release().to_str().unwrap())), "{path}");
    assert_eq!(path.split('/').count(), 4);
}

#[test]
fn a_file_under_another_name_of_the_distribution_is_found() {
    let folder = tempdir().unwrap();
    let usual = folder.path().join(generate_current_system_btf_archive_path().unwrap());
    assert_eq!(get_current_system_btf_file(folder.path()).unwrap(), usual, "where it would be");

    let uname = rustix::system::uname();
    let (machine, release) = (uname.machine().to_str().unwrap(), uname.release().to_str().unwrap());
    let other = folder.path().join(format!("other/1/{machine}/{release}.btf"));
    fs::create_dir_all(other.parent().unwrap()).unwrap();
    fs::write(&other, b"btf").unwrap();
    assert_eq!(get_current_system_btf_file(folder.path()).unwrap(), other, "by its release alone");

    fs::create_dir_all(usual.parent().unwrap()).unwrap();
    fs::write(&usual, b"another").unwrap();
    assert_eq!(get_current_system_btf_file(folder.path()).unwrap(), usual, "by its name");
}
