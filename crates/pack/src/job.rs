//! `pack` without files and threads: which kernels are to be trimmed, and, once they are, the pack and what there is to
//! tell of it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bpfc_archive::{Digest, alias_of, machine_of_arch};
use serde::Deserialize;

use crate::choose::{choose, other_byte_order};
use crate::describe::TrimReport;
use crate::lost::LostParts;
use crate::modules::module_name;
use crate::output::Container;
use crate::render::{render_sizes, size};
use crate::summary::{
    Alias, BrokenEntry, PackSummary, PackedKernel, ProgramSummary, RefusedKernel, Totals, WrittenOutput,
    sizes,
};
use crate::{
    CommandCode, CommandError, Error, Found, FoundKernel, LeftOut, LostInPack, ModuleFiles, Output, Problem,
    Programs, Result, Selection, Target, TrimmedKernel,
};

/// The name of a pack's program.
const PACKAGE: &str = "package.json";

/// The name under which a pack says where its kernels come from. No reader looks for it.
pub(crate) const PROVENANCE: &str = "PROVENANCE.json";

/// The code for a kernel of another byte order than the program: no flaw of the archive.
const OTHER_ENDIAN: &str = "RELO_ENDIAN";

/// What is asked of one run.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PackRequest {
    /// Where the pack goes.
    pub output: Output,
    /// Globs over `ID/VERSION/ARCH/RELEASE`; none: all kernels.
    pub kernels: Vec<String>,
    /// Architectures, by either name; none: what the programs say.
    pub archs: Vec<String>,
    /// Fail, and write nothing, where an entry is broken or a program would not load.
    pub strict: bool,
    /// Add the names by which naive readers look for kernels.
    pub aliases: bool,
    /// The machine an object is linked for, by either name.
    pub machine: String,
    /// Fail, and write nothing, where the output has more bytes.
    pub max_size: Option<u64>,
    /// Tell which kernels and types cost the bytes.
    pub sizes: bool,
    /// Threads.
    pub jobs: usize,
}

/// A pack that is being made: first the kernels to be trimmed, then what becomes of each, then the pack.
pub struct PackJob {
    request: PackRequest,
    target: Target,
    programs: Vec<ProgramSummary>,
    package_json: Option<Vec<u8>>,
    provenance: Option<Vec<u8>>,
    notes: Vec<String>,
    found: usize,
    origin: String,
    warnings: Vec<Problem>,
    selection: Selection,
    /// Module BTFs, by kernel.
    modules: Vec<Vec<String>>,
    outcomes: Vec<Option<Outcome>>,
    /// Thousands of kernels share a few BTFs: one copy of each is kept, by digest.
    btfs: HashMap<String, Arc<[u8]>>,
}

enum Outcome {
    Trimmed { sha256: String, report: TrimReport },
    Failed(Problem),
}

/// A pack that is ready to be put in place.
pub struct Packed {
    /// What is written.
    pub content: Content,
    /// What there is to tell; `milliseconds` is still to be set.
    pub summary: PackSummary,
}

/// Files by path.
type Files = BTreeMap<String, Arc<[u8]>>;

/// What is written.
pub enum Content {
    /// One file.
    File(Vec<u8>),
    /// The files of a folder, by path.
    Folder(Files),
}

impl PackJob {
    /// Chooses the kernels.
    ///
    /// # Errors
    /// `OBJECT_MIX`; `PACK_EMPTY`: no kernel is wanted; `CLI_USAGE`.
    pub fn plan(
        programs: &Programs,
        found: Found,
        modules: &ModuleFiles,
        request: PackRequest,
    ) -> Result<PackJob> {
        let target = programs.target()?;
        let mut selection = choose(&found, &target, &request.kernels, &request.archs);
        let Output { layout, container, .. } = request.output;
        for kernel in &mut selection.kernels {
            kernel.path = layout.path(&kernel.identity, container.form());
        }
        let unused = modules.unused(selection.kernels.iter().map(|kernel| &kernel.identity));
        let job = PackJob {
            target,
            programs: programs.iter().map(ProgramSummary::of).collect(),
            package_json: programs.package_json.clone(),
            provenance: None,
            notes: programs.notes.clone(),
            found: found.kernels.len(),
            origin: found.origin,
            warnings: found.warnings.into_iter().chain(unused).collect(),
            modules: selection.kernels.iter().map(|kernel| modules.of(&kernel.identity).to_vec()).collect(),
            outcomes: selection.kernels.iter().map(|_| None).collect(),
            btfs: HashMap::new(),
            selection,
            request,
        };
        if job.selection.kernels.is_empty() {
            return Err(job.nothing_left(&job.selection.left_out.clone().list(), &[]));
        }
        Ok(job)
    }

