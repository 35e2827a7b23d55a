//! Writing a result into an instruction (libbpf: `bpf_core_patch_insn`, the memory sizes of
//! `bpf_core_calc_relo`).

use bpfc_btf::{Btf, Endian};

use super::{POISON, kind, relocated, words};
use crate::assembler::{Assembler, instruction, load_imm64};
use crate::{BpfObject, Failure, notation};

const LITTLE: Endian = Endian::Little;

/// One program of these bytes whose first instruction asks the question.
fn patch(endian: Endian, code: &[u8], local: &str, target: &str, question: &str) -> Result<Vec<u8>, Failure> {
    let [name, label, access] = words(question);
    let mut assembler = Assembler::new(endian, local);
    assembler.function("kprobe", "program", code);
    assembler.relocate("kprobe", 0, kind(name) as u32, label, access);
    let object = BpfObject::parse(&assembler.finish()).unwrap();
    let target = Btf::parse(notation::btf(endian, target)).unwrap();
    let mut programs = relocated(&object, &target, |_| true).map_err(|refusal| refusal.failure)?;
    Ok(programs.remove(0))
}

const LOCAL: &str = "u32 int 4; s struct 8 a:u32@32";
const TARGET: &str = "u32 int 4; s struct 16 a:u32@64";
/// 4 becomes 8.
const OFFSET: &str = "field_byte_offset s 0:0";

#[test]
fn the_immediate_of_arithmetic_is_replaced() {
    for endian in [Endian::Little, Endian::Big] {
        // ALU and ALU64; MOV, ADD, AND with immediate.
        for code in [0xb7, 0x07, 0x57, 0xb4, 0x04] {
            let before = instruction(endian, code, (3, 0), 0, 4);
            let after = instruction(endian, code, (3, 0), 0, 8);
            assert_eq!(patch(endian, &before, LOCAL, TARGET, OFFSET), Ok(after), "{code:#x}");
        }
    }
}

#[test]
fn arithmetic_with_a_register_is_refused() {
    let code = instruction(LITTLE, 0xbf, (1, 2), 0, 4);
    assert_eq!(patch(LITTLE, &code, LOCAL, TARGET, OFFSET), Err(Failure::Instruction));
}

#[test]
fn the_offset_of_loads_and_stores_is_replaced() {
    for endian in [Endian::Little, Endian::Big] {
        // LDX, STX and ST of 1, 2, 4 and 8 bytes; atomic and sign-extending modes.
        for code in [0x61, 0x69, 0x71, 0x79, 0x63, 0x7b, 0x62, 0x7a, 0xc3, 0xdb, 0x81] {
            let before = instruction(endian, code, (1, 2), 4, 77);
            let after = instruction(endian, code, (1, 2), 8, 77);
            assert_eq!(patch(endian, &before, LOCAL, TARGET, OFFSET), Ok(after), "{code:#x}");
        }
    }
}

#[test]
fn both_halves_of_a_64_bit_load_are_replaced() {
    for endian in [Endian::Little, Endian::Big] {
        let types = |value: &str| format!("e enum64 8 A={value}");
        let (local, target) = (types("0x1122334455667788"), types("0x99aabbccddeeff00"));
        let before = load_imm64(endian, 0x1122_3344_5566_7788);
        let after = load_imm64(endian, 0x99aa_bbcc_ddee_ff00);
        assert_eq!(patch(endian, &before, &local, &target, "enumval_value e 0"), Ok(after));
    }
}

#[test]
fn a_64_bit_load_must_be_a_plain_one() {
    let good = load_imm64(LITTLE, 4);
    assert!(patch(LITTLE, &good, LOCAL, TARGET, OFFSET).is_ok());
    let changes: [(&str, usize, u8); 7] = [
        ("a map's address in src", 1, 0x11),
        ("an offset", 2, 1),
        ("another mode", 0, 0x20),
        ("opcode in the second half", 8, 1),
        ("registers in the second half", 9, 1),
        ("offset in the second half", 10, 1),
        ("high half of the value", 12, 1),
    ];
    for (what, at, value) in changes {
        let mut code = good.clone();
        code[at] = value;
        assert_eq!(patch(LITTLE, &code, LOCAL, TARGET, OFFSET), Err(Failure::Instruction), "{what}");
    }
    assert_eq!(patch(LITTLE, &good[..8], LOCAL, TARGET, OFFSET), Err(Failure::Instruction), "half of one");
}

