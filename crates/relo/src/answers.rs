//! All answers of one kernel to one object: every question compared with every candidate, before
//! order and pruning come in.

use bpfc_btf::{Btf, Kind, TypeId};

use crate::access::Local;
use crate::candidates::Wanted;
use crate::matcher::Matcher;
use crate::trace::Part;
use crate::values::{self, Value};
use crate::{BpfObject, Failure, ReloKind};

/// What one candidate answers: a hit, no match, or why libbpf gives up.
pub(crate) type Answer = Result<Option<Hit>, Failure>;

/// A candidate that matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    /// Offset of the field in bits; candidates must agree on it whatever is asked.
    pub(crate) bit_offset: u32,
    pub(crate) value: u64,
    /// Size in bytes of the memory that a load or store touches.
    pub(crate) memory: u32,
    /// A load or store of another size would read something else.
    pub(crate) memory_differs: bool,
}

/// For each question of an object the candidates of its root and what each of them answers.
#[derive(Clone, Debug)]
pub(crate) struct Answers {
    pub(crate) questions: Vec<Question>,
    /// The first candidate whose own types libbpf cannot be asked about, and why. What is wrong with
    /// the object's types is an answer like any failure, for a report on the object.
    pub(crate) malformed: Option<(Failure, TypeId)>,
}

/// The candidates of one question, in order of their ids, with their answers.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) candidates: Vec<TypeId>,
    pub(crate) answers: Vec<Answer>,
}

/// Longest name of a type that is searched, in bytes; the kernel's are shorter than 512.
const MAX_TYPE_NAME: usize = 4096;

/// Positions of an object's roots in a [`Wanted`], by question; none for questions that search no
/// candidates.
pub(crate) fn ask(object: &BpfObject, wanted: &mut Wanted) -> Vec<Option<usize>> {
    let roots = object.specs.iter().map(|spec| {
        let local = spec.local.as_ref().ok().filter(|local| local.kind != ReloKind::TypeIdLocal)?;
        let root = object.btf.ty(local.path.root);
        let name = object.btf.string_start(root.name_offset(), MAX_TYPE_NAME + 1);
        (name.len() <= MAX_TYPE_NAME).then(|| wanted.add(name, root.kind()))
    });
    roots.collect()
}

/// The candidates of a question: `names` are those of [`ask`], `found` of [`Wanted::find`].
pub(crate) fn candidates_of<'f>(
    names: &[Option<usize>],
    found: &'f [Vec<TypeId>],
    question: usize,
) -> impl Iterator<Item = TypeId> + use<'f> {
    let name = names.get(question).copied().flatten();
    name.and_then(|name| found.get(name)).into_iter().flatten().copied()
}

impl Answers {
    /// Compares every question with every candidate; `keep` is told what each answer rests on.
    pub(crate) fn compute<C: Iterator<Item = TypeId>>(
        object: &BpfObject,
        target: &Btf,
        candidates: impl Fn(usize) -> C,
        pointer: u8,
        mut keep: impl FnMut(&[Part]),
    ) -> Answers {
        let mut matcher = Matcher::new(&object.btf, target, pointer);
        let mut questions = Vec::with_capacity(object.specs.len());
        let mut malformed = None;
        for (position, spec) in object.specs.iter().enumerate() {
            // What is refused whatever the kernel has needs no candidates, and nothing to be kept.
            let Some(local) = spec.local.as_ref().ok().filter(|local| local.original.is_ok()) else {
                questions.push(Question { candidates: Vec::new(), answers: Vec::new() });
                continue;
            };
            // Where no steps are left, one candidate is enough to say so.
            let most = if matcher.next_question() { usize::MAX } else { 1 };
            let candidates: Vec<TypeId> = candidates(position).take(most).collect();
            let mut answers = Vec::with_capacity(candidates.len());
            for &candidate in &candidates {
                let answer = answer(&mut matcher, local, candidate, &mut keep);
                if let Err(failure) = answer
                    && failure.is_malformed()
                    && !matcher.own
                {
                    malformed.get_or_insert((failure, candidate));
                }
                answers.push(answer);
            }
            questions.push(Question { candidates, answers });
        }
        Answers { questions, malformed }
    }
}

/// What one candidate answers; `keep` is told what that rests on.
fn answer(
    matcher: &mut Matcher,
    question: &Local,
    candidate: TypeId,
    keep: &mut impl FnMut(&[Part]),
) -> Answer {
    let found = matcher.find(question, candidate);
    if !matches!(found, Ok(None)) {
        keep(&matcher.parts);
    }
    let Some(path) = found? else { return Ok(None) };
    let original = question.original?;
    let value = values::of_kernel(matcher.target, matcher.pointer, question.kind, &path)?;
    Ok(Some(Hit {
        bit_offset: path.bit_offset,
        value: value.value,
        memory: value.memory,
        memory_differs: memory_differs(matcher.local, &original, matcher.target, &value),
    }))
}

/// Whether a load or store cannot be adjusted from the local to the target's size: only pointers
/// and integers that are not plainly signed can (libbpf: `bpf_core_calc_relo`).
fn memory_differs(local: &Btf, original: &Value, target: &Btf, new: &Value) -> bool {
    if original.memory == new.memory {
        return false;
    }
    let (ours, theirs) = (local.ty(original.memory_type), target.ty(new.memory_type));
    let unsigned = |ty: &bpfc_btf::Type| ty.kind() == Kind::Int && ty.int().encoding() != 1;
    let pointers = ours.kind() == Kind::Ptr && theirs.kind() == Kind::Ptr;
    let integers = unsigned(&ours) && unsigned(&theirs);
    !pointers && !integers
}
