//! What a machine says of itself, and the names under which an archive may have its kernel.

use crate::alias::directories_of;
use crate::error::{ArchiveError, ErrorKind, Result};
use crate::machine::{arch_of_machine, machine_of_arch};
use crate::os_release::{DEFAULT_ID, NO_VERSION, value};

/// A machine: its os-release, `uname -m` and `uname -r`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    ids: Vec<String>,
    versions: Vec<String>,
    machine: String,
    release: String,
}

/// Words of ID_LIKE that are read; os-release(5) knows of two or three.
const MOST_LIKE: usize = 8;

/// Each name is tried once.
fn add(names: &mut Vec<String>, name: &str) {
    if !names.iter().any(|known| known == name) {
        names.push(name.to_owned());
    }
}

impl System {
    /// From the text of os-release and what `uname -m` and `uname -r` print.
    ///
    /// # Errors
    /// `IDENTITY_PART` where machine or release are empty: every kernel has them.
    pub fn new(os_release: &str, machine: &str, release: &str) -> Result<System> {
        let lower_case = |key| value(os_release, key).map(|value| value.to_ascii_lowercase());
        let id = lower_case("ID").unwrap_or_else(|| DEFAULT_ID.to_owned());
        let mut system = System::named(&id, lower_case("VERSION_ID").as_deref(), machine, release)?;
        if let Some(codename) = lower_case("VERSION_CODENAME") {
            // Before the version that stands for none.
            system.versions.retain(|version| version != NO_VERSION);
            add(&mut system.versions, &codename);
        }
        if lower_case("VERSION_ID").is_none() {
            add(&mut system.versions, NO_VERSION);
        }
        let like = lower_case("ID_LIKE").unwrap_or_default();
        like.split_ascii_whitespace().take(MOST_LIKE).for_each(|like| add(&mut system.ids, like));
        Ok(system)
    }

    /// From the names alone: ID and VERSION_ID of os-release, `uname -m` and `uname -r`.
    ///
    /// # Errors
    /// As [`System::new`].
    pub fn named(id: &str, version: Option<&str>, machine: &str, release: &str) -> Result<System> {
        for (name, part) in [("machine", machine), ("release", release)] {
            if part.is_empty() {
                let what = format!("the {name} of a kernel is empty");
                return Err(ArchiveError::new(ErrorKind::IdentityPart, what).with_value(part));
            }
        }
        let mut versions = Vec::new();
        match version {
            None => add(&mut versions, NO_VERSION),
            Some(version) => {
                add(&mut versions, version);
                version.split_once('.').into_iter().for_each(|(major, _)| add(&mut versions, major));
                directories_of(id, version).for_each(|directory| add(&mut versions, directory));
            }
        }
        let machine = machine_of_arch(machine).to_owned();
        Ok(System { ids: vec![id.to_owned()], versions, machine, release: release.to_owned() })
    }

    /// Its distribution, then those that ID_LIKE says it is like.
    pub fn ids(&self) -> &[String] {
        &self.ids
    }

    /// The names of its version: VERSION_ID, its major version, the directory of the archive, the codename.
    pub fn versions(&self) -> &[String] {
        &self.versions
    }

    /// As `uname -m` prints it.
    pub fn machine(&self) -> &str {
        &self.machine
    }

    /// As `uname -r` prints it.
    pub fn release(&self) -> &str {
        &self.release
    }

    /// Whether `release`, as an archive has it, may be this kernel's: written just so, or otherwise by a rule. Whatever else is
    /// in a pack, only the nearest release can be asked for.
    pub fn may_be(&self, release: &str) -> bool {
        self.release == release || self.has_other_name(release)
    }

    /// Whether `release`, as an archive has it, is that of this kernel written otherwise: with the machine's other name at
    /// its end; or, as some of SUSE's are, with or without the build counter of the package.
    pub(crate) fn has_other_name(&self, release: &str) -> bool {
        self.release != release && (self.renamed(release) || self.rebuilt(release))
    }

    /// `4.18.0-193.el8.arm64` for `4.18.0-193.el8.aarch64`.
    fn renamed(&self, release: &str) -> bool {
        let Some(arch) = arch_of_machine(&self.machine) else { return false };
        let own = self.release.strip_suffix(self.machine.as_str());
        own.is_some() && own == release.strip_suffix(arch)
    }

    /// `4.12.14-122.103.1-default` for `4.12.14-122.103-default`, and the other way.
    fn rebuilt(&self, release: &str) -> bool {
        if !self.ids.iter().any(|id| id.starts_with("sles") || id.contains("suse")) {
            return false;
        }
        let (Some((own, own_flavor)), Some((other, flavor))) =
            (self.release.rsplit_once('-'), release.rsplit_once('-'))
        else {
            return false;
        };
        let counter = |long: &str, short: &str| {
            let counter = long.strip_prefix(short).and_then(|rest| rest.strip_prefix('.'));
            counter.is_some_and(|counter| !counter.is_empty() && counter.bytes().all(|b| b.is_ascii_digit()))
        };
        own_flavor == flavor && (counter(other, own) || counter(own, other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(os_release: &str, machine: &str, release: &str) -> System {
        System::new(os_release, machine, release).unwrap()
    }

    #[test]
    fn versions_are_tried_from_the_exact_to_the_general() {
        let versions = |os_release| system(os_release, "x86_64", "r").versions.join(" ");
        assert_eq!(versions("ID=rhel\nVERSION_ID=\"8.2\""), "8.2 8");
        assert_eq!(versions("ID=debian\nVERSION_ID=11\nVERSION_CODENAME=bullseye"), "11 bullseye");
        assert_eq!(versions("ID=debian\nVERSION_ID=11"), "11 bullseye");
        assert_eq!(versions("ID=amzn\nVERSION_ID=2018.03"), "2018.03 2018 1");
        assert_eq!(versions("ID=debian\nVERSION_CODENAME=trixie"), "trixie 0");
        assert_eq!(versions(""), "0");
    }

    #[test]
    fn distributions_are_its_own_and_those_it_is_like() {
        let rocky = system("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora rhel\"", "x86_64", "r");
        assert_eq!(rocky.ids, ["rocky", "rhel", "centos", "fedora"]);
    }

    #[test]
    fn a_release_may_be_written_otherwise() {
        let arm = system("ID=centos", "aarch64", "4.18.0-193.el8.aarch64");
        assert!(arm.has_other_name("4.18.0-193.el8.arm64"));
        assert!(!arm.has_other_name("4.18.0-194.el8.arm64"));
        let suse = system("ID=\"sles\"", "x86_64", "4.12.14-122.103-default");
        assert!(suse.has_other_name("4.12.14-122.103.1-default"));
        assert!(!suse.has_other_name("4.12.14-122.1030-default"));
        assert!(!suse.has_other_name("4.12.14-122.103.1-azure"));
        assert!(
            system("ID=sles", "x86_64", "4.12.14-122.103.1-default")
                .has_other_name("4.12.14-122.103-default")
        );
        let ubuntu = system("ID=ubuntu", "x86_64", "4.12.14-122.103-default");
        assert!(!ubuntu.has_other_name("4.12.14-122.103.1-default"));
    }

    #[test]
    fn a_kernel_has_a_machine_and_a_release() {
        assert_eq!(System::new("", "", "r").unwrap_err().code(), "IDENTITY_PART");
        assert_eq!(System::new("", "x86_64", "").unwrap_err().code(), "IDENTITY_PART");
    }
}
