//! Trimming: a kernel's BTF reduced to what the relocations of some objects need, with every
//! answer unchanged.
//!
//! `keep` marks what the answers rest on, `graph` makes the marked types a graph of their own,
//! `canonical` orders and writes it. The result is then asked the same questions as the full BTF:
//! where a candidate answers differently (a member became `void *` and now matches, say), more of
//! it is kept, step by step up to everything it reaches. `pointer` finds the integer that keeps
//! pointers as large as they are.

mod canonical;
mod graph;
mod keep;
mod modules;
mod pointer;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bpfc_btf::{Btf, TypeId};

use self::canonical::Written;
use self::graph::Graph;
use self::keep::{Extent, Keep};
use crate::answers::{Answer, Answers, Question, ask, candidates_of};
use crate::candidates::Wanted;
use crate::report::{Report, report};
use crate::values::BPF_POINTER;
use crate::{BpfObject, Error, ReloKind};

/// Trims kernels for a set of objects. What the objects ask is prepared once.
#[derive(Clone, Debug)]
pub struct Trimmer {
    objects: Vec<Asking>,
    wanted: Wanted,
}

/// An object and, for each of its questions, which name it asks for.
#[derive(Clone, Debug)]
struct Asking {
    object: Arc<BpfObject>,
    names: Vec<Option<usize>>,
}

/// A trimmed BTF and what was found on the way.
#[derive(Clone, Debug)]
pub struct Trimmed {
    /// The BTF, in the kernel's byte order, with a 24-byte header.
    pub btf: Vec<u8>,
    /// Number of types in it.
    pub types: u32,
    /// One report for each object.
    pub reports: Vec<Report>,
    /// Positions of the modules whose types are in it, of those given.
    pub modules: Vec<usize>,
}

impl Default for Trimmer {
    fn default() -> Self {
        Trimmer::new()
    }
}

impl Trimmer {
    /// For no object yet.
    pub fn new() -> Self {
        Trimmer { objects: Vec::new(), wanted: Wanted::new() }
    }

    /// Adds an object whose questions are to be answered.
    pub fn add(&mut self, object: Arc<BpfObject>) {
        let names = ask(&object, &mut self.wanted);
        self.objects.push(Asking { object, names });
    }

    /// Trims `target`.
    ///
    /// # Errors
    /// `RELO_ENDIAN` when an object has another byte order. That libbpf would refuse an object is
    /// not an error here but in the report: trimming keeps it refusing.
    pub fn trim(&self, target: &Btf) -> Result<Trimmed, Error> {
        self.trim_among(target, &self.wanted.find(target), BTreeSet::new())
    }

    /// Trims `target` where these are the candidates by position of the names asked for. `hidden` are
    /// types of such a name that are none, and must not become any.
    fn trim_among(
        &self,
        target: &Btf,
        candidates: &[Vec<TypeId>],
        hidden: BTreeSet<TypeId>,
    ) -> Result<Trimmed, Error> {
        let endian = target.endian();
        if self.objects.iter().any(|asking| asking.object.endian != endian) {
            return Err(Error::Endian { kernel: endian });
        }
        let pointer = target.pointer_size().unwrap_or(BPF_POINTER);
        let mut keep = Keep::new(target, hidden);
        let full: Vec<Answers> = self
            .objects
            .iter()
            .map(|asking| {
                let of = |question: usize| candidates_of(&asking.names, candidates, question);
                let answers = Answers::compute(&asking.object, target, of, pointer, |parts| keep.add(parts));
                keep.distinct.extend(distinct(&asking.object, &answers));
                match answers.malformed {
                    Some((failure, ty)) => Err(Error::Malformed { failure, ty: ty.0 }),
                    None => Ok(answers),
                }
            })
            .collect::<Result<_, Error>>()?;
        let written = self.write(target, &mut keep, &full, pointer)?;
        let reports = self.objects.iter().zip(&full).map(|(asking, answers)| report(&asking.object, answers));
        Ok(Trimmed {
            btf: written.bytes,
            types: written.types,
            reports: reports.collect(),
            modules: Vec::new(),
        })
    }

