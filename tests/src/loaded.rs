//! Comparing what libbpf hands to the kernel.
//!
//! The ids that TYPE_ID_TARGET asks for are numbers of types in the BTF at hand, so they always differ between a full
//! and a trimmed BTF; whether there is such a type must not. Everything else is compared as it is.

use bpfc_btf::Endian;
use bpfc_relo::{BpfObject, ReloKind, Relocated};

use crate::oracle::{Outcome, Program};

/// Bytes of an instruction.
const INSTRUCTION: usize = 8;
/// Where its immediate stands.
const IMMEDIATE: std::ops::Range<usize> = 4..8;
/// `BPF_LD | BPF_IMM | BPF_DW`: two slots, and libbpf writes references to maps and functions into it.
const LDIMM64: u8 = 0x18;
/// `BPF_JMP | BPF_CALL`
const CALL: u8 = 0x85;
/// The source register of a call of another function of the object, or of the kernel.
const PSEUDO_CALL: u8 = 1;

/// Where `full` and `other` do not mean the same to the object; none where they do.
pub fn difference(object: &BpfObject, full: &Outcome, other: &Outcome) -> Option<String> {
    let (full, other) = match (ids_as_existence(object, full), ids_as_existence(object, other)) {
        (Ok(full), Ok(other)) => (full, other),
        (Err(text), _) | (_, Err(text)) => return Some(text),
    };
    if full.agrees_with(&other) {
        return None;
    }
    let (Outcome::Loaded(full), Outcome::Loaded(other)) = (&full, &other) else {
        return Some(format!("full {}, trimmed {}", summary(&full), summary(&other)));
    };
    if full.len() != other.len() {
        return Some(format!("{} programs, trimmed {}", full.len(), other.len()));
    }
    full.iter().zip(other).find_map(|(full, other)| {
        let position = (0..full.instructions.len().max(other.instructions.len()).div_ceil(INSTRUCTION))
            .find(|&position| slot(full, position) != slot(other, position))?;
        let [was, is] = [full, other].map(|program| hex(slot(program, position)));
        Some(format!("program {}, instruction {position}: full {was}, trimmed {is}", full.name))
    })
}

/// Where the relocated object is not what libbpf hands to the kernel; none where every instruction is the same, or both
/// refuse the object. What libbpf writes for maps, calls and kernel symbols is left out.
pub fn deviation(object: &BpfObject, ours: &Relocated, theirs: &Outcome) -> Option<String> {
    let (None, Outcome::Loaded(programs)) = (ours.refusal, theirs) else {
        let both =
            ours.refusal.is_some() && matches!(theirs, Outcome::Refused { stage, .. } if stage == "load");
        return (!both).then(|| format!("ours {:?}, libbpf {}", ours.refusal, summary(theirs)));
    };
    programs.iter().find_map(|program| {
        let Some(parts) = layout(object, program) else {
            return Some(format!("program {}: its subprograms are not those of the object", program.name));
        };
        parts.into_iter().find_map(|(start, part)| {
            let original = &object.programs().get(part)?.instructions;
            let ours = ours.programs.get(part).map_or(&[][..], Vec::as_slice);
            let theirs = program.instructions.get(start..start + original.len()).unwrap_or(&[]);
            let position = differs(object, original, ours, theirs)?;
            let [ours, theirs] = [ours, theirs].map(|code| hex(code.chunks(INSTRUCTION).nth(position)));
            Some(format!(
                "program {}, instruction {position} of its part {part}: ours {ours}, libbpf {theirs}",
                program.name
            ))
        })
    })
}

/// Position of the first instruction that differs.
fn differs(object: &BpfObject, original: &[u8], ours: &[u8], theirs: &[u8]) -> Option<usize> {
    if ours.len() != theirs.len() {
        return Some(0);
    }
    let source = |slot: &[u8]| match object.endian() {
        Endian::Little => slot.get(1).map(|registers| registers >> 4),
        Endian::Big => slot.get(1).map(|registers| registers & 0xf),
    };
    let [original, ours, theirs] = [original, ours, theirs].map(|code| code.as_chunks::<INSTRUCTION>().0);
    let mut reference = false;
    let mut slots = original.iter().zip(ours).zip(theirs);
    slots.position(|((original, ours), theirs)| {
        // The second half of a reference to a map or variable.
        if std::mem::take(&mut reference) {
            return false;
        }
        if theirs.first() == Some(&LDIMM64) && source(theirs) != Some(0) {
            reference = true;
            return ours.first() != theirs.first();
        }
        let calls = original.first() == Some(&CALL) && source(original) == Some(PSEUDO_CALL);
        if calls { ours.first() != theirs.first() } else { ours != theirs }
    })
}

