//! One type in C, and where its text names others.

use bpfc_btf::{Btf, Code, Endian, Kind, TypeId, dump};
use proptest::prelude::*;

use crate::ENDIANS;
use crate::common::{notation, random};

const BUILTIN: &str = "int int 4 signed; char int 1 signed; long int 8 signed";

fn parse(text: &str) -> Btf<'static> {
    Btf::parse(notation::btf(Endian::Little, &format!("{text};{BUILTIN}"))).unwrap()
}

/// The first of these types, each name of another one in `[]`.
fn first(text: &str) -> String {
    let definition = dump::definition(&parse(text), TypeId(1)).unwrap();
    let (mut marked, mut end) = (String::new(), 0);
    for link in &definition.links {
        marked +=
            &format!("{}[{}]", &definition.text[end..link.start], &definition.text[link.start..link.end]);
        end = link.end;
    }
    marked + &definition.text[end..]
}

#[test]
fn a_struct_names_the_types_of_its_members_but_not_itself() {
    let text = "s struct 24 next:.p@0 t:t@64 a:.a@128; .p ptr s; t typedef u; u struct 8; .a array e 2; e enum 4 A=1";
    assert_eq!(first(text), "struct s {\n\tstruct s *next;\n\t[t] t;\n\tenum [e] a[2];\n};");
}

#[test]
fn only_the_type_itself_is_written_and_anonymous_types_inside_it() {
    let text = "t typedef .s; .s struct 8 u:.u@0 e:.e@32; .u union 4 a:int@0 b:s@0; .e enum 4 A=1 B=2; s struct 4 c:int@0";
    let expected = "\
typedef struct {
	union {
		[int] a;
		struct [s] b;
	} u;
	enum {
		A = 1,
		B = 2,
	} e;
} t;";
    assert_eq!(first(text), expected);
}

#[test]
fn types_of_one_name_are_not_numbered() {
    let text = "s#1 struct 8 a:.p@0; .p ptr s#2; s#2 struct 4; s#3 struct 4";
    assert_eq!(first(text), "struct s {\n\tstruct [s] *a;\n};");
    let text = "a struct 4 u:u32#1@0; u32#1 int 4; u32#2 typedef int; u32#3 int 4 signed";
    assert_eq!(first(text), "struct a {\n\t[u32] u;\n};");
}

#[test]
fn attributes_and_padding_are_the_dumps() {
    let text = "s struct 16 a:char@0 b:in@8; in struct 8 c:int@0";
    let expected = "struct s {\n\t[char] a;\n\tstruct [in] b;\n} __attribute__((packed, aligned(8)));";
    assert_eq!(first(text), expected);
    let text = "s struct 4004 a:int@0 b:int@32000";
    assert_eq!(first(text), "struct s {\n\t[int] a;\n\tchar __padding_1[3996];\n\t[int] b;\n};");
}

#[test]
fn every_kind_has_a_text() {
    for (text, expected) in [
        ("int int 4 signed", "int"),
        ("u32 int 4", "typedef unsigned int u32"),
        ("float float 4", "float"),
        ("s struct 0", "struct s {}"),
        (".u union 4 a:int@0", "union {\n\t[int] a;\n}"),
        ("e enum 4", "enum e : unsigned int"),
        (".e enum 4", "unsigned int"),
        (".e enum64 8 A=1", "enum {\n\tA = 1ULL,\n} __attribute__((mode(DI)))"),
        ("f fwd union", "union f"),
        ("t typedef .p; .p ptr .f; .f proto int char", "typedef [int] (*t)([char])"),
        ("__builtin_va_list typedef .a; .a array v 1; v struct 4", "__builtin_va_list"),
        ("__gnuc_va_list typedef void", "typedef __builtin_va_list __gnuc_va_list"),
        ("f func .p; .p proto void .q; .q ptr s; s struct 0", "void f(struct [s] *)"),
        ("v var .a 1; .a array s 4; s struct 0", "extern struct [s] v[4]"),
        (".p ptr .c; .c const s; s struct 0", "const struct [s] *"),
        (".p ptr .f; .f proto int", "[int] (*)(void)"),
        (".a array .b 2; .b array char 3", "[char][2][3]"),
        (".t type_tag int", "[int]"),
        (
            ".data..x datasec 12 v@0:4 w@8:4; v var int 0; w var s 1; s struct 4",
            "\
/* .data..x: 12 bytes */
extern [int] [v]; /* at byte 0, 4 bytes */
extern struct [s] [w]; /* at byte 8, 4 bytes */",
        ),
        ("note decl_tag s 1; s struct 0", "/* tag note of struct [s], part 1 */"),
        ("note decl_tag t -1; t typedef s; s struct 0", "/* tag note of [t] */"),
    ] {
        assert_eq!(first(text).trim_end_matches(';'), expected, "{text}");
    }
    assert_eq!(dump::definition(&parse(""), TypeId::VOID).unwrap().text, "void");
}

