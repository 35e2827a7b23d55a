//! Access strings against the object's types, and fields found in the kernel's (libbpf:
//! `bpf_core_parse_spec`, `bpf_core_spec_match`, `bpf_core_match_member`,
//! `bpf_core_fields_are_compat`).

use bpfc_btf::{Btf, Builder, Endian, IntEncoding, Kind};

use super::{Poison, Refused, Value, answer, check};
use crate::Failure;
use crate::access::Spec;

/// Asks a question whose target is the object's own types.
fn of_itself(types: &str, question: &str) -> super::Outcome {
    answer(types, types, question)
}

const LOCAL: &str = "u32 int 4; .a array u32 4; .flex array u32 0; .in struct 8 x:u32@0 y:u32@32
    s struct 32 a:u32@0 :.in@32 arr:.a@96 last:.flex@256
    mid struct 8 f:.flex@0 z:u32@0
    .tail struct 8 n:u32@0 f:.flex@32; outer struct 16 a:u32@0 :.tail@64
    .fa array .flex 2; nest struct 8 m:.fa@0; .m array .a 3; .n array .m 2; grid struct 96 m:.n@0
    t typedef .c; .c const s; e enum 4 A=0 B=1; et typedef e; d fwd; .p ptr s; ps struct 8 p:.p@0";

#[test]
fn an_access_string_walks_members_and_elements() {
    let cases = [
        ("s 0", 0),
        ("s 2", 64),
        ("s 0:0", 0),
        ("s 0:1:1", 8),
        ("s 0:2", 12),
        ("s 0:2:3", 24),
        ("s 0:3:100", 32 + 400),
        ("outer 0:1:1:5", 8 + 4 + 20),
        ("grid 0:0:1:2:3", 48 + 32 + 12),
        ("grid 0:0:1", 48),
        ("s 0:+2: 1", 16),
        ("t 0:2:3", 24),
        ("t 1", 32),
        ("u32 3", 12),
    ];
    for (place, expected) in cases {
        assert_eq!(of_itself(LOCAL, &format!("field_exists {place}")), Value(1), "{place}");
        assert_eq!(of_itself(LOCAL, &format!("field_byte_offset {place}")), Value(expected), "{place}");
    }
}

#[test]
fn an_access_string_that_does_not_fit_is_refused() {
    let cases = [
        ("field_exists s ", "empty"),
        ("field_exists s :0", "leading colon"),
        ("field_exists s 0:", "trailing colon"),
        ("field_exists s 0:x", "junk"),
        ("field_exists s 0:-1", "negative"),
        ("field_exists s 0:4", "no such member"),
        ("field_exists s 0:2:4", "behind the end of the array"),
        ("field_exists mid 0:0:0", "an empty array that is not the last member"),
        ("field_exists nest 0:0:1:0", "an empty array in an array"),
        ("field_exists grid 0:0:2", "behind the end of the outer dimension"),
        ("field_exists s 0:0:0", "into an integer"),
        ("field_exists ps 0:0:0", "through a pointer"),
        ("field_exists u32 0:0", "into an integer root"),
        ("enumval_value e 2", "no such enumerator"),
        ("enumval_value e 0:0", "two indices of an enumerator"),
        ("enumval_value s 0", "enumerator of a struct"),
        ("type_exists s ", "no index of a type"),
        ("type_exists s 1", "a type has index 0"),
        ("type_exists s 00", "and that exactly"),
        ("type_exists s 0:0", "a type has no fields"),
        ("type_id_local s 1", "nor has the local one"),
    ];
    for (question, why) in cases {
        assert_eq!(of_itself(LOCAL, question), Refused(Failure::Access), "{why}");
    }
    assert_eq!(of_itself(LOCAL, "field_exists d 0"), Refused(Failure::Size), "a declaration has no size");
}

/// An anonymous member has name offset 0, not just an empty name.
#[test]
fn a_member_whose_name_is_an_empty_string_elsewhere_is_refused() {
    let mut builder = Builder::new(Endian::Little);
    let name = builder.name(b"s");
    let int = builder.int(b"u", 4, IntEncoding::Unsigned, 32);
    let parse = |builder: &mut Builder, name: u32| {
        let root = builder.record(Kind::Struct, b"s", false, 1, 4, &[name, int.0, 0]);
        (root, b"0:0")
    };
    let questions = [parse(&mut builder, 0), parse(&mut builder, name), parse(&mut builder, name + 1)];
    let btf = Btf::parse(builder.finish().unwrap()).unwrap();
    let outcomes = questions.map(|(root, access)| Spec::parse(&btf, root, access, 2).local.err());
    assert_eq!(outcomes, [None, None, Some(Failure::Access)]);
}

