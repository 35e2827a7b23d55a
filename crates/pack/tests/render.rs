//! What the summary of a pack looks like.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "this is test code")]

use bpfc_archive::{Identity, Layout};
use bpfc_pack::describe::{LoadFailure, Requirement};
use bpfc_pack::render::{Colors, render_summary};
use bpfc_pack::summary::{
    BrokenEntry, PackSummary, PackedKernel, ProgramSummary, RefusedKernel, Totals, WrittenOutput,
};
use bpfc_pack::{CommandCode, Container, LeftOut, Output, Problem};

fn kernel(id: &str, version: &str, release: &str, sha256: &str) -> PackedKernel {
    let identity = Identity::new(id, version, "x86_64", release).unwrap();
    PackedKernel {
        path: identity.pack_path(),
        identity,
        source: format!("/a/{release}.btf.tar.xz"),
        bytes_in: 4_600_000,
        bytes_out: 1234,
        types: 9,
        sha256: sha256.into(),
        modules: Vec::new(),
    }
}

fn program(file: &str) -> ProgramSummary {
    ProgramSummary {
        file: file.into(),
        sha256: "00".into(),
        endian: "little",
        arch: None,
        relocations: 7,
        optional: Vec::new(),
        requirements: Vec::new(),
        notes: Vec::new(),
    }
}

fn plain() -> PackSummary {
    let output =
        Output { path: "execsnoop.tar".into(), container: Container::Tar, layout: Layout::BpfCompatible };
    PackSummary {
        output: WrittenOutput { output, bytes: 41_300, package_json: true },
        programs: vec![program("execsnoop.bpf.o")],
        origin: "../btfhub-archive".into(),
        kernels: vec![
            kernel("debian", "10", "4.19.0-22-amd64", "a"),
            kernel("ubuntu", "20.04", "5.4.0-26-generic", "b"),
            kernel("ubuntu", "20.04", "5.4.0-28-generic", "b"),
        ],
        aliases: Vec::new(),
        totals: Totals { kernels: 3, different_btfs: 2, bytes_in: 13_800_000, bytes_out: 3702 },
        sizes: None,
        lost: Vec::new(),
        would_not_load: Vec::new(),
        broken: Vec::new(),
        left_out: Vec::new(),
        warnings: Vec::new(),
        notes: Vec::new(),
        jobs: 2,
        milliseconds: 2310,
    }
}

#[track_caller]
fn check(summary: &PackSummary, expected: &str) {
    assert_eq!(render_summary(summary, Colors::Off), expected);
}

#[test]
fn the_summary_shows_kernels_different_btfs_bytes_in_and_out_time_and_warnings() {
    check(
        &plain(),
        "\
execsnoop.tar: package.json and 3 kernels, 41.3 KB

                     kernels  different BTFs  bytes in  bytes out
debian/10/x86_64           1               1   4.60 MB    1.23 KB
ubuntu/20.04/x86_64        2               1   9.20 MB    2.47 KB
all                        3               2   13.8 MB    3.70 KB

program       execsnoop.bpf.o: 7 CO-RE relocations
kernels from  ../btfhub-archive
time          2.31 s, 2 threads
warnings      0
",
    );
}

#[test]
fn what_went_wrong_is_named() {
    let mut flawed = plain();
    let failure = LoadFailure {
        code: "RELO_AMBIGUOUS".into(),
        message: "two candidates".into(),
        program: Some("handle".into()),
        section: Some("tp/x".into()),
        offset: Some(8),
    };
    let refused = |kernel: &PackedKernel| RefusedKernel {
        path: kernel.path.clone(),
        identity: kernel.identity.clone(),
        program: "execsnoop.bpf.o".into(),
        failure: failure.clone(),
    };
    flawed.would_not_load = flawed.kernels.iter().take(2).map(refused).collect();
    flawed.kernels.truncate(1);
    flawed.programs[0].arch = Some("x86_64");
    flawed.programs[0].notes = vec!["reads no kernel types"];
    flawed.broken = vec![BrokenEntry {
        source: "a/b.btf.tar.xz".into(),
        problem: Problem {
            code: "ARCHIVE_EMPTY".into(),
            message: "the tar holds no file".into(),
            at: None,
            value: None,
        },
    }];
    let reason = "s390x, and the program is little-endian".into();
    flawed.left_out = vec![LeftOut { reason, kernels: vec!["x".into()] }];
    let unknown = "vmlinux.btf: the path does not say which kernel this is";
    flawed.warnings = vec![Problem::new(CommandCode::SourceUnknown, unknown)];
    check(
        &flawed,
        "\
execsnoop.tar: package.json and 3 kernels, 41.3 KB

                  kernels  different BTFs  bytes in  bytes out
debian/10/x86_64        1               1   4.60 MB    1.23 KB

program       execsnoop.bpf.o: 7 CO-RE relocations, for x86_64
kernels from  ../btfhub-archive
time          2.31 s, 2 threads
left out      1: s390x, and the program is little-endian
warnings      2

note: execsnoop.bpf.o: reads no kernel types

packed, but the program would not load on 2 kernels, full BTF or trimmed:
  execsnoop.bpf.o: RELO_AMBIGUOUS: two candidates
    debian/10/x86_64/4.19.0-22-amd64
    ubuntu/20.04/x86_64/5.4.0-26-generic

skipped, 1 broken entry:
  a/b.btf.tar.xz: ARCHIVE_EMPTY: the tar holds no file

warning: SOURCE_UNKNOWN: vmlinux.btf: the path does not say which kernel this is
",
    );
}

