//! Hostile inputs end in coded errors, through the functions that the product hands its input to.

#![allow(clippy::unwrap_used, clippy::panic, reason = "this is test code")]

use std::borrow::Cow;
use std::fs;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use bpfc_archive::Pack;
use bpfc_btf::Btf;
use bpfc_pack::KernelSource;
use bpfc_relo::{BpfObject, Report};
use bpfc_tests::fixtures;
use serde_json::Value;

/// Nothing here takes a second; what takes this long hangs.
const HANGS: Duration = Duration::from_secs(120);

/// A line of hostile.json.
#[derive(Clone)]
struct Input {
    file: String,
    form: String,
    code: String,
    with: Option<String>,
}

fn inputs() -> Vec<Input> {
    let table: Value =
        serde_json::from_slice(&fs::read(fixtures::path("hostile/hostile.json")).unwrap()).unwrap();
    let text = |line: &Value, field: &str| line.get(field).and_then(Value::as_str).map(str::to_owned);
    let input = |line: &Value| {
        Some(Input {
            file: text(line, "file")?,
            form: text(line, "as")?,
            code: text(line, "code")?,
            with: text(line, "with"),
        })
    };
    table.as_array().unwrap().iter().map(|line| input(line).unwrap()).collect()
}

#[test]
fn every_hostile_input_ends_in_the_error_of_the_table() {
    let inputs = inputs();
    assert!(inputs.len() >= 12);
    let (send, receive) = mpsc::channel();
    let work = inputs.clone();
    thread::spawn(move || work.iter().try_for_each(|input| send.send(outcome(input))));
    let mut wrong = Vec::new();
    for Input { file, code, .. } in &inputs {
        match receive.recv_timeout(HANGS) {
            Ok(outcome) if outcome == *code => {}
            Ok(outcome) => wrong.push(format!("{file}: {outcome} where the table says {code}")),
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("{file} hangs"),
            Err(mpsc::RecvTimeoutError::Disconnected) => panic!("{file} panics"),
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_table_names_every_hostile_file() {
    let mut listed: Vec<String> = inputs().into_iter().map(|input| input.file).collect();
    let mut present = Vec::new();
    for form in ["kernel", "object", "pack"] {
        for entry in fs::read_dir(fixtures::path("hostile").join(form)).unwrap() {
            present.push(format!("{form}/{}", entry.unwrap().file_name().to_str().unwrap()));
        }
    }
    listed.sort();
    present.sort();
    assert_eq!(listed, present);
}

/// The code in which an input ends, or that it ends in none.
fn outcome(input: &Input) -> String {
    let bytes = fs::read(fixtures::path("hostile").join(&input.file)).unwrap();
    let code = match input.form.as_str() {
        "kernel" => kernel(&bytes, input.with.as_deref()),
        "object" => object(&bytes),
        "pack" => Pack::open(Cow::Owned(bytes)).err().map(|error| error.code()),
        form => panic!("{form}"),
    };
    code.unwrap_or("no error").to_owned()
}

fn kernel(bytes: &[u8], with: Option<&str>) -> Option<&'static str> {
    let read = KernelSource::open(bytes).and_then(KernelSource::into_bytes);
    let btf = match read.and_then(|bytes| Ok(Btf::parse(bytes)?)) {
        Ok(btf) => btf,
        Err(error) => return Some(error.code()),
    };
    let file = fixtures::path(&format!("objects/bpfel/{}.bpf.o", with?));
    let object = BpfObject::parse(&fs::read(file).unwrap()).unwrap();
    relocated(object, &btf)
}

fn object(bytes: &[u8]) -> Option<&'static str> {
    match BpfObject::parse(bytes) {
        Err(error) => Some(error.code()),
        // Its own types stand in for a kernel's.
        Ok(object) => {
            let kernel = object.btf().clone();
            relocated(object, &kernel)
        }
    }
}

fn relocated(object: BpfObject, kernel: &Btf) -> Option<&'static str> {
    let trimmed = fixtures::trimmer_for([&Arc::new(object)]).trim(kernel);
    match trimmed.as_ref().map(|trimmed| trimmed.reports.as_slice()) {
        Err(error) => Some(error.code()),
        Ok([Report { error, .. }]) => error.map(|refusal| refusal.failure.code()),
        Ok(reports) => panic!("{reports:?}"),
    }
}
