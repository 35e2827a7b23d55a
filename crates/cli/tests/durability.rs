//! What is at an output's path is the old or the new one, and nothing is left beside it.

#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs, reason = "this is test code")]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

/// An object has BTF, so it can stand for a kernel.
fn object() -> String {
    format!("{}/../../packages/fixtures/objects/bpfel/bootstrap.bpf.o", env!("CARGO_MANIFEST_DIR"))
}

/// An empty folder.
fn scratch(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("durability-{test}"));
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn bpfc(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bpfc")).args(args).env("NO_COLOR", "1").output().unwrap()
}

fn trim(out: &Path) -> Output {
    bpfc(&["trim", &object(), out.to_str().unwrap(), &object()])
}

/// A name that ends in .o would be taken for a program.
static KERNEL: LazyLock<String> = LazyLock::new(|| {
    let kernel = format!("{}/durability-kernel.btf", env!("CARGO_TARGET_TMPDIR"));
    fs::copy(object(), &kernel).unwrap();
    kernel
});

fn pack(out: &str) -> Output {
    bpfc(&["pack", &object(), "--from", &KERNEL, "-o", out])
}

#[track_caller]
fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[track_caller]
fn failed(output: &Output, code: &str) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(text.starts_with(&format!("bpfc: {code}: ")), "{text}");
}

fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

#[test]
fn a_file_is_replaced_whole_and_keeps_its_permissions() {
    let folder = scratch("file");
    let out = folder.join("out");
    fs::write(&out, "old").unwrap();
    fs::set_permissions(&out, fs::Permissions::from_mode(0o640)).unwrap();
    let old = fs::File::open(&out).unwrap();
    succeeded(&trim(&out));
    let there = fs::metadata(&out).unwrap();
    assert_ne!(there.ino(), old.metadata().unwrap().ino(), "renamed, not written into");
    assert_eq!(there.permissions().mode() & 0o777, 0o640);
    assert_eq!(names(&folder), ["out"]);
}

#[test]
fn a_file_behind_a_link_is_replaced_not_the_link() {
    let folder = scratch("link");
    symlink("real", folder.join("link")).unwrap();
    succeeded(&trim(&folder.join("link")));
    assert!(fs::symlink_metadata(folder.join("link")).unwrap().is_symlink());
    assert_eq!(names(&folder), ["link", "real"]);
}

#[test]
fn a_device_is_written_to() {
    succeeded(&trim(Path::new("/dev/null")));
}

#[test]
fn what_fails_leaves_the_old_one() {
    let folder = scratch("failure");
    let out = folder.join("out");
    fs::write(&out, "old").unwrap();
    failed(&bpfc(&["trim", "/nonexistent", out.to_str().unwrap(), &object()]), "IO_READ");
    assert_eq!(fs::read(&out).unwrap(), b"old");
    assert_eq!(names(&folder), ["out"]);
}

#[test]
fn what_a_run_elsewhere_left_goes_after_an_hour() {
    let folder = scratch("left-over");
    let left = ".out.00000000-1-1.1.tmp";
    fs::write(folder.join(left), "of another machine").unwrap();
    succeeded(&trim(&folder.join("out")));
    assert_eq!(names(&folder), [left, "out"]);
    let old = SystemTime::now() - Duration::from_secs(2 * 60 * 60);
    fs::File::options().write(true).open(folder.join(left)).unwrap().set_modified(old).unwrap();
    succeeded(&trim(&folder.join("out")));
    assert_eq!(names(&folder), ["out"]);
}

#[test]
fn a_folder_that_was_between_its_two_renames_is_put_back() {
    let folder = scratch("between");
    let left = folder.join(".pack.00000000-1-1.1.tmp");
    fs::create_dir_all(left.join("old")).unwrap();
    fs::write(left.join("old/thesis.txt"), "years of work").unwrap();
    let old = SystemTime::now() - Duration::from_secs(2 * 60 * 60);
    fs::File::open(&left).unwrap().set_modified(old).unwrap();
    failed(&pack(&format!("{}/pack/", folder.display())), "OUTPUT_NOT_A_PACK");
    assert_eq!(names(&folder), ["pack"]);
    assert_eq!(names(&folder.join("pack")), ["thesis.txt"]);
}

#[test]
fn a_folder_that_holds_a_pack_is_replaced_with_nothing_of_it_left() {
    let folder = scratch("folder");
    fs::create_dir_all(folder.join("pack/btfhub-archive")).unwrap();
    fs::write(folder.join("pack/btfhub-archive/old.btf"), "old").unwrap();
    succeeded(&pack(&format!("{}/pack/", folder.display())));
    assert_eq!(names(&folder), ["pack"]);
    assert_eq!(names(&folder.join("pack")), ["btfhub-archive", "package.json"]);
    assert_eq!(names(&folder.join("pack/btfhub-archive")), ["unknown"]);
}

#[test]
fn a_folder_that_holds_anything_else_is_not_replaced() {
    let folder = scratch("foreign");
    fs::write(folder.join("thesis.txt"), "years of work").unwrap();
    failed(&pack(&format!("{}/", folder.display())), "OUTPUT_NOT_A_PACK");
    assert_eq!(names(&folder), ["thesis.txt"]);
}
