//! A native program.

use std::fs::{self, File, Permissions, ReadDir};
use std::io::{self, IsTerminal};
use std::path::Path;

use rustix::fs::{Access, access};
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};
use rustix::system::uname as system_names;

/// Cores of this machine, for threads.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// As many threads as were asked for.
pub fn threads(asked: usize) -> usize {
    asked
}

/// As `uname -m` and `uname -r` print them.
pub fn uname() -> (String, String) {
    let names = system_names();
    (names.machine().to_string_lossy().into_owned(), names.release().to_string_lossy().into_owned())
}

/// Whether somebody watches what is written.
pub fn is_terminal(stream: &impl IsTerminal) -> bool {
    stream.is_terminal()
}

/// What is in a folder.
pub fn entries(folder: &str) -> io::Result<ReadDir> {
    fs::read_dir(folder)
}

/// Fails where entries of the folder cannot be made or moved. access(2) also knows of read-only file systems, for root
/// too.
pub fn may_change(folder: &Path) -> io::Result<()> {
    Ok(access(folder, Access::WRITE_OK | Access::EXEC_OK)?)
}

/// Fails where the file cannot be written to.
pub fn may_write(file: &Path) -> io::Result<()> {
    Ok(access(file, Access::WRITE_OK)?)
}

/// Gives a file the permissions of another.
pub fn set_mode(file: &File, mode: &Permissions) -> io::Result<()> {
    file.set_permissions(mode.clone())
}

/// EPERM, which is not EACCES.
pub fn is_not_permitted(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::PERM.raw_os_error())
}

/// Whether there is a process of this id.
pub fn is_process(id: u32) -> bool {
    let id = i32::try_from(id).ok().and_then(Pid::from_raw);
    // Not permitted: there is one, of another user.
    id.is_some_and(|id| test_kill_process(id) != Err(Errno::SRCH))
}

/// Of this process.
pub fn process_id() -> u32 {
    std::process::id()
}
