//! Byte access that cannot panic.

/// Byte order of a BTF or of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endian {
    /// Least significant byte first (`bpfel`).
    Little,
    /// Most significant byte first (`bpfeb`).
    Big,
}

impl Endian {
    /// The 16-bit number in `bytes`.
    pub fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Endian::Little => u16::from_le_bytes(bytes),
            Endian::Big => u16::from_be_bytes(bytes),
        }
    }

    /// The 32-bit number in `bytes`.
    #[inline]
    pub fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Endian::Little => u32::from_le_bytes(bytes),
            Endian::Big => u32::from_be_bytes(bytes),
        }
    }

    /// `value` as 2 bytes.
    pub fn bytes16(self, value: u16) -> [u8; 2] {
        match self {
            Endian::Little => value.to_le_bytes(),
            Endian::Big => value.to_be_bytes(),
        }
    }

    /// `value` as 4 bytes.
    pub fn bytes32(self, value: u32) -> [u8; 4] {
        match self {
            Endian::Little => value.to_le_bytes(),
            Endian::Big => value.to_be_bytes(),
        }
    }

    /// `little` or `big`, as tools print it.
    pub fn name(self) -> &'static str {
        match self {
            Endian::Little => "little",
            Endian::Big => "big",
        }
    }
}

/// A run of 32-bit words, the unit BTF is made of.
///
/// No method can panic: a word past the end reads as 0. Validation proves that this never
/// happens for a record of a parsed BTF.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words<'b> {
    data: &'b [u8],
    endian: Endian,
}

impl<'b> Words<'b> {
    pub(crate) const EMPTY: Words<'static> = Words { data: &[], endian: Endian::Little };

    pub(crate) fn new(data: &'b [u8], endian: Endian) -> Self {
        Words { data, endian }
    }

    /// Word `index`, counted in words.
    #[inline]
    pub(crate) fn get(self, index: usize) -> u32 {
        let word = self.data.get(index * 4..).and_then(<[u8]>::first_chunk);
        word.map_or(0, |word| self.endian.u32(*word))
    }

    /// The words from `index` on; none when there are not so many.
    #[inline]
    pub(crate) fn from(self, index: usize) -> Self {
        Words { data: self.data.get(index * 4..).unwrap_or(&[]), endian: self.endian }
    }

    /// Consecutive groups of `words` words each.
    #[inline]
    pub(crate) fn groups(self, words: usize) -> impl ExactSizeIterator<Item = Words<'b>> + Clone {
        let endian = self.endian;
        self.data.chunks_exact(words * 4).map(move |data| Words { data, endian })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_byte_orders_read_what_they_write() {
        for endian in [Endian::Little, Endian::Big] {
            assert_eq!(endian.u32(endian.bytes32(0x0102_0304)), 0x0102_0304);
            assert_eq!(endian.u16(endian.bytes16(0x0102)), 0x0102);
        }
        assert_eq!(Endian::Big.u32([1, 2, 3, 4]), 0x0102_0304);
        assert_eq!(Endian::Little.u32([1, 2, 3, 4]), 0x0403_0201);
    }

    #[test]
    fn a_word_past_the_end_is_zero() {
        let words = Words::new(&[1, 0, 0, 0, 2, 0], Endian::Little);
        assert_eq!((words.get(0), words.get(1), words.get(9)), (1, 0, 0));
        assert_eq!(words.from(7).get(0), 0);
        assert_eq!(words.groups(1).len(), 1);
    }
}