fn slot(program: &Program, position: usize) -> Option<&[u8]> {
    program.instructions.chunks(INSTRUCTION).nth(position)
}

fn hex(slot: Option<&[u8]>) -> String {
    slot.map_or("none".to_owned(), |slot| slot.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn summary(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Loaded(programs) => format!("loads {} programs", programs.len()),
        other => format!("{other:?}"),
    }
}

/// The same outcome with 1 for every target id that is not 0.
fn ids_as_existence(object: &BpfObject, outcome: &Outcome) -> Result<Outcome, String> {
    let Outcome::Loaded(programs) = outcome else {
        return Ok(outcome.clone());
    };
    let mut programs = programs.clone();
    for program in &mut programs {
        let parts = layout(object, program).ok_or_else(|| {
            format!("program {}: its subprograms are not those of the object", program.name)
        })?;
        for (start, part) in parts {
            for offset in target_ids(object, part) {
                let at = start + offset;
                let slot = program.instructions.get_mut(at..).and_then(|bytes| bytes.get_mut(IMMEDIATE));
                let id = slot.ok_or_else(|| format!("program {}: no instruction at {at}", program.name))?;
                let exists = u32::from(id.iter().any(|&byte| byte != 0));
                id.copy_from_slice(&object.endian().bytes32(exists));
            }
        }
    }
    Ok(Outcome::Loaded(programs))
}

/// Byte offsets, in a program of the object, of the instructions that hold a target id.
fn target_ids(object: &BpfObject, program: usize) -> impl Iterator<Item = usize> {
    let start = object.programs().get(program).map_or(0, |program| program.offset);
    let of_program =
        object.relocations().iter().filter(move |relocation| relocation.program == Some(program));
    let for_ids = of_program.filter(|relocation| {
        object.specs().get(relocation.spec).and_then(|spec| spec.kind()) == Some(ReloKind::TypeIdTarget)
    });
    for_ids.map(move |relocation| (u64::from(relocation.offset) - start) as usize)
}

/// Of what a loaded program is made: byte offsets, and positions in [`BpfObject::programs`]. libbpf appends the
/// subprograms that a program calls, each once, in the order in which it meets the calls (`bpf_object__reloc_code`).
fn layout(object: &BpfObject, loaded: &Program) -> Option<Vec<(usize, usize)>> {
    let programs = object.programs();
    let entry = programs.iter().position(|program| !program.subprogram && program.name == loaded.name)?;
    let mut parts = vec![(0, entry)];
    let mut end = programs.get(entry)?.instructions.len();
    while end < loaded.instructions.len() {
        let rest = loaded.instructions.get(end..)?;
        let next = (0..programs.len()).find(|&position| {
            let appended = parts.iter().any(|&(_, part)| part == position);
            !appended
                && programs
                    .get(position)
                    .is_some_and(|program| program.subprogram && starts_with(object, rest, position))
        })?;
        parts.push((end, next));
        end += programs.get(next)?.instructions.len();
    }
    (end == loaded.instructions.len()).then_some(parts)
}

/// Whether loaded code starts with a program of the object, apart from what libbpf writes: the results of CO-RE
/// relocations, the targets of calls, references to maps and functions.
fn starts_with(object: &BpfObject, code: &[u8], program: usize) -> bool {
    let Some(original) = object.programs().get(program) else { return false };
    let Some(code) = code.get(..original.instructions.len()) else { return false };
    let relocated: Vec<u64> = object
        .relocations()
        .iter()
        .filter(|relocation| relocation.program == Some(program))
        .map(|relocation| u64::from(relocation.offset) - original.offset)
        .collect();
    let mut second_half = false;
    let pairs = original.instructions.chunks(INSTRUCTION).zip(code.chunks(INSTRUCTION));
    (0..).step_by(INSTRUCTION).zip(pairs).all(|(offset, (original, code))| {
        let written = second_half || relocated.contains(&offset);
        let operation = original.first();
        second_half = operation == Some(&LDIMM64);
        let refers = matches!(operation, Some(&(LDIMM64 | CALL))) && operation == code.first();
        written || refers || original == code
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::oracle::{Mode, Oracle};

    #[test]
    fn subprograms_are_recognised_behind_a_program() {
        let fixtures = fixtures::objects(Endian::Little).unwrap();
        let programs = fixtures.iter().find(|fixture| fixture.name == "programs").unwrap();
        let outcome = Oracle::native().unwrap().ask(Mode::All, &programs.path, &programs.path).unwrap();
        let Outcome::Loaded(loaded) = outcome else { panic!("{outcome:?}") };
        let names = |entry: &str| -> Vec<String> {
            let loaded = loaded.iter().find(|program| program.name == entry).unwrap();
            let parts = layout(&programs.object, loaded).unwrap();
            parts.iter().map(|&(_, part)| programs.object.programs()[part].name.clone()).collect()
        };
        assert_eq!(names("exit_first"), ["exit_first", "parent_tgid", "exe_inode"]);
        assert_eq!(names("exit_second"), ["exit_second", "namespace_inum", "parent_tgid"]);
        assert_eq!(names("without_relocations"), ["without_relocations"]);
    }

    #[test]
    fn one_bit_of_any_instruction_is_a_deviation_unless_libbpf_writes_a_reference_there() {
        let fixtures = fixtures::objects(Endian::Little).unwrap();
        let fixture = fixtures.iter().find(|fixture| fixture.name == "programs").unwrap();
        let outcome = Oracle::native().unwrap().ask(Mode::All, &fixture.path, &fixture.path).unwrap();
        let ours = bpfc_relo::relocate(&fixture.object, fixture.object.btf(), |_| true).unwrap();
        assert_eq!(deviation(&fixture.object, &ours, &outcome), None);
        let mut slots = 0;
        let mut unnoticed = 0;
        for program in 0..ours.programs.len() {
            for offset in (0..ours.programs[program].len()).step_by(INSTRUCTION) {
                let mut changed = ours.clone();
                changed.programs[program][offset + IMMEDIATE.start] ^= 1;
                slots += 1;
                unnoticed += usize::from(deviation(&fixture.object, &changed, &outcome).is_none());
            }
        }
        assert!(unnoticed * 4 < slots, "{unnoticed} of {slots} slots are not compared");
        let refused = bpfc_relo::Refusal { relocation: 0, failure: bpfc_relo::Failure::Size };
        let refused = Relocated { refusal: Some(refused), ..ours };
        assert!(deviation(&fixture.object, &refused, &outcome).is_some());
    }

    #[test]
    fn target_ids_are_compared_as_existence_and_nothing_else_is() {
        let fixtures = fixtures::objects(Endian::Little).unwrap();
        let ids = fixtures.iter().find(|fixture| fixture.name == "type_ids").unwrap();
        let outcome = Oracle::native().unwrap().ask(Mode::All, &ids.path, &ids.path).unwrap();
        let with = |offset: usize, value: u8| {
            let mut changed = outcome.clone();
            let Outcome::Loaded(programs) = &mut changed else { panic!("{outcome:?}") };
            programs[0].instructions[offset + IMMEDIATE.start] = value;
            changed
        };
        let id = target_ids(&ids.object, 0).next().unwrap();
        assert_eq!(difference(&ids.object, &with(id, 7), &with(id, 9)), None);
        assert!(difference(&ids.object, &with(id, 7), &with(id, 0)).is_some());
        let other =
            (0..).step_by(INSTRUCTION).find(|at| !target_ids(&ids.object, 0).any(|id| id == *at)).unwrap();
        let difference = difference(&ids.object, &with(other, 7), &with(other, 9)).unwrap();
        assert!(difference.starts_with("program ids, instruction 0: full "), "{difference}");
    }
}
