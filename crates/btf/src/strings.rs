//! The string section.

/// NUL-terminated names, addressed by byte offset. Any offset is fine, also into the middle of a
/// name. Names are bytes: the kernel promises ASCII, a hostile file does not.
#[derive(Clone, Copy, Debug)]
pub struct Strings<'b> {
    data: &'b [u8],
}

impl<'b> Strings<'b> {
    pub(crate) fn new(data: &'b [u8]) -> Self {
        Strings { data }
    }

    /// The name at `offset` (bytes) without its NUL; empty for an offset outside the section.
    pub fn get(self, offset: u32) -> &'b [u8] {
        let tail = self.tail(offset);
        let end = tail.iter().position(|&byte| byte == 0).unwrap_or(tail.len());
        tail.get(..end).unwrap_or(tail)
    }

    /// Everything from `offset` (bytes) on, NULs included.
    #[inline]
    pub fn tail(self, offset: u32) -> &'b [u8] {
        self.data.get(offset as usize..).unwrap_or(&[])
    }

    /// Length of the section in bytes.
    pub fn len(self) -> u32 {
        self.data.len() as u32
    }

    /// Whether the section holds nothing at all (split BTF may).
    pub fn is_empty(self) -> bool {
        self.data.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_offset_is_a_name() {
        let strings = Strings::new(b"\0task_struct\0mm\0");
        assert_eq!(strings.get(1), b"task_struct");
        assert_eq!(strings.get(6), b"struct", "into the middle of a name");
        assert_eq!(strings.get(0), b"");
        assert_eq!(strings.get(99), b"");
    }
}
