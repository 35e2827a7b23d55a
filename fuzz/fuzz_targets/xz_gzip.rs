//! Compressed kernels: xz and gzip as they are, and with their checksums set right.
#![no_main]

use bpfc_archive::unwrap_kernel;
use bpfc_fuzz::repair;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = unwrap_kernel(data);
    match data {
        [0xfd, ..] => {
            let _ = unwrap_kernel(&repair::xz(data));
        }
        [0x1f, 0x8b, _, _, _, _, _, _, _, _, deflate @ ..] => {
            let _ = unwrap_kernel(&repair::gzip(deflate));
        }
        _ => {}
    }
});
