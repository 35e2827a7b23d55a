//! Second names of kernels. Older readers of packs join ID and VERSION_ID of os-release as they find them, which is not
//! always how BTFHub names the directory.

use crate::identity::Identity;

/// Directories of BTFHub whose kernels all run on systems of another VERSION_ID: (ID, directory, VERSION_ID).
const VERSIONS: [(&str, &str, &str); 7] = [
    // The last release of Amazon Linux 1, to which every earlier one updates itself: its /etc/os-release.
    ("amzn", "1", "2018.03"),
    ("amzn", "2018", "2018.03"),
    // Debian's codenames: https://www.debian.org/releases/
    ("debian", "stretch", "9"),
    ("debian", "buster", "10"),
    ("debian", "bullseye", "11"),
    ("debian", "bookworm", "12"),
    ("debian", "trixie", "13"),
];

/// Distributions whose VERSION_ID has a minor version, which BTFHub's directory has not. CentOS has none in either.
const WITH_MINOR: [&str; 2] = ["ol", "rhel"];

/// The name under which a reader that joins os-release naively looks for this kernel, if that is another one and certain.
pub fn alias_of(identity: &Identity) -> Option<Identity> {
    let version = listed(identity).or_else(|| with_minor(identity))?;
    Identity::new(identity.id(), &version, identity.arch(), identity.release()).ok()
}

/// Directories of the archive that hold the kernels of a version of a distribution, beside the one of its name.
pub(crate) fn directories_of<'v>(
    id: &'v str,
    version: &'v str,
) -> impl Iterator<Item = &'static str> + use<'v> {
    let of = move |(of, _, is): &&(&str, &str, &str)| *of == id && *is == version;
    VERSIONS.iter().filter(of).map(|(_, directory, _)| *directory)
}

fn listed(identity: &Identity) -> Option<String> {
    let is_of =
        |(id, directory, _): &&(&str, &str, &str)| *id == identity.id() && *directory == identity.version();
    VERSIONS.iter().find(is_of).map(|(_, _, version)| (*version).to_owned())
}

/// `8.2` for a kernel `4.18.0-193.13.2.el8_2.x86_64` of `8`: the `%{?dist}` of Red Hat's packages for one minor version.
/// A kernel with `.el8` alone does not say which.
fn with_minor(identity: &Identity) -> Option<String> {
    let major = identity.version();
    if !WITH_MINOR.contains(&identity.id()) {
        return None;
    }
    let mut parts = identity.release().split('.');
    let minor = parts.find_map(|part| part.strip_prefix("el")?.strip_prefix(major)?.strip_prefix('_'))?;
    let is_number = !minor.is_empty() && minor.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| format!("{major}.{minor}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alias(id: &str, version: &str, release: &str) -> Option<String> {
        alias_of(&Identity::new(id, version, "x86_64", release).unwrap()).map(|alias| alias.to_string())
    }

    #[test]
    fn red_hats_minor_version_is_in_the_release() {
        let release = "4.18.0-193.13.2.el8_2.x86_64";
        assert_eq!(alias("rhel", "8", release), Some(format!("rhel/8.2/x86_64/{release}")));
        assert_eq!(alias("ol", "8", release), Some(format!("ol/8.2/x86_64/{release}")));
        assert_eq!(
            alias("rhel", "9", "5.14.0-70.el9_0.x86_64"),
            Some("rhel/9.0/x86_64/5.14.0-70.el9_0.x86_64".into())
        );
        assert_eq!(alias("rhel", "8", "4.18.0-553.el8_10.x86_64").unwrap().split('/').nth(1), Some("8.10"));
    }

    #[test]
    fn where_the_release_does_not_say_it_nothing_is_guessed() {
        let table = [
            ("rhel", "8", "4.18.0-193.el8.x86_64"),
            ("rhel", "8", "4.18.0-193.el8_.x86_64"),
            ("rhel", "8", "4.18.0-193.el8_2uek.x86_64"),
            ("rhel", "8.2", "4.18.0-193.13.2.el8_2.x86_64"),
            ("rhel", "7", "4.18.0-193.13.2.el8_2.x86_64"),
            ("ol", "8", "5.4.17-2011.1.2.el8uek.x86_64"),
            ("centos", "8", "4.18.0-147.5.1.el8_1.x86_64"),
        ];
        for (id, version, release) in table {
            assert_eq!(alias(id, version, release), None, "{id} {version} {release}");
        }
    }

    #[test]
    fn directories_that_are_no_version_id_have_one() {
        let table = [
            ("amzn", "1", Some("2018.03")),
            ("amzn", "2018", Some("2018.03")),
            ("amzn", "2", None),
            ("debian", "stretch", Some("9")),
            ("debian", "buster", Some("10")),
            ("debian", "bullseye", Some("11")),
            ("debian", "bookworm", Some("12")),
            ("debian", "trixie", Some("13")),
            ("debian", "12", None),
            ("ubuntu", "20.04", None),
        ];
        for (id, version, expected) in table {
            let expected = expected.map(|version| format!("{id}/{version}/x86_64/r"));
            assert_eq!(alias(id, version, "r"), expected, "{id} {version}");
        }
    }
}
