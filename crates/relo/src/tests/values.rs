//! What each of the 13 kinds answers (libbpf: `bpf_core_calc_field_relo`, `bpf_core_calc_type_relo`,
//! `bpf_core_calc_enumval_relo`).

use bpfc_btf::Endian;

use super::limits::untrimmed;
use super::{Outcome, Poison, Refused, Value, answer, asked_in_order, check};
use crate::Failure;

const LOCAL: &str = "s32 int 4 signed; u32 int 4; .p ptr void; .a array u32 4; in struct 4 z:u32@0
    e enum 4 A=1 B=2; es enum 4 signed N=-1; e64 enum64 8 L=0x100000000
    s struct 64 a:s32@0 b:u32@32 p:.p@64 arr:.a@128 in:in@256 e:e@288 es:es@320 l:e64@384
    t typedef s";

/// Everything moved by 64 bits, ids and values changed.
const TARGET: &str =
    "pad int 16; s32 int 4 signed; u32 int 4; .p ptr void; .a array u32 4; in struct 4 z:u32@0
    e enum 4 B=20 A=10; es enum 4 signed N=-7; e64 enum64 8 L=0x200000000
    s struct 72 new:u32@0 a:s32@64 b:u32@96 p:.p@128 arr:.a@192 in:in@320 e:e@352 es:es@384 l:e64@448
    t typedef s";

#[test]
fn the_value_of_each_kind() {
    let cases = [
        ("field_byte_offset s 0", 0),
        ("field_byte_offset s 0:1", 12),
        ("field_byte_offset s 0:3", 24),
        ("field_byte_offset s 0:3:2", 32),
        ("field_byte_offset s 0:4:0", 40),
        ("field_byte_offset s 1:1", 72 + 12),
        ("field_byte_size s 0", 72),
        ("field_byte_size s 0:1", 4),
        ("field_byte_size s 0:2", 8),
        ("field_byte_size s 0:3", 16),
        ("field_byte_size s 0:3:2", 4),
        ("field_exists s 0", 1),
        ("field_exists s 0:1", 1),
        ("field_exists s 0:3:3", 1),
        ("field_signed s 0:0", 1),
        ("field_signed s 0:1", 0),
        ("field_signed s 0:2", 0),
        ("field_signed s 0:3", 0),
        ("field_signed s 0:4", 0),
        ("field_signed s 0:5", 0),
        ("field_signed s 0:6", 1),
        ("field_lshift_u64 s 0:1", 32),
        ("field_rshift_u64 s 0:1", 32),
        ("field_lshift_u64 s 0:2", 0),
        ("field_rshift_u64 s 0:2", 0),
        ("type_id_local s 0", 9),
        ("type_id_target s 0", 10),
        ("type_id_target t 0", 11),
        ("type_exists s 0", 1),
        ("type_size s 0", 72),
        ("type_size t 0", 72),
        ("enumval_exists e 1", 1),
        ("enumval_value e 0", 10),
        ("enumval_value e 1", 20),
        ("enumval_value es 0", -7i64 as u64),
        ("enumval_value e64 0", 0x2_0000_0000),
        ("type_matches s 0", 1),
    ];
    for (question, expected) in cases {
        assert_eq!(answer(LOCAL, TARGET, question), Value(expected), "{question}");
    }
}

#[test]
fn what_is_missing_is_zero_or_poison_by_kind() {
    let cases = [
        ("field_byte_offset s 0:1", Poison),
        ("field_byte_size s 0:1", Poison),
        ("field_exists s 0:1", Value(0)),
        ("field_signed s 0:1", Poison),
        ("field_lshift_u64 s 0:1", Poison),
        ("field_rshift_u64 s 0:1", Poison),
        ("type_id_local s 0", Value(9)),
        ("type_id_target s 0", Value(0)),
        ("type_exists s 0", Value(0)),
        ("type_size s 0", Value(0)),
        ("enumval_exists e 0", Value(0)),
        ("enumval_value e 0", Poison),
        ("type_matches s 0", Value(0)),
    ];
    for (question, expected) in cases {
        assert_eq!(answer(LOCAL, "", question), expected, "no such type: {question}");
        let shells = "s struct 8; e enum 4";
        let there =
            ["type_exists", "type_size", "type_id_target"].iter().any(|kind| question.starts_with(kind));
        if !there {
            assert_eq!(answer(LOCAL, shells, question), expected, "no such field: {question}");
        }
    }
}

