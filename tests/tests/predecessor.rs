//! A program written for `bpf-compatible-rs`: with `bpfc-loader` under its name it compiles, and does the same.

#![allow(clippy::unwrap_used, reason = "this is test code")]

use bpfc_archive::{Identity, PackContainer, PackWriter};

/// A program that uses everything that the library `$library` has.
macro_rules! program {
    ($program:ident, $library:ident) => {
        mod $program {
            use std::fs;

            use $library::tempfile::TempDir;
            use $library::{
                BtfArchive, Error, Result, generate_current_system_btf_archive_path,
                get_current_system_btf_file, tar, unpack_tar,
            };

            /// What is in a pack: its program's description, and the BTF of the running kernel.
            pub fn open(pack: &[u8]) -> Result<(Vec<u8>, Option<Vec<u8>>)> {
                let (package, archive): (Vec<u8>, BtfArchive) = unpack_tar(pack)?;
                let Some((folder, guard)) = archive else {
                    return Ok((package, None));
                };
                let _: &TempDir = &guard;
                let file = get_current_system_btf_file(&folder)?;
                assert_eq!(file, folder.join(generate_current_system_btf_archive_path()?));
                let name = file.display().to_string();
                let btf = fs::read(file).map_err(|error| Error::FileReadError(name, error))?;
                Ok((package, Some(btf)))
            }

            pub fn kind(error: $library::error::Error) -> &'static str {
                match error {
                    Error::OsReleaseError(_) => "os-release",
                    Error::UnameError(_) => "uname",
                    Error::TempDirError(_) => "temporary folder",
                    Error::TarUnpackError(_) => "tar",
                    Error::FileReadError(_, _) => "file",
                }
            }

            pub fn count(pack: &[u8]) -> usize {
                tar::Archive::new(pack).entries().unwrap().count()
            }
        }
    };
}

program!(before, bpf_compatible_rs);
program!(after, bpfc_loader);

fn pack(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = PackWriter::new();
    for (path, content) in files {
        writer.add(path, content.to_vec()).unwrap();
    }
    writer.finish(PackContainer::Tar).unwrap()
}

#[test]
fn it_gets_the_running_kernels_btf() {
    let running = bpfc_loader::generate_current_system_btf_archive_path().unwrap();
    let entry = Identity::of_path(&running).unwrap().pack_path();
    let pack = pack(&[("package.json", b"{}"), (&entry, b"its BTF")]);
    let expected = (b"{}".to_vec(), Some(b"its BTF".to_vec()));
    assert_eq!(before::open(&pack).unwrap(), expected);
    assert_eq!(after::open(&pack).unwrap(), expected);
    assert_eq!(before::count(&pack), after::count(&pack));
}

#[test]
fn it_gets_the_program_alone_where_there_are_no_btfs() {
    let pack = pack(&[("package.json", b"{}")]);
    assert_eq!(before::open(&pack).unwrap(), (b"{}".to_vec(), None));
    assert_eq!(after::open(&pack).unwrap(), (b"{}".to_vec(), None));
}

#[test]
fn it_gets_the_same_kind_of_error() {
    let elsewhere = "btfhub-archive/ubuntu/20.04/x86_64/0.0.0-0.btf";
    let lacking = pack(&[("package.json", b"{}"), (elsewhere, b"another's BTF")]);
    for (pack, kind) in [
        (pack(&[("readme", b"")]), "file"),
        (lacking, "file"),
        (b"no tar, and longer than one of its blocks".repeat(30), "tar"),
    ] {
        assert_eq!(before::kind(before::open(&pack).unwrap_err()), kind);
        assert_eq!(after::kind(after::open(&pack).unwrap_err()), kind);
    }
}
