//! What libbpf does not bound and this crate does: circles and explosions end in a coded failure.

use std::sync::Arc;

use bpfc_btf::{Btf, Endian};

use super::{Outcome, Refused, Value, answer, object, relocated};
use crate::assembler::{Assembler, load_imm64};
use crate::{BpfObject, Failure, ReloKind, Trimmer, notation};

/// The failure with the full types alone: what hangs libbpf has no answer to be kept by trimming.
pub(super) fn untrimmed(local: &str, target: &str, question: &str) -> Outcome {
    let object = object(Endian::Little, local, &[question]);
    let target = Btf::parse(notation::btf(Endian::Little, target)).unwrap();
    match relocated(&object, &target, |_| true) {
        Ok(programs) => super::outcome(Endian::Little, &programs[0]),
        Err(refusal) => Refused(refusal.failure),
    }
}

/// libbpf: E2BIG beyond BPF_CORE_SPEC_MAX_LEN.
#[test]
fn an_access_string_has_at_most_64_entries() {
    let arrays = |dimensions: usize| {
        let arrays = (0..dimensions).map(|n| format!(".a{n} array .a{} 1\n", n + 1)).collect::<String>();
        format!("{arrays}.a{dimensions} const u8\nu8 int 1\ns struct 1 m:.a0@0")
    };
    let access = |entries: usize| vec!["0"; entries].join(":");
    // Root and member, then dimensions; sizes are looked for through 32 types only.
    let types = arrays(29);
    assert_eq!(answer(&types, &types, &format!("field_exists s {}", access(31))), Value(1));
    assert_eq!(answer(&types, &types, &format!("field_exists s {}", access(64))), Refused(Failure::Access));
    assert_eq!(answer(&types, &types, &format!("field_exists s {}", access(65))), Refused(Failure::Depth));
}

/// Anonymous structs in each other, the field in the innermost.
fn anonymous(levels: usize) -> String {
    let structs = (0..levels).map(|n| format!(".s{n} struct 8 :.s{}@0\n", n + 1)).collect::<String>();
    format!("u int 4\ns struct 8 :.s0@0\n{structs}.s{levels} struct 8 x:u@0")
}

#[test]
fn a_path_in_the_kernels_types_has_at_most_64_entries() {
    let local = "u int 4; s struct 8 x:u@0";
    // The root's index, one for `s`, one for each anonymous struct.
    assert_eq!(answer(local, &anonymous(61), "field_exists s 0:0"), Value(1));
    assert_eq!(answer(local, &anonymous(62), "field_exists s 0:0"), Refused(Failure::Depth));
}

/// libbpf recurses until its 64 entries are full.
#[test]
fn an_anonymous_struct_that_contains_itself_is_refused() {
    let local = "u int 4; s struct 8 x:u@0";
    let target = "s struct 8 :.a@0; .a struct 8 :.a@0";
    assert_eq!(untrimmed(local, target, "field_exists s 0:0"), Refused(Failure::Depth));
}

/// `levels` anonymous structs, each containing the next `width` times: width^levels paths.
fn explosion(levels: usize, width: usize) -> String {
    let members = |n: usize| vec![format!(":.s{n}@0"); width].join(" ");
    let structs = (0..levels).map(|n| format!(".s{n} struct 8 {}\n", members(n + 1))).collect::<String>();
    format!("u int 4\ns struct 8 {}\n{structs}.s{levels} struct 8 y:u@0", members(0))
}

#[test]
fn an_explosion_of_anonymous_structs_is_given_up_after_a_number_of_steps() {
    let local = "u int 4; s struct 8 x:u@0";
    assert_eq!(untrimmed(local, &explosion(40, 3), "field_exists s 0:0"), Refused(Failure::Steps));
    assert_eq!(untrimmed(local, &explosion(8, 3), "field_exists s 0:0"), Value(0), "19,683 paths are fine");
}

#[test]
fn an_explosion_under_type_match_is_given_up_after_a_number_of_steps() {
    let local = explosion(25, 2).replace("y:u", "x:u");
    assert_eq!(untrimmed(&local, &explosion(25, 2), "type_matches s 0"), Refused(Failure::Steps));
}

#[test]
fn an_explosion_of_parameters_is_given_up_after_a_number_of_steps() {
    let levels = |end: &str| {
        let protos = (0..25).map(|n| format!(".q{n} ptr .f{n}\n.f{n} proto void .q{0} .q{0}\n", n + 1));
        format!("t typedef .q0\n{}.q25 ptr e; e {end}", protos.collect::<String>())
    };
    for kind in ["type_exists", "type_matches"] {
        let question = format!("{kind} t 0");
        assert_eq!(
            untrimmed(&levels("int 4"), &levels("int 4"), &question),
            Refused(Failure::Steps),
            "{kind}"
        );
    }
}

