//! The examples on the running kernel, with real programs attached: with its BTF hidden they load by the BTF of their pack,
//! and see a process that is executed; without one they say so; with the kernel's own BTF nothing is unpacked.
//!
//! A loader is a row of [`live!`] at the end.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "this is test code")]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use bpfc_tests::live::{self, KernelBtf, Running};
use bpfc_tests::{Result, findings};
use serde_json::Value;

/// What a tool carries.
#[derive(Clone, Copy, Debug)]
enum Pack {
    /// A pack with the running kernel's BTF.
    OfThisKernel,
    /// A pack with another kernel's.
    OfAnother,
    /// None.
    None,
}

/// A tool that prints who executes what, until Ctrl-C.
struct Tool {
    /// Program and arguments. It writes an explanation of the BTF used to stderr, as one line `BTF: {JSON}`.
    command: fn(Pack) -> Vec<String>,
    /// Part of the line that says that it is attached.
    ready: &'static str,
}

const C_BOOTSTRAP: Tool = Tool { command: |pack| c_example("bootstrap", pack), ready: "FILENAME" };
const C_EXECSNOOP: Tool = Tool { command: |pack| c_example("execsnoop", pack), ready: "PCOMM" };
const RUST_BOOTSTRAP: Tool = Tool { command: rust_example, ready: "FILENAME" };

fn c_example(name: &str, pack: Pack) -> Vec<String> {
    let program = c_examples().join(format!("{pack:?}")).join(name);
    vec![program.display().to_string(), "--verbose".to_owned()]
}

/// The folder that they are built in.
fn c_examples() -> &'static PathBuf {
    static BUILT: LazyLock<Result<PathBuf>> = LazyLock::new(build_c_examples);
    findings::of(&BUILT)
}

/// The examples as a stranger builds them, once for each [`Pack`], in a folder of its name.
fn build_c_examples() -> Result<PathBuf> {
    let folder = live::target()?.join("live-c");
    let kernel = "/sys/kernel/btf/vmlinux";
    let another = folder.join("archive");
    let identity = another.join("elsewhere/1/x86_64");
    fs::create_dir_all(&identity)?;
    fs::copy(kernel, identity.join("1.0.0-elsewhere.btf"))?;
    for (pack, from) in [
        (Pack::OfThisKernel, kernel.to_owned()),
        (Pack::OfAnother, another.display().to_string()),
        (Pack::None, String::new()),
    ] {
        let output = folder.join(format!("{pack:?}"));
        // The archive's path is the same in every run, the kernel may be another one.
        if output.exists() {
            fs::remove_dir_all(&output)?;
        }
        live::make(
            "examples/c",
            &[
                format!("OUT={}", output.display()),
                format!("FROM={from}"),
                format!("BPFC={}", live::bpfc()?.display()),
                "CLANG=clang-19".to_owned(),
            ],
        )?;
    }
    Ok(folder)
}

/// `bootstrap` in Rust takes the program of the one in C, in a pack.
fn rust_example(pack: Pack) -> Vec<String> {
    static BUILT: LazyLock<Result<PathBuf>> = LazyLock::new(build_rust_example);
    let program = findings::of(&BUILT).display().to_string();
    let pack = c_examples().join(format!("{pack:?}")).join("bootstrap.pack/min_core_btfs.tar.gz");
    vec![program, "--verbose".to_owned(), pack.display().to_string()]
}

