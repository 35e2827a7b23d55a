//! What differs between two BTFs.

use bpfc_btf::{Btf, Difference, Endian, Part, PartDifference, Side, diff};

use crate::common::notation;

fn differences(old: &str, new: &str, names: &[&str]) -> Vec<Difference> {
    let [old, new] = [old, new].map(|text| Btf::parse(notation::btf(Endian::Little, text)).unwrap());
    diff(&old, &new, names).unwrap()
}

/// `+name` added, `-name` removed, `name moved 32>64`, `name int>u8`, `name = 1>2`.
fn part(part: &PartDifference) -> String {
    let name = &part.name;
    let (Some(old), Some(new)) = (&part.old, &part.new) else {
        return format!("{}{name}", if part.old.is_none() { "+" } else { "-" });
    };
    let mut text = name.clone();
    match (old, new) {
        (
            Part::Member { ty: old_ty, bit_offset: old_at, bit_size: old_bits },
            Part::Member { ty: new_ty, bit_offset: new_at, bit_size: new_bits },
        ) => {
            if part.is_moved() {
                text += &format!(" moved {old_at}>{new_at}");
            }
            if part.is_retyped() {
                text += &format!(" {old_ty}:{old_bits}>{new_ty}:{new_bits}");
            }
        }
        (Part::Enumerator { value: old }, Part::Enumerator { value: new }) => {
            assert!(part.is_renumbered());
            text += &format!(" = {old}>{new}");
        }
        _ => panic!("a member is no enumerator"),
    }
    text
}

/// `struct s 8>16: ...`, or `+struct s`, `-struct s`.
fn told(old: &str, new: &str) -> Vec<String> {
    let line = |it: &Difference| match (it.old, it.new) {
        (Some(old), Some(new)) => {
            let parts: Vec<String> = it.parts.iter().map(part).collect();
            let kind = if old.kind == new.kind {
                old.kind.name().to_string()
            } else {
                format!("{}>{}", old.kind.name(), new.kind.name())
            };
            format!("{kind} {} {}>{}: {}", it.name, old.size, new.size, parts.join(", "))
        }
        (None, Some(new)) => format!("+{} {}", new.kind.name(), it.name),
        (Some(old), None) => format!("-{} {}", old.kind.name(), it.name),
        (None, None) => panic!("a difference without a type"),
    };
    differences(old, new, &[]).iter().map(line).collect()
}

#[test]
fn equal_types_do_not_differ_whatever_their_ids() {
    assert_eq!(told("int int 4; s struct 4 x:int@0", "s struct 4 x:int@0; int int 4"), [""; 0]);
}

#[test]
fn members_are_added_removed_moved_and_retyped() {
    let old = "int int 4; u8 int 1; s struct 16 a:int@0 b:int@32 c:int@64 d:u8@96";
    let new = "int int 4; u8 int 1; s struct 20 a:int@0 new:int@32 c:int@96 d:int@128";
    assert_eq!(told(old, new), ["struct s 16>20: -b, +new, c moved 64>96, d moved 96>128 u8:0>int:0"]);
}

#[test]
fn a_bitfields_width_belongs_to_its_type() {
    assert_eq!(
        told("int int 4; s struct 4 x:int@0:3", "int int 4; s struct 4 x:int@0:4"),
        ["struct s 4>4: x int:3>int:4"]
    );
}

#[test]
fn members_of_anonymous_types_stand_by_their_path() {
    let old = "int int 4; .u union 4 a:int@0 b:int@0; .n struct 4 x:int@0; s struct 8 :.u@0 n:.n@32";
    let new = "int int 4; .u union 4 a:int@0; .n struct 8 x:int@32; s struct 12 :.u@0 n:.n@32";
    assert_eq!(told(old, new), ["struct s 8>12: -b, n.x moved 32>64"]);
}

#[test]
fn anonymous_types_are_looked_into_through_arrays_pointers_and_qualifiers() {
    let of = |x: &str| {
        format!(
            "int int 4; .n struct 8 {x}; .a array .n 3; .aa array .a 2; .p ptr .n; .c const .p; \
             s struct 64 h:int@0 a:.aa@32 p:.c@448; t typedef .p"
        )
    };
    assert_eq!(
        told(&of("x:int@0"), &of("x:int@32")),
        ["struct s 64>64: a.x moved 32>64, p.x moved 0>32", "typedef t 0>0: x moved 0>32"],
        "of the first element, and from where the pointer points to"
    );
}

#[test]
fn enumerators_of_anonymous_enums_stand_by_the_member() {
    let old = ".e enum 4 A=0 B=1; .a array .e 2; int int 4; s struct 12 e:.e@0 list:.a@32; t typedef .e";
    let new = ".e enum 4 A=0 B=2 C=3; .a array .e 2; int int 4; s struct 12 e:.e@0 list:.a@32; t typedef .e";
    assert_eq!(
        told(old, new),
        ["struct s 12>12: e.B = 1>2, +e.C, list.B = 1>2, +list.C", "typedef t 0>0: B = 1>2, +C"]
    );
}

#[test]
fn a_member_is_never_an_enumerator_of_the_same_name() {
    let old = "int int 4; .x struct 4 A:int@0; s struct 4 x:.x@0";
    let new = "int int 4; .x enum 4 A=0; s struct 4 x:.x@0";
    assert_eq!(told(old, new), ["struct s 4>4: x struct {...}:0>enum {...}:0, -x.A, +x.A"]);
}

#[test]
fn what_a_typedef_names_is_told_of_the_typedef_alone() {
    let of = |b: u32| format!(".e enum 4 A={b}; t typedef .e; s struct 4 t:t@0");
    assert_eq!(told(&of(0), &of(1)), ["typedef t 0>0: A = 0>1"]);
}