/// libbpf spins for ever. Verified.
#[test]
fn a_circle_of_typedefs_is_refused() {
    let circle = "x typedef .c; .c const x; s struct 8 m:x@0; t typedef x";
    let fine = "x int 4; s struct 8 m:x@0; t typedef x";
    for question in [
        "field_byte_offset s 0:0",
        "type_exists t 0",
        "field_exists t 0",
        "enumval_exists t 0",
        "type_matches s 0",
    ] {
        if !question.starts_with("enumval") {
            assert_eq!(untrimmed(fine, circle, question), Refused(Failure::Cycle), "kernel: {question}");
        }
        let refused = untrimmed(circle, fine, question);
        let sizeless = [Refused(Failure::Cycle), Refused(Failure::Size)];
        assert!(sizeless.contains(&refused), "object: {question} {refused:?}");
    }
}

#[test]
fn an_array_of_itself_is_refused() {
    let types = "u int 4; .a array .a 1; s struct 8 m:.a@0; t typedef .a";
    assert_eq!(untrimmed(types, types, "field_exists s 0:0"), Refused(Failure::Steps));
    assert_eq!(untrimmed(types, types, "field_byte_offset s 0:0"), Refused(Failure::Size));
    assert_eq!(untrimmed(types, types, "type_exists t 0"), Refused(Failure::Depth));
}

/// A list's head: the most common circle there is.
#[test]
fn a_struct_that_reaches_itself_through_a_pointer_is_no_circle() {
    let types = "s struct 16 next:.p@0; .p ptr s";
    for question in ["type_matches s 0", "type_exists s 0", "field_byte_offset s 0:0"] {
        let expected = if question.starts_with("field") { Value(0) } else { Value(1) };
        assert_eq!(answer(types, types, question), expected, "{question}");
    }
}

/// So many structs `s` with a `u32 x`, which all match.
fn copies(count: usize) -> String {
    let copies = (0..count).map(|number| format!("s#{number} struct 8 x:u@32\n"));
    format!("u int 4\n{}", copies.collect::<String>())
}

/// One default program of so many relocations, and optional ones of one each; all ask whether `s::x` exists.
fn programs(relocations: u32, optional: u32) -> BpfObject {
    let mut object = Assembler::new(Endian::Little, "u int 4; s struct 4 x:u@0");
    let exists = ReloKind::FieldExists as u32;
    object.function("kprobe", "default", &load_imm64(Endian::Little, 1).repeat(relocations as usize));
    (0..relocations).for_each(|number| object.relocate("kprobe", number * 16, exists, "s", "0:0"));
    for number in 0..optional {
        let code = load_imm64(Endian::Little, 1);
        let offset = object.function("?kprobe", &format!("optional{number}"), &code);
        object.relocate("?kprobe", offset, exists, "s", "0:0");
    }
    BpfObject::parse(&object.finish()).unwrap()
}

/// Each is judged beside the default programs, whose relocations then count once more.
#[test]
fn optional_programs_are_judged_up_to_a_number_of_steps() {
    let warnings = |optional| {
        let kernel = Btf::parse(notation::btf(Endian::Little, &copies(1000))).unwrap();
        let mut trimmer = Trimmer::new();
        trimmer.add(Arc::new(programs(100, optional)));
        let report = trimmer.trim(&kernel).unwrap().reports.remove(0);
        assert_eq!(report.error, None);
        report.warnings.iter().map(|warning| warning.failure).collect::<Vec<_>>()
    };
    assert_eq!(warnings(70), []);
    assert_eq!(warnings(100), [Failure::Steps], "said once");
}

#[test]
fn a_relocation_among_very_many_candidates_is_an_error_after_a_number_of_steps() {
    let kernel = Btf::parse(notation::btf(Endian::Little, &copies(1000))).unwrap();
    let failure = |relocations| {
        let relocated = crate::relocate(&programs(relocations, 0), &kernel, |_| true).unwrap();
        relocated.refusal.map(|refusal| refusal.failure)
    };
    assert_eq!(failure(8000), None);
    assert_eq!(failure(9000), Some(Failure::Steps));
}

/// Questions that each stay below their own limit.
#[test]
fn all_questions_together_are_given_up_after_a_number_of_steps() {
    let fields = |count: usize| (0..count).map(|n| format!("m{n}:u@{}", n * 32)).collect::<Vec<_>>();
    let questions: Vec<String> = (0..64).map(|n| format!("field_exists s 0:{n}")).collect();
    let questions: Vec<&str> = questions.iter().map(String::as_str).collect();
    let local = format!("u int 4\ns struct 256 {}", fields(64).join(" "));
    let object = object(Endian::Little, &local, &questions);
    let failure = |copies: usize| {
        // None of the members is found before the last: every question looks at all.
        let members = vec!["y:u@0"; 500].join(" ");
        let copies = (0..copies).map(|n| format!("s#{n} struct 256 {members} {}\n", fields(64).join(" ")));
        let kernel = notation::btf(Endian::Little, &format!("u int 4\n{}", copies.collect::<String>()));
        let refused = relocated(&object, &Btf::parse(kernel).unwrap(), |_| true).err();
        refused.map(|refusal| refusal.failure)
    };
    assert_eq!(failure(1500), None);
    assert_eq!(failure(2500), Some(Failure::Steps));
}
