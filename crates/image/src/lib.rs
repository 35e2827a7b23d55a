//! Kernel images: from what distributions ship to the BTF inside, and to which kernel it is of.
//!
//! The layers, lowest first:
//!
//! 1. [`limits`], [`error`]: what everything below shares.
//! 2. [`decode`], [`stream`]: xz, zstd, gzip and lz4, whole or in pieces.
//! 3. [`payload`]: where boot loaders' formats (bzImage, EFI zboot) keep the kernel. [`elf`], [`flat`]: what a kernel
//!    holds. [`banner`]: the line that `/proc/version` shows.
//! 4. [`kernel`]: [`Kernel::read`] goes through all of these.
//! 5. [`distribution`]: of which distribution a kernel or a package is. [`mod@archive`]: its BTF as BTFHub has it.
//!
//! Everything here is a function of its arguments: no file, clock or environment variable is touched. Bytes from
//! outside can neither panic nor exhaust memory.

pub mod archive;
pub mod banner;
pub mod decode;
pub mod distribution;
pub mod elf;
pub mod error;
pub mod flat;
pub mod kernel;
pub mod limits;
mod lz4;
pub mod payload;
pub mod stream;
mod zstd;

pub use archive::archive;
pub use banner::Banner;
pub use distribution::{Distribution, Package};
pub use error::{ErrorKind, ImageError, Result};
pub use kernel::{Kernel, module_btf};
pub use stream::Stream;
