//! cilium/ebpf with the full and with the trimmed BTF. Trimming keeps what libbpf's answers rest on; cilium has rules of its
//! own (docs/loaders.md), and where they make a difference is written down in two lists, which these tests keep true. A
//! sample of the kernels, one per series; all of them with `BPFC_FULL=1`. `BPFC_UPDATE=1` writes the lists anew.

#![allow(clippy::panic, clippy::unwrap_used, reason = "this is test code")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{env, fs};

use bpfc_btf::{Btf, Endian};
use bpfc_relo::{BpfObject, ReloKind, relocate};
use bpfc_tests::cilium::{Cilium, Instruction, Programs, Relocated};
use bpfc_tests::findings;
use bpfc_tests::fixtures::{self, Fixture};
use bpfc_tests::kernels;
use bpfc_tests::{Result, parallel};

#[derive(Debug, Default)]
struct Findings {
    /// Programs on kernels, relocated with both BTFs.
    programs: usize,
    /// `fixture program: kind` for each kind of relocation that cilium answers otherwise with a trimmed BTF.
    trimmed: BTreeSet<String>,
    /// `fixture program: how` for each way in which cilium relocates otherwise than libbpf on some kernel.
    otherwise: BTreeSet<String>,
}

/// One run answers all tests of this file.
static FINDINGS: LazyLock<Result<Findings>> = LazyLock::new(run);

fn findings() -> &'static Findings {
    findings::of(&FINDINGS)
}

#[test]
fn the_trimmed_btf_means_the_same_to_cilium_as_the_full_one_but_for_known_rules() {
    println!("{} programs on kernels", findings().programs);
    assert!(findings().programs > 0);
    assert_listed(&findings().trimmed, "cilium/trimmed.txt");
}

#[test]
fn where_cilium_relocates_otherwise_than_libbpf_is_known() {
    assert_listed(&findings().otherwise, "cilium/otherwise.txt");
}

fn assert_listed(found: &BTreeSet<String>, list: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(list);
    let found: String = found.iter().map(|line| format!("{line}\n")).collect();
    if env::var_os("BPFC_UPDATE").is_some() {
        fs::write(&file, &found).unwrap();
    }
    assert_eq!(found, fs::read_to_string(&file).unwrap(), "{}", file.display());
}

fn run() -> Result<Findings> {
    let little = fixtures::objects(Endian::Little)?;
    let big = fixtures::objects(Endian::Big)?;
    let mut kernels = kernels::sample()?;
    kernels.sort_by_key(|kernel| std::cmp::Reverse(kernel.compressed_size()));
    let found = parallel::map(
        &kernels,
        || None,
        |cilium, kernel| {
            let bytes = kernel.btf()?;
            let btf = Btf::parse(&bytes)?;
            let cilium = match cilium {
                Some(cilium) => cilium,
                none => none.insert(Cilium::start()?),
            };
            judge(cilium, &btf, if btf.endian() == Endian::Little { &little } else { &big })
        },
    )?;
    let mut all = Findings::default();
    for findings in found {
        all.programs += findings.programs;
        all.trimmed.extend(findings.trimmed);
        all.otherwise.extend(findings.otherwise);
    }
    Ok(all)
}

fn judge(cilium: &mut Cilium, btf: &Btf, fixtures: &[Fixture]) -> Result<Findings> {
    let folder = tempfile::tempdir()?;
    let write = |name: &str, bytes: &[u8]| -> Result<PathBuf> {
        let path = folder.path().join(name);
        fs::write(&path, bytes)?;
        Ok(path)
    };
    let full = write("full.btf", btf.bytes())?;
    let mut found = Findings::default();
    for fixture in fixtures {
        let trimmed = write("trimmed.btf", &fixture.trimmer.trim(btf)?.btf)?;
        let answers = (cilium.ask(&fixture.path, &full)?, cilium.ask(&fixture.path, &trimmed)?);
        let (Some(with_full), Some(with_trimmed)) = answers else {
            assert_eq!(answers, (None, None), "{}", fixture.name);
            found.otherwise.insert(format!("{}: not read", fixture.name));
            continue;
        };
        found.programs += with_full.len();
        for (name, full) in &with_full {
            let how = changed(full, with_trimmed.get(name).ok_or("cilium lost a program")?);
            found.trimmed.extend(how.into_iter().map(|how| format!("{} {name}: {how}", fixture.name)));
        }
        found.otherwise.extend(otherwise(fixture, btf, &with_full)?);
    }
    Ok(found)
}

/// What the trimmed BTF changes for a program: kinds of relocations, or that it is refused.
fn changed(full: &Relocated, trimmed: &Relocated) -> BTreeSet<String> {
    match (full, trimmed) {
        (Ok(full), Ok(trimmed)) => {
            assert_eq!(full.len(), trimmed.len());
            let pairs = full.iter().zip(trimmed).filter(|(full, trimmed)| meaning(full) != meaning(trimmed));
            pairs.map(|(full, _)| full.kind.clone()).collect()
        }
        (Err(_), Err(_)) => BTreeSet::new(),
        (full, trimmed) => BTreeSet::from([format!("full {full:?}, trimmed {trimmed:?}")]),
    }
}

/// The instruction; of one that holds an id what tells poison from a number, opcode and registers.
fn meaning(instruction: &Instruction) -> &str {
    let code = &instruction.code;
    if instruction.is_id() { code.get(..4).unwrap_or(code) } else { code }
}

/// How cilium relocates a fixture otherwise than libbpf, whose instructions are ours (tests/libbpf.rs).
fn otherwise(fixture: &Fixture, btf: &Btf, programs: &Programs) -> Result<Vec<String>> {
    let object: &BpfObject = &fixture.object;
    let mut found = Vec::new();
    for (name, theirs) in programs {
        let ours = relocate(object, btf, |program| program.subprogram || program.name == *name)?;
        let how = match (theirs, ours.refusal) {
            (Err(_), Some(_)) => continue,
            (Err(_), None) => vec!["refused, libbpf relocates it".to_owned()],
            (Ok(_), Some(refusal)) => {
                vec![format!("relocated, libbpf refuses it: {}", refusal.failure.code())]
            }
            (Ok(theirs), None) => {
                theirs.iter().filter_map(|theirs| differs(object, &ours.programs, theirs)).collect()
            }
        };
        found.extend(how.into_iter().map(|how| format!("{} {name}: {how}", fixture.name)));
    }
    Ok(found)
}

fn differs(object: &BpfObject, ours: &[Vec<u8>], theirs: &Instruction) -> Option<String> {
    let kind = theirs.relocation(object).map_or("", ReloKind::name);
    let ours = theirs.by_libbpf(object, ours)?;
    // What stands for poison: `call 0xbad2310`, in libbpf's 64-bit loads twice.
    let poisoned = |code: &str| code.contains("1023ad0b") || code.contains("0bad2310");
    match (poisoned(&ours), poisoned(&theirs.code)) {
        (true, true) => None,
        (true, false) => Some(format!("{kind} has a value, libbpf poisons it")),
        (false, true) => Some(format!("{kind} is poisoned, libbpf has a value")),
        (false, false) if theirs.is_id() || ours == theirs.code => None,
        (false, false) => Some(format!("{kind} has another value")),
    }
}
