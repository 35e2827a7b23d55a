//! What depends on order and on which programs are loaded (libbpf: `bpf_object__relocate_core`,
//! `bpf_core_calc_relo_insn`).

use std::sync::Arc;

use bpfc_btf::{Btf, Endian};

use super::{Poison, Refused, Value, asked_in_order, relocated};
use crate::assembler::{Assembler, instruction, load_imm64};
use crate::{BpfObject, Failure, Report, Trimmer, notation};

const LITTLE: Endian = Endian::Little;

/// Two candidates: only the first has `x`, both have `y`, at different places.
const PRUNED: &str = "u32 int 4; s struct 16 x:u32@0 y:u32@32; s#2 struct 16 y:u32@64";

/// Candidates that did not match one relocation are dropped for all later ones of that type.
/// Verified against libbpf.
#[test]
fn x_then_y_resolves_and_y_then_x_is_ambiguous() {
    let local = "u32 int 4; s struct 16 x:u32@0 y:u32@32";
    let (x, y) = ("field_byte_offset s 0:0", "field_byte_offset s 0:1");
    assert_eq!(asked_in_order(LITTLE, local, PRUNED, &[x, y]), [Value(0), Value(4)]);
    assert_eq!(asked_in_order(LITTLE, local, PRUNED, &[y, x]), [Refused(Failure::Ambiguous)]);
}

#[test]
fn a_relocation_that_matches_nothing_prunes_nothing() {
    let local = "u32 int 4; s struct 16 x:u32@0 y:u32@32 z:u32@64";
    let questions = ["field_exists s 0:2", "field_byte_offset s 0:0", "field_byte_offset s 0:1"];
    assert_eq!(asked_in_order(LITTLE, local, PRUNED, &questions), [Value(0), Value(0), Value(4)]);
}

/// The list belongs to a type id of the object, not to a name.
#[test]
fn another_local_type_of_the_same_name_has_candidates_of_its_own() {
    let local = "u32 int 4; s struct 16 x:u32@0 y:u32@32; s#2 struct 16 y:u32@32";
    let questions = ["field_byte_offset s 0:0", "field_byte_offset s#2 0:0"];
    assert_eq!(asked_in_order(LITTLE, local, PRUNED, &questions), [Refused(Failure::Ambiguous)]);
}

/// All kinds share the list: that a type exists matches both candidates, so both stay.
#[test]
fn pruning_goes_across_kinds() {
    let local = "u32 int 4; s struct 16 x:u32@0 y:u32@32";
    let exists = asked_in_order(
        LITTLE,
        local,
        PRUNED,
        &["field_exists s 0:0", "type_size s 0", "field_byte_size s 0:1"],
    );
    assert_eq!(exists, [Value(1), Value(16), Value(4)]);
    let ids = asked_in_order(LITTLE, local, PRUNED, &["field_exists s 0:0", "type_id_target s 0"]);
    assert_eq!(ids, [Value(1), Value(2)]);
}

/// Memory is as large as the first candidate's, in the kernel's order.
#[test]
fn the_first_candidate_gives_the_memory_size() {
    let local = "u32 int 4; s struct 8 a:u32@0";
    let targets = [("u16", "u64", 0x69), ("u64", "u16", 0x79)];
    for (first, second, expected) in targets {
        let target = format!("u16 int 2; u64 int 8; s struct 8 a:{first}@0; s#2 struct 8 a:{second}@0");
        let target = Btf::parse(notation::btf(LITTLE, &target)).unwrap();
        let mut assembler = Assembler::new(LITTLE, local);
        assembler.function("kprobe", "program", &instruction(LITTLE, 0x61, (1, 1), 0, 0));
        assembler.relocate("kprobe", 0, 0, "s", "0:0");
        let object = BpfObject::parse(&assembler.finish()).unwrap();
        assert_eq!(relocated(&object, &target, |_| true).unwrap()[0][0], expected, "{first} before {second}");
    }
}