/// As its README says.
fn build_rust_example() -> Result<PathBuf> {
    let folder = live::target()?.join("live-rust");
    let target = format!("{}-unknown-linux-gnu", env::consts::ARCH);
    let output = Command::new("cargo")
        .args(["build", "--locked", "--release", "--target", &target, "--target-dir"])
        .arg(&folder)
        .current_dir(live::root().join("examples/rust"))
        .output()?;
    if !output.status.success() {
        return Err(format!("cargo build: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(folder.join(target).join("release/bootstrap"))
}

/// A program whose path nobody else executes.
struct Unique {
    program: PathBuf,
    _folder: tempfile::TempDir,
}

impl Unique {
    fn new() -> Unique {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("bpfc-live");
        fs::copy("/bin/true", &program).unwrap();
        Unique { program, _folder: folder }
    }

    fn path(&self) -> &str {
        self.program.to_str().unwrap()
    }

    fn execute(&self) -> u32 {
        let mut process = Command::new(&self.program).spawn().unwrap();
        assert!(process.wait().unwrap().success());
        process.id()
    }
}

/// The explanation that a tool wrote to stderr.
fn explanation(stderr: &str) -> Value {
    let line = stderr.lines().find_map(|line| line.strip_prefix("BTF: "));
    serde_json::from_str(line.unwrap_or_else(|| panic!("no explanation: {stderr}"))).unwrap()
}

/// Runs a tool until it has seen a process; the explanation, and how many memory files it held when it was attached.
fn sees_a_process(tool: &Tool, btf: KernelBtf) -> (Value, usize) {
    let unique = Unique::new();
    let mut running = Running::start(live::command(btf, (tool.command)(Pack::OfThisKernel))).unwrap();
    running.line_with(&[tool.ready]).unwrap();
    let memory_files = running.memory_files().unwrap();
    let pid = unique.execute().to_string();
    let line = running.line_with(&[unique.path()]).unwrap();
    assert!(line.split_whitespace().any(|word| word == pid), "{pid} is not in: {line}");
    let (status, stderr) = running.interrupt().unwrap();
    assert!(status.success(), "{status}: {stderr}");
    (explanation(&stderr), memory_files)
}

fn loads_by_its_pack_where_the_kernel_has_no_btf(tool: &Tool) {
    let (explanation, _) = sees_a_process(tool, KernelBtf::Hidden);
    assert_eq!(explanation["source"], "pack", "{explanation}");
    assert_eq!(explanation["step"], "exact", "{explanation}");
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let key = explanation["key"].as_str().unwrap();
    assert!(key.ends_with(&format!("/{}", release.trim_end())), "{key}");
}

fn unpacks_nothing_where_the_kernel_has_btf(tool: &Tool) {
    let (explanation, memory_files) = sees_a_process(tool, KernelBtf::Visible);
    assert_eq!(explanation["source"], "native", "{explanation}");
    assert_eq!(explanation["key"], Value::Null, "{explanation}");
    assert_eq!(memory_files, 0);
}

/// One line on stderr, with a code of docs/errors.md, and nothing on stdout.
fn fails_clearly(tool: &Tool, pack: Pack, code: &str) {
    let output = live::command(KernelBtf::Hidden, (tool.command)(pack)).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.contains(&format!("no BTF for this kernel: {code}: ")), "{stderr}");
}

fn says_so_where_its_pack_lacks_the_kernel(tool: &Tool) {
    fails_clearly(tool, Pack::OfAnother, "PACK_NO_MATCH");
}

fn says_so_where_it_has_no_pack(tool: &Tool) {
    fails_clearly(tool, Pack::None, "LOADER_NO_PACK");
}

fn finds_the_kernels_btf_without_a_pack(tool: &Tool) {
    let command = live::command(KernelBtf::Visible, (tool.command)(Pack::None));
    let mut running = Running::start(command).unwrap();
    running.line_with(&[tool.ready]).unwrap();
    let (status, stderr) = running.interrupt().unwrap();
    assert!(status.success(), "{status}: {stderr}");
}

macro_rules! live {
    ($($row:ident: $tool:expr $(, $further:ident)*;)*) => {$(
        mod $row {
            live!(@ $row, $tool, loads_by_its_pack_where_the_kernel_has_no_btf);
            live!(@ $row, $tool, unpacks_nothing_where_the_kernel_has_btf);
            live!(@ $row, $tool, says_so_where_its_pack_lacks_the_kernel);
            $(live!(@ $row, $tool, $further);)*
        }
    )*};
    (@ $row:ident, $tool:expr, $case:ident) => {
        #[test]
        fn $case() {
            match bpfc_tests::live::obstacle() {
                Some(why) => bpfc_tests::live::skip(concat!(stringify!($row), "::", stringify!($case)), why),
                None => super::$case(&$tool),
            }
        }
    };
}

live! {
    c_bootstrap: crate::C_BOOTSTRAP, says_so_where_it_has_no_pack, finds_the_kernels_btf_without_a_pack;
    c_execsnoop: crate::C_EXECSNOOP, says_so_where_it_has_no_pack, finds_the_kernels_btf_without_a_pack;
    rust_bootstrap: crate::RUST_BOOTSTRAP;
}

#[test]
fn an_example_is_one_static_file() {
    if let Some(why) = live::obstacle() {
        return live::skip("an_example_is_one_static_file", why);
    }
    let c = ["bootstrap", "execsnoop"].map(|name| c_example(name, Pack::OfThisKernel));
    for mut command in c.into_iter().chain([rust_example(Pack::OfThisKernel)]) {
        let file = command.remove(0);
        let output = Command::new("readelf").args(["--program-headers", "--wide", &file]).output().unwrap();
        let headers = String::from_utf8(output.stdout).unwrap();
        assert!(headers.contains("LOAD") && !headers.contains("INTERP"), "{headers}");
        println!("{file}: {} bytes", fs::metadata(Path::new(&file)).unwrap().len());
    }
}

#[test]
fn a_btf_from_a_pack_is_a_memory_file() {
    match live::obstacle() {
        Some(why) => live::skip("a_btf_from_a_pack_is_a_memory_file", why),
        None => assert_eq!(sees_a_process(&C_EXECSNOOP, KernelBtf::Hidden).1, 1),
    }
}
