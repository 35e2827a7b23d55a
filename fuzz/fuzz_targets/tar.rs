//! Tars, as they are and with their checksums set right: as packs, and as what a kernel comes in.
#![no_main]

use std::borrow::Cow;
use std::io::Write;

use bpfc_archive::{Pack, unwrap_kernel};
use bpfc_fuzz::repair;
use flate2::{Compression, write::GzEncoder};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    read(data);
    read(&repair::tar(data));
});

fn read(tar: &[u8]) {
    if let Ok(pack) = Pack::open(Cow::Borrowed(tar)) {
        for entry in pack.entries() {
            assert_eq!(pack.read(entry.path), Some(entry.content));
            assert!(!entry.path.split('/').any(|part| matches!(part, "" | "." | "..")), "{}", entry.path);
            let _ = entry.identity();
        }
        let _ = pack.package().map(|package| package.and_then(|package| package.program()));
        let _ = pack.skipped().len();
    }
    // Compressed it is read as a stream, which must not make a difference.
    if bpfc_archive::sniff(tar) == bpfc_archive::Container::Tar {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::none());
        gzip.write_all(tar).expect("memory can be written");
        let gzip = gzip.finish().expect("memory can be written");
        let (slice, stream) = (unwrap_kernel(tar), unwrap_kernel(&gzip));
        assert_eq!(slice.as_ref().ok(), stream.as_ref().ok(), "{slice:?} {stream:?}");
        let (slice, stream) = (Pack::open(Cow::Borrowed(tar)), Pack::open_some(&gzip, |_| true));
        assert_eq!(slice.is_ok(), stream.is_ok(), "{slice:?} {stream:?}");
        if let (Ok(slice), Ok(stream)) = (slice, stream) {
            assert!(slice.entries().eq(stream.entries()));
        }
    }
}