/// A program in each of these sections that asks for `field_exists s 0:0` with the given value in
/// its instruction; 1 is right.
fn programs(sections: &[(&str, u64)]) -> BpfObject {
    let mut assembler = Assembler::new(LITTLE, "u32 int 4; s struct 4 a:u32@0");
    for (position, &(section, value)) in sections.iter().enumerate() {
        let at = assembler.function(section, &format!("p{position}"), &load_imm64(LITTLE, value));
        assembler.relocate(section, at, 2, "s", "0:0");
    }
    BpfObject::parse(&assembler.finish()).unwrap()
}

fn report(object: BpfObject, target: &str) -> Report {
    let mut trimmer = Trimmer::new();
    trimmer.add(Arc::new(object));
    let target = Btf::parse(notation::btf(LITTLE, target)).unwrap();
    trimmer.trim(&target).unwrap().reports.remove(0)
}

#[test]
fn the_first_failure_ends_the_load() {
    let object = programs(&[("kprobe/a", 1), ("kprobe/b", 9), ("kprobe/c", 9)]);
    let error = report(object, "").error.unwrap();
    assert_eq!((error.relocation, error.failure), (1, Failure::Instruction));
}

/// libbpf: "no need to apply CO-RE relocation if the program is not going to be loaded".
#[test]
fn a_program_that_is_not_loaded_is_skipped_and_warned_about() {
    let report =
        report(programs(&[("?kprobe/a", 9), ("kprobe/b", 1), ("?kprobe/c", 1), ("?kprobe/d", 9)]), "");
    assert_eq!(report.error, None);
    let warnings: Vec<usize> = report.warnings.iter().map(|warning| warning.relocation).collect();
    assert_eq!(warnings, [0, 3], "each beside the programs loaded by default");
}

#[test]
fn a_program_that_is_not_loaded_stays_as_it_is_and_prunes_nothing() {
    let mut assembler = Assembler::new(LITTLE, "u32 int 4; s struct 16 x:u32@0 y:u32@32");
    assembler.function("?kprobe/a", "a", &load_imm64(LITTLE, 1));
    assembler.relocate("?kprobe/a", 0, 2, "s", "0:0");
    assembler.function("kprobe/b", "b", &load_imm64(LITTLE, 1));
    assembler.relocate("kprobe/b", 0, 2, "s", "0:1");
    let object = BpfObject::parse(&assembler.finish()).unwrap();
    let target = Btf::parse(notation::btf(LITTLE, PRUNED)).unwrap();
    let default = relocated(&object, &target, |program| program.autoload);
    assert_eq!(default.unwrap_err().failure, Failure::Ambiguous, "`y` is asked with both candidates");
    assert!(relocated(&object, &target, |_| true).is_ok(), "`x` leaves one");
    let none = relocated(&object, &target, |_| false).unwrap();
    assert_eq!(none[0], object.programs()[0].instructions);
}

/// Functions in `.text` are relocated whether a program calls them or not.
#[test]
fn an_unused_subprogram_can_fail_the_load() {
    let object = programs(&[(".text", 9), ("kprobe/b", 1)]);
    assert!(object.programs()[0].subprogram && object.programs()[0].autoload);
    assert_eq!(report(object, "").error.unwrap().relocation, 0);
}

/// A weak function that the linker dropped leaves its records behind.
#[test]
fn a_record_outside_every_program_is_skipped() {
    let mut assembler = Assembler::new(LITTLE, "u32 int 4; s struct 4 a:u32@0");
    assembler.function("kprobe/a", "a", &load_imm64(LITTLE, 1));
    assembler.symbols[0].size = 8;
    assembler.relocate("kprobe/a", 8, 99, "s", "");
    assembler.relocate("kprobe/a", 800, 99, "s", "");
    assembler.relocate("no such section", 0, 99, "s", "");
    let object = BpfObject::parse(&assembler.finish()).unwrap();
    assert!(object.relocations().iter().all(|relocation| relocation.program.is_none()));
    assert_eq!(report(object, "").error, None);
}

