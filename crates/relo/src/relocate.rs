//! An object relocated against a kernel: what every relocation answers, and the instructions.

use bpfc_btf::{Btf, Code, TypeId};

use crate::answers::{Answers, ask, candidates_of};
use crate::candidates::Wanted;
use crate::driver::{Driver, MAX_STEPS, Step};
use crate::values::BPF_POINTER;
use crate::{BpfObject, Error, Failure, Program, ReloKind};

/// Candidates listed of one relocation. Real kernels have a handful; hostile ones any number, which each relocation would
/// list once more.
const MOST_LISTED: usize = 16;

/// A relocation that fails: libbpf then refuses the whole object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Position in [`BpfObject::relocations`].
    pub relocation: usize,
    /// Why.
    pub failure: Failure,
}

/// An object as libbpf relocates it on one kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relocated {
    /// Instructions by position in [`BpfObject::programs`], 8 bytes each, in the object's byte
    /// order. Programs that are not loaded are as they were.
    pub programs: Vec<Vec<u8>>,
    /// By position in [`BpfObject::relocations`].
    pub outcomes: Vec<Outcome>,
    /// The first relocation that fails. libbpf stops there and loads nothing; outcomes and
    /// instructions behind it are those without the relocations that fail.
    pub refusal: Option<Refusal>,
}

/// What becomes of one relocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// In short.
    pub verdict: Verdict,
    /// The value for the object's own types; none where libbpf finds none.
    pub old: Option<u64>,
    /// The value for the kernel's types; none where nothing is written, or poison.
    pub new: Option<u64>,
    /// The first 16 of the kernel's types that match, ids ascending. libbpf takes the memory size from the first.
    pub candidates: Vec<TypeId>,
}

/// A relocation's outcome in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The instruction stays as it was compiled.
    Ok,
    /// The instruction is another, and as good.
    Changed,
    /// The kernel has no such field, type or enumerator, and the program asks whether it has: the
    /// answer is 0.
    Guarded,
    /// The instruction became one that the verifier refuses where it can be reached.
    Poison,
    /// The relocation fails, and with it the load.
    Error(Failure),
    /// No program that is loaded holds the instruction.
    Skipped,
}

impl Verdict {
    /// Lower-case name.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Changed => "changed",
            Verdict::Guarded => "guarded",
            Verdict::Poison => "poison",
            Verdict::Error(_) => "error",
            Verdict::Skipped => "skipped",
        }
    }
}

/// Relocates the programs that `autoload` chooses, against a kernel's BTF.
///
/// # Errors
/// `RELO_ENDIAN` when the kernel has another byte order than the object; `BTF_REF` for split BTF, whose own types are not
/// all of the kernel's. That libbpf refuses the object, or would hang on the kernel's types, is no error but an outcome.
pub fn relocate(
    object: &BpfObject,
    kernel: &Btf,
    autoload: impl Fn(&Program) -> bool,
) -> Result<Relocated, Error> {
    if object.endian != kernel.endian() {
        return Err(Error::Endian { kernel: kernel.endian() });
    }
    if kernel.base().is_some() {
        return Err(bpfc_btf::Error::at(Code::Reference, 0, u64::from(kernel.first_id().0)).into());
    }
    let mut wanted = Wanted::new();
    let names = ask(object, &mut wanted);
    let found = wanted.find(kernel);
    let candidates = |question: usize| candidates_of(&names, &found, question);
    let pointer = kernel.pointer_size().unwrap_or(BPF_POINTER);
    let answers = Answers::compute(object, kernel, candidates, pointer, |_| ());

    let mut steps = MAX_STEPS;
    let mut driver = Driver::new(object, &answers, &mut steps);
    let mut refusal = None;
    let mut outcomes = Vec::with_capacity(object.relocations.len());
    for (position, relocation) in object.relocations.iter().enumerate() {
        let step = driver.step(position, &autoload);
        if let Err(failure) = step {
            refusal = refusal.or(Some(Refusal { relocation: position, failure }));
        }
        outcomes.push(Outcome::new(object, &driver, relocation.spec, &step));
    }
    Ok(Relocated { programs: driver.finish(), outcomes, refusal })
}

impl Outcome {
    fn new(
        object: &BpfObject,
        driver: &Driver,
        question: usize,
        step: &Result<Option<Step>, Failure>,
    ) -> Outcome {
        let local = object.specs.get(question).and_then(|spec| spec.local.as_ref().ok());
        let old = local.and_then(|local| local.original.ok()).map(|value| value.value);
        let (verdict, new, matched) = match step {
            Err(failure) => (Verdict::Error(*failure), None, false),
            Ok(None) => (Verdict::Skipped, None, false),
            Ok(Some(step)) if step.poisoned => (Verdict::Poison, None, step.matched),
            Ok(Some(step)) => {
                let new = step.resolved.new;
                let asks = local.is_some_and(|local| local.kind.asks_existence());
                let verdict = match () {
                    () if asks && new == 0 => Verdict::Guarded,
                    () if step.changed => Verdict::Changed,
                    () => Verdict::Ok,
                };
                (verdict, Some(new), step.matched)
            }
        };
        let candidates = if matched { driver.matching(question, MOST_LISTED) } else { Vec::new() };
        Outcome { verdict, old, new, candidates }
    }
}

impl ReloKind {
    /// Asks whether something is there, so that 0 is an answer that the program is prepared for.
    fn asks_existence(self) -> bool {
        use ReloKind::{EnumvalExists, FieldExists, TypeExists, TypeMatches};
        matches!(self, FieldExists | TypeExists | EnumvalExists | TypeMatches)
    }
}
