//! Of which distribution a kernel is, as its build or its package says it; nothing where that is not certain.

use crate::banner::Banner;

/// `ID` and `VERSION_ID` of os-release(5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distribution {
    /// `debian`.
    pub id: String,
    /// `12`.
    pub version: String,
}

/// The control fields of a Debian package (Debian Policy, chapter 5) that tell what it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Package {
    /// `linux-image-6.1.0-47-amd64`.
    pub name: String,
    /// `6.1.170-3`.
    pub version: String,
    /// `amd64`.
    pub architecture: String,
    /// `Debian Kernel Team <debian-kernel@lists.debian.org>`.
    pub maintainer: String,
}

/// The kernels of Debian's releases, by the first two numbers of their version, and of no other release without saying it.
const DEBIAN: [(&str, &str); 5] =
    [("4.9", "9"), ("4.19", "10"), ("5.10", "11"), ("6.1", "12"), ("6.12", "13")];

/// The kernels with which Ubuntu's releases came out.
const UBUNTU: [(&str, &str); 9] = [
    ("4.4", "16.04"),
    ("4.15", "18.04"),
    ("5.4", "20.04"),
    ("5.8", "20.10"),
    ("5.11", "21.04"),
    ("5.13", "21.10"),
    ("5.15", "22.04"),
    ("5.19", "22.10"),
    ("6.8", "24.04"),
];

impl Package {
    /// Of the text of a file `control`.
    pub fn of_control(text: &str) -> Self {
        let field = |name: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            value.unwrap_or_default().trim().to_owned()
        };
        Self {
            name: field("Package"),
            version: field("Version"),
            architecture: field("Architecture"),
            maintainer: field("Maintainer"),
        }
    }

    /// The machine it is for, as `uname -m` prints it.
    pub fn machine(&self) -> Option<&str> {
        match self.architecture.as_str() {
            "" | "all" => None,
            "ppc64el" => Some("ppc64le"),
            "i386" => Some("i686"),
            // Machines of these print their version: armv7l.
            "armhf" | "armel" => None,
            other => Some(bpfc_archive::machine_of_arch(other)),
        }
    }

    fn distribution(&self, release: &str) -> Option<Distribution> {
        let maintainer = self.maintainer.to_lowercase();
        if maintainer.contains("@lists.ubuntu.com") || maintainer.contains("@canonical.com") {
            return ubuntu(&self.version, release);
        }
        maintainer.contains("@lists.debian.org").then(|| debian(&self.version, release))?
    }
}

impl Distribution {
    /// Of the kernel `release`, from what is known of it: its package's fields, the line that it says first, and the
    /// release itself, in this order.
    pub fn of(release: &str, banner: Option<&Banner>, package: Option<&Package>) -> Option<Self> {
        let by_package = package.and_then(|package| package.distribution(release));
        let by_banner = || of_banner(&banner?.line, release);
        by_package.or_else(by_banner).or_else(|| of_release(release))
    }

    fn new(id: &str, version: &str) -> Option<Self> {
        Some(Self { id: id.to_owned(), version: version.to_owned() })
    }
}

/// Debian's kernels end their first line with the package's version, Ubuntu's call their build `#1-Ubuntu` or
/// `#1~20.04.1-Ubuntu`.
fn of_banner(line: &str, release: &str) -> Option<Distribution> {
    if let Some((_, behind)) = line.rsplit_once(" Debian ") {
        let version = behind.split(' ').next()?;
        // Without the epoch.
        let version = version.split_once(':').map_or(version, |(_, version)| version);
        return version.starts_with(|c: char| c.is_ascii_digit()).then(|| debian(version, release))?;
    }
    let build = line.split(' ').find_map(|word| word.strip_prefix('#')?.strip_suffix("-Ubuntu"))?;
    let version =
        build.split_once('~').map_or(release.to_owned(), |(_, suffix)| format!("{release}~{suffix}"));
    ubuntu(&version, release)
}

/// `6.12.107-1~deb12u1`, `5.10.0-0.deb10.20`, `6.12.107+deb13-amd64`, `6.1.5-1~bpo11+1` say the release; else it is that
/// which came with this kernel.
fn debian(version: &str, release: &str) -> Option<Distribution> {
    let said = [version, release].into_iter().find_map(|text| {
        let mark = |mark: &str| text.split_once(mark).map(|(_, behind)| leading_digits(behind));
        mark("deb").or_else(|| mark("~bpo")).filter(|digits| !digits.is_empty())
    });
    Distribution::new("debian", said.or_else(|| series(&DEBIAN, version))?)
}

/// `5.15.0-91.101~20.04.1` says the release; else it is that which came with this kernel, but for `linux-oem`, which has
/// kernels of later series without saying it.
fn ubuntu(version: &str, release: &str) -> Option<Distribution> {
    let said = version.split_once('~').map(|(_, suffix)| suffix.get(..5).unwrap_or_default());
    let is_release = |text: &str| {
        let digit = |c: char| c.is_ascii_digit();
        text.split_once('.').is_some_and(|(year, month)| {
            year.len() == 2 && month.len() == 2 && year.chars().all(digit) && month.chars().all(digit)
        })
    };
    match said {
        Some(said) => is_release(said).then(|| Distribution::new("ubuntu", said))?,
        None if release.ends_with("-oem") => None,
        None => Distribution::new("ubuntu", series(&UBUNTU, version)?),
    }
}

