//! Module BTFs beside the kernels: `--modules DIR`.

use std::collections::{BTreeMap, BTreeSet};

use bpfc_archive::Identity;

use crate::paths::{base_name, join};
use crate::{CommandCode, CommandError, Result};

/// The module BTFs of kernels.
#[derive(Clone, Debug, Default)]
pub struct ModuleFiles(BTreeMap<Identity, Vec<String>>);

impl ModuleFiles {
    /// Those in `folder`, in the layout `ID/VERSION/ARCH/RELEASE/MODULE.btf` with either name of the architecture. `files`
    /// are the paths of all that is below it, relative to it and in any order.
    ///
    /// # Errors
    /// `SOURCE_EMPTY`: none.
    pub fn below(folder: &str, files: Vec<String>) -> Result<ModuleFiles> {
        let mut modules = ModuleFiles::default();
        let mut sorted = BTreeSet::new();
        sorted.extend(files);
        for path in &sorted {
            let Some(name) = module_stem(path) else { continue };
            let &[id, version, arch, release, _] = path.split('/').collect::<Vec<_>>().as_slice() else {
                continue;
            };
            let Ok(identity) = Identity::new(id, version, arch, release) else { continue };
            let of_kernel = modules.0.entry(identity).or_default();
            // Given twice its types would be candidates twice.
            if !of_kernel.iter().any(|file| module_name(file) == base_name(name)) {
                of_kernel.push(join(folder, path));
            }
        }
        if modules.0.is_empty() {
            let message = format!(
                "{folder}: no module's BTF in it; expected files named ID/VERSION/ARCH/RELEASE/MODULE.btf"
            );
            return Err(CommandError::new(CommandCode::SourceEmpty, message).into());
        }
        Ok(modules)
    }

    /// Those of one kernel, by name.
    pub(crate) fn of(&self, kernel: &Identity) -> &[String] {
        self.0.get(kernel).map_or(&[], Vec::as_slice)
    }
}

/// `nf_conntrack` of `.../nf_conntrack.btf.xz`.
pub(crate) fn module_name(file: &str) -> &str {
    let name = base_name(file);
    module_stem(name).unwrap_or(name)
}

fn module_stem(path: &str) -> Option<&str> {
    let bare = path.strip_suffix(".xz").or_else(|| path.strip_suffix(".gz")).unwrap_or(path);
    bare.strip_suffix(".btf")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_found_by_kernel_each_name_once() {
        let files = [
            "debian/12/arm64/6.1/b.btf",
            "debian/12/aarch64/6.1/b.btf.xz",
            "debian/12/arm64/6.1/a.btf",
            "x.btf",
        ];
        let modules = ModuleFiles::below("mods/", files.map(str::to_owned).to_vec()).unwrap();
        let kernel = Identity::new("debian", "12", "aarch64", "6.1").unwrap();
        assert_eq!(
            modules.of(&kernel),
            ["mods/debian/12/aarch64/6.1/b.btf.xz", "mods/debian/12/arm64/6.1/a.btf"]
        );
        assert_eq!(modules.of(&Identity::new("debian", "12", "x86_64", "6.1").unwrap()), [""; 0]);
    }

    #[test]
    fn none_is_an_error_that_names_the_folder() {
        let error = ModuleFiles::below("mods", vec!["README".into()]).unwrap_err();
        assert_eq!(error.code(), "SOURCE_EMPTY");
        assert!(error.to_string().starts_with("mods: "));
    }
}
