//! libbpf as the judge: every fixture on every kernel of the archive, with the full and with the trimmed BTF, once with
//! the programs that are loaded by default and once with all; its instructions against ours, and with one BTF against
//! those with the other.

#![allow(clippy::panic, reason = "this is test code")]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use bpfc_btf::{Btf, Endian};
use bpfc_relo::{Report, Verdict, relocate};
use bpfc_tests::findings::{self, assert_none};
use bpfc_tests::fixtures::{self, Fixture};
use bpfc_tests::kernels::{self, Kernel};
use bpfc_tests::loaded::{deviation, difference};
use bpfc_tests::oracle::{Mode, Oracle, Oracles, Outcome, Request};
use bpfc_tests::{Result, parallel};

/// What a run found, as texts that name kernel, object and mode.
#[derive(Debug, Default)]
struct Findings {
    kernels: usize,
    /// Pairs of a little-endian object and a kernel.
    little: usize,
    /// Pairs of a big-endian object and a kernel.
    big: usize,
    /// Differences between the full BTF and the one trimmed for the object alone.
    alone: Vec<String>,
    /// Differences between the full BTF and the one trimmed for all fixtures at once.
    together: Vec<String>,
    /// Reports that say otherwise than libbpf with the full BTF does.
    reports: Vec<String>,
    /// Where `relocate` answers otherwise than libbpf, with the full BTF and with the one trimmed for the object alone.
    relocated: Vec<String>,
    /// Instructions that `relocate` had to get right: relocations of programs that load, over all answers.
    instructions: usize,
}

/// One run answers all tests of this file.
static FINDINGS: LazyLock<Result<Findings>> = LazyLock::new(run);

fn findings() -> &'static Findings {
    findings::of(&FINDINGS)
}

#[test]
fn the_trimmed_btf_means_the_same_to_libbpf_as_the_full_one() {
    assert_none(&findings().alone);
}

#[test]
fn the_btf_trimmed_for_several_objects_means_the_same_to_each_of_them() {
    assert_none(&findings().together);
}

#[test]
fn the_report_refuses_what_libbpf_refuses() {
    assert_none(&findings().reports);
}

#[test]
fn relocated_instructions_are_those_that_libbpf_hands_to_the_kernel() {
    assert_none(&findings().relocated);
    assert!(findings().instructions > 0);
}

#[test]
fn every_fixture_meets_every_kernel_of_its_byte_order() {
    let findings = findings();
    let of = |endian| fixtures::objects(endian).unwrap().len();
    let kernels = kernels::all().unwrap();
    let big = kernels.iter().filter(|kernel| kernel.name.contains("/s390x/")).count();
    println!(
        "{} kernels, {} pairs, {} relocated instructions",
        findings.kernels,
        findings.little + findings.big,
        findings.instructions
    );
    assert_eq!(findings.kernels, kernels.len());
    assert_eq!(findings.little, of(Endian::Little) * (kernels.len() - big));
    assert_eq!(findings.big, of(Endian::Big) * big);
}

fn run() -> Result<Findings> {
    let little = fixtures::objects(Endian::Little)?;
    let big = fixtures::objects(Endian::Big)?;
    let mut kernels = kernels::all()?;
    // The largest first, so that no thread is left alone with one at the end.
    kernels.sort_by_key(|kernel| std::cmp::Reverse(kernel.compressed_size()));
    let found = parallel::map(&kernels, Oracles::default, |oracles, kernel| {
        let bytes = kernel.btf()?;
        let btf = Btf::parse(&bytes).map_err(|error| format!("{}: {error}", kernel.name))?;
        let fixtures = if btf.endian() == Endian::Little { &little } else { &big };
        judge(oracles.of(btf.endian())?, kernel, &btf, fixtures)
    })?;
    let mut all = Findings::default();
    for findings in found {
        all.kernels += findings.kernels;
        all.little += findings.little;
        all.big += findings.big;
        all.alone.extend(findings.alone);
        all.together.extend(findings.together);
        all.reports.extend(findings.reports);
        all.relocated.extend(findings.relocated);
        all.instructions += findings.instructions;
    }
    Ok(all)
}

