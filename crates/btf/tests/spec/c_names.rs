//! Types in C's own words.

use bpfc_btf::{Btf, Builder, Endian};

use crate::common::notation;

fn names(text: &str) -> Vec<String> {
    let btf = Btf::parse(notation::btf(Endian::Little, text)).unwrap();
    btf.ids().map(|id| btf.c_name(id)).collect()
}

#[test]
fn the_name_of_each_kind() {
    let cases = [
        ("i int 4", "i"),
        ("d float 8", "d"),
        (".p ptr void", "void *"),
        ("s struct 8", "struct s"),
        (".s struct 8", "struct {...}"),
        ("u union 8", "union u"),
        (".u union 8", "union {...}"),
        ("e enum 4", "enum e"),
        (".e enum 4", "enum {...}"),
        ("e enum64 8", "enum e"),
        ("f fwd", "struct f"),
        ("f fwd union", "union f"),
        ("t typedef void", "t"),
        (".c const void", "void"),
        (".v volatile void", "void"),
        (".r restrict void", "void"),
        ("user type_tag void", "void"),
        ("v var void 0", "v"),
        (".bss datasec 0", ".bss"),
        ("g decl_tag void -1", "g"),
        (".f proto void", "void ()"),
    ];
    for (text, expected) in cases {
        assert_eq!(names(text), [expected], "{text}");
    }
}

#[test]
fn names_of_types_made_of_types() {
    let cases = [
        ("s struct 8; .p ptr s", "struct s *"),
        ("s struct 8; .p ptr .q; .q ptr s", "struct s **"),
        ("i int 4; .p ptr .c; .c const i", "i *"),
        ("i int 4; .p ptr user; user type_tag i", "i *"),
        ("i int 4; .a array i 16", "i[16]"),
        ("i int 4; .a array i 0", "i[0]"),
        ("i int 4; .a array .b 2; .b array i 3", "i[2][3]"),
        ("i int 4; .p ptr .a; .a array i 4", "i (*)[4]"),
        ("i int 4; .a array .p 4; .p ptr i", "i *[4]"),
        ("i int 4; .p ptr .f; .f proto i i .q; .q ptr void", "i (*)(i, void *)"),
        ("i int 4; .f proto i i void", "i (i, ...)"),
        ("i int 4; f func .f; .f proto i", "f"),
    ];
    for (text, expected) in cases {
        // The first type with a reference is the one asked for.
        let position =
            text.split("; ").position(|line| !line.contains(" int ") && !line.contains(" struct "));
        assert_eq!(names(text)[position.unwrap()], expected, "{text}");
    }
}

#[test]
fn void_is_void() {
    let btf = Btf::parse(notation::btf(Endian::Little, "")).unwrap();
    assert_eq!(btf.c_name(bpfc_btf::TypeId::VOID), "void");
    assert_eq!(btf.c_name(bpfc_btf::TypeId(7)), "void", "so is what does not exist");
}

/// A prototype that names itself in each parameter has a name of exponential length.
#[test]
fn a_type_that_contains_itself_has_a_short_name_all_the_same() {
    let params = " .p".repeat(1000);
    for text in [".p ptr .p", ".a array .a 1", &format!(".p ptr .f; .f proto .p{params}")] {
        for name in names(text) {
            assert!(name.contains("...") && name.len() < 1 << 16, "{} bytes", name.len());
        }
    }
}

#[test]
fn a_name_of_megabytes_is_not_repeated() {
    let mut builder = Builder::new(Endian::Little);
    let long = vec![b'x'; 1 << 20];
    let ty = builder.reference(bpfc_btf::Kind::Typedef, &long, bpfc_btf::TypeId::VOID);
    let params = [(&b""[..], ty); 100];
    let proto = builder.prototype(ty, &params);
    let btf = builder.finish().unwrap();
    assert!(Btf::parse(&btf).unwrap().c_name(proto).len() < 1 << 12);
}
