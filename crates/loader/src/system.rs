//! The machine that a program is to run on.

use std::io::Read;
use std::path::{Path, PathBuf};

#[cfg(feature = "predecessor")]
use bpfc_archive::{Identity, system_identity};
use rustix::system::uname;

use crate::error::{ErrorKind, LoaderResult};
use crate::privilege::variable;
use crate::{files, native};

/// Names an os-release file to be read instead of the system's: in a container, that of its host.
pub const OS_RELEASE_VARIABLE: &str = "BPFC_OS_RELEASE";

/// os-release(5), in this order.
const OS_RELEASE: [&str; 2] = ["/etc/os-release", "/usr/lib/os-release"];

/// Bytes of an os-release file that are read; real ones have some hundred.
const OS_RELEASE_BYTES: u64 = 64 << 10;

/// A machine: its names, and where its kernel has BTF of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    pub(crate) names: bpfc_archive::System,
    /// Where the kernel's own BTF was looked for, in order; it is at the last place if it is `found`.
    pub(crate) places: Vec<PathBuf>,
    pub(crate) found: bool,
}

impl System {
    /// The running system: the kernel's own BTF, uname(2), and where there is no such BTF os-release, by which packs name
    /// systems. A system without os-release, such as an initramfs, has the ID `linux`, as os-release(5) says.
    ///
    /// # Errors
    /// `LOADER_SYSTEM`: os-release is needed, is there and cannot be read.
    pub fn current() -> LoaderResult<System> {
        let (machine, release) = kernel();
        let places: Vec<PathBuf> =
            std::iter::once(native::SYSFS.into()).chain(native::images(&release)).collect();
        let found = places.iter().position(|place| native::is_there(place));
        let os_release = if found.is_some() { None } else { os_release()? };
        let names = bpfc_archive::System::new(&os_release.unwrap_or_default(), &machine, &release)?;
        let looked_at = found.map_or(places.len(), |position| position + 1);
        Ok(System { names, places: places.into_iter().take(looked_at).collect(), found: found.is_some() })
    }

    /// The running kernel's machine and release, for who needs nothing else.
    pub(crate) fn kernel() -> LoaderResult<System> {
        let (machine, release) = kernel();
        System::from_parts("", &machine, &release)
    }

    /// From the text of os-release and what `uname -m` and `uname -r` print, for tests and for other machines: its kernel
    /// has no BTF.
    ///
    /// ```
    /// let system = bpfc_loader::System::from_parts("ID=debian\nVERSION_ID=\"12\"", "aarch64", "6.1.0-47-arm64")?;
    /// # Ok::<(), bpfc_loader::LoaderError>(())
    /// ```
    ///
    /// # Errors
    /// `IDENTITY_PART` where machine or release are empty.
    pub fn from_parts(os_release: &str, machine: &str, release: &str) -> LoaderResult<System> {
        let names = bpfc_archive::System::new(os_release, machine, release)?;
        Ok(System { names, places: Vec::new(), found: false })
    }

    /// The same machine, whose kernel has BTF at a path.
    pub fn with_native(mut self, path: impl Into<PathBuf>) -> System {
        self.places = vec![path.into()];
        self.found = true;
        self
    }

    /// Where the kernel's own BTF is.
    pub fn native(&self) -> Option<&Path> {
        self.places.last().filter(|_| self.found).map(PathBuf::as_path)
    }

    /// As `uname -m` prints it.
    pub fn machine(&self) -> &str {
        self.names.machine()
    }

    /// As `uname -r` prints it.
    pub fn release(&self) -> &str {
        self.names.release()
    }
}

/// What the running kernel is called by a program that joins the names: `ubuntu/20.04/x86_64/5.4.0-26-generic`.
#[cfg(feature = "predecessor")]
pub(crate) fn current_identity() -> LoaderResult<Identity> {
    let missing =
        || ErrorKind::System { file: OS_RELEASE.join(" or "), error: std::io::ErrorKind::NotFound.into() };
    let os_release = os_release()?.ok_or_else(missing)?;
    let (machine, release) = kernel();
    Ok(system_identity(&os_release, &machine, &release)?)
}

/// Machine and release, as `uname -m` and `uname -r` print them.
fn kernel() -> (String, String) {
    let names = uname();
    (names.machine().to_string_lossy().into_owned(), names.release().to_string_lossy().into_owned())
}

/// The text of os-release, if there is one.
fn os_release() -> LoaderResult<Option<String>> {
    if let Some(path) = variable(OS_RELEASE_VARIABLE) {
        return read(Path::new(&path)).map(Some);
    }
    OS_RELEASE.iter().map(Path::new).find(|path| path.exists()).map(read).transpose()
}

fn read(path: &Path) -> LoaderResult<String> {
    let mut text = Vec::new();
    let read = files::open(path).and_then(|file| file.take(OS_RELEASE_BYTES).read_to_end(&mut text));
    read.map_err(|error| ErrorKind::System { file: path.display().to_string(), error })?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