#[test]
fn a_record_belongs_to_the_function_that_holds_the_instruction() {
    let mut assembler = Assembler::new(LITTLE, "s struct 4");
    for name in ["a", "b"] {
        assembler.function("kprobe/a", name, &[0; 24]);
    }
    for offset in [0, 16, 24, 40, 48] {
        assembler.relocate("kprobe/a", offset, 8, "s", "0");
    }
    let object = BpfObject::parse(&assembler.finish()).unwrap();
    let programs: Vec<Option<usize>> =
        object.relocations().iter().map(|relocation| relocation.program).collect();
    assert_eq!(programs, [Some(0), Some(0), Some(1), Some(1), None]);
}

/// Checked before the program is looked up: it fails the load even for a function that is gone.
#[test]
fn an_instruction_offset_is_a_multiple_of_8() {
    for offset in [1, 4, 7, 804] {
        let mut assembler = Assembler::new(LITTLE, "s struct 4");
        assembler.function("kprobe/a", "a", &load_imm64(LITTLE, 1));
        assembler.relocate("kprobe/a", offset, 8, "s", "0");
        let object = BpfObject::parse(&assembler.finish()).unwrap();
        assert_eq!(report(object, "").error.unwrap().failure, Failure::Offset, "{offset}");
    }
}

#[test]
fn a_block_without_section_name_fails_the_load() {
    let mut assembler = Assembler::new(LITTLE, "s struct 4");
    assembler.relocate("", 0, 8, "s", "0");
    let object = BpfObject::parse(&assembler.finish()).unwrap();
    assert_eq!(object.relocations()[0].section, None);
    assert_eq!(report(object, "").error.unwrap().failure, Failure::Section);
}

#[test]
fn unknown_kinds_and_types_fail_the_load() {
    for kind in [13, 14, u32::MAX] {
        let mut assembler = Assembler::new(LITTLE, "s struct 4");
        assembler.function("kprobe/a", "a", &load_imm64(LITTLE, 1));
        assembler.relocate("kprobe/a", 0, kind, "s", "0");
        let object = BpfObject::parse(&assembler.finish()).unwrap();
        assert_eq!(object.specs()[0].kind(), None);
        assert_eq!(report(object, "s struct 4").error.unwrap().failure, Failure::Kind, "{kind}");
    }
    let mut assembler = Assembler::new(LITTLE, "s struct 4");
    assembler.function("kprobe/a", "a", &load_imm64(LITTLE, 1));
    assembler.relocate("kprobe/a", 0, 8, "s", "0");
    assembler.relocations[0].1[0][1] = 2;
    let object = BpfObject::parse(&assembler.finish()).unwrap();
    assert_eq!(report(object, "s struct 4").error.unwrap().failure, Failure::Root);
}

#[test]
fn equal_questions_are_kept_once() {
    let object =
        super::object(LITTLE, "s struct 4", &["type_exists s 0", "type_size s 0", "type_exists s 0"]);
    assert_eq!((object.specs().len(), object.relocations().len()), (2, 3));
    assert_eq!(object.relocations().iter().map(|relocation| relocation.spec).collect::<Vec<_>>(), [0, 1, 0]);
    assert_eq!((object.specs()[1].root().0, object.specs()[1].access()), (1, &b"0"[..]));
}

#[test]
fn a_missing_field_is_poison_and_the_load_goes_on() {
    let local = "u32 int 4; s struct 8 a:u32@0 b:u32@32";
    let questions = ["field_byte_offset s 0:0", "field_byte_offset s 0:1"];
    let outcomes = asked_in_order(LITTLE, local, "u32 int 4; s struct 8 b:u32@0", &questions);
    assert_eq!(outcomes, [Poison, Value(0)]);
}
