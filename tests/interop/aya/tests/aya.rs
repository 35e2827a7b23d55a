//! aya-obj with the full and with the trimmed BTF. Trimming keeps what libbpf's answers rest on; aya has rules of its own, and
//! as far as the fixtures go they rest on the same. What it refuses with either BTF stands in `refused.txt`, which these
//! tests keep true. A sample of the kernels, one per series; all of them with `BPFC_FULL=1`. `BPFC_UPDATE=1` writes the list anew.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;
use std::{env, fs};

use bpfc_btf::{Btf, Endian};
use bpfc_interop_aya::{Outcome, relocate};
use bpfc_tests::fixtures;
use bpfc_tests::kernels;
use bpfc_tests::{Result, findings};

#[derive(Debug, Default)]
struct Findings {
    /// Fixtures on kernels, relocated alike with both BTFs.
    relocated: usize,
    /// `fixture on kernel: outcomes` where the two BTFs make a difference.
    different: Vec<String>,
    /// `fixture: outcome` where aya relocates with neither.
    refused: BTreeSet<String>,
}

/// One run answers all tests of this file.
static FINDINGS: LazyLock<Result<Findings>> = LazyLock::new(run);

fn findings() -> &'static Findings {
    findings::of(&FINDINGS)
}

#[test]
fn a_trimmed_btf_means_the_same_to_aya_as_the_full_one() {
    println!("{} fixtures on kernels relocated", findings().relocated);
    findings::assert_none(&findings().different);
    assert!(findings().relocated > 0);
}

#[test]
fn what_aya_refuses_with_either_btf_is_known() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("refused.txt");
    let found: String = findings().refused.iter().map(|line| format!("{line}\n")).collect();
    if env::var_os("BPFC_UPDATE").is_some() {
        fs::write(&file, &found).unwrap();
    }
    assert_eq!(found, fs::read_to_string(&file).unwrap(), "{}", file.display());
}

fn run() -> Result<Findings> {
    let fixtures = fixtures::objects(Endian::Little)?;
    let mut found = Findings::default();
    for kernel in kernels::sample()? {
        let bytes = kernel.btf()?;
        let full = Btf::parse(&bytes)?;
        if full.endian() != Endian::Little {
            continue;
        }
        for fixture in &fixtures {
            let object = fs::read(&fixture.path)?;
            let trimmed = fixture.trimmer.trim(&full)?.btf;
            match (relocate(&object, full.bytes()), relocate(&object, &trimmed)) {
                (with_full, with_trimmed) if with_full != with_trimmed => found.different.push(format!(
                    "{} on {}: {with_full:?}, trimmed {with_trimmed:?}",
                    fixture.name, kernel.name
                )),
                (Outcome::Relocated(_), _) => found.relocated += 1,
                (outcome, _) => {
                    found.refused.insert(format!("{}: {}", fixture.name, word(&outcome)));
                }
            }
        }
    }
    Ok(found)
}

/// An outcome without its reason, which names types by number.
fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Relocated(_) => "relocated",
        Outcome::NotRead(_) => "not read",
        Outcome::BtfNotRead(_) => "BTF not read",
        Outcome::Refused(_) => "refused",
        Outcome::Panicked => "panic",
    }
}
