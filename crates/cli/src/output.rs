//! Puts the output in place in one step: what is at the path is the old or the new one, never a part.
//!
//! Nothing is made before `commit`. What a run that is killed in the milliseconds from there on leaves beside the path, the
//! next run for it clears away.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bpfc_archive::Digest;
use bpfc_pack::{CommandCode, CommandError, Container, Content, Output, Result};

use crate::files::{self, io_error};
use crate::{owner, platform};

/// What a folder that is replaced may hold: an earlier pack, nothing of anybody else.
const PACK_NAMES: [&str; 4] = ["package.json", "PROVENANCE.json", "btfhub-archive", "btfs"];

/// Bytes. In the flat layout trimmed BTFs lie at the top; they are smaller, and a kernel's own is larger.
const MOST_TRIMMED: u64 = 1 << 20;

/// Bytes of an output's name in that of its temporary, of the 255 that file systems allow.
const MOST_OF_NAME: usize = 100;

/// Where the owner of a temporary cannot be asked: it lives as long as writing it takes.
const LEFT_OVER: Duration = Duration::from_secs(60 * 60);

/// In a temporary: the folder that was at the path, and the one that is to be.
const OLD: &str = "old";
const NEW: &str = "new";

/// Files by their path inside a folder.
type Tree = BTreeMap<String, Arc<[u8]>>;

/// A pack that was begun. Nothing shows at its path before `commit`.
pub enum PendingPack {
    File(PendingFile),
    Folder(PendingTree),
}

impl PendingPack {
    /// Checks that the pack can be written.
    ///
    /// # Errors
    /// `IO_WRITE`, `OUTPUT_NOT_A_PACK`
    pub fn begin(output: &Output) -> Result<PendingPack> {
        match output.container {
            Container::Folder => PendingTree::begin(&output.path).map(PendingPack::Folder),
            _ => PendingFile::begin(&output.path).map(PendingPack::File),
        }
    }

    /// Puts it in place.
    pub fn commit(self, content: &Content) -> Result<()> {
        match (self, content) {
            (PendingPack::File(file), Content::File(bytes)) => file.commit(bytes),
            (PendingPack::Folder(folder), Content::Folder(files)) => folder.commit(files),
            // `Content` has the form that the output's container says.
            (PendingPack::File(_), Content::Folder(_)) | (PendingPack::Folder(_), Content::File(_)) => Ok(()),
        }
    }
}

/// A file that was begun.
pub struct PendingFile {
    path: String,
    kind: FileKind,
}

enum FileKind {
    /// A device or pipe, which is written to, not replaced.
    Direct,
    /// A new file, or one with the permissions of the one it replaces.
    Replaced { target: PathBuf, temporary: Temporary, mode: Option<Permissions> },
}

impl PendingFile {
    /// Checks that `path` can be written, so that it shows before the work is done when it cannot.
    ///
    /// # Errors
    /// `IO_WRITE`
    pub fn begin(path: &str) -> Result<PendingFile> {
        let there = files::unless_missing(fs::metadata(path)).map_err(|error| write_error(path, &error))?;
        if there.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(CommandError::new(CommandCode::Write, format!("{path}: is a folder")).into());
        }
        let kind = || -> io::Result<FileKind> {
            if there.as_ref().is_some_and(|there| !there.is_file()) {
                platform::may_write(Path::new(path))?;
                return Ok(FileKind::Direct);
            }
            // Through a link: the file it points to is replaced, not the link.
            let target = platform::behind_links(Path::new(path))?;
            clear_away(&target)?;
            let temporary = Temporary::beside(&target);
            let mode = there.as_ref().map(fs::Metadata::permissions);
            Ok(FileKind::Replaced { target, temporary, mode })
        };
        let kind = kind().map_err(|error| write_error(path, &error))?;
        Ok(PendingFile { path: path.to_owned(), kind })
    }

    /// Puts it in place.
    ///
    /// # Errors
    /// `IO_WRITE`
    pub fn commit(self, bytes: &[u8]) -> Result<()> {
        let written = match &self.kind {
            FileKind::Direct => {
                fs::OpenOptions::new().write(true).open(&self.path).and_then(|mut file| file.write_all(bytes))
            }
            FileKind::Replaced { target, temporary, mode } => {
                replace(target, &temporary.path, mode.as_ref(), bytes)
            }
        };
        written.map_err(|error| write_error(&self.path, &error))
    }
}

fn replace(target: &Path, temporary: &Path, mode: Option<&Permissions>, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(temporary)?;
    if let Some(mode) = mode {
        platform::set_mode(&file, mode)?;
    }
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(temporary, target)
}

/// A folder that was begun.
pub struct PendingTree {
    path: String,
    target: PathBuf,
    temporary: Temporary,
}

impl PendingTree {
    /// Checks that a folder can be put at `path`. One that is there is replaced if it holds a pack or nothing.
    ///
    /// # Errors
    /// `IO_WRITE`, `OUTPUT_NOT_A_PACK`
    pub fn begin(path: &str) -> Result<PendingTree> {
        let target = || -> io::Result<PathBuf> {
            let target = platform::behind_links(Path::new(path))?;
            clear_away(&target)?;
            Ok(target)
        };
        let target = target().map_err(|error| write_error(path, &error))?;
        refuse_foreign(path, &target)?;
        Ok(PendingTree { path: path.to_owned(), temporary: Temporary::beside(&target), target })
    }

