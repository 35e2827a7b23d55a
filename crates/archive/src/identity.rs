//! Which kernel a BTF belongs to, and the path by which it is found.

use crate::error::{ArchiveError, ErrorKind, Result};
use crate::machine::{is_machine, machine_of_arch};
use std::fmt;

/// The directory of a pack, and of BTFHub's repository, under which identities become paths.
pub const ARCHIVE_DIRECTORY: &str = "btfhub-archive";

/// What may follow a BTF's `.btf` in a file name: the forms that [`crate::unwrap_kernel`] reads.
const WRAPPINGS: [&str; 6] = ["", ".tar.xz", ".tar.gz", ".tar", ".xz", ".gz"];

/// A kernel, by the names that its system gives itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    id: String,
    version: String,
    arch: String,
    release: String,
}

impl Identity {
    /// The kernel `release` for `arch`, which may be given by either of its names, of version `version` of the
    /// distribution `id`. Each must be able to be one component of a path, or the error is `IDENTITY_PART`.
    pub fn new(id: &str, version: &str, arch: &str, release: &str) -> Result<Self> {
        check_part("ID", id)?;
        check_part("VERSION", version)?;
        check_part("architecture", arch)?;
        check_part("release", release)?;
        Ok(Self {
            id: id.to_owned(),
            version: version.to_owned(),
            arch: machine_of_arch(arch).to_owned(),
            release: release.to_owned(),
        })
    }

    /// The identity that a path ends in: `.../ID/VERSION/ARCH/RELEASE.btf`, or the same with `.tar.xz` and the like
    /// behind it. Nothing if the path has not that shape, or its ARCH is no machine: a BTF may lie in any directory.
    pub fn of_path(path: &str) -> Option<Self> {
        let mut parts = path.rsplit('/');
        let (file, arch, version, id) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let release = release_of_file(file).filter(|_| is_machine(arch))?;
        Self::new(id, version, arch, release).ok()
    }

    /// The path in a pack, such as `btfhub-archive/ubuntu/20.04/x86_64/5.4.0-26-generic.btf`.
    pub fn pack_path(&self) -> String {
        format!("{ARCHIVE_DIRECTORY}/{self}.btf")
    }

    /// The distribution: os-release's ID.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The distribution's version: os-release's VERSION_ID.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The machine, as `uname -m` prints it.
    pub fn arch(&self) -> &str {
        &self.arch
    }

    /// The kernel, as `uname -r` prints it.
    pub fn release(&self) -> &str {
        &self.release
    }
}

/// `ID/VERSION/ARCH/RELEASE`.
impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, version, arch, release } = self;
        write!(f, "{id}/{version}/{arch}/{release}")
    }
}

/// The release that the name of a kernel's file says, or the module that a module's says, in whatever folder it lies:
/// `5.4.0-26-generic` of `.../5.4.0-26-generic.btf.tar.xz`.
pub fn release_of_path(path: &str) -> Option<&str> {
    let file = path.rsplit('/').next()?;
    release_of_file(file).filter(|release| !release.is_empty())
}

fn release_of_file(file: &str) -> Option<&str> {
    WRAPPINGS.iter().find_map(|wrapping| file.strip_suffix(wrapping)?.strip_suffix(".btf"))
}

fn check_part(name: &str, part: &str) -> Result<()> {
    let why = match part {
        "" => "is empty",
        "." | ".." => "names a directory",
        _ if part.contains('/') => "contains a slash",
        _ if part.contains('\0') => "contains NUL",
        _ => return Ok(()),
    };
    let what = format!("the {name} of a kernel {why}");
    Err(ArchiveError::new(ErrorKind::IdentityPart, what).with_value(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(path: &str) -> Option<String> {
        Identity::of_path(path).map(|identity| identity.to_string())
    }

    #[test]
    fn a_path_of_the_archive_names_a_kernel() {
        let table = [
            ("ubuntu/20.04/x86_64/5.4.0-26-generic.btf", "ubuntu/20.04/x86_64/5.4.0-26-generic"),
            ("/a/b/ubuntu/20.04/x86_64/5.4.0-26-generic.btf.tar.xz", "ubuntu/20.04/x86_64/5.4.0-26-generic"),
            ("./btfhub-archive/debian/12/aarch64/6.1.0-47-arm64.btf", "debian/12/aarch64/6.1.0-47-arm64"),
            ("debian/12/arm64/6.1.0-47-arm64.btf.tar.xz", "debian/12/aarch64/6.1.0-47-arm64"),
            ("debian/12/x86_64/6.12.107+deb12-amd64.btf.tar.gz", "debian/12/x86_64/6.12.107+deb12-amd64"),
            ("debian/12/s390x/6.1.0-47-s390x.btf.xz", "debian/12/s390x/6.1.0-47-s390x"),
            ("centos/8/x86_64/4.18.0-147.el8.x86_64.btf.tar", "centos/8/x86_64/4.18.0-147.el8.x86_64"),
            ("a/1/x86_64/r.tar.btf.gz", "a/1/x86_64/r.tar"),
        ];
        for (path, expected) in table {
            assert_eq!(parts(path).as_deref(), Some(expected), "{path}");
        }
    }

    #[test]
    fn a_path_of_another_shape_names_none() {
        let table = [
            "",
            "vmlinux.btf",
            "20.04/x86_64/5.4.0.btf",
            "/20.04/x86_64/5.4.0.btf",
            "ubuntu//x86_64/5.4.0.btf",
            "ubuntu/../x86_64/5.4.0.btf",
            "ubuntu/20.04/x86_64/.btf",
            "ubuntu/20.04/x86_64/5.4.0",
            "ubuntu/20.04/x86_64/5.4.0.tar.xz",
            "ubuntu/20.04/x86_64/5.4.0.btf.zip",
            "ubuntu/20.04/x86_64/5.4.0.btf/",
            "home/me/project/vmlinux.btf",
        ];
        for path in table {
            assert_eq!(parts(path), None, "{path}");
        }
    }

    /// The path that bpf-compatible-rs 0.1.3 joins: `{id}/{version_id}/{machine}/{release}.btf` under `btfhub-archive`.
    #[test]
    fn the_pack_has_the_machine_where_the_archive_has_the_architecture() {
        let identity = Identity::new("debian", "12", "arm64", "6.1.0-47-arm64").unwrap();
        assert_eq!(identity.arch(), "aarch64");
        assert_eq!(identity.pack_path(), "btfhub-archive/debian/12/aarch64/6.1.0-47-arm64.btf");
    }

    #[test]
    fn a_pack_path_leads_back_to_its_identity() {
        let identity = Identity::new("ubuntu", "20.04", "x86_64", "5.4.0-26-generic").unwrap();
        assert_eq!(Identity::of_path(&identity.pack_path()), Some(identity));
    }

    #[test]
    fn each_part_must_be_a_component_of_a_path() {
        for bad in ["", ".", "..", "a/b", "/", "a\0b"] {
            for position in 0..4 {
                let mut parts = ["ubuntu", "20.04", "x86_64", "5.4.0"];
                parts[position] = bad;
                let [id, version, arch, release] = parts;
                let error = Identity::new(id, version, arch, release).unwrap_err();
                assert_eq!((error.code(), error.value()), ("IDENTITY_PART", Some(&bad.into())));
            }
        }
        assert!(Identity::new("...", "a b", "x", "\u{e9}+~").is_ok());
    }
}