/// `%{?dist}` of the package, where one distribution alone has it: Red Hat's `el8` is that of all who rebuild it.
fn of_release(release: &str) -> Option<Distribution> {
    release.split(['.', '-']).find_map(|part| {
        let digits = |text: &str| Some(leading_digits(text).to_owned()).filter(|digits| !digits.is_empty());
        if let Some(behind) = part.strip_prefix("amzn") {
            return Distribution::new("amzn", &digits(behind)?);
        }
        if let Some(behind) = part.strip_prefix("fc") {
            return Distribution::new("fedora", &digits(behind)?);
        }
        let behind = part.strip_prefix("el").filter(|behind| behind.ends_with("uek"))?;
        Distribution::new("ol", &digits(behind)?)
    })
}

fn leading_digits(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

fn series<'t>(table: &'t [(&str, &str)], version: &str) -> Option<&'t str> {
    let mut numbers = version.split(['.', '-']);
    let first_two = format!("{}.{}", numbers.next()?, numbers.next()?);
    table.iter().find(|(series, _)| *series == first_two).map(|(_, release)| *release)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(distribution: Option<Distribution>) -> String {
        distribution.map_or("unknown".to_owned(), |Distribution { id, version }| format!("{id} {version}"))
    }

    #[test]
    fn packages_say_it_by_their_version() {
        let debian = "Debian Kernel Team <debian-kernel@lists.debian.org>";
        let ubuntu = "Ubuntu Kernel Team <kernel-team@lists.ubuntu.com>";
        let table = [
            (debian, "6.1.170-3", "6.1.0-47-amd64", "debian 12"),
            (debian, "5.10.218-1", "5.10.0-30-arm64", "debian 11"),
            (debian, "6.12.107-1~deb12u1", "6.12.107+deb12-amd64", "debian 12"),
            (debian, "6.12.107-1", "6.12.107+deb13-amd64", "debian 13"),
            (debian, "6.1.180-1~deb11u1", "6.1.0-0.deb11.52-amd64", "debian 11"),
            (debian, "6.5.3-1~bpo12+1", "6.5.0-0.deb12.1-amd64", "debian 12"),
            (debian, "6.7.9-2", "6.7.9-amd64", "unknown"),
            (ubuntu, "5.15.0-91.101~20.04.1", "5.15.0-91-generic", "ubuntu 20.04"),
            (ubuntu, "5.15.0-91.101", "5.15.0-91-generic", "ubuntu 22.04"),
            (ubuntu, "5.13.0-1010.11", "5.13.0-1010-oem", "unknown"),
            (ubuntu, "5.7.0-1010.10", "5.7.0-1010-generic", "unknown"),
            (ubuntu, "6.5.0-14.14~next", "6.5.0-14-generic", "unknown"),
            ("Somebody <a@b>", "6.1.170-3", "6.1.0-47-amd64", "unknown"),
        ];
        for (maintainer, version, release, expected) in table {
            let control = format!("Package: linux-image\nVersion: {version}\nMaintainer: {maintainer}\n");
            let package = Package::of_control(&control);
            assert_eq!(text(Distribution::of(release, None, Some(&package))), expected, "{version}");
        }
    }

    #[test]
    fn kernels_say_it_by_their_first_line_or_release() {
        let table = [
            (
                "6.1.0-47-amd64",
                "(gcc (Debian 12.2.0-14+deb12u1)) #1 SMP Debian 6.1.170-3 (2026-05-08)",
                "debian 12",
            ),
            (
                "6.1.0-rpi7-rpi-v8",
                "(gcc (Debian 12.2.0-14) 12.2.0) #1 SMP PREEMPT Debian 1:6.1.63-1+rpt1",
                "debian 12",
            ),
            ("5.15.0-91-generic", "(gcc) #101~20.04.1-Ubuntu SMP", "ubuntu 20.04"),
            ("5.15.0-91-generic", "(gcc) #101-Ubuntu SMP", "ubuntu 22.04"),
            ("5.10.104-tegra", "(gcc) #1 SMP PREEMPT", "unknown"),
            ("4.14.355-275.572.amzn2.x86_64", "(gcc)", "amzn 2"),
            ("6.1.2-9.50.amzn2023.aarch64", "(gcc)", "amzn 2023"),
            ("6.8.5-301.fc40.x86_64", "(gcc)", "fedora 40"),
            ("5.4.17-2136.el8uek.x86_64", "(gcc)", "ol 8"),
            ("4.18.0-553.el8_10.x86_64", "(gcc)", "unknown"),
        ];
        for (release, line, expected) in table {
            let line = format!("Linux version {release} (a@b) {line}");
            let banner = Banner::find(line.as_bytes()).unwrap();
            assert_eq!(text(Distribution::of(release, Some(&banner), None)), expected, "{line}");
        }
    }

    #[test]
    fn architectures_are_machines() {
        let machine = |name: &str| {
            let package = Package::of_control(&format!("Package: p\nArchitecture: {name}\n"));
            package.machine().map(str::to_owned)
        };
        let names = ["amd64", "arm64", "s390x", "ppc64el", "all", "armhf"].map(machine);
        assert_eq!(
            names.each_ref().map(Option::as_deref),
            [Some("x86_64"), Some("aarch64"), Some("s390x"), Some("ppc64le"), None, None]
        );
    }
}
