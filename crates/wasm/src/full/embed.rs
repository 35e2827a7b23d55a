//! A pack inside a program.

use wasm_bindgen::prelude::wasm_bindgen;

/// A relocatable ELF object that holds a pack; nothing for a machine that is not known.
#[wasm_bindgen(js_name = linkableObject)]
pub fn linkable_object(pack: &[u8], machine: &str) -> Option<Vec<u8>> {
    bpfc_pack::linkable_object(pack, machine)
}

/// A C header that holds a pack.
#[wasm_bindgen(js_name = cHeader)]
pub fn c_header(pack: &[u8]) -> String {
    bpfc_pack::c_header(pack)
}
