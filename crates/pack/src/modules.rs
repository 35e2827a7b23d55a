//! Module BTFs beside the kernels: `--modules DIR`.

use std::collections::{BTreeMap, BTreeSet};

use bpfc_archive::{Identity, release_of_path};

use crate::paths::{base_name, join};
use crate::{CommandCode, CommandError, Problem, Result};

/// The module BTFs of kernels.
#[derive(Clone, Debug, Default)]
pub struct ModuleFiles {
    folder: String,
    files: BTreeMap<Identity, Vec<String>>,
}

impl ModuleFiles {
    /// Those in `folder`, in the layout `ID/VERSION/ARCH/RELEASE/MODULE.btf` with either name of the architecture. `files`
    /// are the paths of all that is below it, relative to it and in any order.
    ///
    /// # Errors
    /// `SOURCE_EMPTY`: none.
    pub fn below(folder: &str, files: Vec<String>) -> Result<ModuleFiles> {
        let mut modules = ModuleFiles { folder: folder.to_owned(), files: BTreeMap::new() };
        let mut sorted = BTreeSet::new();
        sorted.extend(files);
        for path in &sorted {
            let Some(name) = release_of_path(path) else { continue };
            let &[id, version, arch, release, _] = path.split('/').collect::<Vec<_>>().as_slice() else {
                continue;
            };
            let Ok(identity) = Identity::new(id, version, arch, release) else { continue };
            let of_kernel = modules.files.entry(identity).or_default();
            // Given twice its types would be candidates twice.
            if !of_kernel.iter().any(|file| module_name(file) == name) {
                of_kernel.push(join(folder, path));
            }
        }
        if modules.files.is_empty() {
            let message = format!(
                "{folder}: no module's BTF in it; expected files named ID/VERSION/ARCH/RELEASE/MODULE.btf"
            );
            return Err(CommandError::new(CommandCode::SourceEmpty, message).into());
        }
        Ok(modules)
    }

    /// A folder that was named and has nothing for any of these kernels.
    pub(crate) fn unused<'k>(&self, mut kernels: impl Iterator<Item = &'k Identity>) -> Option<Problem> {
        if self.files.is_empty() || kernels.any(|kernel| self.files.contains_key(kernel)) {
            return None;
        }
        let other = self.files.keys().next().map(Identity::to_string).unwrap_or_default();
        let message = format!("{}: has modules of {other}, and of no kernel that is packed", self.folder);
        Some(Problem::new(CommandCode::ModulesUnused, message))
    }

    /// Those of one kernel, by name.
    pub(crate) fn of(&self, kernel: &Identity) -> &[String] {
        self.files.get(kernel).map_or(&[], Vec::as_slice)
    }
}

/// `nf_conntrack` of `.../nf_conntrack.btf.tar.xz`.
pub(crate) fn module_name(file: &str) -> &str {
    release_of_path(file).unwrap_or_else(|| base_name(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_found_by_kernel_each_name_once() {
        let files = [
            "debian/12/arm64/6.1/b.btf",
            "debian/12/aarch64/6.1/b.btf.tar.xz",
            "debian/12/arm64/6.1/a.btf",
            "x.btf",
        ];
        let modules = ModuleFiles::below("mods/", files.map(str::to_owned).to_vec()).unwrap();
        let kernel = Identity::new("debian", "12", "aarch64", "6.1").unwrap();
        assert_eq!(
            modules.of(&kernel),
            ["mods/debian/12/aarch64/6.1/b.btf.tar.xz", "mods/debian/12/arm64/6.1/a.btf"]
        );
        assert_eq!(modules.of(&Identity::new("debian", "12", "x86_64", "6.1").unwrap()), [""; 0]);
    }

    #[test]
    fn modules_of_other_kernels_are_said_to_be_unused() {
        let modules = ModuleFiles::below("mods", vec!["debian/12/x86_64/6.1/a.btf".into()]).unwrap();
        let [same, other] =
            ["6.1", "6.2"].map(|release| Identity::new("debian", "12", "x86_64", release).unwrap());
        assert_eq!(modules.unused([&same, &other].into_iter()), None);
        assert_eq!(modules.unused([&other].into_iter()).unwrap().code, "MODULES_UNUSED");
        assert_eq!(ModuleFiles::default().unused([&other].into_iter()), None, "none were given");
    }

    #[test]
    fn none_is_an_error_that_names_the_folder() {
        let error = ModuleFiles::below("mods", vec!["README".into()]).unwrap_err();
        assert_eq!(error.code(), "SOURCE_EMPTY");
        assert!(error.to_string().starts_with("mods: "));
    }
}