    /// The files to be trimmed: each kernel's own and those of its modules.
    pub fn kernels(&self) -> impl Iterator<Item = (&str, &[String])> {
        let modules = self.modules.iter().map(Vec::as_slice);
        self.selection.kernels.iter().map(|kernel| kernel.file.as_str()).zip(modules)
    }

    /// Takes what became of the kernel at this position of [`PackJob::kernels`].
    pub fn trimmed(&mut self, position: usize, TrimmedKernel { btf, report }: TrimmedKernel) {
        let sha256 = Digest::of(&btf).to_string();
        self.btfs.entry(sha256.clone()).or_insert_with(|| btf.into());
        self.set(position, Outcome::Trimmed { sha256, report });
    }

    /// Takes why the kernel at this position of [`PackJob::kernels`] cannot be trimmed.
    pub fn failed(&mut self, position: usize, problem: Problem) {
        self.set(position, Outcome::Failed(problem));
    }

    /// Takes what the pack is to say of where its kernels come from.
    pub fn provenance(&mut self, json: Vec<u8>) {
        self.provenance = Some(json);
    }

    fn set(&mut self, position: usize, outcome: Outcome) {
        if let Some(place) = self.outcomes.get_mut(position) {
            *place = Some(outcome);
        }
    }

    /// Makes the pack of what was trimmed.
    ///
    /// # Errors
    /// `PACK_STRICT`, `PACK_EMPTY`, `PACK_SIZE`; `PACK_DUPLICATE`: the layout has one path for two kernels with different
    /// BTFs; what a pack cannot hold.
    pub fn finish(&self) -> Result<Packed> {
        let sorted = self.sort()?;
        if self.request.strict {
            refuse_flaws(&sorted)?;
        }
        if sorted.kernels.is_empty() {
            return Err(self.nothing_left(&sorted.left_out, &sorted.broken));
        }
        let mut files = sorted.files;
        let aliases =
            if self.request.aliases { self.add_aliases(&sorted.kernels, &mut files) } else { Vec::new() };
        if let Some(package) = &self.package_json {
            files.insert(PACKAGE.into(), package.as_slice().into());
        }
        if let Some(provenance) = &self.provenance {
            files.insert(PROVENANCE.into(), provenance.as_slice().into());
        }
        let (content, bytes) = self.content(files)?;
        if self.request.max_size.is_some_and(|most| bytes as u64 > most) {
            return Err(self.too_large(bytes, &sorted.kernels));
        }
        let request = &self.request;
        let sizes = if request.sizes { Some(sizes(&sorted.kernels, &self.btfs)?) } else { None };
        let output = WrittenOutput {
            output: request.output.clone(),
            bytes,
            package_json: self.package_json.is_some(),
        };
        let summary = PackSummary {
            output,
            programs: self.programs.clone(),
            origin: self.origin.clone(),
            totals: Totals::of(&sorted.kernels),
            kernels: sorted.kernels,
            aliases,
            sizes,
            lost: sorted.lost,
            would_not_load: sorted.would_not_load,
            broken: sorted.broken,
            left_out: sorted.left_out,
            warnings: self.warnings.clone(),
            notes: self.notes.clone(),
            jobs: request.jobs.min(self.selection.kernels.len()),
            milliseconds: 0,
        };
        Ok(Packed { content, summary })
    }

