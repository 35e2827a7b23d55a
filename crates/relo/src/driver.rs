//! Relocating as libbpf does: records in file order, candidates pruned as it goes, every
//! instruction patched at once (libbpf: `bpf_object__relocate_core`, `bpf_core_calc_relo_insn`).

use std::collections::HashMap;

use bpfc_btf::TypeId;

use crate::answers::{Answers, Hit};
use crate::elf::INSTRUCTION;
use crate::patch::{Resolved, patch};
use crate::{BpfObject, Failure, Program, ReloKind};

/// Candidates and relocations looked at, over all runs on one kernel, before the rest is given up: each optional program
/// takes a run of its own. Real objects stay below a tenth.
pub(crate) const MAX_STEPS: usize = 1 << 23;

/// A run over an object's relocations on one kernel.
pub(crate) struct Driver<'a> {
    object: &'a BpfObject,
    answers: &'a Answers,
    /// What is left of [`MAX_STEPS`].
    steps: &'a mut usize,
    remaining: Remaining,
    patched: Patched,
}

/// What became of one relocation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) resolved: Resolved,
    /// Whether a candidate matched; which ones, [`Driver::matching`] tells until the next step.
    pub(crate) matched: bool,
    /// Whether the instruction now is the one that the verifier refuses.
    pub(crate) poisoned: bool,
    /// Whether the instruction is another than before.
    pub(crate) changed: bool,
}

impl<'a> Driver<'a> {
    pub(crate) fn new(object: &'a BpfObject, answers: &'a Answers, steps: &'a mut usize) -> Self {
        Driver { object, answers, steps, remaining: Remaining::default(), patched: Patched::default() }
    }

    /// Relocates the instruction of the relocation at `position`; nothing where libbpf leaves it
    /// alone. Positions have to come in order, since each depends on those before it.
    pub(crate) fn step(
        &mut self,
        position: usize,
        autoload: impl Fn(&Program) -> bool,
    ) -> Result<Option<Step>, Failure> {
        let Some(relocation) = self.object.relocations.get(position) else { return Ok(None) };
        if relocation.section.is_none() {
            return Err(Failure::Section);
        }
        if !(relocation.offset as usize).is_multiple_of(INSTRUCTION) {
            return Err(Failure::Offset);
        }
        let Some(index) = relocation.program else { return Ok(None) };
        let program = self.object.programs.get(index).filter(|program| autoload(program));
        let Some(program) = program else { return Ok(None) };
        let spec = relocation.spec;
        let (resolved, matched) = self.remaining.resolve(self.object, self.answers, spec, self.steps)?;
        let offset = (u64::from(relocation.offset) - program.offset) as usize;
        let mut code = self.patched.instruction(index, program, offset);
        let before = code.clone();
        let poisoned = patch(&mut code, self.object.endian, &resolved)?;
        let changed = before != code;
        if changed {
            self.patched.write(index, offset, &code);
        }
        Ok(Some(Step { resolved, matched, poisoned, changed }))
    }

    /// The candidates of a question that are still in play, at most so many; after a step that matched, those that did.
    pub(crate) fn matching(&self, question: usize, most: usize) -> Vec<TypeId> {
        let root = self.object.specs.get(question).map(|spec| spec.root);
        let positions = root.and_then(|root| self.remaining.0.get(&root));
        let candidates = self.answers.questions.get(question).map_or(&[][..], |q| &q.candidates);
        let positions = positions.into_iter().flatten();
        positions.filter_map(|&position| candidates.get(position).copied()).take(most).collect()
    }

    /// Every program's instructions as they are now.
    pub(crate) fn finish(self) -> Vec<Vec<u8>> {
        let programs = self.object.programs.iter();
        let mut code: Vec<Vec<u8>> = programs.map(|program| program.instructions.clone()).collect();
        for ((program, offset), slot) in self.patched.0 {
            let code = code.get_mut(program).and_then(|code| code.get_mut(offset..));
            if let Some(place) = code.and_then(<[u8]>::first_chunk_mut) {
                *place = slot;
            }
        }
        code
    }
}

/// Slots that were written, by program and offset in it, in bytes. Programs are not copied to be
/// patched: judging each optional program takes a run of its own.
#[derive(Default)]
struct Patched(HashMap<(usize, usize), [u8; INSTRUCTION]>);

impl Patched {
    /// The slot at `offset` as it is now, with the one behind it, which a 64-bit load takes too.
    fn instruction(&self, index: usize, program: &Program, offset: usize) -> Vec<u8> {
        let slots = [offset, offset + INSTRUCTION].into_iter().filter_map(|at| {
            let original = program.instructions.get(at..)?.first_chunk()?;
            Some(*self.0.get(&(index, at)).unwrap_or(original))
        });
        slots.flatten().collect()
    }

    fn write(&mut self, index: usize, offset: usize, code: &[u8]) {
        for (at, slot) in (offset..).step_by(INSTRUCTION).zip(code.as_chunks().0) {
            self.0.insert((index, at), *slot);
        }
    }
}

/// The candidates still in play, by local root type: a relocation that matches some of them drops
/// the others for all that come after it.
#[derive(Default)]
struct Remaining(HashMap<TypeId, Vec<usize>>);

impl Remaining {
    /// What is to be written, and whether a candidate matched.
    fn resolve(
        &mut self,
        object: &BpfObject,
        answers: &Answers,
        spec: usize,
        steps: &mut usize,
    ) -> Result<(Resolved, bool), Failure> {
        let (Some(spec), Some(question)) = (object.specs.get(spec), answers.questions.get(spec)) else {
            return Err(Failure::Root);
        };
        let in_play = self.0.get(&spec.root).map_or(question.candidates.len(), Vec::len);
        *steps = steps.checked_sub(1 + in_play).ok_or(Failure::Steps)?;
        let local = spec.local.as_ref().map_err(|failure| *failure)?;
        if local.kind == ReloKind::TypeIdLocal {
            let original = local.original?;
            return Ok((Resolved::from(&original, original.value), false));
        }
        let all = || (0..question.candidates.len()).collect();
        let remaining = self.0.entry(spec.root).or_insert_with(all);
        let mut agreed: Option<Hit> = None;
        let mut matching = Vec::new();
        for &candidate in remaining.iter() {
            let Some(hit) = question.answers.get(candidate).copied().unwrap_or(Ok(None))? else { continue };
            match agreed {
                None => agreed = Some(hit),
                Some(first) if first.bit_offset != hit.bit_offset || first.value != hit.value => {
                    return Err(Failure::Ambiguous);
                }
                Some(_) => {}
            }
            matching.push(candidate);
        }
        let original = local.original?;
        let Some(hit) = agreed else {
            let absent = Resolved::from(&original, 0);
            return Ok((Resolved { poison: local.kind.poisons(), ..absent }, false));
        };
        *remaining = matching;
        let resolved = Resolved {
            new_memory: hit.memory,
            memory_differs: hit.memory_differs,
            ..Resolved::from(&original, hit.value)
        };
        Ok((resolved, true))
    }
}

impl Resolved {
    fn from(original: &crate::values::Value, new: u64) -> Resolved {
        Resolved {
            original: original.value,
            new,
            validate: original.validate,
            poison: false,
            original_memory: original.memory,
            new_memory: original.memory,
            memory_differs: false,
        }
    }
}

impl ReloKind {
    /// Whether an unanswered question poisons its instruction; the others then answer 0.
    fn poisons(self) -> bool {
        (self.is_field() && self != ReloKind::FieldExists) || self == ReloKind::EnumvalValue
    }
}
