//! Which entry of a pack a machine gets: the rule, step by step.

use crate::error::{ArchiveError, ErrorKind, Result};
use crate::identity::{Identity, release_of_path};
use crate::nearest::Shape;
use crate::pack::{Pack, PackEntry};
use crate::system::System;

/// The step of the rule that answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Distribution, version, machine and release as the machine says them.
    Exact,
    /// The version under another name: its major version, its codename, its directory in the archive.
    Version,
    /// A distribution that the machine's own is like.
    Like,
    /// The release alone, on the same machine, whatever the distribution.
    Release,
    /// The nearest release of the same distribution, flavor and series.
    Nearest,
}

impl Step {
    /// Lower-case name.
    pub fn name(self) -> &'static str {
        match self {
            Step::Exact => "exact",
            Step::Version => "version",
            Step::Like => "like",
            Step::Release => "release",
            Step::Nearest => "nearest",
        }
    }
}

/// What was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// By which step.
    pub step: Step,
    /// `ID/VERSION/ARCH/RELEASE`, with `*` for what the step leaves open.
    pub key: String,
    /// Entries found. Several of different content are no answer.
    pub hits: usize,
}

/// An entry, and the step that found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer<'p> {
    /// The entry.
    pub entry: PackEntry<'p>,
    /// The step.
    pub step: Step,
}

/// What a machine gets of a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection<'p> {
    /// The entry, if there is one.
    pub answer: Option<Answer<'p>>,
    /// All that was looked for, in order; the last found the entry.
    pub tried: Vec<Tried>,
}

impl<'p> Selection<'p> {
    /// The entry.
    ///
    /// # Errors
    /// `PACK_NO_MATCH`: there is none; the text says what was looked for.
    pub fn require(&self) -> Result<Answer<'p>> {
        self.answer.ok_or_else(|| {
            let tried: Vec<&str> = self.tried.iter().map(|tried| tried.key.as_str()).collect();
            let what = format!("the pack has no BTF for this kernel; tried {}", tried.join(", "));
            ArchiveError::new(ErrorKind::PackNoMatch, what)
        })
    }
}

/// A pack's kernels, read once for any number of machines.
#[derive(Clone, Debug)]
pub struct Selector<'p> {
    kernels: Vec<Kernel<'p>>,
}

#[derive(Clone, Debug)]
struct Kernel<'p> {
    entry: PackEntry<'p>,
    /// None where the path names the release alone.
    identity: Option<Identity>,
    release: &'p str,
}

impl<'p> Selector<'p> {
    /// The kernels of a pack: of every layout, [`crate::Layout::Flat`] too.
    pub fn new(pack: &'p Pack) -> Self {
        let kernels = pack.entries().filter_map(|entry| {
            let release = release_of_path(entry.path)?;
            Some(Kernel { entry, identity: entry.identity(), release })
        });
        Selector { kernels: kernels.collect() }
    }

    /// The entry for a machine, by the first of these that finds one:
    ///
    /// 1. the exact name;
    /// 2. its version by other names;
    /// 3. the distributions it is like, by all names of the version;
    /// 4. the release alone, on the same machine, where all that have it are equal;
    /// 5. with `nearest`, the nearest release of the same distribution, flavor and series.
    ///
    /// A machine's names are those of [`System`]. A kernel with BTF of its own needs none of this.
    pub fn select(&self, system: &System, nearest: bool) -> Selection<'p> {
        let mut search = Search { kernels: &self.kernels, system, tried: Vec::new() };
        let answer = search.by_name().or_else(|| search.by_release());
        let answer = answer.or_else(|| if nearest { search.nearest() } else { None });
        Selection { answer, tried: search.tried }
    }
}

struct Search<'s, 'p> {
    kernels: &'s [Kernel<'p>],
    system: &'s System,
    tried: Vec<Tried>,
}

impl<'p> Search<'_, 'p> {
    fn by_name(&mut self) -> Option<Answer<'p>> {
        let system = self.system;
        for (like, id) in system.ids().iter().enumerate() {
            for (other, version) in system.versions().iter().enumerate() {
                let step = match (like, other) {
                    (0, 0) => Step::Exact,
                    (0, _) => Step::Version,
                    _ => Step::Like,
                };
                let is = |kernel: &Identity| kernel.id() == id && kernel.version() == version;
                let key = format!("{id}/{version}/{}/{}", system.machine(), system.release());
                let answer = self.attempt(step, key, |kernel| kernel.identity.as_ref().is_some_and(is));
                if answer.is_some() {
                    return answer;
                }
            }
        }
        None
    }

    fn by_release(&mut self) -> Option<Answer<'p>> {
        let key = format!("*/*/{}/{}", self.system.machine(), self.system.release());
        self.attempt(Step::Release, key, |_| true)
    }

    /// The kernels of this machine and release that `is` accepts.
    fn attempt(&mut self, step: Step, key: String, is: impl Fn(&Kernel) -> bool) -> Option<Answer<'p>> {
        let system = self.system;
        let fits = |kernel: &&Kernel| {
            let machine = kernel.identity.as_ref().is_none_or(|identity| identity.arch() == system.machine());
            machine && system.has_release(kernel.release) && is(kernel)
        };
        let mut hits: Vec<&Kernel> = self.kernels.iter().filter(fits).collect();
        // What is written just so goes before what is the same by a rule.
        if hits.iter().any(|kernel| kernel.release == system.release()) {
            hits.retain(|kernel| kernel.release == system.release());
        }
        self.tried.push(Tried { step, key, hits: hits.len() });
        let entry = hits.first()?.entry;
        let equal = hits.iter().all(|kernel| kernel.entry.content == entry.content);
        equal.then_some(Answer { entry, step })
    }

    fn nearest(&mut self) -> Option<Answer<'p>> {
        let system = self.system;
        let own = Shape::new(system.release(), system.machine());
        for id in system.ids() {
            let near = self.kernels.iter().filter_map(|kernel| {
                let identity = kernel.identity.as_ref()?;
                let same = identity.id() == id && identity.arch() == system.machine();
                let shape = same.then(|| Shape::new(identity.release(), identity.arch()))?;
                Some((own.distance(&shape)?, kernel))
            });
            let near: Vec<_> = near.collect();
            let key = format!("{id}/*/{}/*", system.machine());
            self.tried.push(Tried { step: Step::Nearest, key, hits: near.len() });
            let best = near.into_iter().min_by(|(a, _), (b, _)| a.cmp(b));
            if let Some((_, kernel)) = best {
                return Some(Answer { entry: kernel.entry, step: Step::Nearest });
            }
        }
        None
    }
}
