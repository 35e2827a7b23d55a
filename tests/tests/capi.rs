//! `libbpf_compatible` as C programs meet it: static and shared, installed, under sanitizers and valgrind, with rights and
//! without, over the hostile packs and the table of selection.

#![allow(clippy::unwrap_used, clippy::panic, reason = "this is test code")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use bpfc_archive::{Identity, PackContainer, PackWriter};
use bpfc_btf::{Builder, Endian, IntEncoding};
use bpfc_tests::live::{self, KernelBtf};
use bpfc_tests::{Result, fixtures};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The library and its headers, as `make install` puts them, and what is compiled here.
struct Installed {
    prefix: PathBuf,
    folder: TempDir,
}

static INSTALLED: LazyLock<Result<Installed>> = LazyLock::new(|| {
    let folder = tempfile::tempdir()?;
    let prefix = folder.path().join("usr");
    live::make("crates/capi", &["install".to_owned(), format!("PREFIX={}", prefix.display())])?;
    Ok(Installed { prefix, folder })
});

fn installed() -> &'static Installed {
    bpfc_tests::findings::of(&INSTALLED)
}

/// How a test program is linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Build {
    Static,
    Shared,
    Sanitized,
}

fn stdout(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}: {}{}", output.status, text(&output.stdout), text(&output.stderr));
    assert_eq!(text(&output.stderr), "");
    text(&output.stdout)
}

fn compile(compiler: &str, arguments: &[&str]) {
    let output = Command::new(compiler).args(["-Wall", "-Wextra", "-Werror", "-g"]).args(arguments).output();
    stdout(&output.unwrap());
}

/// A program of crates/capi/test, compiled as pkg-config says.
fn program(name: &str, build: Build, more: &[&str]) -> PathBuf {
    let Installed { prefix, folder } = installed();
    // Tests compile at the same time.
    static PROGRAMS: AtomicUsize = AtomicUsize::new(0);
    let number = PROGRAMS.fetch_add(1, Ordering::Relaxed);
    let output = folder.path().join(format!("{name}-{number}"));
    let source = live::root().join(format!("crates/capi/test/{name}.c"));
    let pkg_config = Command::new("pkg-config")
        .args(["--cflags", "--libs", "libbpf_compatible"])
        .env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig"))
        .output();
    let flags = stdout(&pkg_config.unwrap());
    let kind: &[&str] = match build {
        Build::Static => &["-static", "-Wl,--gc-sections"],
        Build::Shared => &[],
        Build::Sanitized => &["-static-libasan", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
    };
    let (source, output_text) = (source.to_str().unwrap(), output.to_str().unwrap());
    let mut arguments = vec!["-std=gnu11", "-D_GNU_SOURCE", "-pthread", source, "-o", output_text];
    arguments.extend(kind.iter().chain(more));
    let library = prefix.join("lib/libbpf_compatible.a");
    match build {
        Build::Shared => arguments.extend(flags.split_whitespace()),
        Build::Static | Build::Sanitized => {
            arguments.extend(flags.split_whitespace().filter(|flag| flag.starts_with("-I")));
            arguments.push(library.to_str().unwrap());
        }
    }
    compile("gcc", &arguments);
    output
}

/// Runs in a place where the kernel has no BTF.
fn hidden(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = live::command(KernelBtf::Hidden, arguments);
    command.env("LD_LIBRARY_PATH", installed().prefix.join("lib"));
    command.envs(variables.iter().copied()).output().unwrap()
}

/// A BTF with a text in it.
fn btf(text: &str, endian: Endian) -> Vec<u8> {
    let mut builder = Builder::new(endian);
    builder.int(text.as_bytes(), 4, IntEncoding::Signed, 32);
    builder.finish().unwrap()
}

fn pack<'e>(entries: impl IntoIterator<Item = (&'e str, Vec<u8>)>, container: PackContainer) -> Vec<u8> {
    let mut writer = PackWriter::new();
    for (path, content) in entries {
        writer.add(path, content).unwrap();
    }
    writer.finish(container).unwrap()
}

const DEBIAN: &str = "btfhub-archive/debian/12/x86_64/6.1.0-1-amd64.btf";

