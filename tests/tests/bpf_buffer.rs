//! `crates/capi/bpf_buffer` on the running kernel: its C tests through ring buffer and perf buffer, as they are, under
//! sanitizers and under valgrind, and with the BTFs that our trimming leaves of a kernel that has ring buffers and of one
//! that has none.

#![allow(clippy::unwrap_used, reason = "this is test code")]

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, LazyLock};

use bpfc_btf::Btf;
use bpfc_relo::BpfObject;
use bpfc_tests::kernels::{self, Kernel};
use bpfc_tests::{Result, findings, fixtures, live};

const FOLDER: &str = "crates/capi/bpf_buffer/test";
/// The exit status by which the C tests say that they cannot be run here.
const SKIPPED: i32 = 77;

fn built() -> &'static PathBuf {
    static BUILT: LazyLock<Result<PathBuf>> = LazyLock::new(|| {
        let folder = live::target()?.join("bpf_buffer");
        live::make(FOLDER, &[format!("OUT={}", folder.display()), "all".to_owned()])?;
        Ok(folder)
    });
    findings::of(&BUILT)
}

/// Runs the C tests; each prints a line.
fn passes(test: &str, command: &mut Command) {
    let output = command.output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    if output.status.code() == Some(SKIPPED) {
        let why = stdout.trim_end().rsplit("skipped: ").next().unwrap_or_default();
        return live::skip(test, why);
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{stdout}\n{stderr}", output.status);
    assert!(stdout.lines().filter(|line| line.starts_with("ok ")).count() > 30, "{stdout}");
}

#[test]
fn both_buffers_keep_their_promises() {
    passes("both_buffers_keep_their_promises", &mut Command::new(built().join("test")));
}

#[test]
fn sanitizers_find_nothing() {
    passes("sanitizers_find_nothing", &mut Command::new(built().join("test-sanitized")));
}

#[test]
fn valgrind_finds_nothing() {
    let mut command = Command::new("valgrind");
    command.args(["--quiet", "--leak-check=full", "--error-exitcode=1"]);
    command.arg(format!("--suppressions={}", live::root().join(FOLDER).join("valgrind.supp").display()));
    passes("valgrind_finds_nothing", command.arg(built().join("test")));
}

#[test]
fn trimmed_btfs_keep_what_the_programs_ask_for() {
    let bytes = fs::read(built().join("samples.bpf.o")).unwrap();
    let trimmer = fixtures::trimmer_for([&Arc::new(BpfObject::parse(&bytes).unwrap())]);
    let mut command = Command::new(built().join("test"));
    // Neither need be the running kernel: what the programs ask is whether a name exists. Without an archive there is only
    // that one.
    let all = kernels::all().unwrap();
    for (file, series) in [("with.btf", ["/x86_64/6.1.", "running"]), ("without.btf", ["/x86_64/4.19."; 2])] {
        let named = |kernel: &&Kernel| series.iter().any(|series| kernel.name.contains(series));
        if let Some(kernel) = all.iter().find(named) {
            let full = Btf::parse(kernel.btf().unwrap()).unwrap();
            let file = built().join(file);
            fs::write(&file, trimmer.trim(&full).unwrap().btf).unwrap();
            command.arg(file);
        }
    }
    passes("trimmed_btfs_keep_what_the_programs_ask_for", &mut command);
}
