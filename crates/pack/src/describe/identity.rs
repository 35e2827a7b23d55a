//! A kernel's names.

use bpfc_archive::Identity;
use serde_json::{Value, json};

/// `{ id, version, arch, release }`; `arch` as `uname -m` prints it.
pub fn identity(identity: &Identity) -> Value {
    json!({
        "id": identity.id(),
        "version": identity.version(),
        "arch": identity.arch(),
        "release": identity.release(),
    })
}