#[test]
fn an_enumerator_is_reached_through_a_typedef() {
    assert_eq!(of_itself(LOCAL, "enumval_value et 1"), Value(1));
    assert_eq!(answer(LOCAL, "et typedef x; x int 4", "enumval_exists et 1"), Value(0), "no enum there");
}

#[test]
fn a_member_is_found_by_its_name_wherever_it_is() {
    let local = "u32 int 4; s struct 8 a:u32@0 b:u32@32";
    check(
        local,
        &[
            ("u32 int 4; s struct 8 b:u32@0 a:u32@32", "field_byte_offset s 0:1", Value(0)),
            ("u32 int 4; .u union 4 x:u32@0 b:u32@0; s struct 8 :.u@32", "field_byte_offset s 0:1", Value(4)),
            (
                "u32 int 4; .v struct 8 y:u32@0 b:u32@32; .u union 8 x:u32@0 :.v@0; s struct 24 :.u@64",
                "field_byte_offset s 0:1",
                Value(12),
            ),
            (
                "u32 int 4; .u union 4 b:u32@0; .c const .u; s struct 8 :.c@32",
                "field_byte_offset s 0:1",
                Value(4),
            ),
            ("u32 int 4; n struct 4 b:u32@0; s struct 8 n:n@32", "field_exists s 0:1", Value(0)),
            ("u32 int 4; s struct 8 b___old:u32@32", "field_exists s 0:1", Value(0)),
            ("u32 int 4; s struct 8 bb:u32@0 :u32@0:8 b:u32@32", "field_byte_offset s 0:1", Value(4)),
            ("u32 int 4; s struct 8 B:u32@0", "field_exists s 0:1", Value(0)),
            ("s struct 8", "field_byte_offset s 0:1", Poison),
        ],
    );
}

/// Clang uses an anonymous member's index on the way; in the kernel the member may stand elsewhere.
#[test]
fn an_anonymous_member_of_the_object_is_no_step_of_the_path() {
    let local = "u32 int 4; .u union 4 b:u32@0; s struct 8 a:u32@0 :.u@32";
    check(
        local,
        &[
            ("u32 int 4; s struct 8 a:u32@32 b:u32@0", "field_byte_offset s 0:1:0", Value(0)),
            (
                "u32 int 4; .u union 4 b:u32@0; .v struct 8 :.u@32; s struct 24 :.v@128",
                "field_byte_offset s 0:1:0",
                Value(20),
            ),
        ],
    );
}

#[test]
fn a_structs_fields_may_move_into_named_structs_and_unions_alike() {
    let local = "u32 int 4; in struct 4 z:u32@0; s struct 8 in:in@32";
    check(
        local,
        &[
            (
                "u32 int 4; other union 4 z:u32@0; s struct 8 in:other@0",
                "field_byte_offset s 0:0:0",
                Value(0),
            ),
            ("u32 int 4; s struct 8 in:u32@0", "field_exists s 0:0:0", Value(0)),
        ],
    );
}

#[test]
fn an_element_must_be_inside_the_kernels_array() {
    let local = "u32 int 4; .a array u32 8; s struct 32 a:.a@0";
    check(
        local,
        &[
            ("u32 int 4; .a array u32 3; s struct 12 a:.a@0", "field_byte_offset s 0:0:2", Value(8)),
            ("u32 int 4; .a array u32 2; s struct 12 a:.a@0", "field_byte_offset s 0:0:2", Poison),
            (
                "u32 int 4; .a array u32 0; s struct 12 n:u32@0 a:.a@32",
                "field_byte_offset s 0:0:2",
                Value(12),
            ),
            ("u32 int 4; .a array u32 0; s struct 12 a:.a@32 n:u32@0", "field_byte_offset s 0:0:2", Poison),
            ("u64 int 8; .a array u64 8; s struct 64 a:.a@0", "field_byte_offset s 0:0:2", Value(16)),
            ("u32 int 4; .p ptr u32; s struct 8 a:.p@0", "field_exists s 0:0:2", Value(0)),
        ],
    );
}

#[test]
fn the_index_of_the_root_counts_the_kernels_size() {
    let local = "u32 int 4; s struct 8 a:u32@32";
    assert_eq!(answer(local, "u32 int 4; s struct 100 a:u32@0", "field_byte_offset s 3:0"), Value(300));
}

/// The first member of the name decides, and nothing behind it is looked at.
#[test]
fn an_incompatible_member_of_the_name_ends_the_search() {
    let local = "u32 int 4; s struct 8 b:u32@0";
    let target = "u32 int 4; .p ptr void; .in struct 4 b:u32@0; s struct 16 b:.p@0 :.in@64";
    assert_eq!(answer(local, target, "field_exists s 0:0"), Value(0));
}

