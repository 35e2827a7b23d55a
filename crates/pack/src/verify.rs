//! Checks a finished pack: every entry is where a reader looks, parses, and answers what its program asks.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use bpfc_archive::{Digest, Form, Identity, Layout, Pack};
use bpfc_relo::BpfObject;
use serde::{Serialize, Serializer};

use crate::describe::LoadFailure;
use crate::job::PROVENANCE;
use crate::{CommandCode, CommandError, Error, KernelTrimmer, Problem, Program, Programs, Result};

/// What `verify` has to tell; `--json` prints it as it is.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// The reader whose rule most entries follow; null where there is no kernel.
    #[serde(serialize_with = "layout_name")]
    pub layout: Option<Layout>,
    /// Entries with a kernel's BTF, second names included.
    pub entries: usize,
    /// How many different ones.
    pub different_btfs: usize,
    /// The programs that were simulated, by file; the one inside is `package.json`.
    pub programs: Vec<String>,
    /// What is wrong.
    pub problems: Vec<EntryProblem>,
    /// Kernels on which libbpf refuses a program, with the trimmed BTF as with the full one. Not wrong.
    pub would_not_load: Vec<RefusedEntry>,
}

/// What is wrong with an entry.
#[derive(Clone, Debug, Serialize)]
pub struct EntryProblem {
    /// In the pack.
    pub path: String,
    /// What it is.
    #[serde(flatten)]
    pub problem: Problem,
}

/// A kernel on which a program would not load.
#[derive(Clone, Debug, Serialize)]
pub struct RefusedEntry {
    /// In the pack.
    pub path: String,
    /// The program's file.
    pub program: String,
    /// Why.
    pub failure: LoadFailure,
}

const PACKAGE: &str = "package.json";

/// One entry with a kernel's BTF.
struct Kernel<'p> {
    path: &'p str,
    identity: Option<Identity>,
    digest: Digest,
    content: &'p [u8],
}

/// Checks the pack at `path`; `given` are programs to simulate beside the one inside.
///
/// # Errors
/// What is no pack.
pub fn verify(path: &str, bytes: &[u8], given: &Programs) -> Result<Verdict> {
    let pack = Pack::open(Cow::Borrowed(bytes)).map_err(|error| Error::from(error).in_file(path))?;
    let entries = pack.entries().filter(|entry| ![PACKAGE, PROVENANCE].contains(&entry.path));
    let kernels: Vec<Kernel> = entries
        .map(|entry| Kernel {
            path: entry.path,
            identity: entry.identity(),
            digest: entry.digest(),
            content: entry.content,
        })
        .collect();
    let layout = layout_of(&kernels);
    let mut problems: Vec<EntryProblem> = pack
        .skipped()
        .iter()
        .map(|entry| stray(&entry.name, "is no regular file in the pack".into()))
        .collect();
    let misplaced = kernels.iter().filter(|kernel| !is_place_of(layout, kernel));
    problems.extend(misplaced.map(|kernel| stray(kernel.path, stray_reason(layout))));
    let inside = match pack.package().map(|package| package?.program()).transpose() {
        Ok(inside) => inside,
        Err(error) => {
            problems.push(EntryProblem { path: PACKAGE.into(), problem: (&Error::from(error)).into() });
            None
        }
    };
    let mut objects: Vec<(&str, &[u8])> =
        given.iter().map(|Program { file, bytes, .. }| (file.as_str(), bytes.as_slice())).collect();
    if let Some(inside) = inside.as_deref().filter(|inside| objects.iter().all(|(_, bytes)| bytes != inside))
    {
        objects.insert(0, (PACKAGE, inside));
    }
    let mut verdict = Verdict {
        layout: (!kernels.is_empty()).then_some(layout),
        entries: kernels.len(),
        different_btfs: 0,
        programs: objects.iter().map(|(file, _)| (*file).to_owned()).collect(),
        problems,
        would_not_load: Vec::new(),
    };
    verdict.simulate(&kernels, &objects);
    Ok(verdict)
}

