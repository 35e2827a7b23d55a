//! What callers hold: paths, and the BTFs behind them.

use std::ffi::{CString, c_char};
use std::os::unix::ffi::OsStrExt;
use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bpfc_loader::{CoreBtf, Explanation};

/// A path as C reads it, and what keeps it alive.
static HELD: Mutex<Vec<(CString, CoreBtf)>> = Mutex::new(Vec::new());

fn all() -> MutexGuard<'static, Vec<(CString, CoreBtf)>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The path for C, NULL where the kernel has BTF of its own, and where it is from.
pub(crate) fn keep(core_btf: CoreBtf) -> (*const c_char, Explanation) {
    let explanation = core_btf.explanation().clone();
    // No path has NUL: the kernel gave it, or a C string did.
    let path = core_btf.path().and_then(|path| CString::new(path.as_os_str().as_bytes()).ok());
    let Some(path) = path else { return (ptr::null(), explanation) };
    let text = path.as_ptr();
    all().push((path, core_btf));
    (text, explanation)
}

/// Frees a path by its address, which is not read.
pub(crate) fn release(path: *const c_char) {
    let mut all = all();
    if let Some(position) = all.iter().position(|(text, _)| ptr::eq(text.as_ptr(), path)) {
        all.swap_remove(position);
    }
}