fn need(program: Option<&str>, kind: &'static str, what: Option<&str>, autoload: bool) -> Requirement {
    Requirement { program: program.map(str::to_owned), kind, what: what.map(str::to_owned), autoload }
}

fn needy(file: &str) -> ProgramSummary {
    let requirements = vec![
        need(Some("fentry_open"), "fentry", Some("do_sys_open"), true),
        need(Some("fentry_open"), "helper", Some("d_path"), true),
        need(Some("fentry_open"), "type_id_target", Some("struct file"), true),
        need(Some("exec"), "lsm", None, false),
        need(Some("exec"), "ksym", Some("bpf_prog_active"), true),
        need(None, "struct_ops", Some("steady"), true),
    ];
    ProgramSummary { optional: vec!["exec".into()], requirements, ..program(file) }
}

/// The blocks after headline, table and facts.
fn blocks(programs: Vec<ProgramSummary>) -> String {
    let text = render_summary(&PackSummary { programs, ..plain() }, Colors::Off);
    text.split("\n\n").skip(3).collect::<Vec<_>>().join("\n\n")
}

#[test]
fn what_no_pack_serves_is_said_with_the_program_that_needs_it() {
    assert_eq!(
        blocks(vec![needy("execsnoop.bpf.o")]),
        "\
needs the kernel's own BTF, which no pack replaces:
  fentry_open                   fentry (do_sys_open), helper (d_path)
  exec (not loaded by default)  lsm, ksym (bpf_prog_active) whatever is loaded
  the object                    struct_ops (steady)

asks for ids of kernel types: they are ids in the trimmed BTF, not the running kernel's:
  fentry_open  struct file
"
    );
    assert_eq!(
        blocks(vec![program("first.bpf.o"), needy("second.bpf.o")]),
        "\
needs the kernel's own BTF, which no pack replaces:
  second.bpf.o: fentry_open                   fentry (do_sys_open), helper (d_path)
  second.bpf.o: exec (not loaded by default)  lsm, ksym (bpf_prog_active) whatever is loaded
  second.bpf.o: the object                    struct_ops (steady)

asks for ids of kernel types: they are ids in the trimmed BTF, not the running kernel's:
  second.bpf.o: fentry_open  struct file
"
    );
    assert_eq!(blocks(vec![program("execsnoop.bpf.o")]), "");
}

#[test]
fn it_stands_out_where_it_counts_by_default() {
    let text = |autoload| {
        let requirements = vec![need(Some("exec"), "lsm", Some("file_open"), autoload)];
        let programs = vec![ProgramSummary { requirements, ..program("execsnoop.bpf.o") }];
        render_summary(&PackSummary { programs, ..plain() }, Colors::On)
    };
    let title = "needs the kernel's own BTF, which no pack replaces:";
    assert!(text(true).contains(&format!("\x1b[33m{title}\x1b[39m\n")));
    assert!(text(false).contains(&format!("\n{title}\n")));
}

/// Escape sequences take no room in a table.
#[test]
fn colors_do_not_move_columns() {
    let colored = render_summary(&plain(), Colors::On);
    let mut text = colored.clone();
    for sequence in ["\x1b[1m", "\x1b[2m", "\x1b[22m"] {
        text = text.replace(sequence, "");
    }
    assert_ne!(colored, text);
    assert_eq!(
        text.replace(" \n", "\n").lines().map(str::trim_end).collect::<Vec<_>>(),
        render_summary(&plain(), Colors::Off).lines().collect::<Vec<_>>()
    );
}
