//! The core for JavaScript. Thin: every export converts, calls one of the other crates and
//! converts back. Bytes are copied in once and out once; a kernel goes from `.tar.xz` to trimmed
//! bytes without leaving. Structured results are JSON text.
//!
//! Handles (`Btf`, `BpfObject`, ...) are freed by `free()` or `using`.
//!
//! Two modules are made of it: one for Node with the feature `full`, and a slim one for pages.

mod btf;
mod error;
#[cfg(feature = "full")]
mod full;
mod identity;
mod object;
mod pack;
mod trim;
mod views;

use wasm_bindgen::prelude::wasm_bindgen;

pub use error::Thrown;

/// `Result` with what is thrown.
pub type Result<T> = std::result::Result<T, Thrown>;

/// Version of the core.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").into()
}

/// SHA-256 as 64 hexadecimal digits.
#[wasm_bindgen]
pub fn sha256(bytes: &[u8]) -> String {
    bpfc_archive::Digest::of(bytes).to_string()
}
