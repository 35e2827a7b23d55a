//! The text that is written, and how much of it there may be.

use crate::{Btf, Code, Error, Result, TypeId};

/// Bytes for each byte of the BTF. Real kernels need a handful.
const GROWTH: usize = 64;

/// What even the smallest BTF may take.
const LEAST: usize = 64 << 10;

/// Bytes that a text of a BTF's types may take, its base's included: 64 times its own, and 64 KiB. A text that goes beyond
/// it is given up, with [`Code::Dump`].
pub fn limit(btf: &Btf) -> usize {
    let sizes = std::iter::successors(Some(btf), |btf| btf.base()).map(|btf| btf.bytes().len());
    sizes.fold(LEAST, |sum, size| sum.saturating_add(size.saturating_mul(GROWTH)))
}

/// What noting a [`Link`] counts for, in bytes of text: what it takes, here or as an object of JavaScript.
const LINK: usize = 40;

/// Where a text names a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// First byte of the name.
    pub start: usize,
    /// The byte behind it.
    pub end: usize,
    /// The type of that name.
    pub id: TypeId,
}

/// Text in the making.
pub(super) struct Text {
    bytes: Vec<u8>,
    /// Where types are named, if that is asked for.
    links: Option<Vec<Link>>,
    /// Work done, which counts as bytes do: some of it writes nothing.
    steps: usize,
    limit: usize,
}

impl Text {
    pub(super) fn new(btf: &Btf) -> Text {
        Text { bytes: Vec::new(), links: None, steps: 0, limit: limit(btf) }
    }

    /// Of at most so many bytes, where it is noted which types it names.
    pub(super) fn linked(most: usize) -> Text {
        Text { bytes: Vec::new(), links: Some(Vec::new()), steps: 0, limit: most }
    }

    #[inline]
    pub(super) fn push(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    #[inline]
    pub(super) fn bytes(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
    }

    /// So many tabs.
    pub(super) fn indent(&mut self, level: usize) {
        self.bytes.resize(self.bytes.len() + level, b'\t');
    }

    /// A decimal number.
    pub(super) fn number(&mut self, mut number: u64) {
        // 2^64 has 20 digits.
        let mut digits = [0_u8; 20];
        let mut used = 0;
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
            used += 1;
            if number == 0 {
                break;
            }
        }
        self.bytes.extend_from_slice(digits.get(digits.len() - used..).unwrap_or(&[]));
    }

    /// A decimal number with its sign.
    pub(super) fn signed(&mut self, number: i64) {
        if number < 0 {
            self.bytes.push(b'-');
        }
        self.number(number.unsigned_abs());
    }

    /// Bytes so far.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Notes that what was written since `start` is the name of a type.
    #[inline]
    pub(super) fn link(&mut self, start: usize, id: TypeId) {
        if let Some(links) = &mut self.links {
            links.push(Link { start, end: self.bytes.len(), id });
            self.steps += LINK;
        }
    }

    /// Takes what was noted.
    pub(super) fn take_links(&mut self) -> Vec<Link> {
        self.links.take().unwrap_or_default()
    }

    /// The last byte; a blank at the start.
    pub(super) fn last(&self) -> u8 {
        self.bytes.last().copied().unwrap_or(b' ')
    }

    /// Counts one step: to be called for whatever a hostile BTF can multiply.
    ///
    /// # Errors
    /// [`Code::Dump`], at the type being written, when there have been too many.
    #[inline]
    pub(super) fn step(&mut self, btf: &Btf, id: TypeId) -> Result<()> {
        self.steps += 1;
        match self.steps + self.bytes.len() > self.limit {
            true => Err(too_large(btf, id)),
            false => Ok(()),
        }
    }

    /// The whole text. Bytes that are no UTF-8 become replacement characters.
    pub(super) fn finish(self) -> String {
        match String::from_utf8(self.bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        }
    }
}

/// [`Code::Dump`] at a type.
pub(super) fn too_large(btf: &Btf, id: TypeId) -> Error {
    Error::new(Code::Dump, btf.place(id), u64::from(id.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_all_their_digits() {
        let mut text = Text::linked(0);
        for number in [0, 7, 10, u64::MAX] {
            text.number(number);
            text.push(" ");
        }
        text.signed(i64::MIN);
        assert_eq!(text.finish(), "0 7 10 18446744073709551615 -9223372036854775808");
    }
}
