//! Relocating an object as libbpf does: records in file order, candidates pruned as it goes,
//! every instruction patched at once, the first failure final
//! (libbpf: `bpf_object__relocate_core`, `bpf_core_calc_relo_insn`).

use std::collections::HashMap;

use bpfc_btf::TypeId;

use crate::answers::{Answers, Hit};
use crate::elf::INSTRUCTION;
use crate::patch::{Resolved, patch};
use crate::{BpfObject, Failure, Program, ReloKind};

/// The first relocation that fails: libbpf then refuses the whole object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Position in [`BpfObject::relocations`].
    pub relocation: usize,
    /// Why.
    pub failure: Failure,
}

/// Relocates the programs that `autoload` chooses and returns every program's instructions, those
/// of programs left out unchanged.
pub(crate) fn relocate(
    object: &BpfObject,
    answers: &Answers,
    autoload: impl Fn(&Program) -> bool,
) -> Result<Vec<Vec<u8>>, Refusal> {
    let mut instructions: Vec<Vec<u8>> =
        object.programs.iter().map(|program| program.instructions.clone()).collect();
    let mut remaining = Remaining::default();
    for (position, relocation) in object.relocations.iter().enumerate() {
        let refuse = |failure| Refusal { relocation: position, failure };
        if relocation.section.is_none() {
            return Err(refuse(Failure::Section));
        }
        if !(relocation.offset as usize).is_multiple_of(INSTRUCTION) {
            return Err(refuse(Failure::Offset));
        }
        let Some(index) = relocation.program else { continue };
        let Some(program) = object.programs.get(index).filter(|program| autoload(program)) else { continue };
        let resolved = remaining.resolve(object, answers, relocation.spec).map_err(refuse)?;
        let start = (u64::from(relocation.offset) - program.offset) as usize;
        let bytes = instructions.get_mut(index).and_then(|bytes| bytes.get_mut(start..)).unwrap_or(&mut []);
        patch(bytes, object.endian, &resolved).map_err(refuse)?;
    }
    Ok(instructions)
}

/// The candidates still in play, by local root type: a relocation that matches some of them drops
/// the others for all that come after it.
#[derive(Default)]
struct Remaining(HashMap<TypeId, Vec<usize>>);

impl Remaining {
    fn resolve(&mut self, object: &BpfObject, answers: &Answers, spec: usize) -> Result<Resolved, Failure> {
        let (Some(spec), Some(question)) = (object.specs.get(spec), answers.questions.get(spec)) else {
            return Err(Failure::Root);
        };
        let local = spec.local.as_ref().map_err(|failure| *failure)?;
        if local.kind == ReloKind::TypeIdLocal {
            let original = local.original?;
            return Ok(Resolved::from(&original, original.value));
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
            return Ok(Resolved { poison: local.kind.poisons(), ..absent });
        };
        *remaining = matching;
        Ok(Resolved {
            new_memory: hit.memory,
            memory_differs: hit.memory_differs,
            ..Resolved::from(&original, hit.value)
        })
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
