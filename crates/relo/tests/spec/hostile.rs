//! Nothing from outside can panic or hang: objects and kernels that no compiler writes.

use std::sync::Arc;

use bpfc_btf::{Btf, Endian};
use bpfc_relo::{BpfObject, Trimmer};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::assembler::{Assembler, load_imm64};
use crate::{notation, object, random};

const LITTLE: Endian = Endian::Little;

const TYPES: &str = "u32 int 4; .u union 4 b:u32@0; .a array u32 3; s struct 32 a:u32@0 :.u@32 arr:.a@64
    e enum 4 A=1; t typedef s; m struct 8; events var m 1; .maps datasec 8 events@0:8";

/// An object with all there is in one: programs, maps, license, relocations of every kind.
fn specimen() -> Vec<u8> {
    let mut assembler = Assembler::new(LITTLE, TYPES);
    for kind in 0..13 {
        let section = format!("{}kprobe/{kind}", if kind % 3 == 0 { "?" } else { "" });
        assembler.function(&section, &format!("p{kind}"), &load_imm64(LITTLE, 1));
        let (label, access) = match kind {
            0..6 => ("s", "0:1:0"),
            10 | 11 => ("e", "0"),
            _ => ("t", "0"),
        };
        assembler.relocate(&section, 0, kind, label, access);
    }
    assembler.finish()
}

/// Uses whatever was read.
fn exercise(data: &[u8]) {
    let Ok(object) = BpfObject::parse(data) else { return };
    assert_eq!(object.machine(), None);
    assert!(object.relocations().iter().all(|relocation| relocation.spec < object.specs().len()));
    let mut trimmer = Trimmer::new();
    trimmer.add(Arc::new(object));
    for kernel in ["", TYPES] {
        let target = Btf::parse(notation::btf(LITTLE, kernel)).unwrap();
        if let Ok(trimmed) = trimmer.trim(&target) {
            assert!(Btf::parse(trimmed.btf).is_ok());
        }
    }
}

proptest! {
    #[test]
    fn an_object_with_bytes_changed_never_panics(changes in vec((any::<Index>(), any::<u8>()), 1..6)) {
        let mut data = specimen();
        for (at, value) in &changes {
            *at.get_mut(&mut data) = *value;
        }
        exercise(&data);
    }

    #[test]
    fn an_object_with_words_changed_never_panics(
        changes in vec((any::<Index>(), prop_oneof![0u32..64, any::<u32>(), Just(u32::MAX)]), 1..4),
    ) {
        let mut data = specimen();
        for (at, word) in &changes {
            let at = at.index(data.len() / 4) * 4;
            data[at..at + 4].copy_from_slice(&word.to_le_bytes());
        }
        exercise(&data);
    }

    #[test]
    fn an_object_cut_anywhere_is_refused(length in any::<Index>()) {
        let data = specimen();
        prop_assert!(BpfObject::parse(&data[..length.index(data.len())]).is_err());
    }

    /// A kernel of any valid types at all ends in a BTF or in a code.
    #[test]
    fn a_random_kernel_never_panics(records in random::records(40), big in any::<bool>()) {
        let endian = if big { Endian::Big } else { LITTLE };
        let target = Btf::parse(random::write(endian, &records)).unwrap();
        let mut assembler = Assembler::new(endian, "a struct 8; b union 8; c typedef a; int int 4 signed");
        for (position, label) in ["a", "b", "c", "int"].into_iter().enumerate() {
            assembler.function("xdp", label, &load_imm64(endian, 1));
            assembler.relocate("xdp", position as u32 * 16, 8, label, "0");
            assembler.relocate("xdp", position as u32 * 16, 12, label, "0");
        }
        let mut trimmer = Trimmer::new();
        trimmer.add(Arc::new(BpfObject::parse(&assembler.finish()).unwrap()));
        match trimmer.trim(&target) {
            Ok(trimmed) => prop_assert!(Btf::parse(trimmed.btf).is_ok()),
            Err(error) => prop_assert_eq!(error.code(), "RELO_CYCLE"),
        }
    }
}

