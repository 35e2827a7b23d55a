//! The libbpf oracle (`oracle/oracle.c`): what libbpf hands to the kernel for an object and a BTF.
//!
//! [`Oracle::native`] answers for little-endian objects, [`Oracle::s390x`] for big-endian ones (libbpf refuses objects
//! of the other endianness), [`Oracle::old`] as libbpf 0.3; each builds its program on first use. An [`Oracle`] is one
//! process working through its requests one by one: [`Oracle::ask`] for one answer, [`Oracle::ask_all`] for a batch,
//! several oracles for several cores.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;

use bpfc_btf::Endian;
use serde_json::Value;

/// Which programs of an object are loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Those that libbpf loads by itself, so none of a `SEC("?...")`.
    Default,
    /// Every program.
    All,
}

/// One question: does this object load on a kernel with this BTF, and as which instructions?
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Which programs are loaded.
    pub mode: Mode,
    /// The eBPF object file.
    pub object: &'a Path,
    /// The kernel's BTF file, full or trimmed.
    pub btf: &'a Path,
    /// Module BTFs over it. Where there are any, it is the BTF of the machine that libbpf runs on; else one that it is
    /// given (`btf_custom_path`).
    pub modules: &'a [PathBuf],
}

/// A program as libbpf hands it to the kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The C function's name.
    pub name: String,
    /// Its instructions, 8 bytes each, in the endianness of the object, its subprograms behind it. What libbpf fills in
    /// for maps, subprogram calls and kernel symbols is zero.
    pub instructions: Vec<u8>,
}

/// What libbpf makes of a [`Request`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The object loads.
    Loaded(Vec<Program>),
    /// The object is refused.
    Refused {
        /// `open` (the object itself) or `load` (the object on this BTF).
        stage: String,
        /// The negative errno; from -4000 downwards libbpf's own (`enum libbpf_errno`).
        errno: i64,
        /// libbpf's last warnings.
        log: String,
    },
    /// libbpf died of this signal; SIGXCPU (24) stands for a load that does not end.
    Crashed(i64),
}

impl Outcome {
    /// Whether two BTFs mean the same to the object: equal instructions, or no load with either. A crash agrees with nothing.
    pub fn agrees_with(&self, other: &Outcome) -> bool {
        match (self, other) {
            (Outcome::Loaded(ours), Outcome::Loaded(theirs)) => ours == theirs,
            (Outcome::Refused { stage: ours, .. }, Outcome::Refused { stage: theirs, .. }) => ours == theirs,
            _ => false,
        }
    }

    fn from_json(line: &str) -> Option<Outcome> {
        let answer: Value = serde_json::from_str(line).ok()?;
        if let Some(signal) = answer.get("crash") {
            return Some(Outcome::Crashed(signal.as_i64()?));
        }
        if answer.get("ok")?.as_bool()? {
            let programs = answer.get("programs")?.as_array()?;
            return Some(Outcome::Loaded(programs.iter().map(program_from_json).collect::<Option<_>>()?));
        }
        Some(Outcome::Refused {
            stage: answer.get("stage")?.as_str()?.to_owned(),
            errno: answer.get("errno")?.as_i64()?,
            log: answer.get("log")?.as_str()?.to_owned(),
        })
    }
}

fn program_from_json(program: &Value) -> Option<Program> {
    Some(Program {
        name: program.get("name")?.as_str()?.to_owned(),
        instructions: bytes_from_hex(program.get("insns")?.as_str()?)?,
    })
}

