//! What a kernel has where it has not what a relocation asks for.

use bpfc_btf::{Btf, Endian};
use bpfc_relo::{Explainer, Instead};

use crate::{notation, object};

/// What `target` has instead of what the question asks for, as a sentence.
fn told(local: &str, target: &str, question: &str) -> String {
    let object = object(local, &[(question, 0)]);
    let kernel = Btf::parse(notation::btf(Endian::Little, target)).unwrap();
    let name = |id| kernel.c_name(id);
    match Explainer::new(&object, &kernel).explain(0) {
        None => "nothing".into(),
        Some(Instead::NoType { others }) => {
            let others: Vec<String> = others.into_iter().map(name).collect();
            format!("no type; {}", others.join(", "))
        }
        Some(Instead::NoMember { ty, name: missing, alike }) => {
            let alike = alike.iter().map(|it| format!("{} {}@{}", name(it.ty), it.name, it.bit_offset));
            format!("{} has no {missing}; {}", name(ty), alike.collect::<Vec<_>>().join(", "))
        }
        Some(Instead::OtherMember { ty, member }) => {
            format!("{} has {} {}", name(ty), name(member.ty), member.name)
        }
        Some(Instead::NoEnumerator { ty, name: missing, alike }) => {
            format!("{} has no {missing}; {}", name(ty), alike.join(", "))
        }
        Some(Instead::OtherType { ty }) => format!("another {}", name(ty)),
        Some(other) => panic!("{other:?}"),
    }
}

const TASK: &str = "long int 8; uint int 4; task struct 16 state:long@0 flags:uint@64";

#[test]
fn a_missing_type_may_exist_as_another_kind() {
    assert_eq!(told(TASK, "long int 8", "field_exists task 0:0"), "no type; ");
    assert_eq!(told(TASK, "task fwd struct", "field_exists task 0:0"), "no type; struct task");
    assert_eq!(told(TASK, "task union 8", "type_exists task 0"), "no type; union task");
}

#[test]
fn a_missing_member_may_have_another_name_or_another_may_be_in_its_place() {
    let target = "long int 8; uint int 4; .u union 4 rest:uint@0; \
                  task struct 24 info:long@0 __state:uint@64 task_state_change:long@96 :.u@160";
    assert_eq!(
        told(TASK, target, "field_exists task 0:0"),
        "struct task has no state; uint __state@64, long task_state_change@96, long info@0"
    );
    assert_eq!(told(TASK, target, "field_exists task 0:1"), "struct task has no flags; uint __state@64");
}

#[test]
fn a_path_is_followed_as_far_as_the_kernel_has_it() {
    let local = "u int 4; in struct 8 x:u@0 y:u@32; .a array in 2; s struct 16 a:.a@0";
    let target = "u int 4; in struct 8 z:u@0 yy:u@32; .a array in 2; .n struct 16 a:.a@0; s struct 16 :.n@0";
    assert_eq!(told(local, target, "field_exists s 0:0:1:0"), "struct in has no x; u z@0");
}

#[test]
fn a_member_may_have_a_type_that_cannot_stand_for_it() {
    let target = "long int 8; in struct 8; task struct 16 state:in@0";
    assert_eq!(told(TASK, target, "field_exists task 0:0"), "struct task has struct in state");
}

#[test]
fn a_missing_enumerator_may_have_another_name() {
    let target = "e enum 4 OTHER=0 NR_A_TWO=1";
    assert_eq!(told("e enum 4 A_TWO=0", target, "enumval_exists e 0"), "enum e has no A_TWO; NR_A_TWO");
}

#[test]
fn a_type_may_not_be_as_the_object_declares_it() {
    let target = "long int 8; task struct 16 state:long@0";
    assert_eq!(told(TASK, target, "type_matches task 0"), "another struct task");
}

#[test]
fn circles_and_what_is_answered_anyway_are_not_explained() {
    let circle = "long int 8; .a struct 8 :.a@0; task struct 8 :.a@0";
    assert_eq!(told(TASK, circle, "field_exists task 0:0"), "nothing");
    assert_eq!(told(TASK, TASK, "type_id_local task 0"), "nothing");
    assert_eq!(told(TASK, TASK, "field_exists task 0:7"), "nothing", "no such member in the object");
}
