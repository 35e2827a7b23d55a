//! What extension headers say about the entry behind them. Source: POSIX.1-2017, `pax`, "pax Extended Header".

use super::header::append_digit;
use super::{corrupt, unsupported};
use crate::error::Result;

/// Overrides of the next header's fields.
#[derive(Default)]
pub(super) struct Extensions {
    pub(super) name: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
}

impl Extensions {
    /// Takes path and size from pax records, each `"%d %s=%s\n"`: the length of the whole record, key, value. `at` is
    /// the byte of the tar where the header of these records stands.
    pub(super) fn add_records(&mut self, mut records: &[u8], at: u64) -> Result<()> {
        while !records.is_empty() {
            let Some((key, value, rest)) = split_record(records) else {
                return Err(corrupt(at, "a pax record is malformed"));
            };
            match key {
                b"path" if value.contains(&0) => return Err(corrupt(at, "a pax path contains NUL")),
                // An empty value takes an earlier record back.
                b"path" => self.name = Some(value.to_vec()).filter(|name| !name.is_empty()),
                b"size" if value.is_empty() => self.size = None,
                b"size" => {
                    let size = decimal(value).ok_or_else(|| corrupt(at, "a pax size is not a number"))?;
                    self.size = Some(size);
                }
                _ if key.starts_with(b"GNU.sparse.") => return Err(unsupported(at, "a sparse file")),
                _ => {}
            }
            records = rest;
        }
        Ok(())
    }
}

/// Key and value of the first record, and the records behind it.
fn split_record(records: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = records.iter().position(|&byte| byte == b' ')?;
    let length = usize::try_from(decimal(records.get(..space)?)?).ok()?;
    let (record, rest) = records.split_at_checked(length)?;
    let record = record.get(space + 1..)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|&byte| byte == b'=')?;
    Some((record.get(..equals)?, record.get(equals + 1..)?, rest))
}

fn decimal(digits: &[u8]) -> Option<u64> {
    let append = |value, byte: &u8| match byte {
        b'0'..=b'9' => append_digit(value, 10, byte - b'0'),
        _ => None,
    };
    digits.iter().try_fold(0, append).filter(|_| !digits.is_empty())
}