    fn content(&self, files: Files) -> Result<(Content, usize)> {
        let PackRequest { output, machine, .. } = &self.request;
        if output.container == Container::Folder {
            let bytes = files.values().map(|file| file.len()).sum();
            return Ok((Content::Folder(files), bytes));
        }
        let entries = files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_ref()));
        let file = output.file(entries, machine_of_arch(machine))?;
        let bytes = file.len();
        Ok((Content::File(file), bytes))
    }

    /// Tells apart what became of the files: packed, broken, or of the other byte order after all.
    fn sort(&self) -> Result<Sorted> {
        let mut left_out = self.selection.left_out.clone();
        let mut lost = LostParts::default();
        let mut sorted = Sorted::default();
        for ((kernel, modules), outcome) in
            self.selection.kernels.iter().zip(&self.modules).zip(&self.outcomes)
        {
            let FoundKernel { file, identity, path } = kernel;
            match outcome {
                None => {}
                Some(Outcome::Failed(problem)) if problem.code == OTHER_ENDIAN => {
                    left_out.add(other_byte_order(identity.arch(), &self.target), path);
                }
                Some(Outcome::Failed(problem)) => {
                    sorted.broken.push(BrokenEntry { source: file.clone(), problem: problem.clone() });
                }
                Some(Outcome::Trimmed { sha256, report }) => {
                    // Where the layout gives two kernels one path, their BTFs have to be equal.
                    let Some(btf) = self.btfs.get(sha256) else { continue };
                    let there = sorted.files.insert(path.clone(), btf.clone());
                    if there.is_some_and(|there| !Arc::ptr_eq(&there, btf)) {
                        return Err(Error::SharedPath { path: path.clone(), source: file.clone() });
                    }
                    let merged = report.modules.iter().filter_map(|&position| modules.get(position));
                    sorted.kernels.push(PackedKernel {
                        path: path.clone(),
                        identity: identity.clone(),
                        source: file.clone(),
                        bytes_in: report.bytes_in,
                        bytes_out: report.bytes_out,
                        types: report.types,
                        sha256: sha256.clone(),
                        modules: merged.map(|file| module_name(file).to_owned()).collect(),
                    });
                    // Of equal BTFs too: they may have been different before.
                    lost.add(path, &report.lost);
                    sorted.would_not_load.extend(self.refusals(kernel, report));
                }
            }
        }
        sorted.lost = lost.list();
        sorted.left_out = left_out.list();
        Ok(sorted)
    }

    fn refusals(&self, kernel: &FoundKernel, report: &TrimReport) -> Vec<RefusedKernel> {
        let refused = self.programs.iter().zip(&report.objects).filter_map(|(program, object)| {
            Some(RefusedKernel {
                path: kernel.path.clone(),
                identity: kernel.identity.clone(),
                program: program.file.clone(),
                failure: object.error.clone()?,
            })
        });
        refused.collect()
    }

    /// Adds the names by which readers that join os-release naively look for these kernels, where no kernel has that name.
    fn add_aliases(&self, kernels: &[PackedKernel], files: &mut Files) -> Vec<Alias> {
        let Output { layout, container, .. } = self.request.output;
        let mut aliases = Vec::new();
        for kernel in kernels {
            let Some(identity) = alias_of(&kernel.identity) else { continue };
            let path = layout.path(&identity, container.form());
            let Some(btf) = files.get(&kernel.path).filter(|_| !files.contains_key(&path)).cloned() else {
                continue;
            };
            files.insert(path.clone(), btf);
            aliases.push(Alias { path, kernel: kernel.path.clone() });
        }
        aliases
    }

    fn nothing_left(&self, left_out: &[LeftOut], broken: &[BrokenEntry]) -> Error {
        let mut reasons: Vec<String> = left_out
            .iter()
            .map(|LeftOut { reason, kernels }| format!("{} {reason}", kernels.len()))
            .collect();
        if !broken.is_empty() {
            reasons.push(format!("{} that could not be read:", broken.len()));
        }
        let lines: String = broken.iter().map(broken_line).collect();
        let message = format!(
            "no kernel is left to pack of the {} found in {}: {}{lines}",
            self.found,
            self.origin,
            reasons.join("; ")
        );
        CommandError::new(CommandCode::PackEmpty, message).into()
    }

    fn too_large(&self, bytes: usize, kernels: &[PackedKernel]) -> Error {
        let most = self.request.max_size.unwrap_or_default();
        let sizes = match sizes(kernels, &self.btfs) {
            Ok(sizes) => render_sizes(&sizes),
            Err(error) => return error,
        };
        let message = format!(
            "{}: {}, more than the {} of --max-size; nothing was written. What costs the bytes, before compression:\n\n\
             {sizes}",
            self.request.output.path,
            size(bytes as u64),
            size(most)
        );
        CommandError::new(CommandCode::PackSize, message).into()
    }
}

#[derive(Default)]
struct Sorted {
    files: Files,
    kernels: Vec<PackedKernel>,
    lost: Vec<LostInPack>,
    would_not_load: Vec<RefusedKernel>,
    broken: Vec<BrokenEntry>,
    left_out: Vec<LeftOut>,
}

fn refuse_flaws(Sorted { broken, would_not_load, .. }: &Sorted) -> Result<()> {
    let refused = would_not_load.iter().map(|RefusedKernel { path, failure, .. }| {
        format!("\n  {path}: would not load: {}: {}", failure.code, failure.message)
    });
    let flaws: String = broken.iter().map(broken_line).chain(refused).collect();
    if flaws.is_empty() {
        return Ok(());
    }
    let message = format!(
        "nothing was written because of --strict; leave these out with --kernels or --from, or pack without it:{flaws}"
    );
    Err(CommandError::new(CommandCode::PackStrict, message).into())
}

fn broken_line(BrokenEntry { source, problem }: &BrokenEntry) -> String {
    format!("\n  {source}: {}: {}", problem.code, problem.message)
}
