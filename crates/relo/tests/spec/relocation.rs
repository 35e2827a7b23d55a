//! What `relocate` tells of each relocation. That the instructions are libbpf's, the oracle of
//! `tests/` judges; here it is the words around them.

use bpfc_btf::{Btf, Endian, TypeId};
use bpfc_relo::{BpfObject, Failure, Outcome, Refusal, Relocated, Verdict, relocate};

use crate::assembler::{self, Assembler, PROGBITS, Section, instruction, load_imm64};
use crate::{notation, object};

fn kernel(types: &str) -> Btf<'static> {
    Btf::parse(notation::btf(Endian::Little, types)).unwrap()
}

fn relocated(local: &str, questions: &[(&str, u64)], target: &str) -> Relocated {
    relocate(&object(local, questions), &kernel(target), |_| true).unwrap()
}

fn verdicts(relocated: &Relocated) -> Vec<&'static str> {
    relocated.outcomes.iter().map(|outcome| outcome.verdict.name()).collect()
}

const LOCAL: &str = "int int 4 signed; s struct 8 a:int@0 b:int@32; e enum 4 A=0 B=7";

#[test]
fn each_relocation_has_a_verdict_and_both_values() {
    let questions = [
        ("field_byte_offset s 0:0", 0),
        ("field_byte_offset s 0:1", 4),
        ("field_exists s 0:1", 1),
        ("enumval_exists e 1", 1),
        ("enumval_value e 1", 7),
        ("type_size s 0", 8),
    ];
    let relocated =
        relocated(LOCAL, &questions, "int int 4 signed; s struct 16 a:int@0 b:int@96; e enum 4 A=0");
    let outcome = |verdict, old, new, candidates: &[u32]| Outcome {
        verdict,
        old: Some(old),
        new,
        candidates: candidates.iter().copied().map(TypeId).collect(),
    };
    assert_eq!(
        relocated.outcomes,
        [
            outcome(Verdict::Ok, 0, Some(0), &[2]),
            outcome(Verdict::Changed, 4, Some(12), &[2]),
            outcome(Verdict::Ok, 1, Some(1), &[2]),
            outcome(Verdict::Guarded, 1, Some(0), &[]),
            outcome(Verdict::Poison, 7, None, &[]),
            outcome(Verdict::Changed, 8, Some(16), &[2]),
        ]
    );
    assert_eq!(relocated.refusal, None);
    assert_eq!(relocated.programs[1], load_imm64(Endian::Little, 12));
    assert_eq!(relocated.programs[0], load_imm64(Endian::Little, 0));
}

#[test]
fn every_candidate_that_matches_is_named_and_no_other() {
    let target = "int int 4 signed; s#1 struct 8 b:int@32; s#2 struct 4 a:int@0; s___new struct 8 b:int@32";
    let relocated = relocated(LOCAL, &[("field_byte_offset s 0:1", 4)], target);
    assert_eq!(relocated.outcomes[0].candidates, [TypeId(2), TypeId(4)]);
}

#[test]
fn the_first_failure_refuses_the_object_and_the_rest_is_told_all_the_same() {
    let questions =
        [("field_byte_offset s 0:1", 5), ("field_byte_offset s 0:9", 0), ("field_exists s 0:0", 1)];
    let relocated = relocated(LOCAL, &questions, LOCAL);
    assert_eq!(verdicts(&relocated), ["error", "error", "ok"]);
    assert_eq!(relocated.refusal, Some(Refusal { relocation: 0, failure: Failure::Instruction }));
    assert_eq!(relocated.outcomes[1].verdict, Verdict::Error(Failure::Access));
    assert_eq!((relocated.outcomes[1].old, relocated.outcomes[1].new), (None, None));
    assert_eq!(relocated.programs[0], load_imm64(Endian::Little, 5), "what fails is not patched");
}

#[test]
fn programs_that_are_not_loaded_are_skipped() {
    let object = object(LOCAL, &[("field_exists s 0:0", 1), ("field_exists s 0:1", 1)]);
    let relocated = relocate(&object, &kernel(""), |program| program.name == "p1").unwrap();
    assert_eq!(verdicts(&relocated), ["skipped", "guarded"]);
    assert_eq!(relocated.programs[0], load_imm64(Endian::Little, 1));
    assert_eq!(relocated.outcomes[0].new, None);
}

/// A load of another width is another instruction although its offset stays.
#[test]
fn a_load_of_another_width_is_changed() {
    let mut assembler = Assembler::new(Endian::Little, "u32 int 4; s struct 8 a:u32@32");
    assembler.function("kprobe", "p", &instruction(Endian::Little, 0x61, (1, 1), 4, 0));
    assembler.relocate("kprobe", 0, 0, "s", "0:0");
    let object = BpfObject::parse(&assembler.finish()).unwrap();
    let relocated = relocate(&object, &kernel("u16 int 2; s struct 8 a:u16@32"), |_| true).unwrap();
    assert_eq!(verdicts(&relocated), ["changed"]);
    assert_eq!((relocated.outcomes[0].old, relocated.outcomes[0].new), (Some(4), Some(4)));
    assert_eq!(relocated.programs[0][0], 0x69, "BPF_LDX | BPF_MEM | BPF_H");
}

#[test]
fn a_kernel_of_the_other_byte_order_is_an_error() {
    let object = object(LOCAL, &[("field_exists s 0:0", 1)]);
    let big = Btf::parse(notation::btf(Endian::Big, LOCAL)).unwrap();
    assert_eq!(relocate(&object, &big, |_| true).unwrap_err().code(), "RELO_ENDIAN");
}