    /// Writes what is kept, and more until the answers are those of the full BTF.
    fn write(&self, target: &Btf, keep: &mut Keep, full: &[Answers], pointer: u8) -> Result<Written, Error> {
        let mut extents: BTreeMap<TypeId, Extent> = BTreeMap::new();
        loop {
            let mut graph = Graph::build(keep);
            while keep.unify(graph.nodes.iter().map(|node| node.origin)) {
                graph = Graph::build(keep);
            }
            let written = canonical::write(keep, &graph, target)?;
            let trimmed = Btf::parse(written.bytes.as_slice())?;
            // libbpf takes the pointer size from the first `long` it finds (`determine_ptr_size`).
            if keep.long.is_none() && trimmed.pointer_size().is_some_and(|size| size != pointer) {
                keep.long = pointer::teller(target);
                if let Some(long) = keep.long {
                    keep.roots.entry(long).or_default();
                    continue;
                }
            }
            let changed = self.changed(&trimmed, &written.ids, &graph, full, pointer);
            if changed.is_empty() {
                return Ok(written);
            }
            for candidate in changed {
                let extent = Extent::wider(extents.get(&candidate).copied());
                let extent = extent.ok_or(match keep.hidden.is_empty() {
                    true => Error::Unstable { ty: candidate.0 },
                    false => Error::Module { ty: candidate.0 },
                })?;
                extents.insert(candidate, extent);
                keep.widen(candidate, extent);
            }
        }
    }

    /// Candidates that answer otherwise in the trimmed BTF, whose ids are by position in `graph`, than
    /// in the full one.
    fn changed(
        &self,
        trimmed: &Btf,
        ids: &[TypeId],
        graph: &Graph,
        full: &[Answers],
        pointer: u8,
    ) -> BTreeSet<TypeId> {
        let image = |id: TypeId| graph.position(id).and_then(|position| ids.get(position)).copied();
        let mut changed = BTreeSet::new();
        for (asking, full) in self.objects.iter().zip(full) {
            let images = |question: usize| {
                let question = full.questions.get(question);
                let candidates = question.map_or(&[][..], |question| &question.candidates);
                candidates.iter().map(|&id| image(id).unwrap_or(TypeId::VOID))
            };
            let now = Answers::compute(&asking.object, trimmed, images, pointer, |_| ());
            for ((spec, full), now) in asking.object.specs.iter().zip(&full.questions).zip(&now.questions) {
                let ids = spec.kind == Some(ReloKind::TypeIdTarget);
                for ((&id, full), now) in full.candidates.iter().zip(&full.answers).zip(&now.answers) {
                    let now = if image(id).is_some() { *now } else { Ok(None) };
                    if !same(full, &now, ids) {
                        changed.insert(id);
                    }
                }
            }
        }
        changed
    }
}

/// Whether two answers mean the same to libbpf. Type ids always differ.
fn same(full: &Answer, now: &Answer, ids: bool) -> bool {
    ids && matches!((full, now), (Ok(Some(_)), Ok(Some(_)))) || full == now
}

/// The matching candidates of questions for ids.
fn distinct(object: &BpfObject, answers: &Answers) -> BTreeSet<TypeId> {
    let asked = object.specs.iter().zip(&answers.questions);
    let asked = asked.filter(|(spec, _)| spec.kind == Some(ReloKind::TypeIdTarget));
    let matching = |question: &Question| -> Vec<TypeId> {
        let hits = question.candidates.iter().zip(&question.answers);
        hits.filter(|(_, answer)| matches!(answer, Ok(Some(_)))).map(|(&id, _)| id).collect()
    };
    asked.flat_map(|(_, question)| matching(question)).collect()
}
