//! Which entry of a pack a machine gets.

use bpfc_archive::{Identity, Selector, System};
use bpfc_pack::render::{render_fleet, render_selection};
use bpfc_pack::{Fleet, describe};
use wasm_bindgen::prelude::wasm_bindgen;

use super::json::to_json;
use crate::Result;
use crate::pack::Pack;

/// The name under which a reader that joins os-release naively looks for this kernel, as JSON; nothing if it is this one.
#[wasm_bindgen(js_name = aliasOf)]
pub fn alias_of(id: &str, version: &str, arch: &str, release: &str) -> Result<Option<String>> {
    let alias = bpfc_archive::alias_of(&Identity::new(id, version, arch, release)?);
    Ok(alias.map(|alias| describe::identity(&alias).to_string()))
}

/// The identity of a running system, as JSON, from the text of its os-release and from uname.
#[wasm_bindgen(js_name = systemIdentity)]
pub fn system_identity(os_release: &str, machine: &str, release: &str) -> Result<String> {
    let identity = bpfc_archive::system_identity(os_release, machine, release)?;
    Ok(describe::identity(&identity).to_string())
}

#[wasm_bindgen]
impl Pack {
    /// JSON; see `bpfc_pack::describe::selection`.
    pub fn select(&self, os_release: &str, machine: &str, release: &str, nearest: bool) -> Result<String> {
        let system = System::new(os_release, machine, release)?;
        Ok(describe::selection(&Selector::new(&self.0).select(&system, nearest)).to_string())
    }

    /// The same for people.
    #[wasm_bindgen(js_name = selectionText)]
    pub fn selection_text(
        &self,
        os_release: &str,
        machine: &str,
        release: &str,
        nearest: bool,
        colored: bool,
    ) -> Result<String> {
        let system = System::new(os_release, machine, release)?;
        Ok(render_selection(&Selector::new(&self.0).select(&system, nearest), colored.into()))
    }

    /// Throws where the machine gets none.
    #[wasm_bindgen(js_name = requireSelected)]
    pub fn require_selected(
        &self,
        os_release: &str,
        machine: &str,
        release: &str,
        nearest: bool,
    ) -> Result<()> {
        let system = System::new(os_release, machine, release)?;
        Selector::new(&self.0).select(&system, nearest).require()?;
        Ok(())
    }

    /// What a list of machines gets; JSON of `bpfc_pack::Fleet`.
    pub fn fleet(&self, list: &str, nearest: bool) -> Result<String> {
        to_json(&Fleet::of(list, &self.0, nearest)?)
    }

    /// The same for people.
    #[wasm_bindgen(js_name = fleetText)]
    pub fn fleet_text(&self, list: &str, nearest: bool, colored: bool) -> Result<String> {
        Ok(render_fleet(&Fleet::of(list, &self.0, nearest)?, colored.into()))
    }
}