#[test]
fn a_question_reads_as_in_c() {
    let local = "int int 4 signed; .inner struct 8 x:int@0 y:int@32; .either union 8 u:.inner@0; .list array .inner 4; \
                 outer struct 48 :.either@0 list:.list@64; kind enum 4 A=0 B=7; name_t typedef outer";
    let questions = [
        ("field_byte_offset outer 0:0:0:1", "struct outer.u.y"),
        ("field_byte_offset outer 0:1:3:0", "struct outer.list[3].x"),
        ("field_byte_offset outer 2:1", "struct outer[2].list"),
        ("field_byte_offset outer 0:1:2", "struct outer.list[2]"),
        ("field_exists name_t 0:1", "name_t.list"),
        ("type_exists outer 0", "struct outer"),
        ("enumval_value kind 1", "enum kind::B"),
        ("field_exists outer 0:7", "struct outer (0:7)"),
    ];
    let asked: Vec<(&str, u64)> = questions.iter().map(|&(question, _)| (question, 0)).collect();
    let object = object(local, &asked);
    for ((_, expected), spec) in questions.iter().zip(object.specs()) {
        assert_eq!(object.expression(spec), *expected);
    }
}

#[test]
fn offsets_count_elements_of_the_root_and_of_arrays() {
    let local = "int int 4; s struct 12 a:int@0 b:int@64; .list array s 4; t struct 48 l:.list@0";
    let target = "int int 4; s struct 16 a:int@0 b:int@96; .list array s 4; t struct 64 l:.list@0";
    let questions = [("field_byte_offset s 2:1", 32), ("field_byte_offset t 0:0:3:1", 44)];
    let outcomes = relocated(local, &questions, target).outcomes;
    let values: Vec<_> = outcomes.iter().map(|outcome| (outcome.old, outcome.new)).collect();
    assert_eq!(values, [(Some(32), Some(2 * 16 + 12)), (Some(44), Some(3 * 16 + 12))]);
}

#[test]
fn the_second_program_of_a_section_is_patched_at_its_own_place() {
    let mut assembler = Assembler::new(Endian::Little, LOCAL);
    let load = load_imm64(Endian::Little, 4);
    assembler.function("kprobe", "first", &load);
    let second = assembler.function("kprobe", "second", &[load.clone(), load.clone()].concat());
    assembler.relocate("kprobe", second + 16, 0, "s", "0:1");
    let object = BpfObject::parse(&assembler.finish()).unwrap();
    let target = kernel("int int 4 signed; s struct 16 b:int@96");
    let relocated = relocate(&object, &target, |_| true).unwrap();
    assert_eq!(relocated.programs, [load.clone(), [load, load_imm64(Endian::Little, 12)].concat()]);
}

#[test]
fn a_source_line_is_of_the_same_section_and_program() {
    let mut assembler = Assembler::new(Endian::Little, LOCAL);
    let load = load_imm64(Endian::Little, 4);
    for section in ["a", "b"] {
        assembler.function(section, &format!("{section}_first"), &load);
        assembler.function(section, &format!("{section}_second"), &load);
    }
    for offset in [0, 16] {
        assembler.relocate("b", offset, 0, "s", "0:1");
    }
    let names = ["a", "b", "0:1", "file"].map(|name| assembler.types.name(name.as_bytes()));
    let [a, b, access, file] = names;
    let root = assembler.labels["s"].0;
    // Lines of section `a` only at 16, and of `b` only at 0: its second program has none.
    let lines = [16, a, 1, 16, file, 0, 1 << 10, b, 1, 0, file, 0, 2 << 10];
    let relocations = [16, b, 2, 0, root, access, 0, 16, root, access, 0];
    let (of_lines, of_relocations) = (lines.len() as u32 * 4, relocations.len() as u32 * 4);
    let header = [32, 0, 0, 0, of_lines, of_lines, of_relocations];
    assembler.relocations.clear();
    let data = assembler::ext(Endian::Little, &header, &[&lines[..], &relocations].concat());
    assembler.sections.push(Section { name: ".BTF.ext".into(), kind: PROGBITS, flags: 0, data });
    let object = BpfObject::parse(&assembler.finish()).unwrap();
    let lines = object.relocations().iter().map(|relocation| object.source_line(relocation));
    let lines: Vec<_> = lines.map(|line| line.map(|line| line.line)).collect();
    assert_eq!(lines, [Some(2), None]);
}

#[test]
fn registers_tell_the_machine_where_they_are_of_one() {
    let machine = |types: &str| {
        let mut assembler = Assembler::new(Endian::Little, types);
        assembler.function("kprobe", "p", &load_imm64(Endian::Little, 0));
        BpfObject::parse(&assembler.finish()).unwrap().machine()
    };
    assert_eq!(machine("long int 8; pt_regs struct 8 di:long@0"), Some("x86_64"));
    assert_eq!(machine("long int 8; pt_regs struct 16 di:long@0 rdi:long@64"), Some("x86_64"));
    let both = "long int 8; pt_regs struct 8 di:long@0; user_pt_regs struct 8 pstate:long@0";
    assert_eq!(machine(both), None, "of two machines");
    assert_eq!(machine("long int 8; pt_regs struct 8 other:long@0"), None);
}
