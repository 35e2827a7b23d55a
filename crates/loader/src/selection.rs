//! Where the BTF for a machine comes from, and all that was looked for.

use std::path::{Path, PathBuf};

use bpfc_archive::PackEntry;
use serde::{Serialize, Serializer};

use crate::error::{LoaderError, LoaderResult};

/// A step of the rule of selection, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// The path that the caller or the environment names.
    Path,
    /// The kernel's own BTF.
    Native,
    /// The key that the caller names.
    Key,
    /// An entry of the pack by the machine's names.
    Names(bpfc_archive::Step),
}

impl Step {
    /// Lower-case name.
    pub fn name(self) -> &'static str {
        match self {
            Step::Path => "path",
            Step::Native => "native",
            Step::Key => "key",
            Step::Names(step) => step.name(),
        }
    }
}

impl Serialize for Step {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// What was looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Tried {
    /// By which step.
    pub step: Step,
    /// A path, or `ID/VERSION/ARCH/RELEASE` with `*` for what the step leaves open.
    pub key: String,
    /// What was found. Several entries of different content are no answer.
    pub hits: usize,
}

impl Tried {
    pub(crate) fn path(step: Step, path: &Path, found: bool) -> Self {
        Self { step, key: path.display().to_string(), hits: usize::from(found) }
    }
}

/// Where a machine's BTF comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source<'p> {
    /// The file that the caller or the environment names.
    Explicit(PathBuf),
    /// The kernel itself, at this path, where libbpf finds it too.
    Native(PathBuf),
    /// An entry of the pack.
    Pack {
        /// The entry.
        entry: PackEntry<'p>,
        /// The step that found it.
        step: Step,
    },
}

/// What a machine gets.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Selection<'p> {
    /// Where its BTF comes from, if there is any.
    pub source: Option<Source<'p>>,
    /// All that was looked for, in order; the last was found.
    pub tried: Vec<Tried>,
}

impl<'p> Selection<'p> {
    /// The source.
    ///
    /// # Errors
    /// `PACK_NO_MATCH`: there is none; the text says what was looked for.
    pub fn require(&self) -> LoaderResult<&Source<'p>> {
        let keys = self.tried.iter().filter(|tried| tried.step != Step::Native);
        self.source.as_ref().ok_or_else(|| {
            let error = bpfc_archive::ArchiveError::no_match(keys.map(|tried| tried.key.as_str()));
            LoaderError::from(error).with_tried(self.tried.clone())
        })
    }
}

/// Where a BTF came from, for people and for logs.
///
/// As JSON: `{"source","path","key","step","sha256","tried":[{"step","key","hits"}],"error":{"code","message"}}`; what does
/// not apply is null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// `explicit`, `native`, `pack`, or `none` where there is no BTF.
    pub source: &'static str,
    /// The file of an explicit or native source.
    #[serde(serialize_with = "as_text")]
    pub path: Option<PathBuf>,
    /// The entry of the pack: `ID/VERSION/ARCH/RELEASE`, or its path where that names no such.
    pub key: Option<String>,
    /// The step that answered.
    pub step: Option<Step>,
    /// Of the entry's content, in hexadecimal.
    pub sha256: Option<String>,
    /// All that was looked for, in order.
    pub tried: Vec<Tried>,
    /// Why there is none.
    pub error: Option<Failure>,
}

/// JSON has text only: what is none in a path is replaced.
fn as_text<S: Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
    path.as_ref().map(|path| path.to_string_lossy()).serialize(serializer)
}

/// An error, as an [`Explanation`] tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Failure {
    /// Its code.
    pub code: &'static str,
    /// Its text.
    pub message: String,
}

impl Explanation {
    /// That of a failure.
    pub fn of_error(error: &LoaderError) -> Self {
        let failure = Failure { code: error.code(), message: error.to_string() };
        Self { error: Some(failure), ..Self::new("none", error.tried()) }
    }

    pub(crate) fn of(source: &Source, tried: &[Tried]) -> Self {
        match source {
            Source::Explicit(path) => {
                Self { path: Some(path.clone()), step: Some(Step::Path), ..Self::new("explicit", tried) }
            }
            Source::Native(path) => {
                Self { path: Some(path.clone()), step: Some(Step::Native), ..Self::new("native", tried) }
            }
            Source::Pack { entry, step } => Self {
                key: Some(entry.identity().map_or_else(|| entry.path.to_owned(), |it| it.to_string())),
                step: Some(*step),
                sha256: Some(entry.digest().to_string()),
                ..Self::new("pack", tried)
            },
        }
    }

    fn new(source: &'static str, tried: &[Tried]) -> Self {
        Self { source, path: None, key: None, step: None, sha256: None, tried: tried.to_vec(), error: None }
    }
}
