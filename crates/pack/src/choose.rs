//! Which of the kernels that were found are packed, and why the others are not.

use bpfc_archive::{Glob, machine_of_arch};
use serde::Serialize;

use crate::programs::endian_of;
use crate::{Found, FoundKernel, Target};

/// The kernels to be packed.
#[derive(Clone, Debug)]
pub struct Selection {
    /// By path.
    pub kernels: Vec<FoundKernel>,
    /// The others.
    pub left_out: LeftOutList,
}

/// Kernels that were found and not packed, for one reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeftOut {
    /// A sentence's end: `aarch64, and execsnoop.bpf.o reads the registers of x86_64`.
    pub reason: String,
    /// Paths they would have had in a pack of the default layout.
    pub kernels: Vec<String>,
}

/// Kernels gathered by reason, reasons in the order they came up.
#[derive(Clone, Debug, Default)]
pub struct LeftOutList(Vec<LeftOut>);

impl LeftOutList {
    /// Adds one.
    pub fn add(&mut self, reason: String, kernel: &str) {
        match self.0.iter_mut().find(|left_out| left_out.reason == reason) {
            Some(left_out) => left_out.kernels.push(kernel.to_owned()),
            None => self.0.push(LeftOut { reason, kernels: vec![kernel.to_owned()] }),
        }
    }

    /// All of them.
    pub fn list(self) -> Vec<LeftOut> {
        self.0
    }
}

/// Chooses by `globs` over `ID/VERSION/ARCH/RELEASE`, any of which may match, none: all; and by `archs`, by either name,
/// none: what the programs say.
pub fn choose(found: &Found, target: &Target, globs: &[String], archs: &[String]) -> Selection {
    let mut left_out = LeftOutList::default();
    let globs: Vec<Glob> = globs.iter().map(|glob| Glob::new(glob)).collect();
    let archs: Vec<&str> = archs.iter().map(|arch| machine_of_arch(arch)).collect();
    let mut kernels = Vec::new();
    for kernel in &found.kernels {
        match reason_against(kernel, target, &globs, &archs) {
            Some(reason) => left_out.add(reason, &kernel.path),
            None => kernels.push(kernel.clone()),
        }
    }
    for duplicate in &found.duplicates {
        left_out.add("found a second time".into(), &duplicate.path);
    }
    Selection { kernels, left_out }
}

fn reason_against(
    FoundKernel { identity, .. }: &FoundKernel,
    target: &Target,
    globs: &[Glob],
    archs: &[&str],
) -> Option<String> {
    let arch = identity.arch();
    if !globs.is_empty() && !globs.iter().any(|glob| glob.matches(identity)) {
        return Some("not matched by --kernels".into());
    }
    if !archs.is_empty() && !archs.contains(&arch) {
        return Some(format!("{arch}, not asked for by --arch"));
    }
    // A machine without a known byte order is decided by its BTF.
    if endian_of(arch).is_some_and(|endian| endian != target.endian) {
        return Some(other_byte_order(arch, target));
    }
    match &target.proven {
        Some((proven, by)) if archs.is_empty() && proven != arch => {
            Some(format!("{arch}, and {by} reads the registers of {proven}"))
        }
        _ => None,
    }
}

pub(crate) fn other_byte_order(arch: &str, target: &Target) -> String {
    format!("{arch}, and the program is {}-endian", target.endian.name())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bpfc_archive::Identity;
    use bpfc_btf::Endian;

    fn found() -> Found {
        let kernel = |arch: &str, release: &str| {
            let identity = Identity::new("debian", "12", arch, release).unwrap();
            FoundKernel { file: format!("/a/{release}"), path: identity.pack_path(), identity }
        };
        let kernels = vec![
            kernel("aarch64", "6.1.0-arm64"),
            kernel("s390x", "6.1.0-s390x"),
            kernel("x86_64", "6.1.0-amd64"),
            kernel("x86_64", "6.1.0+test"),
        ];
        Found { kernels, ..Found::default() }
    }

    const LITTLE: Target = Target { endian: Endian::Little, proven: None };

    fn for_x86() -> Target {
        Target { proven: Some(("x86_64".into(), "kprobe.bpf.o".into())), ..LITTLE }
    }

    /// Releases of those chosen, and the reasons against the others.
    fn chosen(target: &Target, globs: &[&str], archs: &[&str]) -> (Vec<String>, Vec<String>) {
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        let Selection { kernels, left_out } = choose(&found(), target, &owned(globs), &owned(archs));
        let releases = kernels.iter().map(|kernel| kernel.identity.release().to_owned()).collect();
        (releases, left_out.list().into_iter().map(|left_out| left_out.reason).collect())
    }

    #[track_caller]
    fn check(found: (Vec<String>, Vec<String>), releases: &[&str], why: &[&str]) {
        assert_eq!(found.0, releases);
        assert_eq!(found.1, why);
    }

    #[test]
    fn all_architectures_of_the_byte_order_when_the_program_proves_none() {
        let releases = ["6.1.0-arm64", "6.1.0-amd64", "6.1.0+test"];
        check(chosen(&LITTLE, &[], &[]), &releases, &["s390x, and the program is little-endian"]);
        assert_eq!(chosen(&Target { endian: Endian::Big, proven: None }, &[], &[]).0, ["6.1.0-s390x"]);
    }

    #[test]
    fn only_the_architecture_that_the_program_proves() {
        let why = [
            "aarch64, and kprobe.bpf.o reads the registers of x86_64",
            "s390x, and the program is little-endian",
        ];
        check(chosen(&for_x86(), &[], &[]), &["6.1.0-amd64", "6.1.0+test"], &why);
    }

    #[test]
    fn arch_by_either_name_also_against_what_the_program_proves_never_against_the_byte_order() {
        let why = ["s390x, and the program is little-endian", "x86_64, not asked for by --arch"];
        check(chosen(&for_x86(), &[], &["arm64", "s390x"]), &["6.1.0-arm64"], &why);
    }

    #[test]
    fn any_of_the_globs_may_match_and_a_star_crosses_slashes_and_plus_is_literal() {
        let why = ["not matched by --kernels"];
        check(chosen(&LITTLE, &["debian*arm64", "*+test"], &[]), &["6.1.0-arm64", "6.1.0+test"], &why);
    }
}
