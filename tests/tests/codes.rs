//! Every error code of the repository: said once, in one form, and explained in docs/errors.md.

#![allow(clippy::unwrap_used, clippy::panic, reason = "this is test code")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use bpfc_archive::ArchiveError;
use bpfc_btf::Code;
use bpfc_image::ImageError;
use bpfc_loader::LoaderError;
use bpfc_pack::CommandCode;
use bpfc_relo::{Error, Failure};

/// The TypeScript files that define codes, each in one `... = {` ... `} as const;`.
const CORE: [&str; 3] =
    ["packages/core/src/error.ts", "packages/wasi/src/error.ts", "packages/hub/src/error.ts"];
/// These say some codes of the crates again.
const FACES: [&str; 4] = [
    "packages/btf-pack/src/errors.ts",
    "packages/image/src/error.ts",
    "packages/loader/src/error.ts",
    "apps/preview/src/engine/failure.ts",
];

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn codes_of_formats() -> Vec<String> {
    let btf = Code::ALL.into_iter().map(Code::name);
    let refusals = Failure::ALL.iter().map(|failure| failure.code());
    let own = bpfc_pack::Error::CODES.into_iter().chain(LoaderError::CODES);
    btf.chain(Error::CODES)
        .chain(own)
        .chain(refusals)
        .chain(ArchiveError::codes())
        .chain(ImageError::codes())
        .map(str::to_owned)
        .collect()
}

fn codes_of_commands() -> Vec<String> {
    CommandCode::ALL.iter().map(|code| code.name().to_owned()).collect()
}

fn codes_of_rust() -> Vec<String> {
    codes_of_formats().into_iter().chain(codes_of_commands()).collect()
}

fn codes_in(file: &str) -> Vec<String> {
    let text = fs::read_to_string(repository(file)).unwrap();
    let (_, rest) = text.split_once("Code = {").unwrap_or_else(|| panic!("{file} defines no codes"));
    let (table, _) = rest.split_once("} as const;").unwrap();
    quoted(table, '\'')
}

fn codes_of_typescript() -> Vec<String> {
    let crates = codes_of_rust();
    let own = FACES.into_iter().flat_map(codes_in).filter(|code| !crates.contains(code));
    CORE.into_iter().flat_map(codes_in).chain(own).collect()
}

fn all_codes() -> Vec<String> {
    codes_of_rust().into_iter().chain(codes_of_typescript()).collect()
}

/// What stands in quotes and looks like a code.
fn quoted(text: &str, quote: char) -> Vec<String> {
    text.split(quote).filter(|text| is_code(text)).map(str::to_owned).collect()
}

fn is_code(text: &str) -> bool {
    let is_word =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    text.starts_with(|c: char| c.is_ascii_uppercase()) && text.split('_').all(is_word) && text.len() > 1
}

fn sources(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, extension, found);
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
}

#[test]
fn a_code_belongs_to_one_kind_of_error() {
    let mut seen = BTreeSet::new();
    for code in all_codes() {
        assert!(seen.insert(code.clone()), "{code} is defined twice");
    }
}

#[test]
fn codes_are_screaming_snake() {
    for code in all_codes() {
        assert!(is_code(&code), "{code}");
    }
}

#[test]
fn every_code_in_the_crates_is_in_their_lists() {
    let families: BTreeSet<String> =
        codes_of_formats().iter().map(|code| code.split('_').next().unwrap().to_owned()).collect();
    let listed: BTreeSet<String> = codes_of_rust().into_iter().collect();
    let mut files = Vec::new();
    sources(&repository("crates"), "rs", &mut files);
    // Tests name other things too, such as the kernel's CONFIG_HZ.
    for file in files.iter().filter(|file| file.components().all(|part| part.as_os_str() != "tests")) {
        for code in quoted(&fs::read_to_string(file).unwrap(), '"') {
            let family = code.split('_').next().unwrap();
            if code.contains('_') && families.contains(family) {
                assert!(listed.contains(&code), "{} says {code}", file.display());
            }
        }
    }
}

#[test]
fn every_code_is_explained_and_nothing_else_is() {
    let text = fs::read_to_string(repository("docs/errors.md")).unwrap();
    // | `CODE` | meaning | way out |
    let explained: Vec<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(code, _)| code.to_owned())
        .collect();
    for line in text.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        assert!(cells.len() == 3 && cells.iter().all(|cell| !cell.is_empty()), "{line}");
    }
    let different: BTreeSet<&String> = explained.iter().collect();
    assert_eq!(different.len(), explained.len(), "a code is explained twice");
    assert_eq!(different, all_codes().iter().collect());
}
