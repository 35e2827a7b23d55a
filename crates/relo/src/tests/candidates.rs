//! Which of the kernel's types a relocation may mean (libbpf: `bpf_core_find_cands`,
//! `bpf_core_add_cands`).

use super::{Refused, Value, answer, check};
use crate::Failure;

#[test]
fn flavors_are_stripped_from_both_sides() {
    for (ours, theirs, expected) in [
        ("task", "task", 1),
        ("task___old", "task", 1),
        ("task", "task___new", 1),
        ("task___old", "task___new", 1),
        ("task___a___b", "task___a", 0),
        ("task___a___b", "task___a___c", 1),
        ("task____old", "task", 0),
        ("task___", "task", 0),
        ("___task", "task", 0),
        ("task", "Task", 0),
        ("task", "task_struct", 0),
        ("task_struct", "task", 0),
        ("t", "t", 1),
        ("t", "t___x", 1),
        ("t", "tt", 0),
        ("t", "t_", 0),
    ] {
        let types = |name: &str| format!("{name} struct 8");
        let question = format!("type_exists {ours} 0");
        assert_eq!(answer(&types(ours), &types(theirs), &question), Value(expected), "{ours} {theirs}");
    }
}

/// The root's kind is compared as it is: a typedef of a struct is no candidate for the struct.
#[test]
fn only_the_same_kind_is_a_candidate_and_enums_of_both_widths() {
    let kinds = ["int 4", "struct 4", "union 4", "fwd", "typedef void", "enum 4 A=0", "enum64 8 A=0"];
    for ours in kinds {
        for theirs in kinds {
            let types = |kind: &str| format!("x {kind}");
            let expected = ours == theirs || (ours.starts_with("enum") && theirs.starts_with("enum"));
            let answer = answer(&types(ours), &types(theirs), "type_exists x 0");
            assert_eq!(answer, Value(u64::from(expected)), "{ours} {theirs}");
        }
    }
}

#[test]
fn an_anonymous_root_is_refused_unless_only_its_local_id_is_asked() {
    for kind in ["field_exists", "type_exists", "type_size", "type_id_target", "type_matches"] {
        let question = format!("{kind} .s 0");
        assert_eq!(answer(".s struct 8", ".s struct 8", &question), Refused(Failure::Anonymous), "{kind}");
    }
    assert_eq!(answer(".e enum 4 A=0", ".e enum 4 A=0", "enumval_exists .e 0"), Refused(Failure::Anonymous));
    assert_eq!(answer(".s struct 8", "", "type_id_local .s 0"), Value(1));
}

#[test]
fn a_local_modifier_is_an_anonymous_root() {
    assert_eq!(
        answer("s struct 8; .c const s", "s struct 8", "type_exists .c 0"),
        Refused(Failure::Anonymous)
    );
}

#[test]
fn every_candidate_that_agrees_is_fine_and_those_that_do_not_match_are_no_conflict() {
    let local = "u32 int 4; s struct 8 a:u32@0";
    check(
        local,
        &[
            ("u32 int 4; s struct 8 a:u32@32; s#2 struct 16 a:u32@32", "field_byte_offset s 0:0", Value(4)),
            ("u32 int 4; s struct 8; s#2 struct 16 a:u32@32", "field_byte_offset s 0:0", Value(4)),
            ("u32 int 4; s struct 8; s#2 struct 16 a:u32@32", "field_exists s 0:0", Value(1)),
        ],
    );
}

#[test]
fn candidates_that_disagree_are_ambiguous() {
    let ambiguous = Refused(Failure::Ambiguous);
    check(
        "u32 int 4; s struct 8 a:u32@0; e enum 4 A=0",
        &[
            ("u32 int 4; s struct 8 a:u32@0; s#2 struct 8 a:u32@32", "field_byte_offset s 0:0", ambiguous),
            // Offsets must agree even where they are not the question.
            ("u32 int 4; s struct 8 a:u32@0; s#2 struct 8 a:u32@32", "field_exists s 0:0", ambiguous),
            ("u32 int 4; s struct 8 a:u32@0; s#2 struct 8 a:u32@32", "field_byte_size s 0:0", ambiguous),
            (
                "u32 int 4; u64 int 8; s struct 8 a:u32@0; s#2 struct 8 a:u64@0",
                "field_byte_size s 0:0",
                ambiguous,
            ),
            ("s struct 8; s#2 struct 16", "type_size s 0", ambiguous),
            ("s struct 8; s___x struct 16", "type_exists s 0", Value(1)),
            ("e enum 4 A=1; e#2 enum 4 A=2", "enumval_value e 0", ambiguous),
            ("e enum 4 A=1; e#2 enum 4 A=2", "enumval_exists e 0", Value(1)),
        ],
    );
}

/// Ubuntu's 5.4 and CentOS 8 have `struct task_struct` twice, equal: still two ids.
#[test]
fn the_id_of_a_type_that_exists_twice_is_ambiguous_even_if_equal() {
    let local = "s struct 8";
    let twice = "s struct 8; s#2 struct 8";
    assert_eq!(answer(local, twice, "type_id_target s 0"), Refused(Failure::Ambiguous));
    assert_eq!(answer(local, twice, "type_size s 0"), Value(8));
}