#[test]
fn the_source_register_of_a_big_endian_load_is_in_the_low_half_of_its_byte() {
    let mut code = load_imm64(Endian::Big, 4);
    assert!(patch(Endian::Big, &code, LOCAL, TARGET, OFFSET).is_ok());
    code[1] |= 1;
    assert_eq!(patch(Endian::Big, &code, LOCAL, TARGET, OFFSET), Err(Failure::Instruction));
}

#[test]
fn jumps_cannot_be_relocated() {
    for code in [0x05, 0x85, 0x95, 0x15, 0x16] {
        let jump = instruction(LITTLE, code, (0, 0), 4, 4);
        assert_eq!(patch(LITTLE, &jump, LOCAL, TARGET, OFFSET), Err(Failure::Instruction), "{code:#x}");
    }
}

/// Kinds whose original value is checked, each with an instruction that holds another one.
#[test]
fn the_compilers_value_must_stand_in_the_instruction() {
    let local = "u32 int 4; e enum 4 A=1; s struct 8 a:u32@32";
    let checked = [
        OFFSET,
        "field_byte_size s 0:0",
        "field_exists s 0:0",
        "field_signed s 0:0",
        "field_lshift_u64 s 0:0",
        "field_rshift_u64 s 0:0",
        "type_exists s 0",
        "type_size s 0",
        "type_matches s 0",
        "enumval_exists e 0",
        "enumval_value e 0",
    ];
    let wrong = instruction(LITTLE, 0xb7, (1, 0), 0, 99);
    for question in checked {
        assert_eq!(patch(LITTLE, &wrong, local, local, question), Err(Failure::Instruction), "{question}");
    }
    for question in ["type_id_local s 0", "type_id_target s 0"] {
        assert!(patch(LITTLE, &wrong, local, local, question).is_ok(), "{question}: linkers renumber types");
    }
}

#[test]
fn of_a_bitfield_only_sign_and_right_shift_are_checked() {
    let types = "u32 int 4; s struct 8 f:u32@35:3";
    let wrong = instruction(LITTLE, 0xb7, (1, 0), 0, 99);
    for (kind, checked) in [
        ("field_byte_offset", false),
        ("field_byte_size", false),
        ("field_lshift_u64", false),
        ("field_exists", true),
        ("field_signed", true),
        ("field_rshift_u64", true),
    ] {
        let patched = patch(LITTLE, &wrong, types, types, &format!("{kind} s 0:0"));
        assert_eq!(patched.is_err(), checked, "{kind}");
    }
}

/// Immediates and offsets are signed before they are compared with the 64-bit value.
#[test]
fn the_compilers_value_is_sign_extended() {
    let types = "e enum 4 A=-1; f enum64 8 A=0xffffffff";
    let minus_one = instruction(LITTLE, 0xb7, (1, 0), 0, u32::MAX);
    assert!(patch(LITTLE, &minus_one, types, types, "enumval_value e 0").is_ok());
    assert_eq!(patch(LITTLE, &minus_one, types, types, "enumval_value f 0"), Err(Failure::Instruction));
    let store = instruction(LITTLE, 0x61, (1, 1), -1, 0);
    assert!(patch(LITTLE, &store, types, "", "enumval_exists e 0").is_err());
}

/// Clang writes an unsigned 2^31 zero-extended into a 64-bit load; libbpf's own is sign-extended.
#[test]
fn an_unsigned_enumerator_from_2_to_the_31_is_refused() {
    let types = "e enum 4 A=0x80000000";
    let clang = load_imm64(LITTLE, 0x8000_0000);
    assert_eq!(patch(LITTLE, &clang, types, types, "enumval_value e 0"), Err(Failure::Instruction));
}

/// 64 - 8 * 16 is -64 to the compiler and 0xffffffc0 to libbpf.
#[test]
fn the_shift_of_a_field_above_8_bytes_is_refused() {
    let types = "big struct 16; s struct 16 f:big@0";
    let shift = instruction(LITTLE, 0xb7, (1, 0), 0, -64i32 as u32);
    assert_eq!(patch(LITTLE, &shift, types, types, "field_rshift_u64 s 0:0"), Err(Failure::Instruction));
}

