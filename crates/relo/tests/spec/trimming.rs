//! What is kept for each kind of relocation, and no more.

use bpfc_btf::{Btf, Endian};
use bpfc_relo::Trimmer;

use crate::{kept, list, notation, object, trim};

const TARGET: &str = "u8 int 1; u32 int 4; .p ptr other; other struct 4 z:u32@0; unrelated struct 100
    .in struct 8 x:u32@0 y:.p@0; deep struct 8 k:u32@0 l:u32@32; .a array deep 4
    s struct 100 a:u8@0 :.in@64 p:.p@128 d:deep@192 arr:.a@256 bits:u32@552:3
    e enum 4 A=1 B=2 C=3; t typedef s; fn typedef .fp; .fp ptr .f; .f proto u32 u8 .p";

const LOCAL: &str = "u8 int 1; u32 int 4; .p ptr other; other struct 4; .in struct 8 x:u32@0
    deep struct 8 k:u32@0; .a array deep 4
    s struct 100 a:u8@0 :.in@64 p:.p@128 d:deep@192 arr:.a@256 bits:u32@552:3; all struct 4
    e enum 4 A=1 B=2; t typedef s; fn typedef .fp; .fp ptr .f; .f proto u32 u8 .p";

#[test]
fn what_each_question_keeps() {
    let cases: [(&str, &[&str]); 15] = [
        ("field_byte_offset s 0:0", &["struct s 100 a:u8@0", "int u8 1"]),
        ("field_byte_offset s 0", &["struct s 100"]),
        ("field_exists s 0:1:0", &["struct  8 x:u32@0", "struct s 100 :struct {...}@64", "int u32 4"]),
        ("field_byte_offset s 0:2", &["ptr  void", "struct s 100 p:void *@128"]),
        ("field_byte_offset s 0:3", &["struct deep 8", "struct s 100 d:struct deep@192"]),
        (
            "field_byte_offset s 0:3:0",
            &["struct deep 8 k:u32@0", "struct s 100 d:struct deep@192", "int u32 4"],
        ),
        (
            "field_byte_offset s 0:4:1:0",
            &[
                "array  struct deep 4",
                "struct deep 8 k:u32@0",
                "struct s 100 arr:struct deep[4]@256",
                "int u32 4",
            ],
        ),
        ("field_lshift_u64 s 0:5", &["struct s 100 bits:u32@552", "int u32 4"]),
        ("type_exists s 0", &["struct s 100"]),
        ("type_size t 0", &["struct s 100", "typedef t struct s"]),
        (
            "type_exists fn 0",
            &[
                "ptr  struct other",
                "ptr  u32 (u8, struct other *)",
                "func_proto  u32 u8 struct other *",
                "typedef fn u32 (*)(u8, struct other *)",
                "struct other 4",
                "int u32 4",
                "int u8 1",
            ],
        ),
        ("enumval_exists e 1", &["enum e 4 B=2"]),
        ("type_matches e 0", &["enum e 4 A=1 B=2"]),
        ("type_id_local s 0", &[]),
        ("type_exists all 0", &[]),
    ];
    for (question, expected) in cases {
        assert_eq!(kept(LOCAL, TARGET, &[question]), expected, "{question}");
    }
}

/// Only members of the names asked for, and as many as the local type has.
#[test]
fn type_match_keeps_the_members_it_names_and_enough_of_others() {
    let local = "u32 int 4; s struct 8 b___1:u32@0 b___2:u32@32";
    let target = "u32 int 4; u8 int 1; s struct 12 a:u8@0 b:u32@32 c:u32@64";
    assert_eq!(
        kept(local, target, &["type_matches s 0"]),
        ["struct s 12 a:u8@0 b:u32@32", "int u32 4", "int u8 1"]
    );
}

#[test]
fn type_match_does_not_keep_a_member_of_the_name_that_did_not_match() {
    let local = "u32 int 4; s struct 4 a:u32@0";
    let target = "u32 int 4; i32 int 4 signed; s struct 12 a___1:i32@0 a___2:u32@32 b:u32@64";
    assert_eq!(kept(local, target, &["type_matches s 0"]), ["struct s 12 a___2:u32@32", "int u32 4"]);
}

/// libbpf never looks at the type of an index, cilium/ebpf compares it with that of a TYPE_* question.
#[test]
fn the_type_of_an_index_is_kept_for_questions_about_types_only() {
    let types = "u32 int 4; index int 8; .a array u32 3 index; s struct 12 m:.a@0; t typedef .a";
    assert_eq!(
        kept(types, types, &["field_byte_offset s 0:0"]),
        ["array  u32 3", "struct s 12 m:u32[3]@0", "int u32 4"]
    );
    assert_eq!(
        kept(types, types, &["type_exists t 0"]),
        ["array  u32 3", "int index 8", "typedef t u32[3]", "int u32 4"]
    );
}

#[test]
fn type_match_keeps_the_enumerators_it_names_and_enough_of_others() {
    let lines = kept("e enum 4 B___1=0 B___2=1", "e enum 4 A=1 B=2 C=3", &["type_matches e 0"]);
    assert_eq!(lines, ["enum e 4 A=1 B=2"]);
}

#[test]
fn a_candidate_that_does_not_match_is_not_kept() {
    let local = "u32 int 4; s struct 4 a:u32@0";
    let target = "u32 int 4; s struct 4 b:u32@0; s#2 struct 8 a:u32@32; s___x struct 4";
    assert_eq!(kept(local, target, &["field_exists s 0:0"]), ["struct s 8 a:u32@32", "int u32 4"]);
}

/// libbpf's next load must go wrong in the same way.
#[test]
fn what_makes_a_question_ambiguous_is_kept() {
    let local = "u32 int 4; s struct 4 a:u32@0";
    let target = "u32 int 4; s struct 4 a:u32@0; s#2 struct 8 a:u32@32";
    let expected = ["struct s 4 a:u32@0", "struct s 8 a:u32@32", "int u32 4"];
    assert_eq!(kept(local, target, &["field_exists s 0:0"]), expected);
}

#[test]
fn several_objects_share_one_trimmed_btf() {
    let local = "u32 int 4; s struct 8 a:u32@0 b:u32@32";
    let one = object(local, &[("field_byte_offset s 0:0", 0)]);
    let other = object(local, &[("field_byte_offset s 0:1", 4), ("field_exists s 0:1", 0)]);
    let target = Btf::parse(notation::btf(Endian::Little, local)).unwrap();
    let trimmed = trim(&[one, other], &target);
    assert_eq!(list(&Btf::parse(trimmed.btf).unwrap()), ["struct s 8 a:u32@0 b:u32@32", "int u32 4"]);
    assert_eq!(trimmed.types, 2);
    assert_eq!(trimmed.reports[0].error, None);
    assert_eq!(trimmed.reports[1].error.unwrap().relocation, 1, "each has a report of its own");
}

#[test]
fn no_object_keeps_nothing() {
    let target = Btf::parse(notation::btf(Endian::Little, TARGET)).unwrap();
    let trimmed = Trimmer::default().trim(&target).unwrap();
    assert_eq!((trimmed.types, trimmed.btf.len(), trimmed.reports.len()), (0, 25, 0));
}
