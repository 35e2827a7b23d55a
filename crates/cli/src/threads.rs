//! Trims all kernels of a job, on several threads where there are any.

use std::collections::HashMap;
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use bpfc_archive::Digest;
use bpfc_pack::{KernelTrimmer, PackJob, Problem, Result, TrimmedKernel};

use crate::files;
use crate::progress::Progress;

/// Bytes of a kernel's BTF, packed or raw, from which on it counts as large: usual ones have 1 MB and 5 MB.
const LARGE_PACKED: u64 = 2 << 20;
const LARGE_RAW: u64 = 16 << 20;

/// A kernel and its place among those of the job.
struct Source {
    position: usize,
    file: String,
    modules: Vec<String>,
    /// Of all its files, in bytes; 0 where that is not known.
    size: u64,
    /// Another one has as many bytes, and may be the same.
    shares_size: bool,
}

impl Source {
    fn is_large(&self) -> bool {
        let is_packed = |file: &String| [".xz", ".gz", ".tgz"].iter().any(|ending| file.ends_with(ending));
        let packed = is_packed(&self.file) || self.modules.iter().any(is_packed);
        self.size > if packed { LARGE_PACKED } else { LARGE_RAW }
    }
}

/// What the threads share.
struct Lanes<'a> {
    trimmer: &'a KernelTrimmer,
    /// Only one lane takes these, and first, so that memory holds one of them at a time and none is left over at the end.
    large: Vec<Source>,
    usual: Vec<Source>,
    next: AtomicUsize,
    progress: Progress,
    done: Mutex<Done>,
}

#[derive(Default)]
struct Done {
    outcomes: Vec<(usize, std::result::Result<TrimmedKernel, Problem>)>,
    /// Kernels by the digest of their files: the first of each is trimmed.
    first: HashMap<Digest, usize>,
    /// Kernels with the one that is equal.
    twins: Vec<(usize, usize)>,
}

/// Trims every kernel, and tells the job what became of each. Equal files are trimmed once.
pub fn trim_all(job: &mut PackJob, trimmer: &KernelTrimmer, jobs: usize) {
    let (large, usual) = in_order(job);
    let total = large.len() + usual.len();
    let lanes = Lanes {
        trimmer,
        large,
        usual,
        next: AtomicUsize::new(0),
        progress: Progress::start(total),
        done: Mutex::default(),
    };
    std::thread::scope(|scope| {
        // With one job there is no thread but this.
        for _ in 1..jobs.min(total) {
            scope.spawn(|| lanes.usual());
        }
        lanes.large();
        lanes.usual();
    });
    lanes.progress.stop();
    let Done { outcomes, twins, .. } = lanes.done.into_inner().unwrap_or_else(|held| held.into_inner());
    let mut equal: HashMap<usize, Vec<usize>> = HashMap::new();
    for (position, first) in twins {
        equal.entry(first).or_default().push(position);
    }
    for (position, outcome) in outcomes {
        for twin in equal.remove(&position).unwrap_or_default() {
            tell(job, twin, outcome.clone());
        }
        tell(job, position, outcome);
    }
}

fn tell(job: &mut PackJob, position: usize, outcome: std::result::Result<TrimmedKernel, Problem>) {
    match outcome {
        Ok(trimmed) => job.trimmed(position, trimmed),
        Err(problem) => job.failed(position, problem),
    }
}

/// The large kernels and the usual ones. Of both the largest come first, so that at the end no thread is left with a long
/// one.
fn in_order(job: &PackJob) -> (Vec<Source>, Vec<Source>) {
    let size_of = |file: &str| fs::metadata(file).map_or(0, |there| there.len());
    let sources = job.kernels().enumerate().map(|(position, (file, modules))| Source {
        position,
        size: size_of(file) + modules.iter().map(|module| size_of(module)).sum::<u64>(),
        file: file.to_owned(),
        modules: modules.to_vec(),
        shares_size: false,
    });
    let mut sources: Vec<Source> = sources.collect();
    let mut sharing: HashMap<u64, usize> = HashMap::new();
    for source in &sources {
        *sharing.entry(source.size).or_default() += 1;
    }
    for source in &mut sources {
        source.shares_size = source.size > 0 && sharing.get(&source.size).is_some_and(|&sharing| sharing > 1);
    }
    sources.sort_by_key(|source| std::cmp::Reverse(source.size));
    sources.into_iter().partition(Source::is_large)
}

impl Lanes<'_> {
    fn large(&self) {
        for source in &self.large {
            self.one(source);
        }
    }

    /// Takes the next until there is none.
    fn usual(&self) {
        while let Some(source) = self.usual.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            self.one(source);
        }
    }

    fn one(&self, source: &Source) {
        if let Some(outcome) = self.trim(source).transpose() {
            let outcome = outcome.map_err(|error| Problem::from(&error));
            self.with_done(|done| done.outcomes.push((source.position, outcome)));
        }
        self.progress.step();
    }

    /// Nothing where an equal kernel is trimmed.
    fn trim(&self, source: &Source) -> Result<Option<TrimmedKernel>> {
        let kernel = files::read(&source.file)?;
        // What is equal in the kernels need not be in their modules.
        if source.shares_size && source.modules.is_empty() && self.is_twin(source, &kernel) {
            return Ok(None);
        }
        let modules = source.modules.iter().map(|module| files::read(module)).collect::<Result<Vec<_>>>()?;
        self.trimmer.trim(&kernel, &modules).map(Some)
    }

    fn is_twin(&self, source: &Source, kernel: &[u8]) -> bool {
        let digest = Digest::of(kernel);
        self.with_done(|done| {
            let first = *done.first.entry(digest).or_insert(source.position);
            if first != source.position {
                done.twins.push((source.position, first));
            }
            first != source.position
        })
    }

    /// A thread that panics ends the program, so what it held is whole.
    fn with_done<T>(&self, action: impl FnOnce(&mut Done) -> T) -> T {
        action(&mut self.done.lock().unwrap_or_else(|held| held.into_inner()))
    }
}