/// One kernel with all fixtures of its byte order.
fn judge(oracle: &mut Oracle, kernel: &Kernel, btf: &Btf, fixtures: &[Fixture]) -> Result<Findings> {
    // Full BTFs have up to 44 MB: only that of the kernel at hand is on the disk.
    let folder = tempfile::tempdir()?;
    let write = |name: &str, bytes: &[u8]| -> Result<PathBuf> {
        let path = folder.path().join(name);
        fs::write(&path, bytes)?;
        Ok(path)
    };
    let full = write("full.btf", btf.bytes())?;
    let together = fixtures::trimmer_for(fixtures.iter().map(|fixture| &fixture.object)).trim(btf)?;
    let together = write("together.btf", &together.btf)?;
    let mut alone = Vec::new();
    let mut small = Vec::new();
    let mut reports = Vec::new();
    for fixture in fixtures {
        let trimmed = fixture.trimmer.trim(btf)?;
        small.push(Btf::parse(trimmed.btf.clone())?);
        alone.push(write(&format!("{}.btf", fixture.name), &trimmed.btf)?);
        reports.extend(trimmed.reports);
    }

    let mut requests = Vec::new();
    for (fixture, alone) in fixtures.iter().zip(&alone) {
        for mode in [Mode::Default, Mode::All] {
            for btf in [&full, alone, &together] {
                requests.push(Request { mode, object: &fixture.path, btf, modules: &[] });
            }
        }
    }
    let outcomes = oracle.ask_all(&requests)?;

    let mut found = Findings { kernels: 1, ..Findings::default() };
    match btf.endian() {
        Endian::Little => found.little = fixtures.len(),
        Endian::Big => found.big = fixtures.len(),
    }
    let judged = fixtures.iter().zip(&reports).zip(&small).zip(outcomes.as_chunks::<6>().0);
    for (((fixture, report), small), outcomes) in judged {
        let [default, default_alone, default_together, all, all_alone, all_together] = outcomes;
        let place = |mode: Mode| format!("{} on {}, {mode:?}", fixture.name, kernel.name);
        let differs = |mode, full, trimmed| {
            difference(&fixture.object, full, trimmed).map(|text| format!("{}: {text}", place(mode)))
        };
        found.alone.extend(differs(Mode::Default, default, default_alone));
        found.alone.extend(differs(Mode::All, all, all_alone));
        found.together.extend(differs(Mode::Default, default, default_together));
        found.together.extend(differs(Mode::All, all, all_together));
        for (mode, btf, outcome) in [
            (Mode::Default, btf, default),
            (Mode::Default, small, default_alone),
            (Mode::All, btf, all),
            (Mode::All, small, all_alone),
        ] {
            let ours = relocate(&fixture.object, btf, |program| mode == Mode::All || program.autoload)?;
            if let Some(text) = deviation(&fixture.object, &ours, outcome) {
                found.relocated.push(format!("{}: {text}", place(mode)));
            }
            if ours.refusal.is_none() {
                found.instructions += ours.outcomes.iter().filter(|o| o.verdict != Verdict::Skipped).count();
            }
        }
        for (mode, says, outcome) in [
            (Mode::Default, Some(report.error.is_some()), default),
            (Mode::All, refuses_all(fixture, report), all),
        ] {
            if says.is_some_and(|refused| refused != matches!(outcome, Outcome::Refused { .. })) {
                found.reports.push(format!("{}: {report:?}, libbpf: {outcome:?}", place(mode)));
            }
        }
    }
    Ok(found)
}

/// Whether a report says that loading all programs fails. Without optional programs that is the same as the default. A
/// warning is about an optional program beside the default ones; where those fail already, nothing is said about all:
/// an optional program may even leave fewer candidates to the others, and all together load (`pruning_autoload`).
fn refuses_all(fixture: &Fixture, report: &Report) -> Option<bool> {
    let optional = fixture.object.programs().iter().any(|program| !program.autoload);
    match (optional, report.error) {
        (false, error) => Some(error.is_some()),
        (true, None) => Some(!report.warnings.is_empty()),
        (true, Some(_)) => None,
    }
}
