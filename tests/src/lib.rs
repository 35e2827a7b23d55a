//! What the tests of this repository stand on: the other tools they ask, the inputs they ask about.
//!
//! - [`oracle`]: libbpf itself, and [`loaded`]: how two of its answers are compared.
//! - [`findings`]: one run that answers several tests.
//! - [`cilium`]: cilium/ebpf, the other loader in wide use.
//! - [`fixtures`], [`kernels`] and [`modules`]: BPF objects, hostile inputs, and real kernels' and modules' BTFs.
//! - [`live`]: programs on the running kernel, its BTF hidden or not.
//! - [`shuffle`]: the same BTF in another order.

pub mod cilium;
pub mod findings;
pub mod fixtures;
pub mod kernels;
pub mod live;
pub mod loaded;
pub mod modules;
pub mod oracle;
pub mod parallel;
pub mod shuffle;

/// Why a test cannot go on; its text says all there is to say.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// `Result` of a helper.
pub type Result<T> = std::result::Result<T, Error>;
