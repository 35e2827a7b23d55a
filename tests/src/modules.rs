//! BTFs of a kernel's modules: `BPFC_MODULES` names a folder of them, by default `../shared/module-btf` beside the
//! repository, in the layout `ID/VERSION/ARCH/RELEASE/MODULE.btf`.

use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::{Result, kernels};

/// The kernel they are of, as the archive names it.
pub const KERNEL: &str = "debian/12/x86_64/6.1.0-47-amd64";

/// The modules' files, by name; none where there is no folder and nobody named one.
///
/// # Errors
/// The folder that is named cannot be read.
pub fn files() -> Result<Vec<PathBuf>> {
    let named = env::var_os("BPFC_MODULES").map(PathBuf::from);
    let folder = named
        .clone()
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/module-btf"))
        .join(KERNEL);
    let archive = kernels::all()?.iter().any(|kernel| kernel.name == KERNEL);
    if named.is_none() && !archive && !folder.is_dir() {
        eprintln!("note: no module BTFs in {}: modules are not tested", folder.display());
        return Ok(Vec::new());
    }
    let mut files: Vec<PathBuf> =
        fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.sort();
    Ok(files)
}
