//! The header is what cbindgen makes of the crate, and speaks of this version.

#![allow(clippy::unwrap_used, reason = "this is test code")]

use std::fs;
use std::path::Path;

use bpf_compatible::{BPF_COMPATIBLE_MAJOR, BPF_COMPATIBLE_MINOR};

fn here(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn the_header_is_what_the_crate_says() {
    let mut made = Vec::new();
    cbindgen::generate(here("")).unwrap().write(&mut made);
    let made = String::from_utf8(made).unwrap();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(here("include/btf_core.h"), &made).unwrap();
    }
    assert_eq!(fs::read_to_string(here("include/btf_core.h")).unwrap(), made, "UPDATE=1 writes it anew");
}

#[test]
fn header_and_library_are_of_one_version() {
    let version = format!("{BPF_COMPATIBLE_MAJOR}.{BPF_COMPATIBLE_MINOR}.");
    assert!(env!("CARGO_PKG_VERSION").starts_with(&version), "{version}");
}

#[test]
fn every_function_of_the_header_is_exported_with_a_version() {
    let header = fs::read_to_string(here("include/btf_core.h")).unwrap();
    let map = fs::read_to_string(here("libbpf_compatible.map")).unwrap();
    let (_, map) = map.split_once("global:").unwrap();
    let (exported, _) = map.split_once("local:").unwrap();
    let mut exported: Vec<&str> =
        exported.split(';').map(str::trim).filter(|name| !name.is_empty()).collect();
    exported.sort_unstable();
    let declared = header
        .lines()
        .filter(|line| !line.starts_with([' ', '\t', '/', '#', '}']) && !line.starts_with("static "));
    let mut declared: Vec<&str> = declared
        .filter_map(|line| line.split_once('(')?.0.rsplit([' ', '*']).next())
        .filter(|name| !name.is_empty() && !name.starts_with("__"))
        .collect();
    declared.sort_unstable();
    assert_eq!(declared, exported);
}