fn outcome(local: &str, target: &str, question: &str) -> String {
    let mut trimmer = Trimmer::new();
    trimmer.add(object(local, &[(question, 1)]));
    let target = Btf::parse(notation::btf(LITTLE, target)).unwrap();
    match trimmer.trim(&target) {
        Ok(trimmed) => match trimmed.reports[0].error {
            Some(refusal) => refusal.failure.code().into(),
            None => "fine".into(),
        },
        Err(error) => error.code().into(),
    }
}

/// Two copies of a struct whose anonymous members contain each other for ever.
#[test]
fn anonymous_structs_that_contain_each_other_do_not_overflow_the_stack() {
    let local = "u int 4; s struct 8 x:u@0";
    let target = "s struct 8 :.a@0; s#2 struct 8 :.b@0; .a struct 8 :.b@0; .b struct 8 :.a@0";
    assert_eq!(outcome(local, target, "field_exists s 0:0"), "RELO_DEPTH");
    let types = "s struct 8 :.a@0; .a struct 8 :.a@0";
    assert_eq!(outcome(types, target, "type_matches s 0"), "RELO_DEPTH");
}

/// The same through arrays.
#[test]
fn an_array_of_itself_ends_in_a_code() {
    let types = "u int 4; .a array .a 1; s struct 8 m:.a@0; t typedef .a";
    assert_eq!(outcome(types, types, "field_exists s 0:0"), "RELO_STEPS");
    assert_eq!(outcome(types, types, "type_exists t 0"), "RELO_DEPTH");
    assert_eq!(outcome(types, types, "type_matches s 0"), "RELO_DEPTH");
}

#[test]
fn an_explosion_of_anonymous_structs_ends_in_a_code() {
    let structs = (0..40).map(|n| format!(".s{n} struct 8 :.s{0}@0 :.s{0}@0\n", n + 1)).collect::<String>();
    let target = format!("u int 4\ns struct 8 :.s0@0\n{structs}.s40 struct 8 y:u@0");
    assert_eq!(outcome("u int 4; s struct 8 x:u@0", &target, "field_exists s 0:0"), "RELO_STEPS");
    assert_eq!(outcome(&target.replace("y:u", "x:u"), &target, "type_matches s 0"), "RELO_DEPTH");
}

/// The steps of all candidates count together.
#[test]
fn an_explosion_in_a_thousand_candidates_is_given_up_once() {
    let structs = (0..40).map(|n| format!(".s{n} struct 8 :.s{0}@0 :.s{0}@0\n", n + 1)).collect::<String>();
    let candidates = (0..1000).map(|n| format!("s#{n} struct 8 :.s0@0\n")).collect::<String>();
    let target = format!("u int 4\n{candidates}{structs}.s40 struct 8 y:u@0");
    assert_eq!(outcome("u int 4; s struct 8 x:u@0", &target, "field_exists s 0:0"), "RELO_STEPS");
}

/// Telling the links of a chain apart takes as many rounds as it has links.
#[test]
fn a_chain_of_ten_thousand_pointers_is_given_up_after_a_number_of_steps() {
    let chain = |length: usize| {
        let pointers = (0..length).map(|n| format!(".p{n} ptr .p{}\n", n + 1)).collect::<String>();
        format!("t typedef .p0\n{pointers}.p{length} ptr void")
    };
    assert_eq!(outcome(&chain(40), &chain(500), "type_exists t 0"), "RELO_DEPTH");
    assert_eq!(outcome(&chain(40), &chain(10_000), "type_exists t 0"), "RELO_STEPS");
    assert_eq!(outcome(&chain(30), &chain(10_000), "type_exists t 0"), "fine", "nothing of it is kept");
}
