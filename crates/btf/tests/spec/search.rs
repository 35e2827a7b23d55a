//! Types by a part of their name.

use std::sync::Arc;

use bpfc_btf::{Btf, Builder, Endian, TypeId};
use proptest::prelude::*;

use crate::common::{notation, random};

/// The kinds and names that a text finds among these types.
fn found(types: &str, text: &str) -> Vec<String> {
    let btf = Btf::parse(notation::btf(Endian::Little, types)).unwrap();
    let told = |id: TypeId| format!("{} {}", btf.ty(id).kind().name(), String::from_utf8_lossy(btf.name(id)));
    btf.search(text).into_iter().map(told).collect()
}

#[test]
fn the_name_itself_comes_first_then_beginnings_then_words_then_the_rest() {
    let types =
        "asock struct 0; a_sock struct 0; socket struct 0; sock struct 0; sock_b struct 0; u struct 0";
    let expected = ["struct sock", "struct socket", "struct sock_b", "struct a_sock", "struct asock"];
    assert_eq!(found(types, "sock"), expected);
}

#[test]
fn a_name_counts_by_its_best_place() {
    assert_eq!(
        found("xab_ab struct 0; c_ab struct 0; xab struct 0", "ab"),
        ["struct xab_ab", "struct c_ab", "struct xab"]
    );
}

#[test]
fn functions_and_variables_come_behind_the_types() {
    let types = "run func .p; run_v var i 1; .p proto void; i int 4; run_t typedef i; run struct 0";
    assert_eq!(found(types, "run"), ["struct run", "func run", "typedef run_t", "var run_v"]);
}

#[test]
fn ascii_case_does_not_matter() {
    assert_eq!(found("Elf64_Addr struct 0; ELF struct 0", "eLf"), ["struct ELF", "struct Elf64_Addr"]);
}

#[test]
fn a_kind_before_the_name_asks_for_it_alone() {
    let types = "x#1 struct 0; x#2 union 0; x#3 enum 4; x#4 enum64 8; x#5 typedef x#1; x#6 func .p; .p proto void; x#7 fwd; struct struct 0";
    let of = |text| found(types, text);
    assert_eq!(of("struct x"), ["struct x"]);
    assert_eq!(of("union x"), ["union x"]);
    assert_eq!(of("enum x"), ["enum x", "enum64 x"]);
    assert_eq!(of("typedef x"), ["typedef x"]);
    assert_eq!(of("  func   x "), ["func x"]);
    assert_eq!(of("struct "), ["struct x", "struct struct"]);
    assert_eq!(of("struct"), ["struct struct"]);
    assert_eq!(of("x").len(), 7);
    assert_eq!(found("un struct 0; unsigned#1 struct 0", "other un"), Vec::<String>::new());
}

#[test]
fn blanks_are_a_part_of_some_names() {
    let mut builder = Builder::new(Endian::Little);
    let id = builder.int(b"long unsigned int", 8, bpfc_btf::IntEncoding::Unsigned, 64);
    let btf = Btf::parse(builder.finish().unwrap()).unwrap();
    assert_eq!(btf.search("unsigned int"), [id]);
}

#[test]
fn an_empty_text_finds_what_has_a_name() {
    let types =
        "s struct 0; .u union 0; i int 4; .p ptr i; note decl_tag s -1; user type_tag s; sec datasec 0";
    assert_eq!(found(types, " "), ["struct s", "int i", "datasec sec"]);
}

#[test]
fn names_end_where_they_end() {
    let types = "ab struct 0; cd struct 0";
    for text in ["abc", "b\0c", "ab\0", "\0"] {
        assert_eq!(found(types, text), Vec::<String>::new(), "{text:?}");
    }
}

#[test]
fn a_part_that_almost_came_is_not_lost() {
    assert_eq!(found("aabaabaaab struct 0; abab struct 0", "AABAAA"), ["struct aabaabaaab"]);
    assert_eq!(found("xaa_aab struct 0; aaaa_b struct 0", "aab"), ["struct xaa_aab"]);
}

#[test]
fn names_are_searched_up_to_512_bytes() {
    let name = |size: usize| "a".repeat(size) + "b";
    let types = format!("{} struct 0; {} struct 0", name(511), name(512));
    assert_eq!(found(&types, "b"), [format!("struct {}", name(511))]);
    assert_eq!(found(&types, "ab").len(), 2);
    assert_eq!(found(&types, &name(511)).len(), 2);
    assert_eq!(found(&types, &name(512)), Vec::<String>::new());
}

#[test]
fn of_a_split_btf_the_own_types_are_searched() {
    let base = Arc::new(Btf::parse(notation::btf(Endian::Little, "sock struct 4")).unwrap());
    // A struct of the same name, which is in the base's strings.
    let own = [base.ty(TypeId(1)).name_offset(), crate::info(false, 4, 0), 8];
    let split = Btf::parse_split(crate::records(Endian::Little, &own, b""), Arc::clone(&base)).unwrap();
    assert_eq!(split.search("sock"), [TypeId(2)]);
    assert_eq!(split.search(""), [TypeId(2)]);
}

proptest! {
    /// What a plain filter finds, each once.
    #[test]
    fn all_that_contains_the_text_is_found(records in random::records(40), text in "[a-b_ ]{0,3}") {
        let btf = Btf::parse(random::write(Endian::Little, &records)).unwrap();
        let mut found = btf.search(&text);
        found.sort_unstable();
        let is_type = |id: &TypeId| !btf.ty(*id).kind().name().ends_with("_tag");
        let contains = |id: &TypeId| {
            let name = String::from_utf8_lossy(btf.name(*id));
            !name.is_empty() && name.contains(text.trim())
        };
        prop_assert_eq!(found, btf.ids().filter(is_type).filter(contains).collect::<Vec<_>>());
    }
}
