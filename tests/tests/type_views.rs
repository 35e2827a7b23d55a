//! What is shown of single types: the layouts of real kernels' structs have pahole's gaps, their definitions are the header's
//! that `dump` writes, which `c_dump.rs` holds against clang. A sample of the kernels, one per series, and the running one; all
//! of them with `BPFC_FULL=1`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "this is test code")]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use bpfc_btf::{Btf, Error, Kind, LayoutContent, TypeId, dump};
use bpfc_tests::{Result, findings, kernels, parallel};

const RUNNING: &str = "/sys/kernel/btf/vmlinux";

/// Bytes beyond which a compressed kernel is read with `BPFC_FULL=1` only.
const LARGEST: u64 = 2 << 20;

/// What one kernel's types are shown as.
struct Shown {
    kernel: String,
    /// Structs and definitions that were compared.
    layouts: usize,
    definitions: usize,
    differences: Vec<String>,
}

#[test]
fn layouts_have_paholes_gaps_and_definitions_are_the_headers() {
    let mut kernels = kernels::sample().unwrap();
    kernels.retain(|kernel| kernels::is_full() || kernel.compressed_size() <= LARGEST);
    let mut all = parallel::map(&kernels, || (), |(), kernel| shown(&kernel.name, kernel.btf()?)).unwrap();
    if Path::new(RUNNING).exists() && kernels.iter().all(|kernel| kernel.name != "running") {
        all.push(shown("running", fs::read(RUNNING).unwrap()).unwrap());
    }
    for Shown { kernel, layouts, definitions, differences } in all {
        println!("{kernel}: {layouts} structs as pahole has them, {definitions} definitions as the header's");
        findings::assert_none(&differences);
        assert!(layouts > 3_000 && definitions > 5_000, "{kernel} has thousands of types");
    }
}

fn shown(kernel: &str, bytes: Vec<u8>) -> Result<Shown> {
    let btf = Btf::parse(bytes)?;
    let mut differences = Vec::new();
    let layouts = layouts(&btf, &mut differences)?;
    let definitions = definitions(&btf, &mut differences)?;
    Ok(Shown { kernel: kernel.to_owned(), layouts, definitions, differences })
}

/// Bits of gaps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Gaps {
    /// Whole bytes without a member.
    bytes: u64,
    /// Of the integers that bitfields are in.
    bits: u64,
}

/// By depth the holes; the padding of the struct itself.
type Found = (BTreeMap<usize, Gaps>, Gaps);

/// Compares the gaps of every named struct that has its name alone.
fn layouts(btf: &Btf, differences: &mut Vec<String>) -> Result<usize> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("types.btf");
    fs::write(&file, btf.bytes())?;
    let output = Command::new("pahole").args(["-F", "btf"]).arg(&file).output()?;
    if !output.status.success() {
        return Err(format!("pahole failed:\n{}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let mut names: HashMap<&[u8], Vec<TypeId>> = HashMap::new();
    for (id, _) in btf.kinds().filter(|(_, kind)| kind.is_composite()) {
        names.entry(btf.name(id)).or_default().push(id);
    }
    let mut compared = 0;
    for (name, theirs) in paholes(&text) {
        let Some(&[id]) = names.get(name.as_bytes()).map(Vec::as_slice) else { continue };
        let ours = ours(btf, id)?;
        if ours != theirs {
            differences.push(format!("struct {name}: {ours:?}, and pahole {theirs:?}"));
        }
        compared += 1;
    }
    Ok(compared)
}

fn ours(btf: &Btf, id: TypeId) -> Result<Found> {
    let (mut holes, mut padding) = (BTreeMap::<usize, Gaps>::new(), Gaps::default());
    for part in btf.layout(id)?.ok_or("no layout")?.parts {
        let gaps = match part.what {
            LayoutContent::Hole => holes.entry(part.depth).or_default(),
            LayoutContent::Padding if part.depth == 0 => &mut padding,
            _ => continue,
        };
        *(if part.bitfield { &mut gaps.bits } else { &mut gaps.bytes }) += part.bit_size;
    }
    Ok((holes, padding))
}

/// The gaps of each struct that pahole prints.
fn paholes(text: &str) -> Vec<(&str, Found)> {
    let mut structs = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix("struct ").and_then(|rest| rest.strip_suffix(" {")) {
            structs.push((name, gaps_of(lines.by_ref().take_while(|line| !line.starts_with('}')))));
        }
    }
    structs
}

fn gaps_of<'t>(body: impl Iterator<Item = &'t str>) -> Found {
    // Those of the struct itself, and of each that is open inside it.
    let mut open = vec![BTreeMap::<usize, Gaps>::from([(0, Gaps::default())])];
    let mut padding = Gaps::default();
    for line in body {
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |at: usize| words[at].trim_end_matches(',').parse::<u64>().unwrap();
        let innermost = open.last_mut().unwrap().entry(0).or_default();
        match words[..] {
            ["/*", "XXX", _, "bit" | "bits", "hole,", ..] => innermost.bits += number(2),
            ["/*", "XXX", _, "byte" | "bytes", "hole,", ..] => innermost.bytes += number(2) * 8,
            ["/*", "padding:", _, "*/"] if open.len() == 1 => padding.bytes = number(2) * 8,
            ["/*", "bit_padding:", ..] if open.len() == 1 => padding.bits = number(2),
            [.., "{"] => open.push(BTreeMap::new()),
            [first, ..] if first.starts_with('}') => {
                let inner = open.pop().unwrap();
                let declared = line.split("/*").next().unwrap();
                // What a pointer leads to and an array is of is printed, too.
                if !declared.contains(['*', '[']) {
                    let around = open.last_mut().unwrap();
                    for (depth, gaps) in inner {
                        let sum = around.entry(depth + 1).or_default();
                        sum.bits += gaps.bits;
                        sum.bytes += gaps.bytes;
                    }
                }
            }
            _ => {}
        }
    }
    let mut holes = open.pop().unwrap();
    holes.retain(|_, gaps| *gaps != Gaps::default());
    (holes, padding)
}

/// Looks for the definition of every named type in the header of all.
fn definitions(btf: &Btf, differences: &mut Vec<String>) -> Result<usize> {
    let header = dump::c(btf, None)?;
    let blocks: HashSet<String> = header.split("\n\n").map(without_numbers).collect();
    let mut compared = 0;
    for (id, kind) in btf.kinds() {
        let defined = kind.is_composite() || kind == Kind::Typedef || kind.is_enum() && btf.ty(id).vlen() > 0;
        // The compiler's own type is in no header.
        if !defined || matches!(btf.name(id), b"" | b"__builtin_va_list") {
            continue;
        }
        let text = without_numbers(&dump::definition(btf, id)?.text);
        // Where others have it as a part, the header of all may fill what alone is an alignment.
        let alone = || Ok::<_, Error>(without_numbers(&dump::c(btf, Some(&[id]))?).contains(&text));
        if !blocks.contains(&text) && !alone()? {
            differences.push(text);
        }
        compared += 1;
    }
    Ok(compared)
}

/// Without the numbers that a header gives to names (`___2`) and to padding (`__padding_2`); ends in a line feed.
fn without_numbers(text: &str) -> String {
    let mut kept = String::new();
    let mut digits = String::new();
    for next in text.chars().chain(['\n']) {
        if next.is_ascii_digit() {
            digits.push(next);
            continue;
        }
        if kept.ends_with("___") && !digits.is_empty() {
            kept.truncate(kept.len() - 3);
        } else if !kept.ends_with("__padding_") {
            kept += &digits;
        }
        digits.clear();
        kept.push(next);
    }
    kept
}
