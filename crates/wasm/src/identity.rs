//! Which kernel a BTF belongs to.

use bpfc_archive::{Glob, Identity};
use bpfc_pack::describe;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::Result;

/// The identity in a path of the archive's or a pack's layout, as JSON; nothing for other paths.
#[wasm_bindgen(js_name = identityOfPath)]
pub fn identity_of_path(path: &str) -> Option<String> {
    Identity::of_path(path).map(|identity| describe::identity(&identity).to_string())
}

/// What `uname -m` prints for an architecture by any of its names.
#[wasm_bindgen(js_name = machineOfArch)]
pub fn machine_of_arch(arch: &str) -> String {
    bpfc_archive::machine_of_arch(arch).into()
}

/// `little` or `big`; nothing for a machine that is not known.
#[wasm_bindgen(js_name = endianOfMachine)]
pub fn endian_of_machine(machine: &str) -> Option<String> {
    bpfc_archive::endian_of_machine(machine).map(|endian| match endian {
        bpfc_archive::Endian::Little => "little".into(),
        bpfc_archive::Endian::Big => "big".into(),
    })
}

/// Bytes of a pointer; nothing for a machine that is not known.
#[wasm_bindgen(js_name = pointerSizeOfMachine)]
pub fn pointer_size_of_machine(machine: &str) -> Option<u8> {
    bpfc_archive::pointer_size_of_machine(machine)
}

/// Whether a kernel matches a glob over `ID/VERSION/ARCH/RELEASE`.
#[wasm_bindgen(js_name = kernelMatches)]
pub fn kernel_matches(glob: &str, id: &str, version: &str, arch: &str, release: &str) -> Result<bool> {
    Ok(Glob::new(glob).matches(&Identity::new(id, version, arch, release)?))
}
