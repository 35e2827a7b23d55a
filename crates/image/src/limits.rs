//! What input may cost at most.

/// Bytes of one unpacked kernel: 512 MiB.
///
/// Debian's largest unpack to 70 MB. What holds DWARF is larger, and is not unpacked in memory.
pub const IMAGE_BYTES: u64 = 512 << 20;

/// Formats around a kernel, one in the other: 4. An `Image.gz` has one, an EFI zboot image inside gzip two.
pub const LAYERS: usize = 4;

/// Places of an image that look like compressed data, or like BTF, and are tried: 16.
///
/// Magics of four bytes and more hardly show by chance. A kernel has its own BTF, and few of programs that are built in.
pub const TRIES: usize = 16;

/// Window of one zstd stream: 128 MiB, that of `zstd --ultra -22`, with which kernels are built.
pub const ZSTD_WINDOW: u64 = 128 << 20;

/// Characters of a kernel's release: 64 (`__NEW_UTS_LEN`, include/uapi/linux/utsname.h).
pub const RELEASE_CHARACTERS: usize = 64;
