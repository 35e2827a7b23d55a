//! The commands but for files, threads and options: what `bpfc_pack` has of them.

use bpfc_pack::render::render_summary;
use bpfc_pack::{Content, Problem, TrimmedKernel};
use wasm_bindgen::prelude::wasm_bindgen;

use super::json::{from_json, pretty, to_json};
use crate::Result;

/// The programs of one command line.
#[wasm_bindgen]
#[derive(Default)]
pub struct Programs(bpfc_pack::Programs);

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

    /// Adds the object in ecc's `package.json`.
    #[wasm_bindgen(js_name = addPackage)]
    pub fn add_package(&mut self, file: &str, json: Vec<u8>) -> Result<()> {
        Ok(self.0.add_package(file, json)?)
    }

    /// Generates the `package.json` where none is given.
    #[wasm_bindgen(js_name = generatePackage)]
    pub fn generate_package(&mut self, main: Option<String>, current: &str) -> Result<()> {
        Ok(self.0.generate_package(main.as_deref(), current)?)
    }

    /// How many different ones there are.
    pub fn count(&self) -> usize {
        self.0.iter().count()
    }

    /// The ELF file of the program at this position.
    pub fn bytes(&self, position: usize) -> Option<Vec<u8>> {
        self.0.iter().nth(position).map(|program| program.bytes.clone())
    }

    /// The architecture of a kernel of which nothing is known, on this machine.
    #[wasm_bindgen(js_name = assumedArch)]
    pub fn assumed_arch(&self, machine: &str) -> Result<String> {
        Ok(self.0.target()?.assumed_arch(machine).to_owned())
    }

    /// JSON: what is to be said of a kernel, given the JSON of its report, one text each.
    pub fn warnings(&self, report: &str) -> Result<String> {
        to_json(&self.0.warnings(&from_json(report)?))
    }

    /// Checks the pack at `path`.
    pub fn verify(&self, path: &str, pack: &[u8]) -> Result<Verdict> {
        Ok(Verdict { path: path.to_owned(), verdict: bpfc_pack::verify(path, pack, &self.0)? })
    }
}

/// What is found out of a pack.
#[wasm_bindgen]
pub struct Verdict {
    path: String,
    verdict: bpfc_pack::Verdict,
}

#[wasm_bindgen]
impl Verdict {
    /// As it is printed; see `bpfc_pack::Verdict`.
    pub fn json(&self) -> Result<String> {
        pretty(&self.verdict)
    }

    /// For people; throws where something is wrong.
    pub fn text(&self) -> Result<String> {
        Ok(self.verdict.text(&self.path)?)
    }
}

/// Which kernels were found.
#[wasm_bindgen]
pub struct Found(bpfc_pack::Found);

#[wasm_bindgen]
impl Found {
    /// Among the places that were named: JSON of `bpfc_pack::Listing`s, and of the `bpfc_pack::System`.
    pub fn among(listings: &str, arch: &str, system: &str) -> Result<Found> {
        Ok(Found(bpfc_pack::Found::among(from_json(listings)?, arch, &from_json(system)?)?))
    }

    /// In the cache; nothing when there are none.
    #[wasm_bindgen(js_name = inCache)]
    pub fn in_cache(listing: &str, arch: &str, system: &str) -> Result<Option<Found>> {
        let found = bpfc_pack::Found::in_cache(from_json(listing)?, arch, &from_json(system)?)?;
        Ok(found.map(Found))
    }

    /// The running kernel alone, if it has BTF.
    pub fn running(has_btf: bool, cache: &str, system: &str) -> Result<Found> {
        Ok(Found(bpfc_pack::Found::running(has_btf, cache, &from_json(system)?)?))
    }
}

/// JSON: `[[name, file], ...]`, see `bpfc_pack::kernels_named`.
#[wasm_bindgen(js_name = kernelsNamed)]
pub fn kernels_named(listings: &str, arch: &str, system: &str) -> Result<String> {
    to_json(&bpfc_pack::kernels_named(from_json(listings)?, arch, &from_json(system)?)?)
}

/// JSON of the `bpfc_pack::Output` at this path.
#[wasm_bindgen(js_name = outputAt)]
pub fn output_at(path: &str, is_folder: bool, layout: &str) -> Result<String> {
    let layout = bpfc_archive::Layout::named(layout).unwrap_or_default();
    to_json(&bpfc_pack::Output::at(path, is_folder, layout)?)
}

