//! The kernel's own BTF, where libbpf looks for it.

use std::path::{Path, PathBuf};

use object::ReadCache;

use crate::files;

/// Where a kernel built with CONFIG_DEBUG_INFO_BTF shows it.
pub const SYSFS: &str = "/sys/kernel/btf/vmlinux";

/// Where else, on disk, libbpf looks for an image of the running kernel (libbpf: `btf__load_vmlinux_btf`).
pub(crate) fn images(release: &str) -> [PathBuf; 7] {
    [
        format!("/boot/vmlinux-{release}"),
        format!("/lib/modules/{release}/vmlinux-{release}"),
        format!("/lib/modules/{release}/build/vmlinux"),
        format!("/usr/lib/modules/{release}/kernel/vmlinux"),
        format!("/usr/lib/debug/boot/vmlinux-{release}"),
        format!("/usr/lib/debug/boot/vmlinux-{release}.debug"),
        format!("/usr/lib/debug/lib/modules/{release}/vmlinux"),
    ]
    .map(PathBuf::from)
}

/// Whether BTF can be had here: what the kernel shows can be read, an image also has types. Debug images of kernels without
/// BTF have none.
pub(crate) fn is_there(place: &Path) -> bool {
    match files::open(place) {
        Err(_) => false,
        Ok(_) if place == Path::new(SYSFS) => true,
        Ok(image) => bpfc_btf::elf::btf_section_of(&ReadCache::new(image)).is_ok(),
    }
}
