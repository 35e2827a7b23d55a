//! `libbpf_compatible`: the running kernel's BTF from a pack, for C. The contract is in the header, `include/btf_core.h`,
//! which cbindgen makes from this file and `cbindgen.toml`.
//!
//! Here are the functions as C sees them; `call` turns what they do into what C expects, `held` keeps what is handed
//! out, `options` reads the caller's struct.

#![allow(
    clippy::missing_safety_doc,
    reason = "what a caller promises stands in the header, in the words of C"
)]

mod call;
mod held;
mod options;

use std::ffi::{c_char, c_int, c_void};

pub use options::bpf_compatible_opts;

use crate::call::{bytes, refused};
use crate::options::Wishes;

/// The version of this header.
pub const BPF_COMPATIBLE_MAJOR: u32 = 0;
/// The version of this header.
pub const BPF_COMPATIBLE_MINOR: u32 = 1;

/// The version of this library: "MAJOR.MINOR.PATCH".
#[unsafe(no_mangle)]
pub extern "C" fn bpf_compatible_version() -> *const c_char {
    static VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}

/// The BTF of the running kernel, from a pack of len bytes.
///
/// Sets *path to a file for btf_custom_path, which lives until clean_core_btf_rs(*path), or to NULL where the kernel has
/// BTF of its own; the pack is not read then. Returns 0, or -errno with *path as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ensure_core_btf_with_tar_binary(
    path: *mut *const c_char,
    tar: *const c_char,
    len: c_int,
) -> c_int {
    let Ok(len) = usize::try_from(len) else { return refused("the length of the pack is negative") };
    // SAFETY: the caller's promise.
    unsafe { bpf_compatible_ensure(path, tar.cast(), len, std::ptr::null()) }
}

/// As ensure_core_btf_with_tar_binary(), with wishes. NULL for opts, and 0 for any of its fields, is no wish.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bpf_compatible_ensure(
    path: *mut *const c_char,
    tar: *const c_void,
    len: usize,
    opts: *const bpf_compatible_opts,
) -> c_int {
    call::ensure(|| {
        if path.is_null() {
            return Err(call::argument("path or opts is NULL, or opts has no btf_custom_path"));
        }
        // SAFETY: the caller's promise.
        let pack = unsafe { bytes(tar.cast(), len) }?;
        // SAFETY: the caller's promise.
        let wishes = unsafe { Wishes::read(opts) }?;
        let core_btf = wishes.ensure(pack)?;
        let (text, explanation) = held::keep(core_btf);
        // SAFETY: the caller's promise; not NULL.
        unsafe { path.write(text) };
        Ok(explanation)
    })
}

/// Frees what was made for a path that one of the functions above set. Any other pointer, NULL too, is left alone.
#[unsafe(no_mangle)]
pub extern "C" fn clean_core_btf_rs(path: *const c_char) {
    call::quiet(|| held::release(path));
}

/// What the last call of this thread that can fail did, as JSON:
///
///   {"source":"explicit"|"native"|"pack"|"none", "path":..., "key":"ID/VERSION/ARCH/RELEASE", "step":..., "sha256":...,
///    "tried":[{"step":...,"key":...,"hits":...}], "error":{"code":...,"message":...}}
///
/// What does not apply is null; before the first call, all is "null". The text lives until the thread's next call.
#[unsafe(no_mangle)]
pub extern "C" fn bpf_compatible_explain() -> *const c_char {
    call::explanation()
}

/// Code and text of the last error of this thread, such as "PACK_NO_MATCH: the pack has no BTF for this kernel; tried ...";
/// "" where its last call succeeded. The text lives until the thread's next call.
#[unsafe(no_mangle)]
pub extern "C" fn bpf_compatible_strerror() -> *const c_char {
    call::error()
}