/// Refuses an output that is one of the inputs, given the JSON of all three.
#[wasm_bindgen(js_name = refuseInputs)]
pub fn refuse_inputs(output: &str, inputs: &str, system: &str) -> Result<()> {
    let output: bpfc_pack::Output = from_json(output)?;
    let inputs: Vec<String> = from_json(inputs)?;
    Ok(output.refuse_inputs(&inputs, &from_json(system)?)?)
}

/// The name of an output for a program, where none is given.
#[wasm_bindgen(js_name = defaultOutput)]
pub fn default_output(program: &str, layout: &str) -> String {
    let layout = bpfc_archive::Layout::named(layout).unwrap_or_default();
    bpfc_pack::Output::default_path(program, layout)
}

/// A pack that is being made.
#[wasm_bindgen]
pub struct PackJob(bpfc_pack::PackJob);

#[wasm_bindgen]
impl PackJob {
    /// Chooses the kernels. `request` is JSON of a `bpfc_pack::PackRequest`; `modules` are the files below the folder of
    /// modules, JSON, where there is one.
    pub fn plan(
        programs: &Programs,
        found: &Found,
        modules_folder: Option<String>,
        modules: &str,
        request: &str,
    ) -> Result<PackJob> {
        let modules = match modules_folder {
            Some(folder) => bpfc_pack::ModuleFiles::below(&folder, from_json(modules)?)?,
            None => bpfc_pack::ModuleFiles::default(),
        };
        let request = from_json(request)?;
        Ok(PackJob(bpfc_pack::PackJob::plan(&programs.0, found.0.clone(), &modules, request)?))
    }

    /// JSON: the files to be trimmed, `[[file, [module, ...]], ...]`.
    pub fn kernels(&self) -> Result<String> {
        to_json(&self.0.kernels().collect::<Vec<_>>())
    }

    /// Takes a trimmed kernel, with the JSON of its report.
    pub fn trimmed(&mut self, position: usize, btf: Vec<u8>, report: &str) -> Result<()> {
        self.0.trimmed(position, TrimmedKernel { btf, report: from_json(report)? });
        Ok(())
    }

    /// Takes why a kernel cannot be trimmed, JSON of a `bpfc_pack::Problem`.
    pub fn failed(&mut self, position: usize, problem: &str) -> Result<()> {
        self.0.failed(position, from_json::<Problem>(problem)?);
        Ok(())
    }

    /// Takes what the pack is to say of where its kernels come from.
    pub fn provenance(&mut self, json: Vec<u8>) {
        self.0.provenance(json);
    }

    /// Makes the pack.
    pub fn finish(&self) -> Result<Packed> {
        Ok(Packed(self.0.finish()?))
    }
}

/// A pack that is ready to be put in place.
#[wasm_bindgen]
pub struct Packed(bpfc_pack::Packed);

#[wasm_bindgen]
impl Packed {
    /// The file; nothing where it is a folder.
    pub fn file(&self) -> Option<Vec<u8>> {
        match &self.0.content {
            Content::File(bytes) => Some(bytes.clone()),
            Content::Folder(_) => None,
        }
    }

    /// The paths of the files of a folder.
    pub fn paths(&self) -> Vec<String> {
        match &self.0.content {
            Content::File(_) => Vec::new(),
            Content::Folder(files) => files.keys().cloned().collect(),
        }
    }

    /// A file of a folder.
    pub fn read(&self, path: &str) -> Option<Vec<u8>> {
        match &self.0.content {
            Content::File(_) => None,
            Content::Folder(files) => files.get(path).map(|bytes| bytes.to_vec()),
        }
    }

    /// The summary as it is printed; see `bpfc_pack::summary`.
    pub fn json(&mut self, milliseconds: f64) -> Result<String> {
        self.0.summary.milliseconds = milliseconds as u64;
        pretty(&self.0.summary)
    }

    /// The summary for people.
    pub fn text(&mut self, milliseconds: f64, colors: bool) -> String {
        self.0.summary.milliseconds = milliseconds as u64;
        render_summary(&self.0.summary, colors.into())
    }
}
