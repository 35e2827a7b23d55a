//! Kernels trimmed together with their modules (libbpf: `bpf_core_find_cands`, `load_module_btfs`).

use std::sync::Arc;

use bpfc_btf::{Btf, Builder, Endian};
use bpfc_relo::{Error, Trimmed, Trimmer};

use crate::{list, notation, object};

const KERNEL: &str = "int int 4; base struct 8 x:int@0 y:int@32; shared struct 8 a:int@32";

fn kernel() -> Arc<Btf<'static>> {
    Arc::new(Btf::parse(notation::btf(Endian::Little, KERNEL)).unwrap())
}

/// A module's types over the kernel's. Its names are the kernel's strings where these have them, so that the offsets in
/// the text's own strings can stay: the strings begin with those of the kernel.
fn module(kernel: &Arc<Btf<'static>>, text: &str) -> Btf<'static> {
    let mut builder = Builder::new(Endian::Little);
    let labels = notation::write(&mut builder, KERNEL);
    builder = Builder::new(Endian::Little);
    let strings = &kernel.bytes()[kernel.header().strings.clone()];
    strings.split(|&byte| byte == 0).for_each(|name| {
        builder.name(name);
    });
    notation::write_over(&mut builder, text, &labels, kernel.type_count());
    let bytes = builder.finish().unwrap();
    let own = kernel.strings().len();
    let strings_at = 24 + u32::from_le_bytes(*bytes[12..].first_chunk().unwrap()) as usize;
    // What is behind the kernel's strings are the module's own.
    let (head, strings) = bytes.split_at(strings_at);
    let strings = &strings[own as usize..];
    let mut out = head.to_vec();
    out[20..24].copy_from_slice(&(strings.len() as u32).to_le_bytes());
    out.extend_from_slice(strings);
    Btf::parse_split(out, Arc::clone(kernel)).unwrap()
}

fn trim(local: &str, questions: &[&str], modules: &[&str]) -> Trimmed {
    try_trim(local, questions, modules).unwrap()
}

fn try_trim(local: &str, questions: &[&str], modules: &[&str]) -> Result<Trimmed, Error> {
    let kernel = kernel();
    let questions: Vec<(&str, u64)> = questions.iter().map(|&question| (question, 0)).collect();
    let mut trimmer = Trimmer::new();
    trimmer.add(object(local, &questions));
    let modules: Vec<Btf> = modules.iter().map(|text| module(&kernel, text)).collect();
    trimmer.trim_with_modules(&kernel, &modules)
}

fn kept(trimmed: &Trimmed) -> Vec<String> {
    list(&Btf::parse(trimmed.btf.as_slice()).unwrap())
}

#[test]
fn a_type_that_only_a_module_has_is_merged_with_what_it_needs_of_the_kernel() {
    let local = "int int 4; inner struct 4 x:int@0; m struct 4 b:inner@0";
    let trimmed =
        trim(local, &["field_byte_offset m 0:0:0"], &["other struct 4 x:int@0", "m struct 24 b:base@64"]);
    assert_eq!(kept(&trimmed), ["struct base 8 x:int@0", "int int 4", "struct m 24 b:struct base@64"]);
    assert_eq!(trimmed.modules, [1]);
}

#[test]
fn the_kernels_own_type_counts_whatever_modules_have() {
    let local = "int int 4; shared struct 4 a:int@0";
    let trimmed = trim(local, &["field_byte_offset shared 0:0"], &["shared struct 4 a:int@0"]);
    assert_eq!(kept(&trimmed), ["int int 4", "struct shared 8 a:int@32"]);
    assert_eq!(trimmed.modules, [0usize; 0], "nothing is merged");
}

/// Where a module's definition is kept as part of another type it has no name, or libbpf would find two candidates.
#[test]
fn a_modules_definition_of_a_type_that_the_kernel_has_is_no_candidate() {
    let local = "int int 4; shared struct 4 a:int@0; m struct 8 s:shared@0";
    let questions = ["field_byte_offset m 0:0:0", "field_byte_offset shared 0:0"];
    let trimmed = trim(local, &questions, &["shared struct 4 a:int@0; m struct 8 s:shared@32"]);
    let kept = kept(&trimmed);
    assert_eq!(
        kept,
        ["struct  4 a:int@0", "int int 4", "struct m 8 s:struct {...}@32", "struct shared 8 a:int@32"]
    );
    assert_eq!(trimmed.reports[0].error.map(|refusal| refusal.failure), None);
}

/// `TYPE_MATCHES` compares the names of embedded structs, which the module's has to lose.
#[test]
fn an_answer_that_rests_on_such_a_definitions_name_is_refused() {
    let local = "int int 4; shared struct 4 a:int@0; m struct 4 s:shared@0";
    let module = ["shared struct 4 a:int@0; m struct 4 s:shared@0"];
    let questions = ["type_matches m 0", "type_exists shared 0"];
    let error = try_trim(local, &questions, &module).map(|trimmed| kept(&trimmed)).unwrap_err();
    assert_eq!(error.code(), "TRIM_MODULE");
}

#[test]
fn definitions_of_several_modules_are_all_candidates() {
    let local = "int int 4; m struct 4 x:int@0";
    let same = trim(local, &["field_byte_offset m 0:0"], &["m struct 8 x:int@32", "m struct 8 x:int@32"]);
    assert_eq!((same.modules.as_slice(), same.reports[0].error), (&[0, 1][..], None));
    let different = trim(local, &["field_byte_offset m 0:0"], &["m struct 8 x:int@32", "m struct 8 x:int@0"]);
    assert_eq!(different.reports[0].error.map(|refusal| refusal.failure.code()), Some("RELO_AMBIGUOUS"));
}