#[test]
fn constants_without_a_type_are_left_out() {
    assert_eq!(told(".e enum 4 A=0", ".e enum 4 A=1"), [""; 0]);
}

#[test]
fn qualifiers_are_not_compared() {
    assert_eq!(
        told("int int 4; .c const int; s struct 4 x:int@0", "int int 4; .c const int; s struct 4 x:.c@0"),
        [""; 0]
    );
}

#[test]
fn a_struct_may_become_a_union_or_a_size_alone_change() {
    assert_eq!(
        told("int int 4; s struct 4 x:int@0", "int int 4; s union 4 x:int@0"),
        ["struct>union s 4>4: "]
    );
    assert_eq!(told("int int 4; s struct 4 x:int@0", "int int 4; s struct 8 x:int@0"), ["struct s 4>8: "]);
}

#[test]
fn enumerators_are_added_removed_and_renumbered() {
    assert_eq!(told("e enum 4 A=0 B=1 C=2", "e enum 4 A=0 C=1 D=2"), ["enum e 4>4: -B, C = 2>1, +D"]);
    assert_eq!(told("e enum 4 A=0", "e enum64 8 A=0"), ["enum>enum64 e 4>8: "]);
}

#[test]
fn typedefs_and_functions_differ_by_their_type() {
    let old = "int int 4; u8 int 1; t typedef int; .p proto int int; f func .p global";
    let new = "int int 4; u8 int 1; t typedef u8; .p proto int int u8; f func .p global";
    assert_eq!(told(old, new), ["typedef t 0>0:  int:0>u8:0", "func f 0>0:  int (int):0>int (int, u8):0"]);
}

#[test]
fn types_are_added_and_removed() {
    assert_eq!(told("a struct 4; b struct 4", "b struct 4; c struct 4"), ["-struct a", "+struct c"]);
}

#[test]
fn of_several_types_of_a_name_equal_ones_are_the_same() {
    let old = "int int 4; s#1 struct 4 a:int@0; s#2 struct 4 b:int@0";
    let new = "int int 4; s#1 struct 4 b:int@0; s#2 struct 4 c:int@0";
    assert_eq!(told(old, new), ["struct s 4>4: -a, +c"]);
    let twice = "int int 4; s#1 struct 4 a:int@0; s#2 struct 4 a:int@0";
    assert_eq!(told(twice, "int int 4; s struct 4 b:int@0"), ["struct s 4>4: -a, +b"]);
}

#[test]
fn only_the_types_asked_for() {
    let (old, new) = ("s struct 4; s#t typedef s; u struct 4", "s struct 8; u struct 8");
    let names = |names: &[&str]| -> Vec<String> {
        differences(old, new, names).into_iter().map(|difference| difference.name).collect()
    };
    assert_eq!(names(&["struct s"]), ["s"]);
    assert_eq!(names(&["s"]), ["s", "s"], "the typedef too");
    assert_eq!(names(&["s", "struct s", "enum u"]), ["s", "s"]);
}

/// Code of the error of comparing a BTF with an empty one, on either side; the error is at the record of `s`, the type
/// that is labelled last.
fn refused(text: &str) -> &'static str {
    let bytes = notation::btf(Endian::Little, text);
    let (btf, empty) =
        (Btf::parse(&bytes).unwrap(), Btf::parse(notation::btf(Endian::Little, "int int 4")).unwrap());
    let [old, new] = [diff(&btf, &empty, &[]).unwrap_err(), diff(&empty, &btf, &[]).unwrap_err()];
    assert_eq!([old.side, new.side], [Side::Old, Side::New]);
    assert_eq!(old.error, new.error);
    let last = btf.ids().next_back().unwrap();
    assert_eq!(old.error.value(), u64::from(last.0));
    let at = old.error.offset() as usize;
    assert_eq!(bytes[at..at + 4], btf.ty(last).name_offset().to_le_bytes(), "a record starts with its name");
    old.error.code().name()
}

#[test]
fn what_no_compiler_nests_is_a_limit() {
    assert_eq!(refused(".a struct 4 :.a@0; s struct 4 :.a@0"), "BTF_DUMP");
    assert_eq!(refused(".c const .d; .d volatile .c; s struct 4 c:.c@0"), "BTF_CYCLE");
    assert_eq!(refused(".p ptr .q; .q array .p 2; s struct 4 p:.p@0"), "BTF_CYCLE");
}

#[test]
fn what_is_repeated_without_end_is_a_limit() {
    let levels = |member: &str| -> String {
        let members =
            |n: usize| ["a", "b", "c"].map(|name| format!("{}:.a{n}@0", member.replace('?', name))).join(" ");
        (0..14).map(|n| format!(".a{n} struct 4 {}\n", members(n + 1))).collect()
    };
    let long = "n".repeat(500);
    for member in ["?", "", &format!("?{long}")] {
        let text = format!("{}.a14 struct 4; s struct 4 :.a0@0", levels(member));
        assert_eq!(refused(&text), "BTF_DUMP", "members named {member:?}");
    }
}

/// 20 000 parts of 9 * 500 bytes each would be 90 MB, of a BTF of 250 KB.
#[test]
fn long_paths_count_by_their_bytes() {
    let long = "n".repeat(500);
    let levels: String = (0..8).map(|n| format!(".a{n} struct 4 {long}:.a{}@0\n", n + 1)).collect();
    let members = |n: usize| -> String { (0..n).map(|n| format!(" m{n}:int@0")).collect() };
    let text = |n: usize| format!("int int 4\n{levels}.a8 struct 4{}\ns struct 4 :.a0@0", members(n));
    assert_eq!(refused(&text(20_000)), "BTF_DUMP");
    assert_eq!(told(&text(100), &text(101)).len(), 1);
}
