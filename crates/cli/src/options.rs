//! What several commands take.

use bpfc_pack::{Programs, Result};

use crate::{files, platform};

/// More threads than this only wait for memory.
const MOST_DEFAULT_JOBS: usize = 8;

/// Reads the programs; `package` is ecc's `package.json`.
pub fn read_programs(paths: &[String], package: Option<&str>) -> Result<Programs> {
    let mut programs = Programs::default();
    if let Some(package) = package {
        programs.add_package(package, files::read(package)?)?;
    }
    for path in paths {
        programs.add(path, files::read(path)?)?;
    }
    Ok(programs)
}

/// As many threads as cores, within bounds.
pub fn default_jobs() -> usize {
    platform::cores().min(MOST_DEFAULT_JOBS)
}

/// `--jobs N`
pub fn parse_jobs(text: &str) -> std::result::Result<usize, &'static str> {
    let wrong = "Expected a number of threads from 1.";
    let is_number =
        text.len() <= 4 && !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().map_err(|_| wrong) } else { Err(wrong) }
}

/// `--max-size 250K`: bytes, or thousands or millions of them, as the summary counts.
pub fn parse_bytes(text: &str) -> std::result::Result<u64, &'static str> {
    let wrong = "Expected a number of bytes, or one with K or M.";
    let (digits, unit) = match text.strip_suffix('K') {
        Some(digits) => (digits, 1000),
        None => text.strip_suffix('M').map_or((text, 1), |digits| (digits, 1_000_000)),
    };
    let is_number = digits.len() <= 15 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.parse::<u64>().ok().filter(|_| is_number);
    number.and_then(|number| number.checked_mul(unit)).ok_or(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_bytes_or_thousands_or_millions() {
        assert_eq!(["7", "250K", "3M"].map(parse_bytes), [Ok(7), Ok(250_000), Ok(3_000_000)]);
        for wrong in ["", "K", "3G", "-1", "1.5M", "+1", "1234567890123456"] {
            assert!(parse_bytes(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn threads_are_counted_from_one() {
        assert_eq!(["1", "9999"].map(parse_jobs), [Ok(1), Ok(9999)]);
        for wrong in ["", "0", "01", "-1", "+1", "10000", "x"] {
            assert!(parse_jobs(wrong).is_err(), "{wrong}");
        }
    }
}