#[test]
fn names_in_comments_cannot_end_them() {
    assert_eq!(first("a*/b datasec 0"), "/* a__b: 0 bytes */");
}

#[test]
fn what_cannot_be_written_is_refused() {
    let refused = |text: &str| dump::definition(&parse(text), TypeId(1)).unwrap_err().code();
    assert_eq!(refused("s struct 4 a:s@0"), Code::Cycle);
    let doubling = |n: usize| format!(".s{n} struct 0 a:.s{}@0 b:.s{}@0;", n + 1, n + 1);
    assert_eq!(refused(&((0..50).map(doubling).collect::<String>() + ".s50 struct 0")), Code::Dump);
}

#[test]
fn links_count_as_text_does() {
    // 800 KB, of which 13 MB of text with 1.3 million links would be made.
    let ints: String = (0..20).map(|n| format!(" a:int@{}", n * 32)).collect();
    let members = " m:.in@0".repeat(65_535);
    let btf = parse(&format!("u union 80{members}; .in struct 80{ints}"));
    assert_eq!(dump::definition(&btf, TypeId(1)).unwrap_err().code(), Code::Dump);
}

/// Without the numbers that a header gives to names (`___2`) and to padding (`__padding_2`); ends in a line feed.
fn without_numbers(text: &str) -> String {
    let mut kept = String::new();
    let mut digits = String::new();
    for next in text.chars().chain(['\n']) {
        if next.is_ascii_digit() {
            digits.push(next);
            continue;
        }
        if kept.ends_with("___") && !digits.is_empty() {
            kept.truncate(kept.len() - 3);
        } else if !kept.ends_with("__padding_") {
            kept += &digits;
        }
        digits.clear();
        kept.push(next);
    }
    kept
}

proptest! {
    #[test]
    fn links_are_the_names_of_other_types_in_order(records in random::records(40), big in any::<bool>()) {
        let btf = Btf::parse(random::write(ENDIANS[usize::from(big)], &records)).unwrap();
        for id in btf.ids() {
            let definition = match dump::definition(&btf, id) {
                Ok(definition) => definition,
                Err(error) => {
                    prop_assert!([Code::Cycle, Code::Dump].contains(&error.code()));
                    continue;
                }
            };
            prop_assert!(definition.text.is_ascii() && !definition.text.is_empty());
            let mut end = 0;
            for link in &definition.links {
                prop_assert!(link.start >= end && link.start < link.end && link.id != id);
                end = link.end;
                let name = definition.text[link.start..link.end].trim_end_matches('_').as_bytes();
                prop_assert!(btf.name(link.id).starts_with(name), "{:?} in {}", link, definition.text);
            }
        }
    }

    #[test]
    fn the_text_is_what_a_header_for_the_type_has_of_it(records in random::records(40)) {
        let btf = Btf::parse(random::write(Endian::Little, &records)).unwrap();
        for id in btf.ids() {
            let kind = btf.ty(id).kind();
            let declared = kind.is_composite() || matches!(kind, Kind::Typedef | Kind::Func | Kind::Var);
            if let (true, Ok(header)) = (declared, dump::c(&btf, Some(&[id]))) {
                let text = dump::definition(&btf, id).unwrap().text;
                let [header, text] = [header, text].map(|text| without_numbers(&text));
                prop_assert!(header.contains(&format!("\n{text}")), "{text}\n--- in ---\n{header}");
            }
        }
    }
}