impl Verdict {
    /// Trims every different BTF once more.
    fn simulate(&mut self, kernels: &[Kernel], objects: &[(&str, &[u8])]) {
        let mut trimmer = KernelTrimmer::default();
        let mut files = Vec::new();
        for (file, bytes) in objects {
            match BpfObject::parse(bytes) {
                Ok(object) => {
                    trimmer.add(Arc::new(object));
                    files.push(*file);
                }
                Err(error) => self
                    .problems
                    .push(EntryProblem { path: (*file).to_owned(), problem: (&Error::from(error)).into() }),
            }
        }
        let mut known: BTreeMap<Digest, Answer> = BTreeMap::new();
        for Kernel { path, digest, content, .. } in kernels {
            let answer = known.entry(*digest).or_insert_with(|| answer_of(&trimmer, content, files.len()));
            if let Some(problem) = &answer.problem {
                self.problems.push(EntryProblem { path: (*path).to_owned(), problem: problem.clone() });
            }
            for (file, failure) in files.iter().zip(&answer.failures) {
                if let Some(failure) = failure {
                    self.would_not_load.push(RefusedEntry {
                        path: (*path).to_owned(),
                        program: (*file).to_owned(),
                        failure: failure.clone(),
                    });
                }
            }
        }
        self.different_btfs = known.len();
    }

    /// The verdict on the pack at `path`, for people.
    ///
    /// # Errors
    /// `VERIFY_FAILED`, with everything that is wrong.
    pub fn text(&self, path: &str) -> Result<String> {
        if !self.problems.is_empty() {
            let lines = self.problems.iter().map(|EntryProblem { path, problem }| {
                format!("\n  {path}: {}: {}", problem.code, problem.message)
            });
            let lines: String = lines.collect();
            let message = format!("{path}: {} wrong:{lines}", self.problems.len());
            return Err(CommandError::new(CommandCode::VerifyFailed, message).into());
        }
        let simulated = match self.programs.as_slice() {
            [] => "no program to simulate".to_owned(),
            programs => format!("simulated for {}", programs.join(", ")),
        };
        let layout = self.layout.map_or("none", Layout::name);
        let mut text = format!(
            "{path}: good, {} entries in layout {layout}, {} different BTFs, {simulated}",
            self.entries, self.different_btfs
        );
        for RefusedEntry { path, program, failure } in &self.would_not_load {
            let (code, message) = (&failure.code, &failure.message);
            text += &format!("\n  {path}: {program} would not load: {code}: {message}");
        }
        Ok(text)
    }
}

struct Answer {
    problem: Option<Problem>,
    /// By object.
    failures: Vec<Option<LoadFailure>>,
}

/// What was trimmed for these programs does not change when it is trimmed for them again.
fn answer_of(trimmer: &KernelTrimmer, btf: &[u8], objects: usize) -> Answer {
    match trimmer.trim(btf, &[]) {
        Ok(again) => {
            let same = objects == 0 || again.btf == btf;
            let failures = again.report.objects.into_iter().map(|object| object.error).collect();
            Answer { problem: (!same).then(|| Problem::new(CommandCode::NotTrimmed, NOT_TRIMMED)), failures }
        }
        Err(error) => Answer { problem: Some((&error).into()), failures: Vec::new() },
    }
}

const NOT_TRIMMED: &str = "was trimmed for other programs, or by another tool: trimming it again changes it; name every \
                           program of the pack, or pack again";

/// The layout that most paths follow.
fn layout_of(kernels: &[Kernel]) -> Layout {
    let follows = |layout: Layout| kernels.iter().filter(|kernel| is_place_of(layout, kernel)).count();
    Layout::ALL
        .into_iter()
        .fold(Layout::default(), |best, layout| if follows(layout) > follows(best) { layout } else { best })
}

fn is_place_of(layout: Layout, Kernel { path, identity, .. }: &Kernel) -> bool {
    if layout == Layout::Flat {
        return !path.contains('/') && path.strip_suffix(".btf").is_some_and(|release| !release.is_empty());
    }
    identity.as_ref().is_some_and(|identity| layout.path(identity, Form::Tar) == *path)
}

fn stray_reason(layout: Layout) -> String {
    format!(
        "is not where a reader of the layout {} looks for a kernel; pack it as ID/VERSION/MACHINE/RELEASE.btf, or \
         leave it out",
        layout.name()
    )
}

fn stray(path: &str, message: String) -> EntryProblem {
    EntryProblem { path: path.to_owned(), problem: Problem::new(CommandCode::Stray, message) }
}

fn layout_name<S: Serializer>(
    layout: &Option<Layout>,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    layout.map(Layout::name).serialize(serializer)
}