#[test]
fn an_immediate_is_cut_to_32_bits_without_a_check() {
    let (local, target) = ("e enum64 8 A=1", "e enum64 8 A=0x700000002");
    let code = instruction(LITTLE, 0xb7, (1, 0), 0, 1);
    let after = instruction(LITTLE, 0xb7, (1, 0), 0, 2);
    assert_eq!(patch(LITTLE, &code, local, target, "enumval_value e 0"), Ok(after));
}

#[test]
fn a_missing_field_poisons_any_instruction_even_a_jump() {
    for code in [0xb7, 0xbf, 0x61, 0x05] {
        let before = instruction(LITTLE, code, (1, 2), 4, 99);
        assert_eq!(patch(LITTLE, &before, LOCAL, "", OFFSET), Ok(POISON.to_vec()), "{code:#x}");
    }
    let both = [POISON, POISON].concat();
    assert_eq!(patch(LITTLE, &load_imm64(LITTLE, 4), LOCAL, "", OFFSET), Ok(both));
    let big = patch(Endian::Big, &instruction(Endian::Big, 0xb7, (1, 0), 0, 4), LOCAL, "", OFFSET);
    assert_eq!(big, Ok(vec![0x85, 0, 0, 0, 0x0b, 0xad, 0x23, 0x10]));
}

#[test]
fn an_offset_above_32767_is_an_error_in_a_load_and_none_in_arithmetic() {
    let target = |bytes: u32| format!("u32 int 4; s struct 0x10000 a:u32@{}", bytes * 8);
    let load = instruction(LITTLE, 0x61, (1, 1), 4, 0);
    assert_eq!(
        patch(LITTLE, &load, LOCAL, &target(32767), OFFSET),
        Ok(instruction(LITTLE, 0x61, (1, 1), 32767, 0))
    );
    assert_eq!(patch(LITTLE, &load, LOCAL, &target(32768), OFFSET), Err(Failure::Range));
    let add = instruction(LITTLE, 0x07, (1, 0), 0, 4);
    assert_eq!(
        patch(LITTLE, &add, LOCAL, &target(32768), OFFSET),
        Ok(instruction(LITTLE, 0x07, (1, 0), 0, 32768))
    );
}

/// ERANGE is checked first.
#[test]
fn an_offset_out_of_range_is_an_error_even_where_the_memory_size_would_poison() {
    let local = "i int 4 signed; s struct 8 a:i@32";
    let target = "i int 8 signed; s struct 0x10000 a:i@0x40000";
    let load = instruction(LITTLE, 0x61, (1, 1), 4, 0);
    assert_eq!(patch(LITTLE, &load, local, target, OFFSET), Err(Failure::Range));
}

/// Local and target field, and the opcode that a 4-byte load (0x61) becomes; none is poison.
#[test]
fn a_load_follows_the_size_of_pointers_and_unsigned_integers_only() {
    const SAME: Option<u8> = Some(0x61);
    let cases: [(&str, &str, Option<u8>); 19] = [
        ("int 4", "int 4 signed", SAME),
        ("int 4 signed", "int 4", SAME),
        ("int 4", "int 1", Some(0x71)),
        ("int 4", "int 2", Some(0x69)),
        ("int 4", "int 8", Some(0x79)),
        ("int 4", "int 8 bool", Some(0x79)),
        ("int 4", "int 1 char", Some(0x71)),
        // Encodings are compared as a whole: only plain SIGNED is left out.
        ("int 4 signed char", "int 8 signed char", Some(0x79)),
        ("int 4 signed bool", "int 2", Some(0x69)),
        ("int 4", "int 8 signed", None),
        ("int 4 signed", "int 8", None),
        ("int 4 signed", "int 8 signed", None),
        ("float 4", "float 8", None),
        ("struct 4", "struct 8", None),
        ("enum 4 A=0", "enum 4 A=0", SAME),
        ("enum 4 A=0", "enum64 8 A=0", None),
        ("array y 4", "array y 8", SAME),
        ("array y 4", "array z 4", None),
        ("typedef y", "const z", Some(0x79)),
    ];
    for (ours, theirs, expected) in cases {
        let types = |ty: &str| format!("y int 4; z int 8; x {ty}; s struct 64 f:x@32");
        let load = instruction(LITTLE, 0x61, (1, 1), 4, 0);
        let patched = patch(LITTLE, &load, &types(ours), &types(theirs), OFFSET).unwrap();
        let expected = match expected {
            Some(code) => instruction(LITTLE, code, (1, 1), 4, 0),
            None => POISON.to_vec(),
        };
        assert_eq!(patched, expected, "{ours} and {theirs}");
    }
}

