//! Reading files and listing folders, and what is said when that fails.

use std::fs;
use std::io::{self, ErrorKind};

use bpfc_pack::paths::join;
use bpfc_pack::{CLONES, CommandCode, CommandError, Error, ListedFile, Listing, RUNNING_KERNEL, Result};

use crate::platform;

/// What git and the cache have for themselves.
const SKIPPED_FOLDERS: [&str; 4] = [".git", ".lock", ".partial", CLONES];

/// The bytes of a file.
pub fn read(path: &str) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| io_error(CommandCode::Read, path, &error))
}

/// Whether anything is there.
pub fn exists(path: &str) -> bool {
    fs::metadata(path).is_ok()
}

/// Whether a folder is there.
pub fn is_folder(path: &str) -> bool {
    fs::metadata(path).is_ok_and(|there| there.is_dir())
}

/// A file by itself, a folder with every file below it.
pub fn list(path: &str) -> Result<Listing> {
    let listed = || -> io::Result<Listing> {
        let folder = fs::metadata(path)?.is_dir();
        let mut files = Vec::new();
        if folder {
            walk(path, &mut Vec::new(), &mut files)?
        } else {
            files.push(path.to_owned())
        }
        let files = files.into_iter().map(|file| ListedFile { running: is_running_kernel(&file), file });
        Ok(Listing { path: path.to_owned(), folder, files: files.collect() })
    };
    listed().map_err(|error| io_error(CommandCode::Read, path, &error))
}

/// Paths of the files below a folder, relative to it.
pub fn names_below(folder: &str) -> Result<Vec<String>> {
    let mut files = Vec::new();
    walk(folder, &mut Vec::new(), &mut files).map_err(|error| io_error(CommandCode::Read, folder, &error))?;
    let start = join(folder, "x").len() - 1;
    Ok(files.iter().filter_map(|file| file.get(start..)).map(str::to_owned).collect())
}

/// Follows links, so that an archive may be put together from several disks, but none back to where it came from.
fn walk(folder: &str, ancestors: &mut Vec<std::path::PathBuf>, found: &mut Vec<String>) -> io::Result<()> {
    let real = platform::real_path(folder)?;
    if ancestors.contains(&real) {
        return Ok(());
    }
    ancestors.push(real);
    let depth = ancestors.len();
    for entry in platform::entries(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let path = join(folder, &name);
        let kind = entry.file_type()?;
        let is_folder = if kind.is_symlink() { is_folder(&path) } else { kind.is_dir() };
        if !is_folder {
            found.push(path);
        } else if !SKIPPED_FOLDERS.contains(&name.as_ref()) {
            // It may be gone by now: while a cache is filled it has folders that come and go.
            unless_missing(walk(&path, ancestors, found))?;
            ancestors.truncate(depth);
        }
    }
    Ok(())
}

fn is_running_kernel(file: &str) -> bool {
    fs::canonicalize(file).is_ok_and(|real| real.as_os_str() == RUNNING_KERNEL)
}

/// Nothing where nothing is.
pub fn unless_missing<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(there) => Ok(Some(there)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// An error of the system, with the file it is about.
pub fn io_error(code: CommandCode, path: &str, error: &io::Error) -> Error {
    CommandError::new(code, format!("{path}: {}", text(error))).into()
}

fn text(error: &io::Error) -> String {
    let known = match error.kind() {
        io::ErrorKind::NotFound => "no such file or folder",
        io::ErrorKind::PermissionDenied if platform::is_not_permitted(error) => "not permitted",
        io::ErrorKind::PermissionDenied => "permission denied",
        io::ErrorKind::IsADirectory => "is a folder",
        io::ErrorKind::NotADirectory => "a part of the path is not a folder",
        io::ErrorKind::StorageFull => "no space left on the device",
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only",
        io::ErrorKind::InvalidFilename => "the name is too long",
        _ => return error.to_string(),
    };
    known.to_owned()
}