fn bytes_from_hex(digits: &str) -> Option<Vec<u8>> {
    let (pairs, []) = digits.as_bytes().as_chunks::<2>() else {
        return None;
    };
    pairs.iter().map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// A running oracle; it ends when dropped.
#[derive(Debug)]
pub struct Oracle {
    process: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Oracle {
    /// libbpf on this machine's architecture, for objects of its endianness.
    pub fn native() -> io::Result<Oracle> {
        Oracle::start(&mut Command::new(build("native")?))
    }

    /// libbpf on s390x, run by `qemu-s390x-static`, for big-endian objects.
    pub fn s390x() -> io::Result<Oracle> {
        Oracle::start(Command::new("qemu-s390x-static").arg(build("s390x")?))
    }

    /// Debian's libbpf 1.1 on this machine's architecture. It crashes on objects with fentry, LSM or similar programs.
    pub fn debian() -> io::Result<Oracle> {
        Oracle::start(&mut Command::new(build("debian")?))
    }

    /// libbpf 0.3 on this machine's architecture, what Debian 11 ships: before the kinds FLOAT, DECL_TAG, TYPE_TAG and
    /// ENUM64. It knows no `SEC("?...")`, so both modes load every program.
    pub fn old() -> io::Result<Oracle> {
        Oracle::start(&mut Command::new(build("old")?))
    }

    fn start(command: &mut Command) -> io::Result<Oracle> {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| failure(&format!("cannot start {command:?}: {error}")))?;
        let questions = process.stdin.take();
        let answers = process.stdout.take().ok_or_else(|| failure("the oracle has no stdout"))?;
        Ok(Oracle { process, questions, answers: BufReader::new(answers) })
    }

    /// Asks one question.
    pub fn ask(&mut self, mode: Mode, object: &Path, btf: &Path) -> io::Result<Outcome> {
        let outcomes = self.ask_all(&[Request { mode, object, btf, modules: &[] }])?;
        outcomes.into_iter().next().ok_or_else(|| failure("the oracle gave no answer"))
    }

    /// Asks many questions; the answers come in the order of the requests.
    pub fn ask_all(&mut self, requests: &[Request<'_>]) -> io::Result<Vec<Outcome>> {
        let lines = requests.iter().map(line).collect::<io::Result<Vec<_>>>()?;
        let Oracle { questions, answers, .. } = self;
        let questions = questions.as_mut().ok_or_else(|| failure("the oracle has no stdin"))?;
        // Written from a thread of its own: the oracle answers while further questions wait in the pipe.
        thread::scope(|scope| {
            let writer = scope.spawn(move || -> io::Result<()> {
                for line in &lines {
                    questions.write_all(line)?;
                }
                questions.flush()
            });
            // All answers are read, whatever they are, so that neither side waits for the other.
            let outcomes: Vec<_> = requests.iter().map(|_| read_outcome(answers)).collect();
            writer.join().map_err(|_| failure("the thread that writes to the oracle panicked"))??;
            outcomes.into_iter().collect()
        })
    }
}

/// The oracles of one thread, each started when it is first asked.
#[derive(Debug, Default)]
pub struct Oracles {
    little: Option<Oracle>,
    big: Option<Oracle>,
    old: Option<Oracle>,
}

impl Oracles {
    /// Current libbpf, for objects of a byte order.
    pub fn of(&mut self, endian: Endian) -> io::Result<&mut Oracle> {
        match endian {
            Endian::Little => started(&mut self.little, Oracle::native),
            Endian::Big => started(&mut self.big, Oracle::s390x),
        }
    }

    /// libbpf 0.3. There is none for big endian.
    pub fn old(&mut self) -> io::Result<&mut Oracle> {
        started(&mut self.old, Oracle::old)
    }
}

fn started(slot: &mut Option<Oracle>, start: fn() -> io::Result<Oracle>) -> io::Result<&mut Oracle> {
    let oracle = match slot.take() {
        Some(oracle) => oracle,
        None => start()?,
    };
    Ok(slot.insert(oracle))
}

impl Drop for Oracle {
    fn drop(&mut self) {
        // The end of its input ends the oracle.
        self.questions = None;
        let _ = self.process.wait();
    }
}

fn line(request: &Request<'_>) -> io::Result<Vec<u8>> {
    let mode = match request.mode {
        Mode::Default => "default",
        Mode::All => "all",
    };
    let mut line = mode.as_bytes().to_vec();
    let modules = request.modules.iter().map(PathBuf::as_path);
    for path in [request.object, request.btf].into_iter().chain(modules) {
        let path = path.as_os_str().as_encoded_bytes();
        if path.contains(&b'\t') || path.contains(&b'\n') {
            return Err(failure("a path for the oracle contains a tab or a newline"));
        }
        line.push(b'\t');
        line.extend_from_slice(path);
    }
    line.push(b'\n');
    Ok(line)
}

fn read_outcome(answers: &mut impl BufRead) -> io::Result<Outcome> {
    let mut line = String::new();
    answers.read_line(&mut line)?;
    Outcome::from_json(&line).ok_or_else(|| failure(&format!("the oracle answered {line:?}")))
}

fn failure(text: &str) -> io::Error {
    io::Error::other(text.to_owned())
}

/// Runs `make TARGET` for the oracle, which does nothing if it is up to date, and returns the program's path.
fn build(target: &str) -> io::Result<PathBuf> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let metadata = cargo_metadata("Cargo.toml")?;
    let sources = libbpf_sys(&metadata)?;
    let old_metadata = cargo_metadata("oracle/old/Cargo.toml")?;
    let old_sources = libbpf_sys(&old_metadata)?;
    let out = target_directory_of(&metadata)?.join("oracle");

    fs::create_dir_all(&out)?;
    let lock = File::create(out.join("lock"))?;
    lock.lock()?;
    run(Command::new("make")
        .args(["--silent", "--jobs=2", target, "--directory"])
        .arg(package.join("oracle"))
        .arg(format!("LIBBPF_SYS={}", sources.display()))
        .arg(format!("OLD_LIBBPF_SYS={}", old_sources.display()))
        .arg(format!("OUT={}", out.display())))?;
    Ok(out.join(target).join("oracle"))
}

/// Where cargo builds: what the tests build themselves goes there too.
pub(crate) fn target_directory() -> io::Result<PathBuf> {
    target_directory_of(&cargo_metadata("Cargo.toml")?)
}

fn target_directory_of(metadata: &Value) -> io::Result<PathBuf> {
    let folder = metadata.get("target_directory").and_then(Value::as_str).map(PathBuf::from);
    folder.ok_or_else(|| failure("cargo metadata names no target directory"))
}

/// Of a manifest in this package.
fn cargo_metadata(manifest: &str) -> io::Result<Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join(manifest);
    let arguments = ["metadata", "--format-version", "1", "--locked", "--manifest-path"];
    let metadata = run(Command::new(cargo).args(arguments).arg(manifest))?;
    Ok(serde_json::from_slice(&metadata)?)
}

