//! Equal types become one record, and the order of records depends on the types alone.

use bpfc_btf::{Btf, Endian};

use crate::{kept, notation, object, trim};

const LOCAL: &str = "u32 int 4; deep struct 8 k:u32@0; .a struct 4 x:u32@0; .p ptr deep
    s struct 64 d:deep@0 :.a@64 p:.p@128; r struct 64 d:deep@0; t typedef .p";
const QUESTIONS: [&str; 5] = [
    "field_byte_offset s 0:0:0",
    "field_byte_offset s 0:1:0",
    "field_byte_offset s 0:2",
    "field_byte_offset r 0:0:0",
    "type_exists t 0",
];

#[test]
fn equal_copies_become_one_even_if_members_refer_to_different_ones() {
    let once = "u32 int 4; deep struct 8 k:u32@0; .a struct 4 x:u32@0; .p ptr deep
        s struct 64 d:deep@0 :.a@64 p:.p@128; r struct 64 d:deep@0; t typedef .p";
    let twice = "u32 int 4; deep struct 8 k:u32@0; .a struct 4 x:u32@0; .p ptr deep
        s struct 64 d:deep@0 :.a@64 p:.p@128
        u32#2 int 4; deep#2 struct 8 k:u32#2@0; .a#2 struct 4 x:u32#2@0; .p#2 ptr deep#2
        s#2 struct 64 d:deep#2@0 :.a#2@64 p:.p#2@128; r struct 64 d:deep#2@0; t typedef .p#2; t#2 typedef .p";
    assert_eq!(kept(LOCAL, once, &QUESTIONS), kept(LOCAL, twice, &QUESTIONS));
}

/// Two typedefs of one anonymous struct, or of two equal ones: what is kept of either is kept of both.
#[test]
fn equal_anonymous_copies_become_one_even_if_different_members_are_asked_for() {
    let local = "u32 int 4; a typedef .s; b typedef .s; .s struct 8 x:u32@0 y:u32@32";
    let twice =
        "u32 int 4; a typedef .s; .s struct 8 x:u32@0 y:u32@32; b typedef .t; .t struct 8 x:u32@0 y:u32@32";
    let questions = ["field_byte_offset a 0:0", "field_byte_offset b 0:1"];
    let once = kept(local, local, &questions);
    assert_eq!(once[0], "struct  8 x:u32@0 y:u32@32");
    assert_eq!(kept(local, twice, &questions), once);
}

#[test]
fn two_stay_where_an_id_is_asked_for() {
    let twice = "s struct 8; s#2 struct 8; s#3 struct 8";
    assert_eq!(kept("s struct 8", twice, &["type_id_target s 0"]), ["struct s 8", "struct s 8"]);
    assert_eq!(kept("s struct 8", twice, &["type_size s 0"]), ["struct s 8"]);
    assert_eq!(kept("s struct 8", "s struct 8", &["type_id_target s 0"]), ["struct s 8"]);
}

#[test]
fn one_name_stays_in_the_kernels_order() {
    let local = "u32 int 4; s struct 8 a:u32@0";
    let target = |first: &str, second: &str| format!("s {first}; s#2 {second}; u32 int 4; u64 int 8");
    let (narrow, wide) = ("struct 4 a:u32@0", "struct 4 a:u64@0");
    let question = ["field_exists s 0:0"];
    let lines = |first, second| kept(local, &target(first, second), &question);
    assert_eq!(lines(narrow, wide)[..2], ["struct s 4 a:u32@0", "struct s 4 a:u64@0"]);
    assert_eq!(lines(wide, narrow)[..2], ["struct s 4 a:u64@0", "struct s 4 a:u32@0"]);
}

#[test]
fn the_order_of_the_kernels_types_does_not_matter() {
    let lines = LOCAL.split(['\n', ';']).map(str::trim).collect::<Vec<_>>();
    let straight = kept(LOCAL, LOCAL, &QUESTIONS);
    for turn in 1..lines.len() {
        let mut turned = lines.clone();
        turned.rotate_left(turn);
        assert_eq!(kept(LOCAL, &turned.join("\n"), &QUESTIONS), straight);
        turned.reverse();
        assert_eq!(kept(LOCAL, &turned.join("\n"), &QUESTIONS), straight);
    }
}

/// Anonymous types have no name to be ordered or told apart by, only what they are made of.
#[test]
fn anonymous_circles_become_one() {
    let local = "t typedef .p; .p ptr .p";
    let one = "t typedef .p; .p ptr .p";
    let two = "t typedef .p; .p ptr .q; .q ptr .p";
    let object = object(local, &[("type_exists t 0", 1)]);
    let [one, two] = [one, two].map(|target| {
        let target = Btf::parse(notation::btf(Endian::Little, target)).unwrap();
        trim(std::slice::from_ref(&object), &target)
    });
    assert_eq!(one.reports[0].error.unwrap().failure.code(), "RELO_DEPTH");
    assert_eq!((one.types, &one.btf), (2, &two.btf));
}
