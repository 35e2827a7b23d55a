//! Real kernels' BTFs: an archive in BTFHub's layout, found by `BPFC_ARCHIVE`, by default
//! `../shared/btfhub-archive` beside the repository.

use std::collections::HashSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use bpfc_pack::KernelSource;

use crate::Result;

/// A kernel whose BTF can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kernel {
    /// `ID/VERSION/ARCH/RELEASE`, or `running` for this machine's.
    pub name: String,
    path: PathBuf,
}

const VARIABLE: &str = "BPFC_ARCHIVE";
const DEFAULT: &str = "../../shared/btfhub-archive";
const RUNNING: &str = "/sys/kernel/btf/vmlinux";
const SUFFIX: &str = ".btf.tar.xz";

/// Every kernel of the archive, by name. Without `BPFC_ARCHIVE` and without the default archive, this machine's own
/// kernel, and a line on stderr that says so.
///
/// # Errors
/// No archive where `BPFC_ARCHIVE` points, or no BTF at all.
pub fn all() -> Result<Vec<Kernel>> {
    let named = env::var_os(VARIABLE).map(PathBuf::from);
    let archive = named.clone().unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(DEFAULT));
    let mut kernels = Vec::new();
    if archive.is_dir() {
        collect(&archive, &archive, &mut kernels)?;
    }
    if kernels.is_empty() {
        if named.is_some() || !Path::new(RUNNING).exists() {
            return Err(format!("no kernels in {}; {VARIABLE} names the archive", archive.display()).into());
        }
        eprintln!(
            "note: no archive in {} ({VARIABLE}): only the running kernel is tested",
            archive.display()
        );
        kernels.push(Kernel { name: "running".to_owned(), path: PathBuf::from(RUNNING) });
    }
    kernels.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(kernels)
}

/// One kernel of every series (distribution, its version, architecture, first two numbers of the release); all of them
/// with `BPFC_FULL=1`.
///
/// # Errors
/// As [`all`].
pub fn sample() -> Result<Vec<Kernel>> {
    let mut kernels = all()?;
    if !is_full() {
        let mut seen = HashSet::new();
        kernels.retain(|kernel| seen.insert(kernel.series().to_owned()));
    }
    Ok(kernels)
}

/// Whether all kernels are asked for: `BPFC_FULL=1`.
pub fn is_full() -> bool {
    env::var_os("BPFC_FULL").is_some_and(|value| value == "1")
}

fn collect(archive: &Path, folder: &Path, kernels: &mut Vec<Kernel>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(archive, &path, kernels)?;
        } else if let Some(name) = path.strip_prefix(archive)?.to_string_lossy().strip_suffix(SUFFIX) {
            kernels.push(Kernel { name: name.to_owned(), path });
        }
    }
    Ok(())
}

impl Kernel {
    /// The BTF, decompressed.
    ///
    /// # Errors
    /// The file cannot be read or holds no BTF.
    pub fn btf(&self) -> Result<Vec<u8>> {
        let source = KernelSource::open(&fs::read(&self.path)?).and_then(KernelSource::into_bytes);
        source.map_err(|error| format!("{}: {error}", self.name).into())
    }

    /// Size of the file in the archive, in bytes.
    pub fn compressed_size(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |metadata| metadata.len())
    }

    /// The name up to the second number of the release: `debian/12/x86_64/6.1`.
    fn series(&self) -> &str {
        let release = self.name.rfind('/').map_or(0, |slash| slash + 1);
        let mut dots = self.name.match_indices('.').map(|(at, _)| at).filter(|&at| at > release);
        let end = dots.nth(1).unwrap_or(self.name.len());
        self.name.get(..end).unwrap_or(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_is_the_release_up_to_its_second_number() {
        let series = |name: &str| Kernel { name: name.to_owned(), path: PathBuf::new() }.series().to_owned();
        assert_eq!(series("debian/12/x86_64/6.1.0-47-amd64"), "debian/12/x86_64/6.1");
        assert_eq!(series("ubuntu/20.04/x86_64/5.4.0-26-generic"), "ubuntu/20.04/x86_64/5.4");
        assert_eq!(series("running"), "running");
    }
}
