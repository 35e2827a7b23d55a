//! Programs on the running kernel, in a mount namespace of their own in which the kernel's BTF may be hidden.
//!
//! Where kernel or rights do not allow it, [`obstacle`] says why and [`skip`] writes the line that `npm test` counts.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::LazyLock;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use crate::Result;

/// What a program sees of the kernel's own BTF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KernelBtf {
    /// `/sys/kernel/btf/vmlinux`, as it is.
    Visible,
    /// Nothing: neither there nor where libbpf looks else.
    Hidden,
}

/// Whoever waits longer for a line waits for a program that hangs.
const HANGS_AFTER: Duration = Duration::from_secs(120);

/// Mounts what `$1` says, then becomes the command behind it. tracefs is where libbpf finds a tracepoint's id; the files
/// are those of libbpf's `btf__load_vmlinux_btf`.
const ENTER: &str = r#"
set -e
test -d /sys/kernel/tracing/events || mount -t tracefs none /sys/kernel/tracing
if test "$1" = Hidden; then
    mount -t tmpfs none /sys/kernel/btf
    release=$(uname -r)
    for file in /boot/vmlinux-$release /lib/modules/$release/vmlinux-$release /lib/modules/$release/build/vmlinux \
        /usr/lib/modules/$release/kernel/vmlinux /usr/lib/debug/boot/vmlinux-$release \
        /usr/lib/debug/boot/vmlinux-$release.debug /usr/lib/debug/lib/modules/$release/vmlinux
    do
        test ! -e "$file" || mount --bind /dev/null "$file"
    done
fi
shift
exec "$@"
"#;

/// What stands against live tests on this machine; none if nothing does.
pub fn obstacle() -> Option<&'static str> {
    static OBSTACLE: LazyLock<Option<String>> = LazyLock::new(find_obstacle);
    OBSTACLE.as_deref()
}

fn find_obstacle() -> Option<String> {
    if !Path::new("/sys/kernel/btf/vmlinux").exists() {
        return Some("the running kernel has no BTF to make a pack of".to_owned());
    }
    let events = "/sys/kernel/tracing/events";
    let needed = [
        // Asks the kernel by bpf(2).
        "bpftool map list".to_owned(),
        format!("test -d {events}/sched/sched_process_exec"),
        format!("test -d {events}/syscalls/sys_enter_execve"),
    ];
    needed.iter().find_map(|test| {
        let path = env::var("PATH").unwrap_or_default();
        let mut command = command(KernelBtf::Hidden, ["sh", "-c", test]);
        match command.env("PATH", format!("{path}:/usr/sbin:/sbin")).output() {
            Ok(output) if output.status.success() => None,
            Ok(output) => {
                let text = String::from_utf8_lossy(&output.stderr);
                Some(format!("`{test}` in a namespace fails: {}", text.lines().next().unwrap_or("no reason")))
            }
            Err(error) => Some(format!("no namespace: {error}")),
        }
    })
}

/// Says that a test is skipped and why, past libtest, which keeps what passing tests print. Such lines are counted by
/// `tools/counts.mjs`.
pub fn skip(test: &str, why: &str) {
    // In a line of its own, whatever libtest is about to write. A runner that cannot be told has no use for it.
    let _ = io::stdout().write_all(format!("\nskipped: {test}: {why}\n").as_bytes());
}

/// A command in a mount namespace of its own.
pub fn command<A: AsRef<OsStr>>(btf: KernelBtf, arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private", "sh", "-c", ENTER, "sh", &format!("{btf:?}")]);
    command.args(arguments).stdin(Stdio::null());
    command
}

/// A program that runs until it is stopped; killed when dropped.
#[derive(Debug)]
pub struct Running {
    process: Child,
    lines: Receiver<String>,
}

impl Running {
    /// Starts a command.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(mut command: Command) -> Result<Running> {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let stdout = process.stdout.take().ok_or("no stdout")?;
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(io::Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Running { process, lines })
    }

    /// The next line of stdout that has all of `parts` in it.
    ///
    /// # Errors
    /// The program ended, or hangs.
    pub fn line_with(&mut self, parts: &[&str]) -> Result<String> {
        loop {
            match self.lines.recv_timeout(HANGS_AFTER) {
                Ok(line) if parts.iter().all(|part| line.contains(part)) => return Ok(line),
                Ok(_) => {}
                Err(error) => {
                    self.process.kill()?;
                    let stderr = self.stderr()?;
                    return Err(format!("no line with {parts:?}: {error}; stderr: {stderr}").into());
                }
            }
        }
    }

    /// How many memory files (`memfd_create`) it has open.
    ///
    /// # Errors
    /// It has ended.
    pub fn memory_files(&self) -> Result<usize> {
        let folder = format!("/proc/{}/fd", self.process.id());
        let mut count = 0;
        for entry in fs::read_dir(folder)? {
            // A descriptor may be closed while they are listed.
            let target = fs::read_link(entry?.path()).unwrap_or_default();
            count += usize::from(target.to_string_lossy().starts_with("/memfd:"));
        }
        Ok(count)
    }

    /// Stops it as Ctrl-C does; its exit status and what it wrote to stderr.
    ///
    /// # Errors
    /// It had ended before.
    pub fn interrupt(mut self) -> Result<(ExitStatus, String)> {
        let sent = Command::new("sh").args(["-c", &format!("kill -INT {}", self.process.id())]).status()?;
        if !sent.success() {
            return Err("it has ended before it was stopped".into());
        }
        let stderr = self.stderr()?;
        Ok((self.process.wait()?, stderr))
    }

    fn stderr(&mut self) -> Result<String> {
        let mut text = String::new();
        self.process.stderr.take().ok_or("stderr is read once")?.read_to_string(&mut text)?;
        Ok(text)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails where it has ended, which is as well.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Where cargo and the tests put what they build.
///
/// # Errors
/// Cargo does not say.
pub fn target() -> Result<PathBuf> {
    Ok(crate::oracle::target_directory()?)
}

/// The command `bpfc`, as set-up builds it.
///
/// # Errors
/// As [`target`].
pub fn bpfc() -> Result<PathBuf> {
    Ok(target()?.join("release/bpfc"))
}

/// Runs `make` in a folder of the repository.
///
/// # Errors
/// It fails; with what it wrote to stderr.
pub fn make(folder: &str, arguments: &[String]) -> Result<Output> {
    let output = Command::new("make").arg("-C").arg(root().join(folder)).args(arguments).output()?;
    if !output.status.success() {
        return Err(format!("make -C {folder}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(output)
}
