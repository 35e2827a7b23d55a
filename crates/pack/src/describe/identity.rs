//! A kernel's names.

use bpfc_archive::Identity;

use crate::{Json, json};

/// `{ id, version, arch, release }`; `arch` as `uname -m` prints it.
pub fn identity(identity: &Identity) -> Json {
    json!({
        "id": identity.id(),
        "version": identity.version(),
        "arch": identity.arch(),
        "release": identity.release(),
    })
}
