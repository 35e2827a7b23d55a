//! What is told as JSON, as the text that the commands print.

use bpfc_pack::render::{render_against, render_diff, render_inspection};
use wasm_bindgen::prelude::wasm_bindgen;

use super::json::from_json;
use crate::Result;
use crate::btf::Btf;

/// What `inspect` tells of the file of this name, for people.
#[wasm_bindgen(js_name = inspectionText)]
pub fn inspection_text(name: &str, told: &str, colored: bool) -> Result<String> {
    Ok(render_inspection(name, &from_json(told)?, colored.into()))
}

/// What `Against` found, for people.
#[wasm_bindgen(js_name = againstText)]
pub fn against_text(told: &str, colored: bool) -> Result<String> {
    Ok(render_against(&from_json(told)?, colored.into()))
}

#[wasm_bindgen]
impl Btf {
    /// What differs between this and a newer one, for people; see [`Btf::diff`].
    #[wasm_bindgen(js_name = diffText)]
    pub fn diff_text(
        &self,
        new: &Btf,
        types: Vec<String>,
        colored: bool,
        old_name: &str,
        new_name: &str,
    ) -> Result<String> {
        Ok(render_diff(&self.differences(new, &types, [old_name, new_name])?, colored.into()))
    }
}
