//! The command line itself: help, exit statuses, what goes to which stream.

#![allow(clippy::unwrap_used, missing_docs, reason = "this is test code")]

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, Stdio};

/// Exit status, stdout and stderr.
fn bpfc(args: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_bpfc")).args(args).env("NO_COLOR", "1").output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn every_help_shows_an_example() {
    for command in [&[][..], &["pack"], &["trim"], &["verify"]] {
        let (status, help, errors) = bpfc(&[command, &["--help"]].concat());
        assert_eq!((status, errors.as_str()), (Some(0), ""));
        let example = format!("\n  bpfc {}", command.first().unwrap_or(&"pack"));
        assert!(help.contains("Example") && help.contains(&example), "{help}");
    }
}

#[test]
fn what_is_wrong_is_cli_usage_exit_status_2() {
    for (args, text) in [
        (&["pack", "x.bpf.o", "--frm", "y"][..], "unknown option '--frm'\n(Did you mean --from?)"),
        (&["pakc"], "unknown command 'pakc'\n(Did you mean pack?)"),
        (&["pack"], "no program is given: name a compiled object (PROG.bpf.o) or -j package.json"),
        (&["inspect", "p.tar", "q.tar"], "too many arguments for 'inspect'. Expected 1 argument but got 2."),
        (&["inspect", "p.tar", "q.tar", "--jsn"], "unknown option '--jsn'\n(Did you mean --json?)"),
        (&["select", "p.tar", "--nearest=1"], "unknown option '--nearest=1'\n(Did you mean --nearest?)"),
        (&["select", "p.tar", "--nearest=yes"], "unknown option '--nearest=yes'"),
        (&["trim", "kernel"], "missing required argument 'OUT'"),
        (&["pack", "x.o", "-o"], "option '-o, --output <OUT>' argument missing"),
        (
            &["pack", "x.o", "--jobs", "0"],
            "option '--jobs <N>' argument '0' is invalid. Expected a number of threads from 1.",
        ),
        (
            &["pack", "x.o", "--layout", "zip"],
            "option '--layout <READER>' argument 'zip' is invalid. Allowed choices are bpf-compatible, bcc, ig, flat.",
        ),
    ] {
        let (status, out, errors) = bpfc(args);
        assert_eq!((status, out.as_str()), (Some(2), ""), "{args:?}");
        assert!(errors.starts_with(&format!("bpfc: CLI_USAGE: {text}\n")), "{errors}");
    }
}

#[test]
fn no_command_shows_the_help_on_stderr() {
    let (status, out, errors) = bpfc(&[]);
    assert_eq!((status, out.as_str()), (Some(2), ""));
    assert!(errors.contains("Usage: bpfc"), "{errors}");
}

#[test]
fn the_version_stands_alone_as_that_of_btf_pack_does() {
    let (status, out, _) = bpfc(&["--version"]);
    assert_eq!((status, out), (Some(0), format!("{}\n", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn shells_get_their_completions() {
    let (status, script, _) = bpfc(&["completions", "bash"]);
    assert_eq!(status, Some(0));
    assert!(script.contains("--btf-compat"), "{script}");
}

#[test]
fn output_that_cannot_be_written_is_io_write() {
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let run = |errors: Stdio| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bpfc"));
        command.arg("--help").stdout(full()).stderr(errors).output().unwrap()
    };
    let told = run(Stdio::piped());
    assert_eq!(told.status.code(), Some(1));
    assert_eq!(told.stderr, b"bpfc: IO_WRITE: stdout: no space left on the device\n");
    assert_eq!(run(full().into()).status.code(), Some(1));
}

#[test]
fn a_name_that_is_not_utf_8_is_io_read() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bpfc"));
    let output = command.arg("inspect").arg(OsStr::from_bytes(b"/nonexistent/\xff")).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stderr.starts_with(b"bpfc: IO_READ: /nonexistent/"), "{output:?}");
}