/// Runs contract.c with a folder for temporary files of its own, which it must leave empty.
fn holds_the_contract(build: Build, rounds: usize, runner: &[&str], variables: &[(&str, &str)]) {
    let program = program("contract", build, &[]);
    let folder = tempfile::tempdir().unwrap();
    let (own, temporary) = (folder.path().join("pack"), folder.path().join("tmp"));
    fs::create_dir(&temporary).unwrap();
    let hostile: Vec<String> = fs::read_dir(fixtures::path("hostile/pack"))
        .unwrap()
        .map(|entry| entry.unwrap().path().display().to_string())
        .collect();
    assert!(hostile.len() > 5);
    for container in [PackContainer::Tar, PackContainer::TarGzip] {
        fs::write(&own, pack([(DEBIAN, btf("int", Endian::Little))], container)).unwrap();
        let rounds = rounds.to_string();
        let mut arguments = runner.to_vec();
        arguments.extend([program.to_str().unwrap(), &rounds, own.to_str().unwrap()]);
        arguments.extend(hostile.iter().map(String::as_str));
        let mut variables = variables.to_vec();
        variables.push(("TMPDIR", temporary.to_str().unwrap()));
        assert_eq!(stdout(&hidden(&arguments, &variables)), "");
        assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
    }
}

macro_rules! needs_namespace {
    ($name:literal) => {
        if let Some(why) = live::obstacle() {
            return live::skip($name, why);
        }
    };
}

#[test]
fn a_static_program_holds_the_contract_for_10000_rounds_in_memory_that_does_not_grow() {
    needs_namespace!("a_static_program_holds_the_contract");
    holds_the_contract(Build::Static, 10_000, &[], &[("MEMORY", "1")]);
}

#[test]
fn a_program_with_the_shared_library_holds_the_contract() {
    needs_namespace!("a_program_with_the_shared_library_holds_the_contract");
    holds_the_contract(Build::Shared, 1_000, &[], &[("MEMORY", "1")]);
}

#[test]
fn address_and_undefined_behaviour_sanitizers_find_nothing() {
    needs_namespace!("address_and_undefined_behaviour_sanitizers_find_nothing");
    holds_the_contract(Build::Sanitized, 1_000, &[], &[("ASAN_OPTIONS", "detect_leaks=1")]);
}

#[test]
fn valgrind_finds_no_leak_and_no_invalid_access() {
    needs_namespace!("valgrind_finds_no_leak_and_no_invalid_access");
    // "Possibly" lost is the main thread's handle in Rust's standard library, held by a pointer into its middle. vgdb would put
    // its pipes into TMPDIR.
    let options = [
        "--quiet",
        "--vgdb=no",
        "--leak-check=full",
        "--errors-for-leak-kinds=definite",
        "--show-leak-kinds=definite",
    ];
    let runner: Vec<&str> = ["valgrind", "--error-exitcode=9"].into_iter().chain(options).collect();
    holds_the_contract(Build::Shared, 50, &runner, &[]);
}

/// What ensure.c says of a pack and a machine: its exit code, the explanation and the path.
fn ensured(program: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, Value, String) {
    let mut all = vec![program.to_str().unwrap()];
    all.extend(arguments);
    let output = hidden(&all, variables);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let text = String::from_utf8(output.stdout).unwrap();
    let (explanation, path) = text.trim_end().split_once('\n').unwrap();
    (output.status.code().unwrap(), serde_json::from_str(explanation).unwrap(), path.to_owned())
}

