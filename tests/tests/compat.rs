//! `compat` held against libbpf 0.3, the oldest it writes for: a sample of the kernels, one per series (all of them with
//! `BPFC_FULL=1`), and kernels made up for the values of enumerators.
//!
//! A full BTF of a newer kernel is refused by libbpf 0.3 itself, so there its answers are compared with those of libbpf
//! 1.7 with the trimmed BTF as it is (that is proved equal to the full one by tests/libbpf.rs), and with its own answers to
//! the full BTF put through `compat`. What 0.3 does by rules of its own is in [`OTHERWISE`], and nothing else is.

#![allow(clippy::panic, clippy::unwrap_used, reason = "this is test code")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use bpfc_btf::{Btf, Builder, Change, Endian, Kind, compat};
use bpfc_tests::findings::{self, assert_none};
use bpfc_tests::fixtures::{self, Fixture};
use bpfc_tests::kernels::{self, Kernel};
use bpfc_tests::loaded::difference;
use bpfc_tests::oracle::{Mode, Oracle, Oracles, Outcome, Request};
use bpfc_tests::{Result, parallel};

/// Objects that libbpf 0.3 does not load as 1.7 does, whatever the BTF, and why.
const OTHERWISE: [(&str, &str); 5] = [
    ("bitfields", "every enum is signed to it (BPF_FIELD_SIGNED)"),
    ("enums", "the object's own BTF has ENUM64"),
    ("matches", "it does not know TYPE_MATCHES"),
    ("requirements", "it does not know kernel functions"),
    ("struct_ops", "it cannot leave out the maps of struct_ops"),
];

/// Fixtures on whose relocations `compat` loses something on some kernel: values of 64 bits.
const LOSING: [&str; 1] = ["enums"];

#[derive(Debug, Default)]
struct Findings {
    /// Objects on kernels.
    pairs: usize,
    /// Fixtures that libbpf 0.3 loads otherwise than 1.7 on some kernel.
    otherwise: BTreeSet<String>,
    /// Fixtures that lose something on some kernel.
    losing: BTreeSet<String>,
    /// Where a BTF that lost nothing for the object makes a difference to libbpf 1.7.
    current: Vec<String>,
    /// Where to libbpf 0.3 a trimmed BTF is not the full one, both through `compat`.
    trimmed: Vec<String>,
    /// Kernels with newer kinds in the BTF trimmed for all fixtures, as it is: where libbpf 0.3 refuses it.
    refused: Vec<String>,
    /// And where it does not, with the counts of the newer kinds' elements.
    taken: Vec<(String, BTreeSet<(Kind, u32)>)>,
}

/// One run answers all tests over kernels.
static FINDINGS: LazyLock<Result<Findings>> = LazyLock::new(run);

fn findings() -> &'static Findings {
    findings::of(&FINDINGS)
}

