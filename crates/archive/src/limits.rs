//! What input may cost at most. Every limit is checked before memory is reserved.

/// Bytes that one kernel's archive file may hold when decompressed: 256 MiB.
///
/// The largest BTFs of BTFHub are 44 MB (CentOS 8.1, not deduplicated); this leaves a factor of five, and a few dozen
/// bytes of xz can claim terabytes.
pub const KERNEL_BYTES: u64 = 256 << 20;

/// Bytes that a pack may hold as plain tar, read or written: 1 GiB.
///
/// Ten thousand kernels at 40 KB of trimmed BTF are 400 MB. WASM memory ends at 4 GiB, and its holder needs room to work.
pub const PACK_BYTES: u64 = 1 << 30;

/// Memory of one xz decoder: 64 MiB of dictionary, in KiB as the decoder counts.
///
/// The archive's files use 8 MiB; `xz -9` uses 64 MiB and is the most that the command line's presets produce. The
/// decoder's own tables come on top, hence the extra 1 MiB.
pub const XZ_MEMORY_KIB: u32 = (64 << 10) + (1 << 10);

/// Entries of one tar: 262,144.
///
/// BTFHub has about ten thousand kernels. A gzip of empty entries costs half a byte each.
pub const TAR_ENTRIES: usize = 1 << 18;

/// Bytes of one tar extension (a GNU long name, a set of pax records): 1 MiB.
///
/// Linux paths end at 4,096 bytes; pax records of extended attributes take some kilobytes.
pub const TAR_EXTENSION_BYTES: u64 = 1 << 20;

/// Bytes of the eBPF object inside `package.json`: 64 MiB.
///
/// The kernel takes programs of at most a million instructions, 8 MB; debug information stays below the rest.
pub const PROGRAM_BYTES: u64 = 64 << 20;

/// Bytes of an entry's name in a pack, the leading `./` included: 99.
///
/// The name field of a ustar header has 100 bytes, and bcc's `btf_helpers.c` compares it by `strcmp`, which needs the
/// terminating NUL; that reader knows neither the prefix field nor long-name extensions.
pub const PACK_NAME_BYTES: usize = 99;
