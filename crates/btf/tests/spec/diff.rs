//! What differs between two BTFs.

use bpfc_btf::{Btf, Difference, Endian, PartDifference, diff};

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
    if part.is_moved() {
        text += &format!(" moved {}>{}", old.bit_offset, new.bit_offset);
    }
    if part.is_retyped() {
        text += &format!(" {}:{}>{}:{}", old.ty, old.bit_size, new.ty, new.bit_size);
    }
    if part.is_renumbered() {
        text += &format!(" = {}>{}", old.value, new.value);
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

#[test]
fn what_no_compiler_nests_is_a_limit() {
    let circle = Btf::parse(notation::btf(Endian::Little, ".a struct 4 :.a@0; s struct 4 :.a@0")).unwrap();
    assert_eq!(diff(&circle, &circle, &[]).unwrap_err().code().name(), "BTF_DUMP");
    let levels: String =
        (0..14).map(|n| format!(".a{n} struct 4 a:.a{0}@0 b:.a{0}@0 c:.a{0}@0\n", n + 1)).collect();
    let explosion = notation::btf(Endian::Little, &format!("{levels}.a14 struct 4; s struct 4 :.a0@0"));
    let explosion = Btf::parse(explosion).unwrap();
    assert_eq!(diff(&explosion, &explosion, &[]).unwrap_err().code().name(), "BTF_DUMP");
}
