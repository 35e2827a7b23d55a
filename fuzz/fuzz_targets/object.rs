//! BPF objects, as whole ELF files.
#![no_main]

use bpfc_fuzz::read;
use bpfc_relo::BpfObject;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(object) = BpfObject::parse(data) {
        read::btf(object.btf());
        read::object(object, data);
    }
});
