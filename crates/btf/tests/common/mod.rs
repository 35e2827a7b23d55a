//! What tests of several crates share: types written as text, random valid BTF, and
//! records to take apart.

pub mod model;
pub mod notation;
pub mod random;
