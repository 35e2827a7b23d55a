//! Raw BTF: parsed, then read through every accessor; alone and as split BTF over a base.
#![no_main]

use std::sync::{Arc, LazyLock};

use bpfc_btf::{Btf, Endian};
use bpfc_fuzz::{fixtures::FIXTURES, read};
use libfuzzer_sys::fuzz_target;

static BASES: LazyLock<Vec<Arc<Btf<'static>>>> = LazyLock::new(|| {
    let fields = FIXTURES.iter().filter(|fixture| fixture.name.ends_with("/fields"));
    fields.map(|fixture| Arc::new(fixture.object.btf().clone())).collect()
});

fuzz_target!(|data: &[u8]| {
    if let Ok(btf) = Btf::parse(data) {
        read::btf(&btf);
    }
    let endian = if data.first() == Some(&0xeb) { Endian::Big } else { Endian::Little };
    for base in BASES.iter().filter(|base| base.endian() == endian) {
        if let Ok(btf) = Btf::parse_split(data.to_vec(), Arc::clone(base)) {
            read::btf(&btf);
        }
    }
});