    /// Puts it in place.
    ///
    /// # Errors
    /// `IO_WRITE`, `OUTPUT_NOT_A_PACK`
    pub fn commit(self, files: &Tree) -> Result<()> {
        let failed = |error: io::Error| write_error(&self.path, &error);
        let built = self.temporary.path.join(NEW);
        build(&built, files).map_err(failed)?;
        // Once more: trimming may have taken minutes.
        refuse_foreign(&self.path, &self.target)?;
        swap(&built, &self.target, &self.temporary.path.join(OLD)).map_err(failed)
    }
}

/// All files are written before the first is waited for: one write of the file system's journal serves many. So after a
/// power cut, too, there is the old folder or the new one, with its bytes.
fn build(folder: &Path, files: &Tree) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for (name, bytes) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, bytes)?;
    }
    files.keys().try_for_each(|name| OpenOptions::new().write(true).open(folder.join(name))?.sync_all())
}

/// A folder with something in it cannot be renamed over, so the old one steps `aside`, into what is removed at the end.
/// Between the two renames nothing is at the path: for some microseconds, or, if the process is killed right there, until
/// the next run, which puts the old one back. Linux could exchange the two (RENAME_EXCHANGE); other systems, and some of
/// its file systems, cannot.
fn swap(built: &Path, target: &Path, aside: &Path) -> io::Result<()> {
    let replaces = target.exists();
    if replaces {
        fs::rename(target, aside)?;
    }
    fs::rename(built, target).or_else(|error| {
        if replaces {
            fs::rename(aside, target)?;
        }
        Err(error)
    })
}

/// A folder that is to be replaced holds a pack or nothing, and can be moved.
fn refuse_foreign(path: &str, folder: &Path) -> Result<()> {
    let foreign = || -> io::Result<Option<String>> {
        if !folder.exists() {
            return Ok(None);
        }
        platform::may_change(folder)?;
        let mut names = Vec::new();
        for entry in platform::entries(&folder.to_string_lossy())? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        // The first by name is told of, in whatever order the file system has them.
        names.sort();
        for name in names {
            let is_trimmed =
                name.ends_with(".btf") && fs::metadata(folder.join(&name))?.len() <= MOST_TRIMMED;
            if !PACK_NAMES.contains(&name.as_str()) && !is_trimmed {
                return Ok(Some(name));
            }
        }
        Ok(None)
    };
    let Some(name) = foreign().map_err(|error| write_error(path, &error))? else { return Ok(()) };
    let message = format!(
        "{}: holds {name}, which is no part of a pack, and would be replaced; name a new or an empty folder",
        folder.display()
    );
    Err(CommandError::new(CommandCode::NotAPack, message).into())
}

/// A name in the same folder as the output, so that the rename stays on one file system. What gets it goes with this.
struct Temporary {
    path: PathBuf,
    target: PathBuf,
}

impl Temporary {
    fn beside(target: &Path) -> Temporary {
        let name = format!("{}{}.1.tmp", temporary_start(target), owner::own_name());
        Temporary { path: target.with_file_name(name), target: target.to_owned() }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // Where the old folder could not be put back, this is its only copy; the next run puts it back.
        if self.path.join(OLD).exists() && !self.target.exists() {
            return;
        }
        if let Ok(there) = fs::symlink_metadata(&self.path) {
            // What stays is cleared away by the next run for this output.
            let _ = remove(&self.path, &there);
        }
    }
}

/// What the names of all temporaries of one output begin with, and no others.
fn temporary_start(target: &Path) -> String {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    if name.len() <= MOST_OF_NAME {
        return format!(".{name}.");
    }
    format!(".{:.32}.", Digest::of(name.as_bytes()).to_string())
}

/// The owner in the rest of a temporary's name, `OWNER.NUMBER.tmp`.
fn owner_of(rest: &str) -> Option<&str> {
    let (owner, number) = rest.strip_suffix(".tmp")?.split_once('.')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && owner::is_name(owner)).then_some(owner)
}

/// Removes what runs that were killed have left beside `target`, and checks that something can be put there: by asking, for
/// what is made to try it may stay.
fn clear_away(target: &Path) -> io::Result<()> {
    let folder = target.parent().unwrap_or(target);
    platform::may_change(folder)?;
    let start = temporary_start(target);
    // None where files may be put but not listed.
    let Ok(entries) = platform::entries(&folder.to_string_lossy()) else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(owner) = name.strip_prefix(&start).and_then(owner_of) else { continue };
        match clear_one(owner, &entry.path(), target) {
            Err(error) if !is_others(&error) => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Another user's, or another run was faster: no reason to stop.
fn is_others(error: &io::Error) -> bool {
    use ErrorKind::{AlreadyExists, DirectoryNotEmpty, NotFound, PermissionDenied};
    matches!(error.kind(), PermissionDenied | NotFound | DirectoryNotEmpty | AlreadyExists)
}

fn clear_one(owner: &str, temporary: &Path, target: &Path) -> io::Result<()> {
    let there = fs::symlink_metadata(temporary)?;
    let is_left_over = match owner::is_running(owner) {
        Some(running) => !running,
        None => there.modified()?.elapsed().is_ok_and(|age| age > LEFT_OVER),
    };
    if !is_left_over {
        return Ok(());
    }
    // Of a run that was killed between the two steps of `swap`.
    let old = temporary.join(OLD);
    if !target.exists() && old.exists() {
        fs::rename(old, target)?;
    }
    remove(temporary, &there)
}

fn remove(path: &Path, there: &fs::Metadata) -> io::Result<()> {
    if there.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}

fn write_error(path: &str, error: &io::Error) -> bpfc_pack::Error {
    io_error(CommandCode::Write, path, error)
}
