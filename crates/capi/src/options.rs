//! The caller's wishes.

use std::ffi::{CStr, OsStr, c_char, c_int};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use bpfc_loader::{CoreBtf, Form, LoaderResult, Request, System};

use crate::call::{argument, bytes};

/// Wishes for bpf_compatible_ensure(). Newer versions add fields at the end; sz says which are there. A field that is not 0
/// and that the library does not know yet is -EINVAL.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(non_camel_case_types, reason = "this is its name in C")]
pub struct bpf_compatible_opts {
    /// sizeof(struct bpf_compatible_opts).
    pub sz: usize,
    /// A BTF to be used in place of all others: a path, raw or ELF.
    pub btf_path: *const c_char,
    /// The entry of the pack to be used: "ID/VERSION/ARCH/RELEASE", or its path in the pack.
    pub key: *const c_char,
    /// Another machine than this one: what `uname -m` and `uname -r` print there, and the text of its os-release, which may
    /// be missing. Its kernel has no BTF. Environment and running kernel are not asked.
    pub machine: *const c_char,
    /// See machine.
    pub release: *const c_char,
    /// See machine.
    pub os_release: *const c_char,
    /// If not 0: where nothing else is found, the nearest release of the same distribution, flavor and series. Its types may
    /// differ.
    pub nearest: c_int,
    /// If not 0: a temporary file in place of sealed memory, for loaders that cannot open a path of /proc.
    pub temporary_file: c_int,
}

/// The wishes, as the loader takes them.
pub(crate) struct Wishes {
    request: Request,
    system: Option<System>,
}

impl Wishes {
    /// # Safety
    /// `opts` must be NULL, or valid for reading the bytes that its `sz` says, and strings in it must end with NUL.
    pub(crate) unsafe fn read(opts: *const bpf_compatible_opts) -> LoaderResult<Self> {
        if opts.is_null() {
            return Ok(Self { request: Request::from_environment(), system: None });
        }
        // SAFETY: the caller's promise; `sz` is the first field.
        let sz = unsafe { opts.cast::<usize>().read() };
        let Some(newer) = sz.checked_sub(size_of::<bpf_compatible_opts>()) else {
            return Err(argument("opts.sz is too small"));
        };
        // SAFETY: the caller's promise; one past the last field that is known here.
        let newer = unsafe { bytes(opts.add(1).cast(), newer) }?;
        if newer.iter().any(|byte| *byte != 0) {
            return Err(argument("opts has a wish that only a newer library knows"));
        }
        // SAFETY: the caller's promise, up to the last field.
        let opts = unsafe { &*opts };
        // SAFETY: the caller's promise.
        let text = |pointer: *const c_char| unsafe { text(pointer) };
        let system = match (text(opts.machine)?, text(opts.release)?) {
            (None, None) => None,
            (Some(machine), Some(release)) => {
                let os_release = text(opts.os_release)?.unwrap_or_default();
                Some(System::from_parts(os_release, machine, release)?)
            }
            _ => return Err(argument("opts.machine and opts.release go together")),
        };
        let mut request = if system.is_some() { Request::new() } else { Request::from_environment() };
        if !opts.btf_path.is_null() {
            // SAFETY: the caller's promise; not NULL.
            let path = unsafe { CStr::from_ptr(opts.btf_path) };
            request = request.btf(Path::new(OsStr::from_bytes(path.to_bytes())));
        }
        if let Some(key) = text(opts.key)? {
            request = request.key(key);
        }
        let form = if opts.temporary_file != 0 { Form::TemporaryFile } else { Form::Memory };
        Ok(Self { request: request.nearest(opts.nearest != 0).form(form), system })
    }

    /// The BTF for that machine, this one if no other is wished for.
    pub(crate) fn ensure(&self, pack: &[u8]) -> LoaderResult<CoreBtf> {
        match &self.system {
            Some(system) => self.request.ensure(pack, system),
            None => self.request.ensure_here(pack),
        }
    }
}

/// # Safety
/// NULL, or a string that ends with NUL.
unsafe fn text<'a>(pointer: *const c_char) -> LoaderResult<Option<&'a str>> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's promise; not NULL.
    let text = unsafe { CStr::from_ptr(pointer) };
    text.to_str().map(Some).map_err(|_| argument("a string of opts is not UTF-8"))
}
