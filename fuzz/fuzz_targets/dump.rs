//! Types as text, one as text and laid out: of raw BTF, alone and over a base, or of edits of an object's own types. The
//! first byte chooses the object, the second between the two, the third a type.
#![no_main]

use std::sync::Arc;

use bpfc_btf::{Btf, Code, LayoutContent, TypeId, dump};
use bpfc_fuzz::{fixtures, kernel};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [choice, form, ty, rest @ ..] = data else { return };
    let object = fixtures::chosen(*choice).object.btf();
    let raw = if form % 2 == 0 { rest.to_vec() } else { kernel::edited(object, rest) };
    if let Ok(btf) = Btf::parse(raw.as_slice()) {
        exercise(&btf, raw.len(), TypeId(u32::from(*ty)));
    }
    if let Ok(btf) = Btf::parse_split(raw.as_slice(), Arc::new(object.clone())) {
        exercise(&btf, raw.len() + object.bytes().len(), TypeId(u32::from(*ty)));
    }
});

fn exercise(btf: &Btf, size: usize, chosen: TypeId) {
    // One part, whose names can be as long as the file, may go beyond the limit.
    let most = size * 65 + (128 << 10);
    for types in [None, Some(&[chosen][..])] {
        match dump::raw(btf, types) {
            Ok(text) => assert!(text.len() <= most),
            Err(error) => assert_eq!(error.code(), Code::Dump),
        }
        match dump::c(btf, types) {
            Ok(text) => {
                assert!(text.len() <= most);
                assert!(text.bytes().all(|byte| matches!(byte, b'\n' | b'\t' | b' '..=b'~')));
                for [open, close] in ["{}", "()", "[]"].map(|pair| [pair.as_bytes()[0], pair.as_bytes()[1]]) {
                    let count = |wanted| text.bytes().filter(|&byte| byte == wanted).count();
                    assert_eq!(count(open), count(close), "brackets are closed");
                }
            }
            Err(error) => assert!([Code::Cycle, Code::Dump].contains(&error.code())),
        }
    }
    match dump::definition(btf, chosen) {
        Ok(definition) => {
            assert!(definition.text.is_ascii() && definition.text.len() <= most);
            let mut end = 0;
            for link in definition.links {
                assert!(end <= link.start && link.start <= link.end && link.end <= definition.text.len());
                end = link.end;
            }
        }
        Err(error) => assert!([Code::Cycle, Code::Dump].contains(&error.code())),
    }
    match btf.layout(chosen) {
        Ok(layout) => {
            let parts = layout.map_or(Vec::new(), |layout| layout.parts);
            let mut end = 0;
            for part in parts.iter().filter(|part| part.depth == 0) {
                let is_member = matches!(part.what, LayoutContent::Member { .. });
                assert!(
                    is_member || part.bit_offset == end && part.bit_size > 0,
                    "gaps are where no member is"
                );
                end = end.max(part.bit_offset + part.bit_size);
            }
        }
        Err(error) => assert!([Code::Cycle, Code::Dump].contains(&error.code())),
    }
}