#[test]
fn every_row_of_the_table_of_selection() {
    needs_namespace!("every_row_of_the_table_of_selection");
    let program = program("ensure", Build::Static, &[]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pack.tar");
    let table: Vec<Value> =
        serde_json::from_slice(&fs::read(fixtures::path("selection.json")).unwrap()).unwrap();
    for row in &table {
        let text = |field: &str| row[field].as_str().unwrap();
        let machine = bpfc_archive::machine_of_arch(text("machine"));
        let endian = match bpfc_archive::endian_of_machine(machine) {
            Some(bpfc_archive::Endian::Big) => Endian::Big,
            _ => Endian::Little,
        };
        let entries = row["entries"].as_object().unwrap().iter();
        let entries = entries.map(|(path, text)| (path.as_str(), btf(text.as_str().unwrap(), endian)));
        fs::write(&file, pack(entries, PackContainer::TarGzip)).unwrap();
        let nearest = i32::from(row["nearest"] == true).to_string();
        let arguments =
            [file.to_str().unwrap(), text("machine"), text("release"), text("osRelease"), &nearest];

        let (status, explanation, path) = ensured(&program, &arguments, &[]);

        let name = text("name");
        assert_eq!(explanation["step"], row["step"], "{name}: {explanation}");
        let key = row["entry"].as_str().map(|entry| {
            Identity::of_path(entry).map_or_else(|| entry.to_owned(), |identity| identity.to_string())
        });
        assert_eq!(explanation["key"], json!(key), "{name}");
        // ENOENT
        assert_eq!((status, path == "-"), if key.is_some() { (0, false) } else { (2, true) }, "{name}");
    }
    assert!(table.len() > 20);
}

/// Machine and release of the running kernel.
fn uname() -> (String, String) {
    let text = stdout(&Command::new("uname").args(["-m", "-r"]).output().unwrap());
    let (release, machine) = text.trim_end().split_once(' ').unwrap();
    (machine.to_owned(), release.to_owned())
}

/// What a pack unpacks to is for the pack to say: 60 MB, of which each step on the way holds a copy.
#[test]
fn memory_that_is_not_there_is_enomem() {
    needs_namespace!("memory_that_is_not_there_is_enomem");
    let program = program("ensure", Build::Static, &[]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pack.tar.gz");
    let large = btf(&"a".repeat(60_000_000), Endian::Little);
    fs::write(&file, pack([(DEBIAN, large)], PackContainer::TarGzip)).unwrap();
    let debian = ["x86_64", "6.1.0-1-amd64", "ID=debian\nVERSION_ID=12", "0"];
    let statuses = (1..=16).map(|step| {
        let limit = format!("--as={}", step * 20_000_000);
        let arguments = [&[program.to_str().unwrap(), file.to_str().unwrap()], &debian[..]].concat();
        let (status, explanation, path) =
            ensured(Path::new("prlimit"), &[&[&*limit], &*arguments].concat(), &[]);
        assert_eq!(path == "-", status != 0, "{limit}: {explanation}");
        status
    });
    let mut statuses: Vec<i32> = statuses.collect();
    statuses.dedup();
    // ENOMEM
    assert_eq!(statuses, [12, 0]);
}

/// The running kernel's entry.
fn own_pack() -> Vec<u8> {
    let (machine, release) = uname();
    let path = format!("btfhub-archive/any/1/{machine}/{release}.btf");
    pack([(path.as_str(), btf("int", Endian::Little))], PackContainer::TarGzip)
}

#[test]
fn without_proc_a_temporary_file_takes_the_place_of_memory() {
    needs_namespace!("without_proc_a_temporary_file_takes_the_place_of_memory");
    let program = program("ensure", Build::Static, &[]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pack.tar.gz");
    fs::write(&file, own_pack()).unwrap();
    let script = r#"mount -t tmpfs none /proc && exec "$@""#;
    let output = hidden(&["sh", "-c", script, "sh", program.to_str().unwrap(), file.to_str().unwrap()], &[]);
    let path = stdout(&output).lines().nth(1).unwrap().to_owned();
    assert!(path.starts_with("/tmp/bpfc-"), "{path}");
    assert!(!Path::new(&path).exists());
}

#[test]
fn a_privileged_process_does_not_read_the_environment() {
    needs_namespace!("a_privileged_process_does_not_read_the_environment");
    let folder = tempfile::tempdir().unwrap();
    let open = |path: &Path, mode| {
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    };
    open(folder.path(), 0o755);
    let own = folder.path().join("ensure");
    fs::copy(program("ensure", Build::Static, &[]), &own).unwrap();
    let (file, other) = (folder.path().join("pack.tar.gz"), folder.path().join("other"));
    fs::write(&file, own_pack()).unwrap();
    fs::write(&other, btf("other", Endian::Little)).unwrap();
    let variables = [("BTF_FILE_PATH", other.to_str().unwrap())];
    for (mode, source) in [(0o755, "explicit"), (0o4755, "pack")] {
        open(&own, mode);
        let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
        let program = [own.to_str().unwrap(), file.to_str().unwrap()];
        let output = hidden(&[&nobody[..], &program].concat(), &variables);
        let explanation: Value = serde_json::from_str(stdout(&output).lines().next().unwrap()).unwrap();
        assert_eq!(explanation["source"], source, "{mode:o}: {explanation}");
    }
}

/// In a container os-release is the container's, and the kernel the host's.
#[test]
fn in_a_container_the_hosts_os_release_may_be_named() {
    needs_namespace!("in_a_container_the_hosts_os_release_may_be_named");
    let program = program("ensure", Build::Static, &[]);
    let folder = tempfile::tempdir().unwrap();
    let (file, os_release) = (folder.path().join("pack.tar"), folder.path().join("os-release"));
    let (machine, release) = uname();
    let path = |version: &str| format!("btfhub-archive/ubuntu/{version}/{machine}/{release}.btf");
    let entries = ["18.04", "20.04"].map(|version| (path(version), btf(version, Endian::Little)));
    let entries = entries.iter().map(|(path, content)| (path.as_str(), content.clone()));
    fs::write(&file, pack(entries, PackContainer::Tar)).unwrap();
    let arguments = [file.to_str().unwrap()];
    let (status, explanation, _) = ensured(&program, &arguments, &[]);
    assert_eq!((status, &explanation["error"]["code"]), (2, &json!("PACK_NO_MATCH")), "two of one release");
    for version in ["18.04", "20.04"] {
        fs::write(&os_release, format!("ID=ubuntu\nVERSION_ID=\"{version}\"\n")).unwrap();
        let host = [("BPFC_OS_RELEASE", os_release.to_str().unwrap())];
        let (_, explanation, _) = ensured(&program, &arguments, &host);
        let key = format!("ubuntu/{version}/{machine}/{release}");
        assert_eq!((&explanation["key"], &explanation["step"]), (&json!(key), &json!("exact")));
    }
    let missing = [("BPFC_OS_RELEASE", "/nowhere")];
    let (status, explanation, _) = ensured(&program, &arguments, &missing);
    // EIO
    assert_eq!((status, &explanation["error"]["code"]), (5, &json!("LOADER_SYSTEM")));
}

#[test]
fn a_pack_that_is_linked_in_is_found_static_and_shared() {
    needs_namespace!("a_pack_that_is_linked_in_is_found_static_and_shared");
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("min_core_btfs.tar.gz"), own_pack()).unwrap();
    let object = folder.path().join("pack.o");
    let object = object.to_str().unwrap();
    let arguments = ["-r", "-z", "noexecstack", "-b", "binary", "min_core_btfs.tar.gz", "-o", object];
    stdout(&Command::new("ld").args(arguments).current_dir(folder.path()).output().unwrap());
    for build in [Build::Static, Build::Shared] {
        let with = program("ensure", build, &[object]);
        let (status, explanation, _) = ensured(&with, &[], &[]);
        assert_eq!((status, &explanation["source"]), (0, &json!("pack")), "{build:?}: {explanation}");
        let without = program("ensure", build, &[]);
        let (status, explanation, path) = ensured(&without, &[], &[]);
        assert_eq!((status, &*path), (2, "-"));
        assert_eq!(explanation["error"]["code"], "LOADER_NO_PACK");
    }
}

#[test]
fn with_the_kernels_own_btf_no_pack_is_read_and_no_path_is_set() {
    needs_namespace!("with_the_kernels_own_btf_no_pack_is_read_and_no_path_is_set");
    let program = program("ensure", Build::Static, &[]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pack");
    fs::write(&file, b"no pack").unwrap();
    let mut command = live::command(KernelBtf::Visible, [&program, &file]);
    let text = stdout(&command.output().unwrap());
    let (explanation, path) = text.trim_end().split_once('\n').unwrap();
    let explanation: Value = serde_json::from_str(explanation).unwrap();
    assert_eq!((&explanation["source"], path), (&json!("native"), "-"));
}

#[test]
fn of_the_system_no_more_is_asked_than_is_needed() {
    needs_namespace!("of_the_system_no_more_is_asked_than_is_needed");
    let program = program("ensure", Build::Static, &[]);
    let folder = tempfile::tempdir().unwrap();
    let (file, other) = (folder.path().join("pack.tar"), folder.path().join("other"));
    fs::write(&file, own_pack()).unwrap();
    fs::write(&other, btf("other", Endian::Little)).unwrap();
    let explicit = [("BPFC_OS_RELEASE", "/nowhere"), ("BTF_FILE_PATH", other.to_str().unwrap())];
    let (status, explanation, path) = ensured(&program, &[file.to_str().unwrap()], &explicit);
    assert_eq!((status, &explanation["source"], &*path), (0, &json!("explicit"), other.to_str().unwrap()));
    let mut command = live::command(KernelBtf::Visible, [&program, &file]);
    let text = stdout(&command.env("BPFC_OS_RELEASE", "/nowhere").output().unwrap());
    assert!(text.contains(r#""source":"native""#), "{text}");
}

#[test]
fn a_pipe_in_place_of_a_file_is_an_error_and_no_wait() {
    needs_namespace!("a_pipe_in_place_of_a_file_is_an_error_and_no_wait");
    let program = program("ensure", Build::Static, &[]);
    let folder = tempfile::tempdir().unwrap();
    let (file, pipe) = (folder.path().join("pack.tar"), folder.path().join("pipe"));
    fs::write(&file, own_pack()).unwrap();
    stdout(&Command::new("mkfifo").arg(&pipe).output().unwrap());
    for (variable, code) in [("BTF_FILE_PATH", "LOADER_FILE"), ("BPFC_OS_RELEASE", "LOADER_SYSTEM")] {
        let variables = [(variable, pipe.to_str().unwrap())];
        let (status, explanation, _) = ensured(&program, &[file.to_str().unwrap()], &variables);
        // EIO
        assert_eq!((status, &explanation["error"]["code"]), (5, &json!(code)), "{variable}: {explanation}");
    }
}

#[test]
fn the_header_is_c_and_cplusplus() {
    let include = installed().prefix.join("include");
    let folder = tempfile::tempdir().unwrap();
    let object = folder.path().join("header.o");
    let (include, object) = (format!("-I{}", include.display()), object.to_str().unwrap().to_owned());
    for header in ["btf_core.h", "btf_helpers.h"] {
        for (compiler, language, standard) in [
            ("gcc", "c", "-std=c99"),
            ("gcc", "c", "-std=c17"),
            ("g++", "c++", "-std=c++11"),
            ("clang-19", "c", "-std=c11"),
        ] {
            let source = folder.path().join("header");
            fs::write(&source, format!("#include <{header}>\n")).unwrap();
            let source = source.to_str().unwrap();
            let unused = "-Wno-unused-function";
            compile(compiler, &["-x", language, standard, unused, &include, "-c", source, "-o", &object]);
        }
    }
}

/// Bytes that the library may add to a static program that uses libbpf.
const MOST_BYTES: u64 = 350_000;

#[test]
fn a_static_program_grows_by_less_than_350_kb() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("tool.c");
    let tool = |with: bool| {
        let call = if with { "ensure_core_btf(&opts)" } else { "0" };
        let text = format!(
            "#include <btf_core.h>\n\
             int main(int argc, char **argv)\n{{\n\
             \tLIBBPF_OPTS(bpf_object_open_opts, opts);\n\
             \tint err = argc > 1 ? {call} : 0;\n\
             \treturn err || !bpf_object__open_file(argv[argc - 1], &opts);\n}}\n"
        );
        fs::write(&source, text).unwrap();
        let output = folder.path().join(format!("tool-{with}"));
        let prefix = &installed().prefix;
        let include = format!("-I{}", prefix.join("include").display());
        let library = prefix.join("lib/libbpf_compatible.a");
        let mut arguments = vec!["-O2", "-s", "-static", "-Wl,--gc-sections", "-Wno-unused-function"];
        arguments.extend([include.as_str(), source.to_str().unwrap(), "-o", output.to_str().unwrap()]);
        arguments.extend(with.then_some(library.to_str().unwrap()));
        arguments.extend(["-lbpf", "-lelf", "-lz"]);
        compile("gcc", &arguments);
        fs::metadata(output).unwrap().len()
    };
    let (with, without) = (tool(true), tool(false));
    println!("{without} bytes without, {with} with: {} more", with - without);
    assert!(with - without < MOST_BYTES, "{} bytes more", with - without);
}
