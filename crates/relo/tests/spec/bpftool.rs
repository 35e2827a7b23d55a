//! Where bpftool's `gen min_core_btf` changes answers or gives up, and this crate does not.

use bpfc_btf::{Btf, Endian, Kind};
use bpfc_relo::Trimmed;

use crate::{kept, notation, object, trim};

/// Trims, and asks the trimmed types again: the report must stay as it is. Each question comes with
/// the value that its instruction must hold.
fn steady(local: &str, target: &str, questions: &[(&str, u64)]) -> Trimmed {
    let object = object(local, questions);
    let target = Btf::parse(notation::btf(Endian::Little, target)).unwrap();
    let trimmed = trim(std::slice::from_ref(&object), &target);
    let again = trim(&[object], &Btf::parse(trimmed.btf.as_slice()).unwrap());
    assert_eq!(again.reports, trimmed.reports);
    assert_eq!(again.btf, trimmed.btf);
    trimmed
}

/// A member that becomes `void *` would suddenly match a local `void *`.
#[test]
fn a_pointer_kept_for_its_offset_does_not_turn_into_void_pointer_for_type_match() {
    let local = "s struct 8 p:.v@0; .v ptr void; s___field struct 8 p:.v@0";
    let target = "s struct 16 p:.b@64; .b ptr bar; bar struct 4";
    let questions = ["field_byte_offset s___field 0:0", "type_matches s 0"];
    let lines = kept(local, target, &questions);
    assert!(lines.contains(&"ptr  struct bar".into()), "what it points to stays: {lines:?}");
    let without = kept(local, target, &questions[..1]);
    assert!(without.contains(&"ptr  void".into()), "but only where it is asked about: {without:?}");
    steady(local, target, &[(questions[0], 0), (questions[1], 1)]);
}

/// The same for a typedef of a pointer that only a member keeps.
#[test]
fn a_typedef_of_a_pointer_does_not_begin_to_exist() {
    let local = "t typedef .v; .v ptr void; s struct 8 p:t@0";
    let target = "t typedef .b; .b ptr bar; bar struct 4; s struct 16 p:t@64";
    let questions = ["field_byte_offset s 0:0", "type_exists t 0"];
    let lines = kept(local, target, &questions);
    assert!(!lines.iter().any(|line| line.starts_with("typedef")), "no candidate, no answer: {lines:?}");
    steady(local, target, &[(questions[0], 0), (questions[1], 1)]);
}

/// bpftool: "unsupported kind" of TYPE_TAG (`__user`, `__rcu`).
#[test]
fn type_match_goes_through_type_tags() {
    let local = "s struct 8 p:.p@0; .p ptr bar; bar struct 4";
    let target = "s struct 16 p:.p@64 q:.p@0; .p ptr rcu; rcu type_tag user; user type_tag bar; bar struct 4";
    assert_eq!(
        kept(local, target, &["type_matches s 0"]),
        ["ptr  struct bar", "struct bar 4", "struct s 16 p:struct bar *@64"]
    );
    steady(local, target, &[("type_matches s 0", 1)]);
}

/// bpftool: "unsupported kind" of FWD.
#[test]
fn type_exists_goes_through_a_pointer_to_a_declaration() {
    let types = "t typedef .p; .p ptr bar; bar fwd";
    assert_eq!(
        kept(types, types, &["type_exists t 0"]),
        ["ptr  struct bar", "fwd bar", "typedef t struct bar *"]
    );
    steady(types, types, &[("type_exists t 0", 1)]);
}

/// bpftool overflows its stack: behind an array or a prototype it forgets that it is behind a pointer.
#[test]
fn structs_that_reach_themselves_end() {
    for chain in
        [".p ptr s", ".p ptr .a; .a array s 3", ".p ptr .f; .f proto void s", ".p ptr .f; .f proto s"]
    {
        let types = format!("s struct 16 p:.p@0; {chain}");
        for question in ["type_matches s 0", "type_exists s 0"] {
            let trimmed = steady(&types, &types, &[(question, 1)]);
            assert_eq!(trimmed.reports[0].error, None, "{question} {chain}");
        }
        let typedef = format!("t typedef .p; s struct 16 p:.p@0; {chain}");
        steady(&typedef, &typedef, &[("type_exists t 0", 1), ("type_matches t 0", 1)]);
    }
}

/// A parameter is a level of recursion, so libbpf gives up on a function that takes its own kind.
#[test]
fn a_function_that_takes_itself_is_refused_as_libbpf_does() {
    let types = "s struct 16 p:.p@0; .p ptr .f; .f proto void .p; t typedef .p";
    for question in ["type_matches s 0", "type_exists t 0"] {
        let error = steady(types, types, &[(question, 1)]).reports[0].error.unwrap();
        assert_eq!(error.failure.code(), "RELO_DEPTH", "{question}");
    }
    assert_eq!(steady(types, types, &[("type_exists s 0", 1)]).reports[0].error, None);
}

/// bpftool fails the whole run on what a program that is not loaded asks.
#[test]
fn a_program_that_is_not_loaded_does_not_fail_the_run() {
    use crate::assembler::{Assembler, load_imm64};
    let mut assembler = Assembler::new(Endian::Little, "u32 int 4; .s struct 4 a:u32@0; s struct 4 a:u32@0");
    for (position, label) in [".s", "s"].into_iter().enumerate() {
        let section = format!("?kprobe/{position}");
        assembler.function(&section, &format!("p{position}"), &load_imm64(Endian::Little, 0));
        assembler.relocate(&section, 0, 0, label, "0:0");
    }
    let object = std::sync::Arc::new(bpfc_relo::BpfObject::parse(&assembler.finish()).unwrap());
    let twice = "u32 int 4; s struct 8 a:u32@0; s#2 struct 8 a:u32@32";
    let twice = Btf::parse(notation::btf(Endian::Little, twice)).unwrap();
    let report = trim(&[object], &twice).reports.remove(0);
    assert_eq!(report.error, None);
    let codes: Vec<&str> = report.warnings.iter().map(|warning| warning.failure.code()).collect();
    assert_eq!(codes, ["RELO_ANONYMOUS", "RELO_AMBIGUOUS"]);
}

/// bpftool writes in its host's byte order and a 32-byte header, whatever it was given.
#[test]
fn byte_order_is_the_kernels_and_the_header_has_24_bytes() {
    use crate::assembler::Assembler;
    for endian in [Endian::Little, Endian::Big] {
        let mut assembler = Assembler::new(endian, "s struct 8");
        assembler.function("xdp", "p", &[0; 8]);
        assembler.relocate("xdp", 0, 9, "s", "0");
        let object = std::sync::Arc::new(bpfc_relo::BpfObject::parse(&assembler.finish()).unwrap());
        let target = Btf::parse(notation::btf(endian, "s struct 8")).unwrap();
        let trimmed = Btf::parse(trim(&[object], &target).btf).unwrap();
        assert_eq!((trimmed.endian(), trimmed.header().len), (endian, 24));
        assert_eq!(trimmed.kind(trimmed.first_id()), Some(Kind::Struct));
    }
}
