//! From Rust to C: results become 0 or -errno, errors a text, and a panic goes no further than this.

use std::any::Any;
use std::cell::RefCell;
use std::ffi::{CString, c_char, c_int};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::sync::Once;

use bpfc_loader::{ErrorKind, Explanation, LoaderError, LoaderResult};

/// Of include/uapi/asm-generic/errno-base.h, the same on every architecture.
const EINVAL: c_int = 22;
const ENOENT: c_int = 2;
const EIO: c_int = 5;
const ENOMEM: c_int = 12;

/// What a thread's last call left to be told.
struct Told {
    error: CString,
    explanation: CString,
}

thread_local! {
    static TOLD: RefCell<Told> = RefCell::new(Told { error: CString::default(), explanation: c"null".to_owned() });
}

/// Runs a call that may fail, and keeps what it tells.
pub(crate) fn ensure(run: impl FnOnce() -> LoaderResult<Explanation>) -> c_int {
    match guard(run).unwrap_or_else(|what| Err(ErrorKind::Internal(what).into())) {
        Ok(explanation) => tell(String::new(), &explanation, 0),
        Err(error) => {
            let text = format!("{}: {error}", error.code());
            tell(text, &Explanation::of_error(&error), -errno(&error))
        }
    }
}

/// A bad argument.
pub(crate) fn argument(what: &str) -> LoaderError {
    ErrorKind::Argument(what.to_owned()).into()
}

/// Refuses a bad argument.
pub(crate) fn refused(what: &str) -> c_int {
    ensure(|| Err(argument(what)))
}

/// Runs a call that cannot fail.
pub(crate) fn quiet(run: impl FnOnce()) {
    // There is nobody to tell of a panic.
    let _ = guard(run);
}

pub(crate) fn error() -> *const c_char {
    TOLD.try_with(|told| told.borrow().error.as_ptr()).unwrap_or(c"".as_ptr())
}

pub(crate) fn explanation() -> *const c_char {
    TOLD.try_with(|told| told.borrow().explanation.as_ptr()).unwrap_or(c"null".as_ptr())
}

fn tell(error: String, explanation: &Explanation, status: c_int) -> c_int {
    let explanation = serde_json::to_string(explanation).unwrap_or_else(|_| "null".to_owned());
    let told = Told { error: c_text(error), explanation: c_text(explanation) };
    // Where a thread ends, and in functions of atexit(3), there is no place left to tell in.
    let _ = TOLD.try_with(|last| last.replace(told));
    status
}

/// Names in a pack may have NUL.
fn c_text(text: String) -> CString {
    CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default()
}

fn errno(error: &LoaderError) -> c_int {
    match error.kind() {
        ErrorKind::File { error, .. } if error.kind() == io::ErrorKind::OutOfMemory => ENOMEM,
        ErrorKind::System { .. } | ErrorKind::File { .. } | ErrorKind::Internal(_) => EIO,
        ErrorKind::NoPack => ENOENT,
        ErrorKind::Archive(_) => match error.code() {
            "PACK_NO_MATCH" => ENOENT,
            "ARCHIVE_MEMORY" => ENOMEM,
            _ => EINVAL,
        },
        _ => EINVAL,
    }
}

/// Panics are defects; they end here, as text and without a word on stderr.
fn guard<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| set_hook(Box::new(|_| {})));
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| what(panic.as_ref()))
}

fn what(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

/// Bytes of the caller's.
///
/// # Safety
/// `start` must be NULL, or valid for reading `len` bytes for as long as the result lives.
pub(crate) unsafe fn bytes<'a>(start: *const u8, len: usize) -> LoaderResult<&'a [u8]> {
    match (start.is_null(), len) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(argument("the pack is NULL, and its length is not 0")),
        (false, _) if isize::try_from(len).is_err() => Err(argument("the pack is larger than memory")),
        // SAFETY: the caller's promise; not NULL, and no longer than a slice may be.
        (false, _) => Ok(unsafe { std::slice::from_raw_parts(start, len) }),
    }
}
