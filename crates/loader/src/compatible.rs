//! The functions of `bpf-compatible-rs` 0.1, for who has used it: change the name of the crate, and nothing else.
//!
//! They do what those did, and besides: packs may be compressed, entries may be in any order and under any of the names a
//! distribution goes by, and nothing of a pack can land outside its folder.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bpfc_archive::identity::ARCHIVE_DIRECTORY;
use bpfc_archive::limits::KERNEL_BYTES;
use bpfc_archive::package::PACKAGE_NAME;
use bpfc_archive::{ArchiveError, Pack, PackEntry, Selector, release_of_path};
use tempfile::{TempDir, tempdir};

pub use crate::error::Error;
pub use {tar, tempfile};

use crate::system::{System, current_identity};

/// What the functions of this module return.
pub type Result<T> = std::result::Result<T, Error>;

/// A folder of BTFs, and the temporary folder it lies in: deleted when that is dropped.
pub type BtfArchive = Option<(PathBuf, TempDir)>;

/// Where the running kernel's BTF is in an archive: `ubuntu/20.04/x86_64/5.4.0-26-generic.btf`, by the names that the system
/// gives itself.
///
/// # Errors
/// [`Error::OsReleaseError`].
pub fn generate_current_system_btf_archive_path() -> Result<String> {
    let identity = current_identity().map_err(|error| Error::OsReleaseError(io::Error::other(error)))?;
    Ok(format!("{identity}.btf"))
}

/// The running kernel's BTF under a folder such as [`unpack_tar`] returns, by [`crate::Request`]'s rule. Where there is none,
/// this is the path at which it would be.
///
/// # Errors
/// [`Error::OsReleaseError`]; [`Error::FileReadError`] for a BTF that is there and cannot be read.
pub fn get_current_system_btf_file(archive_path: impl AsRef<Path>) -> Result<PathBuf> {
    let archive = archive_path.as_ref();
    let usual = archive.join(generate_current_system_btf_archive_path()?);
    if usual.exists() {
        return Ok(usual);
    }
    let system = System::current().map_err(|error| Error::OsReleaseError(io::Error::other(error)))?;
    let files = files_of(archive, &system)?;
    let entries = files.iter().map(|(path, content)| PackEntry { path, content });
    let answer = Selector::of(entries).select(&system.names, false).answer;
    Ok(answer.map_or(usual, |answer| archive.join(answer.entry.path)))
}

/// Unpacks a pack into a temporary folder. Returns its `package.json`, and the folder of its BTFs if it has any.
///
/// ```no_run
/// let pack = std::fs::read("tool.tar")?;
/// let (package_json, archive) = bpfc_loader::unpack_tar(&pack)?;
/// if let Some((path, _folder)) = &archive {
///     let btf = bpfc_loader::get_current_system_btf_file(path)?;
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::TarUnpackError`] where the bytes are no pack or the files cannot be written; [`Error::TempDirError`];
/// [`Error::FileReadError`] where there is no `package.json`.
pub fn unpack_tar(tar_data: &[u8]) -> Result<(Vec<u8>, BtfArchive)> {
    let invalid =
        |error: ArchiveError| Error::TarUnpackError(io::Error::new(io::ErrorKind::InvalidData, error));
    let pack = Pack::open(tar_data.into()).map_err(invalid)?;
    let missing = || Error::FileReadError(PACKAGE_NAME.to_owned(), io::ErrorKind::NotFound.into());
    let package = pack.read(PACKAGE_NAME).ok_or_else(missing)?.to_vec();
    let folder = tempdir().map_err(Error::TempDirError)?;
    for entry in pack.entries() {
        write(&folder.path().join(entry.path), entry.content).map_err(Error::TarUnpackError)?;
    }
    let archive = folder.path().join(ARCHIVE_DIRECTORY);
    Ok((package, archive.is_dir().then_some((archive, folder))))
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(path, content)
}

/// Files of `archive/ID/VERSION/ARCH/` that may be for this kernel, by their path in the archive.
fn files_of(archive: &Path, system: &System) -> Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    for path in below(archive)
        .iter()
        .flat_map(|id| below(id))
        .flat_map(|version| below(&version))
        .flat_map(|arch| below(&arch))
    {
        let name = path.strip_prefix(archive).unwrap_or(&path).to_string_lossy().into_owned();
        if release_of_path(&name).is_some_and(|release| system.names.may_be(release)) {
            let mut content = Vec::new();
            let read =
                fs::File::open(&path).and_then(|file| file.take(KERNEL_BYTES).read_to_end(&mut content));
            read.map_err(|error| Error::FileReadError(name.clone(), error))?;
            files.push((name, content));
        }
    }
    files.sort();
    Ok(files)
}

/// What is in a folder; nothing if it is none.
fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}