/// ... unless it stands inside an anonymous member: then libbpf goes on but forgets to take back the
/// offset of the incompatible member, here 4 bytes. Verified against libbpf.
#[test]
fn an_incompatible_member_in_an_anonymous_struct_shifts_what_is_found_behind_it() {
    let local = "u32 int 4; s struct 8 b:u32@0";
    let target = "u32 int 4; .p ptr void; .in struct 16 x:u32@0 b:.p@32; s struct 24 :.in@64 b:u32@128";
    assert_eq!(answer(local, target, "field_byte_offset s 0:0"), Value(16 + 4));
    let nested = "u32 int 4; .p ptr void; .b struct 16 x:u32@0 b:.p@32; .a struct 16 :.b@8; s struct 24 :.a@64 b:u32@128";
    assert_eq!(answer(local, nested, "field_byte_offset s 0:0"), Value(16 + 4), "only the innermost stays");
    let alone = "u32 int 4; .p ptr void; .in struct 16 x:u32@0 b:.p@32; s struct 24 :.in@64";
    assert_eq!(answer(local, alone, "field_exists s 0:0"), Value(0));
}

/// Local and target type of a field, and whether one stands for the other.
#[test]
fn which_field_types_are_compatible() {
    let cases = [
        ("int 4", "int 8 signed", true),
        ("int 4 offset=0", "int 4 offset=3", false),
        ("int 4 offset=3", "int 4", false),
        ("int 4", "float 4", false),
        ("int 4", "enum 4", false),
        ("int 4", "ptr void", false),
        ("float 4", "float 8", true),
        ("ptr void", "ptr y", true),
        ("struct 4", "union 8", true),
        ("struct 4", "fwd", false),
        ("fwd", "fwd union", true),
        ("enum 4 A=0", "enum64 8 B=0", true),
        ("array y 3", "array y 9", true),
        ("array y 3", "array .q 3", false),
        ("array y 3", "int 4", false),
        ("array y 3", "y", true),
        ("const y", "volatile y", true),
        ("const y", "int 4", true),
        ("typedef y", "type_tag y", true),
        ("proto void", "proto void", false),
    ];
    for (ours, theirs, expected) in cases {
        // `array y 3` against the typedef `y` asks for an element where there is none.
        let (theirs, expected) = if theirs == "y" { ("typedef y", false) } else { (theirs, expected) };
        let types = |ty: &str| format!("y int 4; .q ptr void; x {ty}; s struct 64 f:x@0");
        // A prototype has no size, and so it is asked for where sizes do not matter.
        let answer = answer(&types(ours), &types(theirs), "field_exists s 0:0");
        assert_eq!(answer, Value(u64::from(expected)), "{ours} and {theirs}");
    }
}

#[test]
fn enums_and_declarations_as_fields_go_by_essential_name_or_none() {
    for kind in ["enum 4 A=0", "fwd"] {
        for (ours, theirs, expected) in [
            ("e", "e", 1),
            ("e___v1", "e___v2", 1),
            ("e", ".e", 1),
            (".e", "e", 1),
            ("e", "f", 0),
            ("e", "E", 0),
        ] {
            let types = |name: &str| format!("{name} {kind}; s struct 8 f:{name}@0");
            let answer = answer(&types(ours), &types(theirs), "field_exists s 0:0");
            assert_eq!(answer, Value(expected), "{kind} {ours} {theirs}");
        }
    }
}

/// "Unsizable element = error": not a mismatch of one candidate but the end of the load.
#[test]
fn an_element_without_size_in_the_kernel_is_refused() {
    let local = "u32 int 4; x struct 4; .a array x 8; s struct 32 a:.a@0; t typedef x";
    let target = "x fwd; y struct 4; .a array .f 8; .f proto void; s struct 32 a:.a@0; t typedef x";
    assert_eq!(answer(local, target, "field_exists s 0:0:1"), Value(0), "incompatible before it is measured");
    assert_eq!(answer(local, target, "field_exists t 0"), Refused(Failure::Size));
}

/// libbpf keeps a target's size in an `int`.
#[test]
fn an_element_of_2_gib_in_the_kernel_is_refused() {
    let local = "u32 int 4; s struct 4 a:u32@0";
    assert_eq!(answer(local, "u32 int 4; s struct 0x7fffffff a:u32@0", "field_exists s 0:0"), Value(1));
    assert_eq!(
        answer(local, "u32 int 4; s struct 0x80000000 a:u32@0", "field_exists s 0:0"),
        Refused(Failure::Size)
    );
}

#[test]
fn bit_offsets_wrap_at_32_bits() {
    let types = "u32 int 4; s struct 0x20000001 a:u32@0";
    assert_eq!(of_itself(types, "field_byte_offset s 1:0"), Value(1));
}
