//! The BTF in a kernel that is no ELF file: arm64's `Image` is what memory holds, without a table of sections.

use bpfc_btf::{Btf, Header};
use memchr::memmem;
use std::cmp::Reverse;

use crate::limits::TRIES;

/// Magic, version 1 and no flags, in either byte order (`struct btf_header`, include/uapi/linux/btf.h).
const STARTS: [[u8; 4]; 2] = [[0x9f, 0xeb, 1, 0], [0xeb, 0x9f, 1, 0]];

/// The largest valid BTF in `image`. Programs that are built into kernels bring BTFs of their own, which are small.
pub fn find_btf(image: &[u8]) -> Option<&[u8]> {
    let candidates = STARTS.iter().flat_map(|start| memmem::find_iter(image, start)).filter_map(|at| {
        let rest = image.get(at..)?;
        rest.get(..Header::parse(rest).ok()?.strings.end)
    });
    let mut found = Vec::new();
    for candidate in candidates {
        found.push(candidate);
        found.sort_by_key(|btf: &&[u8]| Reverse(btf.len()));
        found.truncate(TRIES);
    }
    found.into_iter().find(|btf| Btf::parse(*btf).is_ok_and(|btf| btf.type_count() > 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::testing::btf;
    use bpfc_btf::Endian;

    #[test]
    fn the_largest_that_is_valid_counts() {
        for endian in [Endian::Little, Endian::Big] {
            let (small, large) = (btf(endian, 3), btf(endian, 30));
            let mut broken = btf(endian, 300);
            let last = broken.len() - 1;
            broken[last] = b'x';
            let image = [b"code", small.as_slice(), b"x", &large, &small, b"yy", &broken, b"data"].concat();
            assert_eq!(find_btf(&image), Some(large.as_slice()));
            assert_eq!(find_btf(&small[1..]), None);
            assert_eq!(find_btf(&small[..small.len() - 1]), None);
        }
    }
}
