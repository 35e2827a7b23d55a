//! What differs between a native program and a WASI command.

#[cfg(unix)]
mod unix;
#[cfg(not(unix))]
mod wasi;

#[cfg(unix)]
pub use unix::*;
#[cfg(not(unix))]
pub use wasi::*;

use bpfc_pack::System;
use bpfc_pack::paths::join;

/// `BTFHUB_CACHE`, or `~/.cache/eunomia/btfhub`.
pub fn cache_folder() -> String {
    let named = std::env::var("BTFHUB_CACHE").unwrap_or_default();
    let home = std::env::home_dir().unwrap_or_default();
    if named.is_empty() { join(&home.to_string_lossy(), ".cache/eunomia/btfhub") } else { named }
}

/// The folder that relative paths are in.
pub fn current_folder() -> String {
    std::env::current_dir().map_or("/".into(), |folder| folder.to_string_lossy().into_owned())
}

/// What the machine says of itself.
pub fn system() -> System {
    let (machine, release) = uname();
    System { os_release: os_release(), machine, release, current: current_folder() }
}

/// Where os-release(5) says to look, in its order; a system without either is still a system.
fn os_release() -> String {
    let places = ["/etc/os-release", "/usr/lib/os-release"];
    places.into_iter().find_map(|path| std::fs::read_to_string(path).ok()).unwrap_or_default()
}