/// An array element is a place in memory: it has an offset, a size and it exists.
#[test]
fn an_array_element_has_no_sign_and_no_shifts_whether_it_exists_or_not() {
    for kind in ["field_signed", "field_lshift_u64", "field_rshift_u64"] {
        for access in ["0", "0:3:1"] {
            for target in [TARGET, ""] {
                let question = format!("{kind} s {access}");
                assert_eq!(answer(LOCAL, target, &question), Refused(Failure::Element), "{question}");
            }
        }
    }
}

/// Target bitfield, then byte offset, byte size and shifts in little and big endian.
type Bitfield = (&'static str, u64, u64, (u64, u64), u64);

/// The container is the declared type's size, aligned to itself, doubled until the field fits.
#[test]
fn bitfields() {
    let cases: [Bitfield; 6] = [
        ("f:u32@0:1", 0, 4, (63, 32), 63),
        ("f:u32@35:3", 4, 4, (58, 35), 61),
        ("f:u32@31:1", 0, 4, (32, 63), 63),
        ("f:u32@30:4", 0, 8, (30, 30), 60),
        ("f:u8@9:3", 1, 1, (60, 57), 61),
        ("f:u8@14:3", 0, 4, (47, 46), 61),
    ];
    let local = "u32 int 4; s struct 16 f:u32@5:7";
    for (member, offset, size, (left_little, left_big), right) in cases {
        let target = format!("u32 int 4; u8 int 1; s struct 16 {member}");
        for (endian, left) in [(Endian::Little, left_little), (Endian::Big, left_big)] {
            let ask = |kind| asked_in_order(endian, local, &target, &[&format!("{kind} s 0:0")])[0];
            assert_eq!(ask("field_byte_offset"), Value(offset), "{member} {endian:?}");
            assert_eq!(ask("field_byte_size"), Value(size), "{member} {endian:?}");
            assert_eq!(ask("field_lshift_u64"), Value(left), "{member} {endian:?}");
            assert_eq!(ask("field_rshift_u64"), Value(right), "{member} {endian:?}");
            assert_eq!(ask("field_exists"), Value(1), "{member} {endian:?}");
        }
    }
}

#[test]
fn the_sign_of_a_bitfield_is_its_types() {
    let local = "i int 4 signed; s struct 4 f:i@0:3";
    check(
        local,
        &[
            ("i int 4 signed; s struct 4 f:i@0:3", "field_signed s 0:0", Value(1)),
            ("i int 4; s struct 4 f:i@0:3", "field_signed s 0:0", Value(0)),
        ],
    );
}

#[test]
fn a_bitfield_may_become_a_field_and_back() {
    let (bits, bytes) = ("u32 int 4; s struct 8 f:u32@35:3", "u32 int 4; s struct 8 f:u32@32");
    for (local, target, shift) in [(bits, bytes, 32), (bytes, bits, 58)] {
        assert_eq!(answer(local, target, "field_byte_offset s 0:0"), Value(4));
        assert_eq!(answer(local, target, "field_lshift_u64 s 0:0"), Value(shift));
    }
}

#[test]
fn a_bitfield_that_no_64_bit_load_holds_is_refused() {
    let across = "u64 int 8; s struct 16 f:u64@62:4";
    let fine = "u64 int 8; s struct 16 f:u64@0:4";
    assert_eq!(answer(fine, across, "field_byte_offset s 0:0"), Refused(Failure::Bitfield));
    assert_eq!(answer(across, fine, "field_byte_offset s 0:0"), Refused(Failure::Bitfield));
    assert_eq!(answer(across, "", "field_byte_offset s 0:0"), Refused(Failure::Bitfield));
}

/// libbpf divides by the container's size without looking.
#[test]
fn a_bitfield_in_a_type_of_size_zero_is_refused_not_divided_by() {
    let (sound, broken) = ("u32 int 4; s struct 4 f:u32@0:4", "u32 int 0; s struct 4 f:u32@0:4");
    for (local, target) in [(sound, broken), (broken, sound), (broken, "")] {
        assert_eq!(untrimmed(local, target, "field_byte_size s 0:0"), Refused(Failure::Container));
    }
    assert_eq!(answer(sound, broken, "field_exists s 0:0"), Value(1), "its size is not asked for");
}

/// 64 - 8 * size in 32 bits: what the compiler wrote into an `int` never equals it.
#[test]
fn shifts_of_a_field_above_8_bytes_wrap_in_32_bits() {
    let types = "big struct 16; s struct 16 f:big@0";
    assert_eq!(answer(types, types, "field_rshift_u64 s 0:0"), Value(0xffff_ffc0));
    assert_eq!(answer(types, types, "field_lshift_u64 s 0:0"), Value(0xffff_ffc0));
}

/// The kind flag does not matter: the kernel's 0x80000000 is negative to libbpf.
#[test]
fn a_32_bit_enumerator_is_sign_extended_and_a_64_bit_one_is_not() {
    let local = "e enum 4 A=1";
    check(
        local,
        &[
            ("e enum 4 A=0x80000000", "enumval_value e 0", Value(0xffff_ffff_8000_0000)),
            ("e enum 4 signed A=-2", "enumval_value e 0", Value(-2i64 as u64)),
            ("e enum 4 A=0x7fffffff", "enumval_value e 0", Value(0x7fff_ffff)),
            ("e enum64 8 A=0x80000000", "enumval_value e 0", Value(0x8000_0000)),
            ("e enum64 8 signed A=-2", "enumval_value e 0", Value(-2i64 as u64)),
        ],
    );
    assert_eq!(answer("e enum64 8 A=1", "e enum 4 A=3", "enumval_value e 0"), Value(3));
}

#[test]
fn enumerators_match_on_essential_names_of_both_sides_first_hit() {
    check(
        "e enum 4 A=1 B___v1=2",
        &[
            ("e enum 4 B=7", "enumval_value e 1", Value(7)),
            ("e enum 4 B___v2=7", "enumval_value e 1", Value(7)),
            ("e enum 4 A___old=5 A=6", "enumval_value e 0", Value(5)),
            ("e enum 4 AA=5 a=6", "enumval_value e 0", Poison),
        ],
    );
}

/// Sizes are in 32 bits and pointers of the kernel's own size.
#[test]
fn type_sizes() {
    let pointer = "t typedef .p; .p ptr void";
    check(
        pointer,
        &[
            ("t typedef .p; .p ptr void; long int 8", "type_size t 0", Value(8)),
            ("t typedef .p; .p ptr void; long int 4", "type_size t 0", Value(4)),
            ("t typedef .p; .p ptr void", "type_size t 0", Value(8)),
        ],
    );
    let array = "t typedef .a; .a array u32 2; u32 int 4";
    assert_eq!(answer(array, "t typedef .a; .a array u32 6; u32 int 4", "type_size t 0"), Value(24));
}

/// `struct declared;` exists but has no size.
#[test]
fn the_size_of_what_has_none_is_refused() {
    let outcome: Outcome = answer("f fwd", "f fwd", "type_size f 0");
    assert_eq!(outcome, Refused(Failure::Size));
    assert_eq!(answer("f fwd", "", "type_size f 0"), Refused(Failure::Size), "with no candidate too");
    assert_eq!(answer("f fwd", "f fwd", "type_exists f 0"), Value(1));
    assert_eq!(answer("t typedef void", "t typedef void", "type_size t 0"), Refused(Failure::Size));
}
