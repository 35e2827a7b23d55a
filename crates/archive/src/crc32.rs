//! The checksum of gzip (RFC 1952, section 8), eight bytes at a time.

/// A checksum that is being made. Its tables are made with it, in microseconds: in the module that pages load they would be
/// 8 KB that no compression makes smaller.
pub(crate) struct Crc32 {
    /// What a byte becomes by itself and with one to seven bytes behind it.
    tables: Box<[[u32; 256]; 8]>,
    register: u32,
    bytes: u32,
}

impl Crc32 {
    pub(crate) fn new() -> Self {
        let mut tables = Box::new([[0; 256]; 8]);
        let [first, others @ ..] = &mut *tables;
        for (byte, entry) in (0_u32..).zip(first.iter_mut()) {
            *entry = (0..8).fold(byte, |rest, _| (rest >> 1) ^ (0xedb8_8320 * (rest & 1)));
        }
        let mut before = *first;
        for table in others {
            *table = before.map(|rest| (rest >> 8) ^ at(first, rest as u8));
            before = *table;
        }
        Self { tables, register: !0, bytes: 0 }
    }

    pub(crate) fn update(&mut self, content: &[u8]) {
        let [t0, t1, t2, t3, t4, t5, t6, t7] = &*self.tables;
        let (chunks, rest) = content.as_chunks();
        let mut register = self.register;
        for chunk in chunks {
            let [a, b, c, d, e, f, g, h] = (u64::from_le_bytes(*chunk) ^ u64::from(register)).to_le_bytes();
            register = at(t7, a) ^ at(t6, b) ^ at(t5, c) ^ at(t4, d);
            register ^= at(t3, e) ^ at(t2, f) ^ at(t1, g) ^ at(t0, h);
        }
        for byte in rest {
            register = (register >> 8) ^ at(t0, register as u8 ^ byte);
        }
        self.register = register;
        self.bytes = self.bytes.wrapping_add(content.len() as u32);
    }

    /// The checksum of everything so far.
    pub(crate) fn sum(&self) -> u32 {
        !self.register
    }

    /// How many bytes that were, modulo 2^32.
    pub(crate) fn bytes(&self) -> u32 {
        self.bytes
    }

    /// Begins anew.
    pub(crate) fn reset(&mut self) {
        self.register = !0;
        self.bytes = 0;
    }
}

fn at(table: &[u32; 256], byte: u8) -> u32 {
    table.get(usize::from(byte)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The check value of CRC-32/ISO-HDLC.
    #[test]
    fn the_checksum_of_nine_digits() {
        let mut crc = Crc32::new();
        crc.update(b"123456789");
        assert_eq!((crc.sum(), crc.bytes()), (0xcbf4_3926, 9));
        crc.reset();
        assert_eq!((crc.sum(), crc.bytes()), (0, 0));
    }

    proptest! {
        #[test]
        fn it_is_that_of_flate2_however_the_content_is_cut(
            content in proptest::collection::vec(any::<u8>(), 0..200),
            size in 1_usize..50,
        ) {
            let (mut ours, mut theirs) = (Crc32::new(), flate2::Crc::new());
            content.chunks(size).for_each(|piece| ours.update(piece));
            theirs.update(&content);
            prop_assert_eq!(ours.sum(), theirs.sum());
        }
    }
}
