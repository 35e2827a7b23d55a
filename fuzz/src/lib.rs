//! What the fuzz targets share: fixtures, the reading of everything there is, and repairs that take
//! an input past checksums, which a fuzzer does not guess.

pub mod agree;
pub mod fixtures;
pub mod kernel;
pub mod read;
pub mod repair;
