//! bpftool beside us, Debian's: `gen min_core_btf` is what trims BTF today, `btf dump` is who reads it. A sample of the
//! kernels, one per series; all of them with `BPFC_FULL=1`.

#![allow(clippy::panic, reason = "this is test code")]

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use bpfc_btf::{Btf, Endian};
use bpfc_tests::findings;
use bpfc_tests::fixtures::{self, Fixture};
use bpfc_tests::kernels::{self, Kernel};
use bpfc_tests::{Result, parallel};

/// A kernel trimmed for a fixture.
struct Pair {
    /// Object and kernel.
    name: String,
    trimmed: Vec<u8>,
    types: u32,
    /// Bytes of what bpftool makes of the two; none where it fails.
    bpftool: Option<u64>,
}

/// One run answers all tests of this file.
static PAIRS: LazyLock<Result<Vec<Pair>>> = LazyLock::new(run);

fn pairs() -> &'static Vec<Pair> {
    findings::of(&PAIRS)
}

#[test]
fn where_bpftool_succeeds_its_files_are_not_smaller_in_sum() {
    let compared: Vec<_> =
        pairs().iter().filter_map(|pair| Some((pair.trimmed.len() as u64, pair.bpftool?))).collect();
    let ours: u64 = compared.iter().map(|(ours, _)| ours).sum();
    let theirs: u64 = compared.iter().map(|(_, theirs)| theirs).sum();
    println!("{} of {} pairs: {ours} bytes, bpftool {theirs} bytes", compared.len(), pairs().len());
    assert!(compared.len() * 2 > pairs().len(), "bpftool fails on most pairs");
    assert!(ours <= theirs, "{ours} bytes, bpftool {theirs} bytes");
}

#[test]
fn bpftool_reads_every_trimmed_file() {
    let different: HashMap<&[u8], &Pair> =
        pairs().iter().map(|pair| (pair.trimmed.as_slice(), pair)).collect();
    println!("{} different files of {}", different.len(), pairs().len());
    let folder = tempfile::tempdir().unwrap();
    for (number, pair) in different.values().enumerate() {
        let file = folder.path().join(format!("{number}.btf"));
        fs::write(&file, &pair.trimmed).unwrap();
        let output = bpftool(["btf".as_ref(), "dump".as_ref(), "file".as_ref(), file.as_path()]).unwrap();
        assert!(output.status.success(), "{}: {}", pair.name, String::from_utf8_lossy(&output.stderr));
        let types = output.stdout.split(|&byte| byte == b'\n').filter(|line| line.starts_with(b"["));
        assert_eq!(types.count(), pair.types as usize, "{}", pair.name);
    }
}

fn bpftool<'a>(arguments: impl IntoIterator<Item = &'a Path>) -> Result<std::process::Output> {
    let mut command = Command::new("bpftool");
    // Debian has it where only root's PATH leads.
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{path}:/usr/sbin:/sbin")).args(arguments);
    command.output().map_err(|error| format!("cannot run bpftool (Debian package bpftool): {error}").into())
}

fn run() -> Result<Vec<Pair>> {
    let little = fixtures::objects(Endian::Little)?;
    let big = fixtures::objects(Endian::Big)?;
    let mut kernels = kernels::sample()?;
    kernels.sort_by_key(|kernel| std::cmp::Reverse(kernel.compressed_size()));
    let pairs = parallel::map(
        &kernels,
        || (),
        |(), kernel| {
            let bytes = kernel.btf()?;
            let btf = Btf::parse(&bytes)?;
            trim(kernel, &btf, if btf.endian() == Endian::Little { &little } else { &big })
        },
    )?;
    Ok(pairs.into_iter().flatten().collect())
}

fn trim(kernel: &Kernel, btf: &Btf, fixtures: &[Fixture]) -> Result<Vec<Pair>> {
    let folder = tempfile::tempdir()?;
    let full = folder.path().join("full.btf");
    fs::write(&full, btf.bytes())?;
    let mut pairs = Vec::new();
    for fixture in fixtures {
        let trimmed = fixture.trimmer.trim(btf)?;
        // It cannot trim big-endian BTF: it refuses the object.
        let bpftool = match btf.endian() {
            Endian::Little => size_by_bpftool(&full, &folder.path().join("bpftool.btf"), &fixture.path)?,
            Endian::Big => None,
        };
        let name = format!("{} on {}", fixture.name, kernel.name);
        pairs.push(Pair { name, trimmed: trimmed.btf, types: trimmed.types, bpftool });
    }
    Ok(pairs)
}

/// Bytes of the BTF that bpftool trims out of `full`; none where it fails.
fn size_by_bpftool(full: &Path, output: &PathBuf, object: &Path) -> Result<Option<u64>> {
    let done = bpftool(["gen".as_ref(), "min_core_btf".as_ref(), full, output, object])?;
    Ok(if done.status.success() { Some(fs::metadata(output)?.len()) } else { None })
}
