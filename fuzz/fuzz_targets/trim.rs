//! Trimming: an object of the fixtures against a hostile kernel. The first byte chooses the object,
//! the second whether the rest is raw BTF or edits of the object's own types.
#![no_main]

use std::sync::Arc;

use bpfc_btf::Btf;
use bpfc_fuzz::{agree, fixtures, kernel};
use bpfc_relo::{Error, Trimmer};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [choice, form, rest @ ..] = data else { return };
    let object = &fixtures::chosen(*choice).object;
    let raw = if form % 2 == 0 { rest.to_vec() } else { kernel::edited(object.btf(), rest) };
    let Ok(full) = Btf::parse(raw) else { return };
    let mut trimmer = Trimmer::new();
    trimmer.add(Arc::clone(object));
    let trimmed = match trimmer.trim(&full) {
        Ok(trimmed) => trimmed,
        Err(Error::Unstable { ty }) => panic!("TRIM_UNSTABLE: type {ty}"),
        Err(_) => return,
    };
    let small = Btf::parse(trimmed.btf.as_slice()).expect("what trimming writes can be read");
    // Where no `long` is kept, it is the machine that says how large a pointer is.
    let pointer = full.pointer_size().unwrap_or(8);
    assert!(small.pointer_size().is_none_or(|size| size == pointer), "pointers are as large as they were");
    let small = small.with_pointer_size(pointer);
    agree::assert_agree(object, &full, &small);
    let again = trimmer.trim(&small).expect("what was trimmed can be trimmed");
    assert_eq!(again.btf, trimmed.btf, "trimming again changes nothing");
    assert_eq!(again.reports, trimmed.reports, "both kernels load or refuse the object alike");
});
