//! The rules of CO-RE relocation, one test each, asked of the private driver because only it shows
//! the patched instructions. Rules are those of libbpf's relo_core.c and libbpf.c; the functions
//! are named with the tests.

mod candidates;
mod fields;
mod limits;
mod order;
mod patching;
mod types;
mod values;

use std::sync::Arc;

use bpfc_btf::{Btf, Endian};

use crate::access::Spec;
use crate::assembler::{Assembler, load_imm64};
use crate::{BpfObject, Failure, Program, ReloKind, notation};

/// What becomes of an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Value(u64),
    Poison,
    Refused(Failure),
}

use Outcome::{Poison, Refused, Value};

/// `call 0xbad2310`, the instruction that stands for an unanswered question.
const POISON: [u8; 8] = [0x85, 0, 0, 0, 0x10, 0x23, 0xad, 0x0b];

fn kind(name: &str) -> ReloKind {
    let known = ReloKind::ALL.into_iter().find(|kind| kind.name() == name);
    known.unwrap_or_else(|| panic!("no relocation kind {name}"))
}

/// A question as text: `field_exists s 0:1`.
fn words(question: &str) -> [&str; 3] {
    let words: Vec<&str> = question.splitn(3, ' ').collect();
    words.try_into().unwrap_or_else(|_| panic!("not `kind label access`: {question}"))
}

/// The local value of a question, as the compiler writes it into the instruction.
fn original(assembler: &mut Assembler, local: &str, question: &str) -> Result<u64, Failure> {
    let [name, label, access] = words(question);
    let btf = Btf::parse(notation::btf(assembler.endian, local)).unwrap();
    let spec = Spec::parse(&btf, assembler.labels[label], access.as_bytes(), kind(name) as u32);
    spec.local.and_then(|local| local.original).map(|value| value.value)
}

/// An object with one program that asks these questions in order, each with a 64-bit load.
fn object(endian: Endian, local: &str, questions: &[&str]) -> BpfObject {
    let mut assembler = Assembler::new(endian, local);
    let mut code = Vec::new();
    for (position, question) in (0u32..).zip(questions) {
        let value = original(&mut assembler, local, question).unwrap_or(0);
        code.extend(load_imm64(endian, value));
        let [name, label, access] = words(question);
        assembler.relocate("kprobe", position * 16, kind(name) as u32, label, access);
    }
    assembler.function("kprobe", "program", &code);
    BpfObject::parse(&assembler.finish()).unwrap()
}

/// Every program's instructions after relocation against `target`.
fn relocated(
    object: &BpfObject,
    target: &Btf,
    autoload: impl Fn(&Program) -> bool,
) -> Result<Vec<Vec<u8>>, crate::Refusal> {
    let relocated = crate::relocate(object, target, autoload).unwrap();
    relocated.refusal.map_or(Ok(relocated.programs), Err)
}

/// The outcomes of questions asked one after the other by one program; a refusal ends them.
fn asked_in_order(endian: Endian, local: &str, target: &str, questions: &[&str]) -> Vec<Outcome> {
    let object = object(endian, local, questions);
    let target = Btf::parse(notation::btf(endian, target)).unwrap();
    // Trimming must not change what is being tested, nor fail on it.
    let mut trimmer = crate::Trimmer::new();
    trimmer.add(Arc::new(object.clone()));
    let trimmed = trimmer.trim(&target).unwrap();
    let trimmed = Btf::parse(trimmed.btf).unwrap();
    let full = relocated(&object, &target, |_| true);
    let ids = questions.iter().any(|question| question.starts_with("type_id_target"));
    if !ids {
        let again =
            relocated(&object, &trimmed.with_pointer_size(target.pointer_size().unwrap_or(8)), |_| true);
        assert_eq!(full, again, "with the trimmed types");
    }
    match full {
        Err(refusal) => vec![Refused(refusal.failure)],
        Ok(programs) => programs[0].chunks(16).map(|slots| outcome(endian, slots)).collect(),
    }
}

fn outcome(endian: Endian, slots: &[u8]) -> Outcome {
    let word = |at: usize| endian.u32(*slots[at..].first_chunk().unwrap());
    if slots[0] == POISON[0] {
        assert_eq!((word(4), word(12), slots[8]), (0x0bad_2310, 0x0bad_2310, POISON[0]), "both halves");
        return Poison;
    }
    Value(u64::from(word(12)) << 32 | u64::from(word(4)))
}

/// The outcome of one question.
fn answer(local: &str, target: &str, question: &str) -> Outcome {
    asked_in_order(Endian::Little, local, target, &[question])[0]
}

/// Asks the question of every line: target types, question, outcome.
fn check(local: &str, cases: &[(&str, &str, Outcome)]) {
    for &(target, question, expected) in cases {
        assert_eq!(answer(local, target, question), expected, "{question} of {local} in {target}");
    }
}
