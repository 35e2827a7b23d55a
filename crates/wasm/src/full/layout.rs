//! Where each reader of packs looks.

use bpfc_archive::{Form, Identity};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::Result;

/// The reader for which a pack is made; see `bpfc_archive::Layout`.
#[wasm_bindgen]
#[derive(Clone, Copy)]
pub enum Layout {
    /// bpf-compatible and ecli.
    BpfCompatible = "bpf-compatible",
    /// bcc's libbpf-tools.
    Bcc = "bcc",
    /// inspektor-gadget.
    InspektorGadget = "ig",
    /// By release alone.
    Flat = "flat",
}

impl From<Layout> for bpfc_archive::Layout {
    fn from(layout: Layout) -> Self {
        match layout {
            Layout::Bcc => Self::Bcc,
            Layout::InspektorGadget => Self::InspektorGadget,
            Layout::Flat => Self::Flat,
            _ => Self::BpfCompatible,
        }
    }
}

/// Path of a kernel's BTF in a pack of this layout, which is a tar or a folder.
#[wasm_bindgen(js_name = packPath)]
pub fn pack_path(
    id: &str,
    version: &str,
    arch: &str,
    release: &str,
    layout: Layout,
    folder: bool,
) -> Result<String> {
    let form = if folder { Form::Folder } else { Form::Tar };
    let identity = Identity::new(id, version, arch, release)?;
    Ok(bpfc_archive::Layout::from(layout).path(&identity, form))
}
