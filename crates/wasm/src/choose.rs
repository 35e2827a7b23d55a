//! Which kernels are packed.

use bpfc_pack::{Found, Json, choose, describe, json};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::Result;

/// The programs that kernels are trimmed for.
#[wasm_bindgen]
#[derive(Default)]
pub struct Programs(pub(crate) bpfc_pack::Programs);

#[wasm_bindgen]
impl Programs {
    /// None yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Programs {
        Programs::default()
    }

    /// Adds an object.
    pub fn add(&mut self, file: &str, bytes: Vec<u8>) -> Result<()> {
        Ok(self.0.add(file, bytes)?)
    }

    /// Which of these files `pack` would pack, with globs and architectures as it takes them; `machine` is that of files that
    /// do not say theirs. JSON: `{ kernels: [{ file, identity, path }], leftOut: [{ reason, kernels }], warnings }`.
    pub fn choose(
        &self,
        files: Vec<String>,
        globs: Vec<String>,
        archs: Vec<String>,
        machine: &str,
    ) -> Result<String> {
        let target = self.0.target()?;
        let found = Found::named(files, target.assumed_arch(machine))?;
        let chosen = choose(&found, &target, &globs, &archs);
        let kernels = chosen.kernels.iter().map(|kernel| {
            json!({
                "file": &kernel.file,
                "identity": describe::identity(&kernel.identity),
                "path": &kernel.path,
            })
        });
        let left_out = chosen.left_out.list().into_iter();
        let left_out = left_out.map(|it| json!({ "reason": it.reason, "kernels": it.kernels }));
        let told = json!({
            "kernels": kernels.collect::<Json>(),
            "leftOut": left_out.collect::<Json>(),
            "warnings": found.warnings.iter().map(|it| json!({ "code": &it.code, "message": &it.message })).collect::<Json>(),
        });
        Ok(told.to_string())
    }
}
