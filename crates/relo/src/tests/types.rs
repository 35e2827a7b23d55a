//! Type compatibility and type match (libbpf: `__bpf_core_types_are_compat`,
//! `__bpf_core_types_match`).

use super::{Refused, Value, answer, check};
use crate::Failure;

/// Types that the tables below refer to.
const COMMON: &str = "i int 4 signed; u int 4; l int 8; s struct 8 x:i@0; q struct 8 y:i@0; w union 8 x:i@0
    e enum 4 A=0; g enum64 8 A=0; f fwd; fw fwd union; d float 8; .pi ptr i; .pu ptr u; .pv ptr void
    .ps ptr s; .pd ptr d; .a3 array i 3; .a4 array i 4; .as array s 3; .fi proto i i; .fu proto u u; .fs proto s s
    .fii proto i i i; .pfi ptr .fi; .pfs ptr .fs; .pf ptr f";

/// Answers about `typedef LOCAL t` against `typedef TARGET t`.
fn typedefs(kind: &str, ours: &str, theirs: &str) -> super::Outcome {
    let types = |ty: &str| format!("t typedef {ty}; {COMMON}");
    answer(&types(ours), &types(theirs), &format!("{kind} t 0"))
}

/// Shapes count: not names, sizes, signs, members or lengths.
#[test]
fn which_types_are_compatible() {
    let cases = [
        ("void", "void", 1),
        ("void", "i", 0),
        ("i", "u", 1),
        ("i", "l", 1),
        ("i", "e", 0),
        ("s", "q", 1),
        ("s", "w", 0),
        ("s", "f", 0),
        ("f", "fw", 1),
        ("e", "g", 1),
        (".pi", ".pu", 1),
        (".pi", ".pv", 0),
        (".pi", ".ps", 0),
        (".pi", "i", 0),
        (".a3", ".a4", 1),
        (".a3", ".as", 0),
        (".fi", ".fu", 1),
        (".fi", ".fs", 0),
        (".fi", ".fii", 0),
        (".pfi", ".pfs", 0),
        (".pf", ".pf", 1),
        ("d", "d", 0),
        (".pd", ".pd", 0),
    ];
    for (ours, theirs, expected) in cases {
        assert_eq!(typedefs("type_exists", ours, theirs), Value(expected), "{ours} and {theirs}");
    }
}

#[test]
fn typedefs_and_modifiers_are_looked_through_below_the_root() {
    let local = "t typedef .p; .p ptr .c; .c const s; s struct 8";
    check(
        local,
        &[
            ("t typedef .v; .v volatile .p; .p ptr u; u typedef s; s struct 8", "type_exists t 0", Value(1)),
            ("t typedef .p; .p ptr user; user type_tag s; s struct 8", "type_exists t 0", Value(1)),
        ],
    );
}

#[test]
fn an_integer_that_is_a_bitfield_is_compatible_with_none() {
    let types = |offset: u32| format!("t typedef i; i int 4 offset={offset}");
    assert_eq!(answer(&types(0), &types(0), "type_exists t 0"), Value(1));
    assert_eq!(answer(&types(0), &types(2), "type_exists t 0"), Value(0));
    assert_eq!(answer(&types(2), &types(0), "type_exists t 0"), Value(0));
}

/// libbpf has no case for FLOAT: `bpf_core_type_exists(double)` is false.
#[test]
fn a_floating_point_type_never_exists() {
    assert_eq!(answer("double float 8", "double float 8", "type_exists double 0"), Value(0));
    assert_eq!(answer("double float 8", "double float 8", "type_size double 0"), Value(0));
    assert_eq!(answer("double float 8", "double float 8", "type_matches double 0"), Value(0));
}

/// All but void, integers, enums and composites of equal name are refused as in the table.
#[test]
fn which_types_match() {
    let cases = [
        ("void", "void", 1),
        ("void", "i", 0),
        ("i", "i", 1),
        ("s", "s", 1),
        ("w", "w", 1),
        ("e", "e", 1),
        ("f", "f", 1),
        ("fw", "fw", 1),
        ("d", "d", 0),
        (".pi", ".pi", 1),
        (".pi", ".pv", 0),
        (".pv", ".pv", 1),
        (".pi", ".pu", 0),
        (".a3", ".a3", 1),
        (".a3", ".a4", 0),
        (".fi", ".fi", 1),
        (".fi", ".fii", 0),
        (".fi", ".fu", 0),
        (".fs", ".fs", 1),
        (".pfs", ".pfs", 1),
        (".pd", ".pd", 0),
    ];
    for (ours, theirs, expected) in cases {
        assert_eq!(typedefs("type_matches", ours, theirs), Value(expected), "{ours} and {theirs}");
    }
}

/// Answers about a struct whose one member has the type `x` on both sides.
fn members(ours: &str, theirs: &str) -> super::Outcome {
    let types = |ty: &str| format!("s struct 8 m:x@0; {ty}");
    answer(&types(ours), &types(theirs), "type_matches s 0")
}

