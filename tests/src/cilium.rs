//! cilium/ebpf, another loader with rules of its own (`cilium/main.go`): what it makes of an object and a BTF.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use bpfc_relo::{BpfObject, ReloKind};
use serde::Deserialize;

use crate::Result;

/// A running program; it ends when dropped.
#[derive(Debug)]
pub struct Cilium {
    process: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// The relocated instructions of a program, or why it is refused.
pub type Relocated = std::result::Result<Vec<Instruction>, String>;

/// The programs of an object, by name.
pub type Programs = BTreeMap<String, Relocated>;

/// An instruction that a relocation names, after relocation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Instruction {
    /// The function that holds it, of the program or of one that it calls.
    pub function: String,
    /// Bytes from the start of the function.
    pub offset: u64,
    /// What was asked, in cilium's words.
    pub kind: String,
    /// The instruction in hexadecimal digits, of 8 or 16 bytes, in the byte order of the object.
    pub code: String,
}

#[derive(Deserialize)]
struct Answer {
    error: Option<String>,
    #[serde(default)]
    programs: Vec<Program>,
}

#[derive(Deserialize)]
struct Program {
    name: String,
    error: Option<String>,
    relocated: Option<Vec<Instruction>>,
}

impl Cilium {
    /// Builds the program where that has not been done, and starts it.
    ///
    /// # Errors
    /// There is no Go, or the program does not compile.
    pub fn start() -> Result<Cilium> {
        let mut process = Command::new(build()?).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let questions = process.stdin.take();
        let answers = process.stdout.take().ok_or("cilium has no stdout")?;
        Ok(Cilium { process, questions, answers: BufReader::new(answers) })
    }

    /// Relocates all programs of `object` against `btf`, both files; none where cilium does not read the object.
    ///
    /// # Errors
    /// The program ended.
    pub fn ask(&mut self, object: &Path, btf: &Path) -> Result<Option<Programs>> {
        let questions = self.questions.as_mut().ok_or("cilium has no stdin")?;
        questions.write_all(format!("{}\t{}\n", object.display(), btf.display()).as_bytes())?;
        questions.flush()?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let answer: Answer =
            serde_json::from_str(&line).map_err(|error| format!("cilium answered {line:?}: {error}"))?;
        if answer.error.is_some() {
            return Ok(None);
        }
        let programs = answer.programs.into_iter().map(|program| {
            let relocated = program.error.map_or(Ok(program.relocated.unwrap_or_default()), Err);
            (program.name, relocated)
        });
        Ok(Some(programs.collect()))
    }
}

impl Drop for Cilium {
    fn drop(&mut self) {
        // The end of its input ends it.
        self.questions = None;
        let _ = self.process.wait();
    }
}

impl Instruction {
    /// Whether its value is an id, which is a number of the BTF at hand.
    pub fn is_id(&self) -> bool {
        matches!(self.kind.as_str(), "local_type_id" | "target_type_id")
    }

    /// The instruction as libbpf's rules relocate it; `programs` are by position in the object.
    pub fn by_libbpf(&self, object: &BpfObject, programs: &[Vec<u8>]) -> Option<String> {
        let position = object.programs().iter().position(|program| program.name == self.function)?;
        let start = usize::try_from(self.offset).ok()?;
        let code = programs.get(position)?.get(start..start + self.code.len() / 2)?;
        Some(code.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The kind of the relocation, for a table.
    pub fn relocation(&self, object: &BpfObject) -> Option<ReloKind> {
        let position = object.programs().iter().position(|program| program.name == self.function)?;
        let program = object.programs().get(position)?;
        let relocation = object.relocations().iter().find(|relocation| {
            relocation.program == Some(position)
                && u64::from(relocation.offset) == program.offset + self.offset
        })?;
        object.specs().get(relocation.spec)?.kind()
    }
}

fn build() -> Result<PathBuf> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = crate::oracle::target_directory()?.join("cilium");
    fs::create_dir_all(&out)?;
    let lock = File::create(out.join("lock"))?;
    lock.lock()?;
    let program = out.join("cilium");
    let output = Command::new("go")
        .args(["build", "-trimpath", "-o"])
        .arg(&program)
        .arg(".")
        .current_dir(package.join("cilium"))
        .output()
        .map_err(|error| format!("cannot run go, 1.25 or newer (https://go.dev/dl): {error}"))?;
    match output.status.success() {
        true => Ok(program),
        false => Err(format!("go build failed:\n{}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}