#[test]
fn libbpf_0_3_gives_the_instructions_that_1_7_does() {
    println!("{} objects on kernels", findings().pairs);
    assert!(findings().pairs > 0);
    let known: BTreeSet<String> = OTHERWISE.iter().map(|(name, _)| (*name).to_owned()).collect();
    let unknown: Vec<_> = findings().otherwise.difference(&known).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn libbpf_0_3_gives_the_instructions_that_it_gives_with_the_full_btf() {
    assert_none(&findings().trimmed);
}

#[test]
fn libbpf_1_7_notices_nothing_where_nothing_is_lost() {
    assert_none(&findings().current);
    let losing: Vec<_> = findings().losing.iter().filter(|name| !LOSING.contains(&name.as_str())).collect();
    assert!(losing.is_empty(), "{losing:?}");
}

/// ENUM64 (19) is an array (3) to it, of the same length as an ENUM64 with one enumerator: others make the rest of the
/// BTF something else.
#[test]
fn without_compat_libbpf_0_3_refuses_a_btf_with_newer_kinds_or_takes_enums_for_arrays() {
    let Findings { refused, taken, .. } = findings();
    println!("{} kernels with newer kinds refused, {} taken", refused.len(), taken.len());
    for (kernel, newer) in taken {
        assert_eq!(*newer, BTreeSet::from([(Kind::Enum64, 1)]), "{kernel}");
    }
}

fn run() -> Result<Findings> {
    let little = fixtures::objects(Endian::Little)?;
    let big = fixtures::objects(Endian::Big)?;
    let found = parallel::map(&kernels::sample()?, Oracles::default, |oracles, kernel| {
        let bytes = kernel.btf()?;
        let btf = Btf::parse(&bytes)?;
        let mut found = Findings::default();
        let fixtures = if btf.endian() == Endian::Little { &little } else { &big };
        let files = Files::write(&btf, fixtures)?;
        files.ask_current(oracles, kernel, fixtures, &mut found)?;
        if btf.endian() == Endian::Little {
            files.ask_old(oracles, kernel, fixtures, &mut found)?;
        }
        Ok(found)
    })?;
    let mut all = Findings::default();
    for found in found {
        all.pairs += found.pairs;
        all.otherwise.extend(found.otherwise);
        all.losing.extend(found.losing);
        all.current.extend(found.current);
        all.trimmed.extend(found.trimmed);
        all.refused.extend(found.refused);
        all.taken.extend(found.taken);
    }
    Ok(all)
}

/// The BTFs of one kernel, as files.
struct Files {
    _folder: tempfile::TempDir,
    /// The full BTF, through `compat`.
    full: PathBuf,
    /// Trimmed for all fixtures, as it is and through `compat`.
    together: [PathBuf; 2],
    /// The kinds in it that libbpf 0.3 does not know, with the counts of elements.
    newer: BTreeSet<(Kind, u32)>,
    /// Trimmed for each fixture, as it is and through `compat`, and whether anything is lost.
    alone: Vec<([PathBuf; 2], bool)>,
}

impl Files {
    fn write(btf: &Btf, fixtures: &[Fixture]) -> Result<Files> {
        let folder = tempfile::tempdir()?;
        let both = |name: &str, bytes: Vec<u8>| -> Result<([PathBuf; 2], bool)> {
            let [plain, old] = ["plain", "old"].map(|kind| folder.path().join(format!("{name}.{kind}")));
            let btf = Btf::parse(bytes)?;
            let written = compat(&btf)?;
            fs::write(&plain, btf.bytes())?;
            fs::write(&old, &written.bytes)?;
            Ok(([plain, old], !written.lost.is_empty()))
        };
        let full = folder.path().join("full");
        fs::write(&full, compat(btf)?.bytes)?;
        let together = fixtures::trimmer_for(fixtures.iter().map(|fixture| &fixture.object));
        let together = together.trim(btf)?.btf;
        let kinds = Btf::parse(&together)?;
        let newer = kinds.kinds().filter(|&(_, kind)| kind > Kind::Datasec);
        let newer = newer.map(|(id, kind)| (kind, kinds.ty(id).vlen())).collect();
        let (together, _) = both("together", together)?;
        let mut alone = Vec::new();
        for fixture in fixtures {
            alone.push(both(&fixture.name, fixture.trimmer.trim(btf)?.btf)?);
        }
        Ok(Files { _folder: folder, full, together, newer, alone })
    }

    /// libbpf 1.7 with each trimmed BTF, as it is and through `compat`.
    fn ask_current(
        &self,
        oracles: &mut Oracles,
        kernel: &Kernel,
        fixtures: &[Fixture],
        found: &mut Findings,
    ) -> Result<()> {
        for (fixture, (alone, loses)) in fixtures.iter().zip(&self.alone) {
            let current = oracles.of(fixture.object.endian())?;
            let [plain, old] = ask(current, &fixture.path, alone.each_ref())?;
            if *loses {
                found.losing.insert(fixture.name.clone());
            } else if let Some(text) = difference(&fixture.object, &plain, &old) {
                found.current.push(format!("{} on {}: {text}", fixture.name, kernel.name));
            }
        }
        Ok(())
    }

    /// libbpf 0.3 with everything through `compat`, against libbpf 1.7 and against itself.
    fn ask_old(
        &self,
        oracles: &mut Oracles,
        kernel: &Kernel,
        fixtures: &[Fixture],
        found: &mut Findings,
    ) -> Result<()> {
        let [plain, together] = &self.together;
        for (fixture, ([trimmed, alone], loses)) in fixtures.iter().zip(&self.alone) {
            let place = |text| format!("{} on {}: {text}", fixture.name, kernel.name);
            let [reference] = ask(oracles.of(fixture.object.endian())?, &fixture.path, [trimmed])?;
            let old = oracles.old()?;
            let [own, alone, together, plain] =
                ask(old, &fixture.path, [&self.full, alone, together, plain])?;
            found.pairs += 1;
            for trimmed in [&alone, &together] {
                found.trimmed.extend(difference(&fixture.object, &own, trimmed).map(place));
                if !loses && difference(&fixture.object, &reference, trimmed).is_some() {
                    found.otherwise.insert(fixture.name.clone());
                }
            }
            if fixture.name == "execsnoop" && !self.newer.is_empty() {
                match plain {
                    Outcome::Refused { .. } => found.refused.push(kernel.name.clone()),
                    _ => found.taken.push((kernel.name.clone(), self.newer.clone())),
                }
            }
        }
        Ok(())
    }
}

/// Every program of an object with each of these BTFs.
fn ask<const COUNT: usize>(
    oracle: &mut Oracle,
    object: &Path,
    btfs: [&PathBuf; COUNT],
) -> Result<[Outcome; COUNT]> {
    let requests = btfs.map(|btf| Request { mode: Mode::All, object, btf, modules: &[] });
    let outcomes = oracle.ask_all(&requests)?;
    outcomes.try_into().map_err(|outcomes: Vec<_>| format!("{} answers", outcomes.len()).into())
}

/// What the loaders say about an object on a kernel where its enum is an ENUM64 with this one value.
struct Told {
    /// libbpf 1.7 with the BTF as it is: the truth.
    truth: Outcome,
    /// libbpf 0.3 with it as it is.
    misread: Outcome,
    /// libbpf 0.3 and 1.7 through `compat`.
    old: Outcome,
    current: Outcome,
    /// `lost` of `compat`, as text.
    lost: Vec<String>,
}

/// `missing` asks for a 32-bit enum that no kernel has; here one has it, with 64 bits.
fn tell(signed: bool, value: u64) -> (Fixture, Told) {
    let fixtures = fixtures::objects(Endian::Little).unwrap();
    let fixture = fixtures.into_iter().find(|fixture| fixture.name == "missing").unwrap();
    let mut builder = Builder::new(Endian::Little);
    let values: [(&[u8], u64); 2] = [(b"NO_SUCH_ENUMERATOR", value), (b"ANOTHER", 1 << 40)];
    builder.enumeration(Kind::Enum64, b"no_such_enum", 8, signed, &values);
    let kernel = Btf::parse(builder.finish().unwrap()).unwrap();
    let trimmed = Btf::parse(fixture.trimmer.trim(&kernel).unwrap().btf).unwrap();
    let written = compat(&trimmed).unwrap();
    let lost = written.lost.iter().map(|loss| {
        let (how, value) = match loss.change {
            Change::LeftOut(value) => ("left out", value),
            Change::Extended(value) => ("extended", value),
            Change::Kind { was, is } => panic!("{was:?} {is:?}"),
        };
        let [ty, name] = [loss.name, value.name].map(|name| String::from_utf8_lossy(name).into_owned());
        format!("{ty} {name}={} {how}", value.value)
    });
    let lost = lost.collect();
    let folder = tempfile::tempdir().unwrap();
    let [plain, old] = ["plain", "old"].map(|name| folder.path().join(name));
    fs::write(&plain, trimmed.bytes()).unwrap();
    fs::write(&old, &written.bytes).unwrap();
    let ask = |mut oracle: Oracle| ask(&mut oracle, &fixture.path, [&plain, &old]).unwrap();
    let [truth, current] = ask(Oracle::native().unwrap());
    let [misread, old] = ask(Oracle::old().unwrap());
    assert!(matches!(truth, Outcome::Loaded(_)), "{truth:?}");
    (fixture, Told { truth, misread, old, current, lost })
}

/// All agree; and without `compat` libbpf 0.3 takes the ENUM64 for an array (kind 19
/// in 4 bits is 3), finds no enum and answers otherwise.
#[test]
fn a_value_of_31_bits_is_the_same_to_all() {
    for (signed, value) in
        [(false, 0), (false, 7), (false, i32::MAX as u64), (true, 7), (true, i32::MAX as u64)]
    {
        let (fixture, told) = tell(signed, value);
        for other in [&told.old, &told.current] {
            assert_eq!(difference(&fixture.object, &told.truth, other), None, "{signed} {value}");
        }
        assert!(difference(&fixture.object, &told.truth, &told.misread).is_some(), "{signed} {value}");
        assert!(told.lost.is_empty(), "{:?}", told.lost);
    }
}

#[test]
fn an_unsigned_value_of_32_bits_is_right_in_libbpf_0_3_and_told() {
    for value in [1 << 31, u64::from(u32::MAX)] {
        let (fixture, told) = tell(false, value);
        assert_eq!(difference(&fixture.object, &told.truth, &told.old), None, "{value}");
        assert!(difference(&fixture.object, &told.truth, &told.current).is_some(), "{value}");
        assert_eq!(told.lost, [format!("no_such_enum NO_SUCH_ENUMERATOR={value} extended")]);
    }
}

#[test]
fn a_negative_value_of_32_bits_is_right_in_libbpf_1_7_and_told() {
    for value in [-1, i64::from(i32::MIN)] {
        let (fixture, told) = tell(true, value as u64);
        assert_eq!(difference(&fixture.object, &told.truth, &told.current), None, "{value}");
        assert!(difference(&fixture.object, &told.truth, &told.old).is_some(), "{value}");
        assert_eq!(told.lost, [format!("no_such_enum NO_SUCH_ENUMERATOR={value} extended")]);
    }
}

/// To both it is a kernel whose enum lacks that enumerator.
#[test]
fn a_value_of_more_bits_is_missing_and_told() {
    for (signed, value) in [
        (false, i128::from(u32::MAX) + 1),
        (false, i128::from(u64::MAX)),
        (true, i128::from(i32::MAX) + 1),
        (true, i128::from(i32::MIN) - 1),
    ] {
        let (fixture, told) = tell(signed, value as u64);
        assert_eq!(difference(&fixture.object, &told.current, &told.old), None, "{value}");
        assert!(difference(&fixture.object, &told.truth, &told.old).is_some(), "{value}");
        assert_eq!(told.lost, [format!("no_such_enum NO_SUCH_ENUMERATOR={value} left out")]);
    }
}
