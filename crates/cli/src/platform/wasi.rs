//! A WASI command: files are what its host gives it, and there is one thread.

use std::fs::{File, Permissions, ReadDir};
use std::io::{self, IsTerminal};
use std::path::Path;

/// There are no threads.
pub fn cores() -> usize {
    1
}

/// However many were asked for.
pub fn threads(_: usize) -> usize {
    1
}

/// Nothing is known of the machine.
pub fn uname() -> (String, String) {
    (String::new(), String::new())
}

/// Hosts such as wasmer's call every stream a terminal, also what they only collect.
pub fn is_terminal(_: &impl IsTerminal) -> bool {
    false
}

/// Folders are not listed: on hosts such as wasmer's, closing one ends the program.
pub fn entries(_: &str) -> io::Result<ReadDir> {
    Err(io::Error::other("folders cannot be listed here; name the files one by one"))
}

/// It shows when it is done.
pub fn may_change(_: &Path) -> io::Result<()> {
    Ok(())
}

/// It shows when it is done.
pub fn may_write(_: &Path) -> io::Result<()> {
    Ok(())
}

/// There are no permissions.
pub fn set_mode(_: &File, _: &Permissions) -> io::Result<()> {
    Ok(())
}

/// Hosts tell "not permitted" where something lies outside what they give.
pub fn is_not_permitted(error: &io::Error) -> bool {
    // `errno::perm` of WASI.
    error.raw_os_error() == Some(63)
}

/// There are no other processes.
pub fn is_process(_: u32) -> bool {
    false
}

/// Processes have no ids.
pub fn process_id() -> u32 {
    1
}
