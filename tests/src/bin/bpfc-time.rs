//! Times what the benchmarks (`bench/`) cannot time from JavaScript, and prints `{"median_ns":...}`:
//!
//! - `bpfc-time trim N OBJECT BTF`: reads both files, parses both, trims; N times in this process. As much as
//!   `oracle --time` has libbpf do: it opens the object and loads it with the BTF.
//! - `bpfc-time run N PROGRAM [ARGUMENT...]`: starts the program and waits for its end, N times. Node's own way to start
//!   one takes milliseconds, as long as some of these programs run.

use std::env;
use std::fs;
use std::hint::black_box;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::Instant;

use bpfc_btf::Btf;
use bpfc_relo::{BpfObject, Trimmer};
use bpfc_tests::Result;

const USAGE: &str = "usage: bpfc-time trim N OBJECT BTF | bpfc-time run N PROGRAM [ARGUMENT...]";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match median_of(&arguments) {
        Ok(median) => {
            println!("{{\"median_ns\":{median}}}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("bpfc-time: {error}");
            ExitCode::FAILURE
        }
    }
}

fn median_of(arguments: &[String]) -> Result<u128> {
    match arguments {
        [mode, times, object, btf] if mode == "trim" => median(times, || trim(object, btf)),
        [mode, times, program, rest @ ..] if mode == "run" => median(times, || run(program, rest)),
        _ => Err(USAGE.into()),
    }
}

/// Nanoseconds.
fn median(times: &str, mut work: impl FnMut() -> Result<()>) -> Result<u128> {
    let times: usize = times.parse().map_err(|_| USAGE)?;
    let mut durations = Vec::new();
    for _ in 0..times {
        let start = Instant::now();
        work()?;
        durations.push(start.elapsed().as_nanos());
    }
    durations.sort_unstable();
    durations.get(times / 2).copied().ok_or_else(|| USAGE.into())
}

fn trim(object: &str, btf: &str) -> Result<()> {
    let object = BpfObject::parse(&fs::read(object)?)?;
    let mut trimmer = Trimmer::new();
    trimmer.add(Arc::new(object));
    black_box(trimmer.trim(&Btf::parse(fs::read(btf)?)?)?);
    Ok(())
}

fn run(program: &str, arguments: &[String]) -> Result<()> {
    let status = Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .status()
        .map_err(|error| format!("cannot run {program}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{program}: {status}").into()) }
}
