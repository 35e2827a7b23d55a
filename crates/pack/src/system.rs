//! The machine that a command runs on, as it says itself.

use bpfc_archive::{Identity, system_identity};
use serde::Deserialize;

use crate::Result;

/// The running kernel's own BTF.
pub const RUNNING_KERNEL: &str = "/sys/kernel/btf/vmlinux";

/// What is known of the running machine; where nothing is, all are empty.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct System {
    /// The text of os-release.
    pub os_release: String,
    /// As `uname -m` prints it.
    pub machine: String,
    /// As `uname -r` prints it.
    pub release: String,
    /// The folder that relative paths are in.
    pub current: String,
}

impl System {
    /// The running kernel.
    pub(crate) fn identity(&self) -> Result<Identity> {
        Ok(system_identity(&self.os_release, &self.machine, &self.release)?)
    }
}
