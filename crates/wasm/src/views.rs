//! What a file is, what differs, which entry a machine gets: as JSON, and as the text that the commands print.

use bpfc_archive::{Selector, System};
use bpfc_btf::Difference;
use bpfc_pack::render::{render_against, render_diff, render_fleet, render_inspection, render_selection};
use bpfc_pack::{DumpFormat, Fleet, Named, compare, describe};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::Result;
use crate::btf::Btf;
use crate::json::{from_json, to_json};
use crate::object::BpfObject;
use crate::pack::Pack;

/// JSON; see `bpfc_pack::describe::inspect`.
#[wasm_bindgen]
pub fn inspect(bytes: &[u8]) -> Result<String> {
    Ok(describe::inspect(bytes)?.to_string())
}

/// What [`inspect`] tells of the file of this name, for people.
#[wasm_bindgen(js_name = inspectionText)]
pub fn inspection_text(name: &str, told: &str, colored: bool) -> Result<String> {
    Ok(render_inspection(name, &from_json(told)?, colored.into()))
}

/// An object's relocations over many kernels.
#[wasm_bindgen]
pub struct Against(bpfc_pack::Against);

#[wasm_bindgen]
impl Against {
    /// No kernel yet.
    #[wasm_bindgen(constructor)]
    pub fn new(object: &BpfObject) -> Against {
        Against(bpfc_pack::Against::new(object.parsed.clone()))
    }

    /// Adds a kernel, in any form that `Btf.parse` reads; one that cannot be read is told with its error.
    pub fn add(&mut self, name: &str, kernel: &[u8]) -> Result<()> {
        Ok(self.0.add(name, kernel)?)
    }

    /// JSON; see `bpfc_pack::Against::finish`.
    pub fn json(&self) -> Result<String> {
        Ok(self.0.finish()?.to_string())
    }
}

/// What [`Against`] found, for people.
#[wasm_bindgen(js_name = againstText)]
pub fn against_text(told: &str, colored: bool) -> Result<String> {
    Ok(render_against(&from_json(told)?, colored.into()))
}

#[wasm_bindgen]
impl Btf {
    /// The types named, or all, as `c`, `raw` or `json`; nothing for another format.
    pub fn dump(&self, format: &str, types: Vec<String>) -> Result<Option<String>> {
        let Some(format) = DumpFormat::named(format) else { return Ok(None) };
        let names: Vec<&str> = types.iter().map(String::as_str).collect();
        Ok(Some(format.dump(self.parsed(), &names)?))
    }

    /// What differs between this and a newer one, which errors call by these names; JSON, see `bpfc_pack::describe::diff`.
    pub fn diff(&self, new: &Btf, types: Vec<String>, old_name: &str, new_name: &str) -> Result<String> {
        Ok(describe::diff(&self.differences(new, &types, [old_name, new_name])?)?.to_string())
    }

    /// The same for people.
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

    fn differences(
        &self,
        new: &Btf,
        types: &[String],
        [old_name, new_name]: [&str; 2],
    ) -> Result<Vec<Difference>> {
        let types: Vec<&str> = types.iter().map(String::as_str).collect();
        let old = Named { file: old_name, btf: self.parsed() };
        let new = Named { file: new_name, btf: new.parsed() };
        Ok(compare(old, new, &types)?)
    }
}

#[wasm_bindgen]
impl Pack {
    /// JSON; see `bpfc_pack::describe::selection`.
    pub fn select(&self, os_release: &str, machine: &str, release: &str, nearest: bool) -> Result<String> {
        let system = System::new(os_release, machine, release)?;
        Ok(describe::selection(&Selector::new(self.opened()).select(&system, nearest)).to_string())
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
        Ok(render_selection(&Selector::new(self.opened()).select(&system, nearest), colored.into()))
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
        Selector::new(self.opened()).select(&system, nearest).require()?;
        Ok(())
    }

    /// What a list of machines gets; JSON of `bpfc_pack::Fleet`.
    pub fn fleet(&self, list: &str, nearest: bool) -> Result<String> {
        to_json(&Fleet::of(list, self.opened(), nearest)?)
    }

    /// The same for people.
    #[wasm_bindgen(js_name = fleetText)]
    pub fn fleet_text(&self, list: &str, nearest: bool, colored: bool) -> Result<String> {
        Ok(render_fleet(&Fleet::of(list, self.opened(), nearest)?, colored.into()))
    }
}
