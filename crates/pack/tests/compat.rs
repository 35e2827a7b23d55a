//! Kernels trimmed for libbpf before 1.0: the BTF, and what is told of it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "this is test code")]

use std::sync::Arc;

use bpfc_btf::{Btf, Builder, Endian, Kind};
use bpfc_pack::{KernelTrimmer, TrimmedKernel};
use bpfc_relo::BpfObject;
use serde_json::json;

/// Trimmed for `missing`, which asks for this enumerator of a kernel whose enum has 64 bits.
fn trimmed(compat: bool, signed: bool, value: u64) -> TrimmedKernel {
    let object = concat!(env!("CARGO_MANIFEST_DIR"), "/../../packages/fixtures/objects/bpfel/missing.bpf.o");
    let object = BpfObject::parse(&std::fs::read(object).unwrap()).unwrap();
    let mut kernel = Builder::new(Endian::Little);
    kernel.enumeration(Kind::Enum64, b"no_such_enum", 8, signed, &[(b"NO_SUCH_ENUMERATOR", value)]);
    let mut trimmer = KernelTrimmer::default();
    trimmer.add(Arc::new(object));
    trimmer.set_compat(compat);
    trimmer.trim(&kernel.finish().unwrap(), &[]).unwrap()
}

fn kinds(btf: &[u8]) -> Vec<Kind> {
    Btf::parse(btf).unwrap().kinds().map(|(_, kind)| kind).collect()
}

#[test]
fn it_is_written_for_old_libbpf_only_when_asked_to() {
    let plain = trimmed(false, false, 7);
    let old = trimmed(true, false, 7);
    assert_eq!((kinds(&plain.btf), kinds(&old.btf)), (vec![Kind::Enum64], vec![Kind::Enum]));
    for TrimmedKernel { btf, report } in [plain, old] {
        assert_eq!(report.bytes_out, btf.len());
        assert_eq!(report.lost, []);
    }
}

#[test]
fn what_is_lost_is_told() {
    let left_out = json!([{
        "id": 1, "type": "no_such_enum", "change": "left_out",
        "enumerator": "NO_SUCH_ENUMERATOR", "value": "18446744073709551615",
    }]);
    assert_eq!(json!(trimmed(true, false, u64::MAX).report.lost), left_out);
    assert_eq!(trimmed(false, false, u64::MAX).report.lost, []);
    let extended = json!([{
        "id": 1, "type": "no_such_enum", "change": "extended", "enumerator": "NO_SUCH_ENUMERATOR", "value": "-1",
    }]);
    assert_eq!(json!(trimmed(true, true, u64::MAX).report.lost), extended);
}

/// Values that do not fit can be all that tells two kernels apart.
#[test]
fn equal_btfs_may_have_lost_different_things() {
    let [first, second] = [1 << 32, 1 << 33].map(|value| trimmed(true, false, value));
    assert_eq!(first.btf, second.btf);
    assert_ne!(first.report.lost, second.report.lost);
}