fn libbpf_sys(metadata: &Value) -> io::Result<&Path> {
    let packages = metadata.get("packages").and_then(Value::as_array);
    let named = |package: &&Value| package.get("name").and_then(Value::as_str) == Some("libbpf-sys");
    let package = packages.into_iter().flatten().find(named);
    let manifest = package.and_then(|package| package.get("manifest_path")?.as_str());
    let folder = manifest.and_then(|manifest| Path::new(manifest).parent());
    folder.ok_or_else(|| failure("cargo metadata does not list libbpf-sys"))
}

fn run(command: &mut Command) -> io::Result<Vec<u8>> {
    let output = command.output().map_err(|error| failure(&format!("cannot run {command:?}: {error}")))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(failure(&format!("{command:?} failed:\n{}", String::from_utf8_lossy(&output.stderr))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const POISONED_CALL_LE: [u8; 8] = [0x85, 0, 0, 0, 0x10, 0x23, 0xad, 0x0b];
    const POISONED_CALL_BE: [u8; 8] = [0x85, 0, 0, 0, 0x0b, 0xad, 0x23, 0x10];

    fn fixture(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../packages/fixtures/objects").join(name)
    }

    fn contains(outcome: &Outcome, instruction: [u8; 8]) -> bool {
        let Outcome::Loaded(programs) = outcome else {
            panic!("not loaded: {outcome:?}");
        };
        programs.iter().any(|program| program.instructions.as_chunks().0.contains(&instruction))
    }

    // An object's own BTF serves as the BTF of a kernel that has just its types.
    fn a_type_that_is_missing_poisons(mut oracle: Oracle, target: &str, poisoned_call: [u8; 8]) {
        let object = fixture(&format!("{target}/fields.bpf.o"));
        let without_its_types = fixture(&format!("{target}/no_core.bpf.o"));
        let with = oracle.ask(Mode::All, &object, &object).unwrap();
        let without = oracle.ask(Mode::All, &object, &without_its_types).unwrap();
        assert!(!contains(&with, poisoned_call));
        assert!(contains(&without, poisoned_call));
        assert!(with.agrees_with(&with));
        assert!(!with.agrees_with(&without));
    }

    #[test]
    fn a_type_that_is_missing_poisons_in_little_endian() {
        a_type_that_is_missing_poisons(Oracle::native().unwrap(), "bpfel", POISONED_CALL_LE);
    }

    #[test]
    fn a_type_that_is_missing_poisons_in_big_endian() {
        a_type_that_is_missing_poisons(Oracle::s390x().unwrap(), "bpfeb", POISONED_CALL_BE);
    }

    #[test]
    fn an_object_of_the_other_endianness_is_refused_at_load() {
        let object = fixture("bpfeb/fields.bpf.o");
        let outcome = Oracle::native().unwrap().ask(Mode::Default, &object, &object).unwrap();
        // LIBBPF_ERRNO__ENDIAN
        assert!(
            matches!(outcome, Outcome::Refused { ref stage, errno: -4003, .. } if stage == "load"),
            "{outcome:?}"
        );
    }

    #[test]
    fn more_requests_than_a_pipe_holds_are_answered_in_order() {
        let object = fixture("bpfel/no_core.bpf.o");
        let missing = fixture("missing.bpf.o");
        let requests: Vec<_> = [object.as_path(), missing.as_path()]
            .into_iter()
            .cycle()
            .take(1000)
            .map(|path| Request { mode: Mode::Default, object: path, btf: &object, modules: &[] })
            .collect();
        let outcomes = Oracle::native().unwrap().ask_all(&requests).unwrap();
        assert_eq!(outcomes.len(), requests.len());
        for pair in outcomes.chunks(2) {
            let [Outcome::Loaded(programs), Outcome::Refused { stage, errno, log }] = pair else {
                panic!("{pair:?}");
            };
            assert!(!programs.is_empty());
            assert_eq!((stage.as_str(), *errno), ("open", -2));
            assert!(log.contains("missing.bpf.o"));
        }
    }

    #[test]
    fn a_path_that_the_protocol_cannot_carry_is_an_error() {
        let path = Path::new("a\tb");
        assert!(Oracle::native().unwrap().ask(Mode::Default, path, path).is_err());
    }

    #[test]
    fn a_crash_agrees_with_nothing() {
        let crash = Outcome::from_json(r#"{"crash":11}"#).unwrap();
        assert_eq!(crash, Outcome::Crashed(11));
        assert!(!crash.agrees_with(&crash));
    }
}
