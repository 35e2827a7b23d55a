//! Which entry of a pack a machine gets: the rule, step by step.

use std::collections::HashMap;

use crate::error::{ArchiveError, Result};
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
        self.answer.ok_or_else(|| ArchiveError::no_match(self.tried.iter().map(|tried| tried.key.as_str())))
    }
}

/// A pack's kernels, read once for any number of machines.
#[derive(Clone, Debug)]
pub struct Selector<'p> {
    kernels: Vec<Kernel<'p>>,
    /// Positions by release.
    by_release: HashMap<&'p str, Vec<usize>>,
}

#[derive(Clone, Debug)]
struct Kernel<'p> {
    entry: PackEntry<'p>,
    /// None where the path names the release alone.
    identity: Option<Identity>,
    shape: Shape<'p>,
}

impl<'p> Selector<'p> {
    /// The kernels of a pack: of every layout, [`crate::Layout::Flat`] too.
    pub fn new(pack: &'p Pack) -> Self {
        Self::of(pack.entries())
    }

    /// The kernels among files that are no pack, by their paths.
    pub fn of(entries: impl Iterator<Item = PackEntry<'p>>) -> Self {
        let mut selector = Selector { kernels: Vec::new(), by_release: HashMap::new() };
        for entry in entries {
            let Some(release) = release_of_path(entry.path) else { continue };
            let identity = entry.identity();
            let machine = identity.as_ref().map_or("", Identity::arch);
            selector.by_release.entry(release).or_default().push(selector.kernels.len());
            selector.kernels.push(Kernel { entry, shape: Shape::new(release, machine), identity });
        }
        selector
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
        let mut search =
            Search { of_release: self.of_release(system), all: &self.kernels, system, tried: Vec::new() };
        let answer = search.by_name().or_else(|| search.by_release());
        let answer = answer.or_else(|| if nearest { search.nearest() } else { None });
        Selection { answer, tried: search.tried }
    }

    fn of_release(&self, system: &System) -> [Vec<&Kernel<'p>>; 2] {
        let of = |release: &str| -> Vec<&Kernel<'p>> {
            let positions = self.by_release.get(release).into_iter().flatten();
            let kernels = positions.filter_map(|&position| self.kernels.get(position));
            kernels.filter(|kernel| kernel.is_for(system.machine())).collect()
        };
        let mut others: Vec<&str> =
            self.by_release.keys().copied().filter(|release| system.has_other_name(release)).collect();
        others.sort_unstable();
        [of(system.release()), others.into_iter().flat_map(of).collect()]
    }
}

impl Kernel<'_> {
    fn is_for(&self, machine: &str) -> bool {
        self.identity.as_ref().is_none_or(|identity| identity.arch() == machine)
    }
}

struct Search<'s, 'p> {
    /// Kernels of the machine's release: written just so, and the same by a rule.
    of_release: [Vec<&'s Kernel<'p>>; 2],
    all: &'s [Kernel<'p>],
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

    /// The kernels of this machine and release that `is` accepts. What is written just so goes first.
    fn attempt(&mut self, step: Step, key: String, is: impl Fn(&Kernel) -> bool) -> Option<Answer<'p>> {
        let hits = self.of_release.iter().map(|kernels| kernels.iter().copied().filter(|kernel| is(kernel)));
        let hits: Vec<&Kernel> =
            hits.map(Iterator::collect).find(|hits: &Vec<_>| !hits.is_empty()).unwrap_or_default();
        self.tried.push(Tried { step, key, hits: hits.len() });
        let entry = hits.first()?.entry;
        let equal = hits.iter().all(|kernel| kernel.entry.content == entry.content);
        equal.then_some(Answer { entry, step })
    }

    fn nearest(&mut self) -> Option<Answer<'p>> {
        let system = self.system;
        let own = Shape::new(system.release(), system.machine());
        for id in system.ids() {
            let near = self.all.iter().filter_map(|kernel| {
                let identity = kernel.identity.as_ref()?;
                let same = identity.id() == id && identity.arch() == system.machine();
                Some((own.distance(&kernel.shape).filter(|_| same)?, kernel))
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