/// The one size that a kernel changes under a program: a 32-bit kernel's pointers.
#[test]
fn a_load_of_a_pointer_shrinks_on_a_32_bit_kernel() {
    let local = "void_p ptr void; s struct 16 p:void_p@64; long int 8";
    let target = "void_p ptr void; s struct 16 p:void_p@32; long int 4";
    let load = instruction(LITTLE, 0x79, (1, 1), 8, 0);
    assert_eq!(patch(LITTLE, &load, local, target, OFFSET), Ok(instruction(LITTLE, 0x61, (1, 1), 4, 0)));
}

#[test]
fn only_loads_and_stores_care_about_memory_sizes() {
    let (local, target) = ("i int 4 signed; s struct 8 a:i@32", "i int 8 signed; s struct 16 a:i@64");
    let mov = instruction(LITTLE, 0xb7, (1, 0), 0, 4);
    assert_eq!(patch(LITTLE, &mov, local, target, OFFSET), Ok(instruction(LITTLE, 0xb7, (1, 0), 0, 8)));
    assert!(patch(LITTLE, &load_imm64(LITTLE, 4), local, target, OFFSET).is_ok());
}

#[test]
fn stores_keep_their_mode_when_resized() {
    let (local, target) = ("u int 4; s struct 8 a:u@32", "u int 2; s struct 8 a:u@16");
    for (before, after) in [(0x63, 0x6b), (0x62, 0x6a), (0xc3, 0xcb)] {
        let code = instruction(LITTLE, before, (1, 2), 4, 5);
        assert_eq!(patch(LITTLE, &code, local, target, OFFSET), Ok(instruction(LITTLE, after, (1, 2), 2, 5)));
    }
}

/// A program that reads two bytes of a 4-byte field cannot be resized.
#[test]
fn an_instruction_of_another_size_than_the_field_is_refused_when_resized() {
    let (local, target) = ("u int 4; s struct 8 a:u@32", "u int 8; s struct 8 a:u@0");
    let load = instruction(LITTLE, 0x69, (1, 1), 4, 0);
    assert_eq!(patch(LITTLE, &load, local, target, OFFSET), Err(Failure::Instruction));
    assert!(patch(LITTLE, &load, local, local, OFFSET).is_ok(), "equal sizes are not compared with it");
}

#[test]
fn a_new_size_must_be_a_size_that_instructions_have() {
    for size in [0, 3, 5, 16] {
        let target = format!("u int {size}; s struct 32 a:u@0");
        let load = instruction(LITTLE, 0x61, (1, 1), 4, 0);
        assert_eq!(patch(LITTLE, &load, LOCAL, &target, OFFSET), Err(Failure::Instruction), "{size}");
    }
}

/// One side has no memory size at all: 0 against 4.
#[test]
fn a_load_of_a_field_that_became_a_bitfield_is_poison() {
    let (bytes, bits) = ("u32 int 4; s struct 8 a:u32@32", "u32 int 4; s struct 8 a:u32@32:8");
    let load = instruction(LITTLE, 0x61, (1, 1), 4, 0);
    assert_eq!(patch(LITTLE, &load, bytes, bits, OFFSET), Ok(POISON.to_vec()));
    assert_eq!(patch(LITTLE, &load, bits, bytes, OFFSET), Ok(POISON.to_vec()));
    assert_eq!(patch(LITTLE, &load, bits, bits, OFFSET), Ok(load));
}

/// The innermost element counts, not the row.
#[test]
fn an_array_of_arrays_is_loaded_element_by_element() {
    let types = |int: &str| format!("u {int}; .a array u 4; .b array .a 4; s struct 200 m:.b@32");
    let load = instruction(LITTLE, 0x61, (1, 1), 4, 0);
    let patched = patch(LITTLE, &load, &types("int 4"), &types("int 4"), "field_byte_offset s 0:0");
    assert_eq!(patched, Ok(load.clone()));
    let narrow = patch(LITTLE, &load, &types("int 4"), &types("int 2"), "field_byte_offset s 0:0");
    assert_eq!(narrow, Ok(POISON.to_vec()), "the memory's type is the array, not an unsigned integer");
    let element = patch(LITTLE, &load, &types("int 4"), &types("int 2"), "field_byte_offset s 0:0:0:0");
    assert_eq!(element, Ok(instruction(LITTLE, 0x69, (1, 1), 4, 0)));
}
