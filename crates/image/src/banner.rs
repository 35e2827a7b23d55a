//! The line that a kernel says first (`linux_banner`, init/version-timestamp.c of Linux):
//! `Linux version RELEASE (BUILDER) (COMPILER) #N SMP DATE`.

use memchr::memmem;

use crate::limits::RELEASE_CHARACTERS;

const START: &[u8] = b"Linux version ";

/// Characters of the whole line that are looked at. Real ones have some 200.
const LINE: usize = 1024;

/// A kernel's first line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Banner {
    /// As `uname -r` prints it.
    pub release: String,
    /// All of it.
    pub line: String,
}

impl Banner {
    /// The first in `kernel`, which is not compressed. Other places of a kernel say `Linux version ` too, but without a release
    /// and a parenthesis behind it.
    pub fn find(kernel: &[u8]) -> Option<Self> {
        memmem::find_iter(kernel, START).find_map(|at| Self::parse(kernel.get(at..)?))
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.get(..bytes.len().min(LINE))?;
        let end = bytes.iter().position(|byte| !matches!(byte, 0x20..=0x7e)).unwrap_or(bytes.len());
        let line = std::str::from_utf8(bytes.get(..end)?).ok()?;
        let (release, _) = line.get(START.len()..)?.split_once(" (")?;
        let is_release = release.starts_with(|c: char| c.is_ascii_digit())
            && release.len() <= RELEASE_CHARACTERS
            && release.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._+~-".contains(&byte));
        is_release.then(|| Self { release: release.to_owned(), line: line.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEBIAN: &str = "Linux version 6.1.0-47-amd64 (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14+deb12u1) \
                          12.2.0) #1 SMP PREEMPT_DYNAMIC Debian 6.1.170-3 (2026-05-08)";

    #[test]
    fn it_is_found_among_others() {
        let kernel = format!("\0Linux version %s (%s)\n\0Linux version 4\0\u{1}{DEBIAN}\n\0rest");
        let banner = Banner::find(kernel.as_bytes()).unwrap();
        assert_eq!((banner.release.as_str(), banner.line.as_str()), ("6.1.0-47-amd64", DEBIAN));
    }

    #[test]
    fn what_could_be_no_release_is_none() {
        let long = format!("Linux version 6{} (a)", "1".repeat(64));
        for text in
            ["Linux version ", "Linux version 6.1/2 (a)", "Linux version 6.1", "linux version 6.1 (a)", &long]
        {
            assert_eq!(Banner::find(text.as_bytes()), None, "{text}");
        }
    }
}