#[test]
fn integers_match_by_name_size_and_sign() {
    assert_eq!(members("x int 4", "x int 4"), Value(1));
    assert_eq!(members("x int 4", "x int 4 bool"), Value(1), "only the sign bit counts");
    assert_eq!(members("x int 4", "x int 4 signed"), Value(0));
    assert_eq!(members("x int 4", "x int 8"), Value(0));
    assert_eq!(members("x typedef y; y int 4", "x typedef y; y int 4"), Value(1));
    assert_eq!(
        members("x typedef y; y int 4", "x typedef z; z int 4"),
        Value(0),
        "the name behind the typedef"
    );
    assert_eq!(members("x typedef y; y int 4", "x int 4"), Value(0));
    assert_eq!(members("x typedef y; y int 4", "x typedef .c; .c const y; y int 4"), Value(1));
}

#[test]
fn enums_match_by_size_and_names_of_enumerators() {
    assert_eq!(members("x enum 4 A=0 B=1", "x enum 4 B=7 A=8 C=9"), Value(1), "values do not count");
    assert_eq!(members("x enum 4 A=0", "x enum 4 A___v2=0"), Value(1));
    assert_eq!(members("x enum 4 A=0", "x enum 4 B=0"), Value(0));
    assert_eq!(members("x enum 4 A=0 B=1", "x enum 4 A=0"), Value(0));
    assert_eq!(members("x enum 4 A___1=0 A___2=1", "x enum 4 A=0"), Value(0), "fewer enumerators");
    assert_eq!(members("x enum 4 A=0", "x enum 8 A=0"), Value(0));
    assert_eq!(members("x enum 8 A=0", "x enum64 8 A=0"), Value(1));
    assert_eq!(members("x enum64 8 A=0", "x enum 8 A=0"), Value(1));
    assert_eq!(members("x enum 4 A=0", "x int 4"), Value(0));
}

#[test]
fn composites_match_when_every_local_member_does() {
    let cases = [
        ("s struct 8 a:u@0", "s struct 16 b:u@0 a:u@32", 1),
        ("s struct 8 a:u@0", "s struct 16 a___v2:u@0", 1),
        ("s struct 8 a___v1:u@0", "s struct 16 a:u@0", 1),
        ("s struct 8 a:u@0 b:u@32", "s struct 16 a:u@0", 0),
        ("s struct 8 a___1:u@0 a___2:u@32", "s struct 16 a:u@0", 0),
        ("s struct 8 a___1:u@0 a___2:u@32", "s struct 16 a:u@0 b:u@32", 1),
        ("s struct 8 a:u@0", "s struct 16 a:i@0", 0),
        ("s struct 8 a:u@0", "s struct 16 a___1:i@0 a___2:u@0", 1),
        ("s struct 8", "s struct 16", 1),
        ("s struct 8 a:in@0", "s struct 16 a:in@0", 1),
        ("s struct 8 a:in@0", "s struct 16 a:un@0", 0),
        ("s struct 8 a:in@0", "s struct 16 a:more@0", 0),
    ];
    let types = |ty: &str| {
        format!("{ty}; u int 4; i int 4 signed; in struct 4 x:u@0; un union 4 x:u@0; more struct 4 x:u@0")
    };
    for (ours, theirs, expected) in cases {
        assert_eq!(
            answer(&types(ours), &types(theirs), "type_matches s 0"),
            Value(expected),
            "{ours} and {theirs}"
        );
    }
}

#[test]
fn anonymous_members_pair_with_any_anonymous_member() {
    let local = "u int 4; .a struct 4 y:u@0; s struct 8 :.a@0";
    check(
        local,
        &[
            (
                "u int 4; .a struct 4 x:u@0; .b struct 4 y:u@0; s struct 8 :.a@0 :.b@32",
                "type_matches s 0",
                Value(1),
            ),
            (
                "u int 4; .a struct 4 x:u@0; .b union 4 y:u@0; s struct 8 :.a@0 :.b@32",
                "type_matches s 0",
                Value(0),
            ),
            ("u int 4; s struct 8 y:u@0", "type_matches s 0", Value(0)),
            ("u int 4; in struct 4 y:u@0; s struct 8 :in@0", "type_matches s 0", Value(0)),
        ],
    );
}

/// Both empty are equal, one empty is not.
#[test]
fn names_must_be_equal_at_every_level() {
    assert_eq!(members("x struct 4", "x typedef .y; .y struct 4"), Value(0));
    assert_eq!(members("x typedef .y; .y struct 4", "x typedef .y; .y struct 4"), Value(1));
    assert_eq!(members("x struct 4", "x typedef x___v2; x___v2 struct 4"), Value(1));
}

