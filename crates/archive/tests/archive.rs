//! Real kernels: every file of the archive, which `BPFC_ARCHIVE` names and which lies beside this repository otherwise.

use bpfc_archive::{Identity, unwrap_kernel};
use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

/// The archive's kernels. Without the variable the archive may be absent; with it, it must be there.
fn kernels() -> Vec<PathBuf> {
    let named = std::env::var_os("BPFC_ARCHIVE").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/btfhub-archive");
    let required = named.is_some();
    let mut kernels = Vec::new();
    let mut directories = vec![named.unwrap_or(beside)];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => directories.push(path),
                path if path.to_string_lossy().ends_with(".btf.tar.xz") => kernels.push(path),
                _ => {}
            }
        }
    }
    assert!(!required || !kernels.is_empty(), "BPFC_ARCHIVE names no archive");
    kernels
}

#[test]
fn every_file_of_the_archive_holds_one_btf_of_the_kernel_its_path_names() {
    for path in kernels() {
        let name = path.to_string_lossy();
        let compressed = fs::read(&path).unwrap();
        let payload = unwrap_kernel(&compressed).unwrap_or_else(|error| panic!("{name}: {error}"));
        let identity = Identity::of_path(&name).unwrap_or_else(|| panic!("{name} has no identity"));
        // BTF_MAGIC in the kernel's byte order.
        let magic = if identity.arch() == "s390x" { [0xeb, 0x9f] } else { [0x9f, 0xeb] };
        assert_eq!(payload.first_chunk(), Some(&magic), "{name}");
        let Cow::Owned(payload) = payload else { panic!("{name} is not compressed") };
        assert_eq!(payload.capacity(), payload.len(), "{name}");
    }
}