/// What a pointer leads to needs the same kind and name, and a declaration will do.
#[test]
fn behind_a_pointer_definitions_and_declarations_stand_for_each_other() {
    let (define, other) = ("y struct 8 a:z@0; z int 4", "y struct 8 b:z@0; z int 4");
    let cases = [
        (define, other, 1),
        (define, "y fwd", 1),
        ("y fwd", define, 1),
        ("y fwd", "y fwd", 1),
        ("y fwd", "y fwd union", 0),
        ("y union 8", "y fwd union", 1),
        ("y fwd union", "y union 8", 1),
        (define, "y fwd union", 0),
        (define, "y union 8", 0),
        ("y fwd", "y union 8", 0),
        ("y fwd", "y enum 4", 0),
        ("y struct 8", "z struct 8; y typedef z", 0),
        ("y enum 4 A=0", "y enum 4 B=0", 0),
        ("y int 4", "y int 8", 0),
    ];
    for (ours, theirs, expected) in cases {
        let types = |ty: &str| format!("x ptr y; {ty}");
        assert_eq!(members(&types(ours), &types(theirs)), Value(expected), "{ours} and {theirs}");
    }
}

#[test]
fn in_place_a_declaration_matches_only_a_declaration() {
    assert_eq!(typedefs("type_matches", "f", "f"), Value(1));
    let types = |ty: &str| format!("t typedef y; y {ty}");
    for (ours, theirs, expected) in [
        ("fwd", "fwd union", 0),
        ("fwd", "struct 8", 0),
        ("struct 8", "fwd", 0),
        ("fwd union", "fwd union", 1),
    ] {
        let answer = answer(&types(ours), &types(theirs), "type_matches t 0");
        assert_eq!(answer, Value(expected), "{ours} and {theirs}");
    }
}

/// Arrays and prototypes behind a pointer stay behind it; members start anew.
#[test]
fn being_behind_a_pointer_goes_through_arrays_and_prototypes_not_through_members() {
    let (ours, theirs) = ("y struct 8 a:z@0; z int 4", "y struct 8 b:z@0; z int 4");
    for chain in
        ["x ptr .a; .a array y 3", "x ptr .f; .f proto void y", "x ptr .f; .f proto y", "x ptr .p; .p ptr y"]
    {
        let types = |ty: &str| format!("{chain}; {ty}");
        assert_eq!(members(&types(ours), &types(theirs)), Value(1), "{chain}");
    }
    for chain in ["x array y 3", "x proto void y", "x struct 8 m:y@0"] {
        let types = |ty: &str| format!("{chain}; {ty}");
        assert_eq!(members(&types(ours), &types(theirs)), Value(0), "{chain}");
    }
}

/// A chain of `hops` pointers from a typedef to `end`.
fn chain(hops: usize, end: &str) -> String {
    let pointers = (0..hops).map(|n| format!(".p{n} ptr .p{}\n", n + 1)).collect::<String>();
    format!("t typedef .p0\n{pointers}.p{hops} {end}")
}

/// 32 types in a row, the last one included.
#[test]
fn a_chain_of_more_than_32_types_is_refused() {
    for kind in ["type_exists", "type_matches"] {
        let ask =
            |hops| answer(&chain(hops, "const void"), &chain(hops, "const void"), &format!("{kind} t 0"));
        assert_eq!((ask(31), ask(32)), (Value(1), Refused(Failure::Depth)), "{kind}");
    }
    let differs = answer(&chain(40, "const void"), &chain(31, "struct 8"), "type_exists t 0");
    assert_eq!(differs, Value(0), "a difference on the way is found first");
}

/// Prototypes whose parameter is a pointer to the next: each is a level of recursion.
fn nested(levels: usize) -> String {
    let protos = (0..levels).map(|n| format!(".q{n} ptr .f{n}\n.f{n} proto void .q{}\n", n + 1));
    format!("t typedef .q0\n{}.q{levels} ptr void", protos.collect::<String>())
}

#[test]
fn parameters_nested_more_than_32_levels_are_refused() {
    let ask = |kind: &str, levels| answer(&nested(levels), &nested(levels), &format!("{kind} t 0"));
    assert_eq!((ask("type_exists", 32), ask("type_exists", 33)), (Value(1), Refused(Failure::Depth)));
    assert_eq!((ask("type_matches", 31), ask("type_matches", 32)), (Value(1), Refused(Failure::Depth)));
}

/// Structs that contain each other by value, one in the other.
fn boxes(levels: usize) -> String {
    let structs = (0..levels).map(|n| format!("s{n} struct 8 m:s{}@0\n", n + 1)).collect::<String>();
    format!("{structs}s{levels} struct 8")
}

#[test]
fn members_nested_more_than_32_levels_are_refused_under_type_match() {
    let ask = |levels| answer(&boxes(levels), &boxes(levels), "type_matches s0 0");
    assert_eq!((ask(31), ask(32)), (Value(1), Refused(Failure::Depth)));
}
