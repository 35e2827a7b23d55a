//! What a file is and what is in it, and an object's relocations over kernels.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "this is test code")]

#[path = "../../relo/tests/common/mod.rs"]
mod assembler;
#[path = "../../btf/tests/common/notation.rs"]
mod notation;

use std::path::Path;
use std::sync::Arc;

use assembler::{Assembler, load_imm64};
use bpfc_archive::{PackContainer, PackWriter};
use bpfc_btf::Endian;
use bpfc_pack::render::{Colors, render_against};
use bpfc_pack::{Against, describe, package_json};
use bpfc_relo::BpfObject;
use serde_json::{Value, json};

fn fixture(name: &str) -> Vec<u8> {
    let objects = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packages/fixtures/objects/bpfel");
    std::fs::read(objects.join(format!("{name}.bpf.o"))).unwrap()
}

fn types(text: &str) -> Vec<u8> {
    notation::btf(Endian::Little, text)
}

/// The fields of that name.
fn fields(value: &Value, names: &[&str]) -> Value {
    names.iter().map(|&name| (name.to_string(), value[name].clone())).collect()
}

#[test]
fn an_object_is_told_with_what_it_asks_and_where() {
    let bytes = fixture("execsnoop");
    let told = Value::from(describe::inspect(&bytes).unwrap());
    assert_eq!(
        fields(&told, &["is", "container", "size"]),
        json!({ "is": "object", "container": "elf", "size": bytes.len() })
    );
    let relocation = &told["object"]["relocations"][0];
    assert_eq!(relocation["expression"], "struct trace_event_raw_sys_enter.args[1]");
    assert!(relocation["source"]["file"].as_str().unwrap().ends_with("execsnoop.bpf.c"), "{relocation}");
    assert!(relocation["source"]["line"].as_u64().unwrap() > 0);
}

#[test]
fn a_btf_is_told_by_its_kinds_whatever_it_is_packed_in() {
    let btf = types("int int 4; s struct 4 x:int@0; t struct 4");
    let mut writer = PackWriter::new();
    writer.add("6.1.0.btf", btf.clone()).unwrap();
    let gzip = writer.finish(PackContainer::TarGzip).unwrap();
    for (bytes, container) in [(btf, "raw"), (gzip, "gzip")] {
        let told = Value::from(describe::inspect(&bytes).unwrap());
        assert_eq!(fields(&told, &["is", "container"]), json!({ "is": "btf", "container": container }));
        assert_eq!(told["kinds"], json!({ "int": 1, "struct": 2 }));
        assert_eq!(told["btf"]["types"], 3);
    }
}

#[test]
fn a_pack_is_told_by_its_program_and_the_kernels_that_share_a_btf() {
    let bytes = fixture("execsnoop");
    let object = BpfObject::parse(&bytes).unwrap();
    let mut writer = PackWriter::new();
    let package = package_json(&object, &bytes, "execsnoop.bpf.o").unwrap();
    writer.add("package.json", package.json).unwrap();
    let (one, other) = (types("int int 4"), types("int int 4; s struct 4"));
    let path = |release: &str| format!("btfhub-archive/debian/12/x86_64/{release}.btf");
    writer.add(&path("6.1"), other.clone()).unwrap();
    writer.add(&path("6.2"), one.clone()).unwrap();
    writer.add(&path("6.3"), one).unwrap();
    writer.add(&path("6.4"), b"no BTF".to_vec()).unwrap();
    let told = Value::from(describe::inspect(&writer.finish(PackContainer::Tar).unwrap()).unwrap());

    assert_eq!(
        fields(&told, &["is", "container", "kernels"]),
        json!({ "is": "pack", "container": "tar", "kernels": 4 })
    );
    assert_eq!(told["program"]["programs"][0]["name"], "tracepoint_sys_enter_execve");
    let groups = told["groups"].as_array().unwrap();
    assert_eq!(groups[0]["paths"], json!([path("6.2"), path("6.3")]));
    assert_eq!(
        groups[0]["kernels"][1],
        json!({ "id": "debian", "version": "12", "arch": "x86_64", "release": "6.3" })
    );
    let of = |release: &str| groups.iter().find(|group| group["paths"] == json!([path(release)])).unwrap();
    assert_eq!(
        fields(of("6.1"), &["types", "endian", "error"]),
        json!({ "types": 2, "endian": "little", "error": null })
    );
    assert_eq!(of("6.4")["error"]["code"], "BTF_MAGIC");
    assert_eq!(told["files"][0]["path"], "package.json");
}

#[test]
fn what_is_none_of_these_is_an_error() {
    let code = |bytes: &[u8]| describe::inspect(bytes).unwrap_err().code();
    assert_eq!(code(b""), "ARCHIVE_EMPTY");
    assert_eq!(code(b"text"), "BTF_MAGIC");
    assert_eq!(code(b"\x28\xb5\x2f\xfd"), "ARCHIVE_ZSTD");
    assert_eq!(code(&fixture("execsnoop")[..100]), "ELF_MALFORMED");
}

/// Equal outcomes are told once, with the kernels that they are those of.
#[test]
fn relocations_over_kernels_are_folded() {
    let mut object = Assembler::new(Endian::Little, "int int 4; s struct 8 x:int@0 y:int@32");
    object.function(
        "kprobe",
        "program",
        &[load_imm64(Endian::Little, 1), load_imm64(Endian::Little, 4)].concat(),
    );
    object.relocate("kprobe", 0, 2, "s", "0:0");
    object.relocate("kprobe", 16, 0, "s", "0:1");
    let object = Arc::new(BpfObject::parse(&object.finish()).unwrap());
    let mut against = Against::new(object);
    let kernels = [
        ("a", types("int int 4; s struct 8 x:int@0 y:int@32")),
        ("b", types("int int 4; s struct 8 y:int@32 __x:int@0")),
        ("broken", b"no BTF".to_vec()),
        ("c", types("int int 4; s struct 8 y:int@32 x:int@0")),
        ("two", types("int int 4; s#1 struct 8 y:int@32; s#2 struct 8 y:int@0")),
    ];
    kernels.iter().for_each(|(name, bytes)| against.add(name, bytes).unwrap());
    let told = Value::from(against.finish().unwrap());

    let codes: Vec<_> = told["kernels"].as_array().unwrap().iter().map(|it| &it["code"]).collect();
    assert_eq!(
        codes,
        [&Value::Null, &Value::Null, &json!("BTF_MAGIC"), &Value::Null, &json!("RELO_AMBIGUOUS")]
    );
    let outcomes = |position: usize| {
        let outcomes = told["relocations"][position]["outcomes"].as_array().unwrap().iter();
        outcomes.map(|it| fields(it, &["verdict", "kernels"])).collect::<Vec<_>>()
    };
    assert_eq!(
        outcomes(0),
        [
            json!({ "verdict": "ok", "kernels": [0, 3] }),
            json!({ "verdict": "guarded", "kernels": [1] }),
            json!({ "verdict": "guarded", "kernels": [4] })
        ],
        "two kernels without it have different things instead"
    );
    assert_eq!(
        outcomes(1),
        [json!({ "verdict": "ok", "kernels": [0, 1, 3] }), json!({ "verdict": "error", "kernels": [4] })]
    );
    let instead = &told["relocations"][0]["outcomes"][1]["instead"];
    assert_eq!(instead["text"], "struct s has no x, but int __x");
    assert_eq!(instead["alike"], json!([{ "name": "__x", "type": "int", "bitOffset": 0 }]));
    assert_eq!(
        render_against(&told, Colors::Off),
        "\
struct s.x field_exists program
  + ok on a, c
  o guarded on b: struct s has no x, but int __x
  o guarded on two: struct s has no x

struct s.y field_byte_offset program
  + ok on a, b, c
  ! error on two: RELO_AMBIGUOUS

0 of 2 CO-RE relocations answered by 4 kernels

does not relocate:
  RELO_AMBIGUOUS: several kernel types match and disagree
    two

not asked:
  BTF_MAGIC: not BTF: the file should start with 9f eb or eb 9f; is it the right file? (at byte 0, value 0x6f6e)
    broken
"
    );
}

/// Nothing is answered by a kernel that was not asked, nor of a program that is not loaded.
#[test]
fn what_was_not_asked_is_not_answered() {
    let mut object = Assembler::new(Endian::Little, "int int 4; s struct 8 x:int@0");
    object.function("?kprobe", "optional", &load_imm64(Endian::Little, 1));
    object.relocate("?kprobe", 0, 2, "s", "0:0");
    let object = Arc::new(BpfObject::parse(&object.finish()).unwrap());
    let told = |kernels: &[&[u8]]| {
        let mut against = Against::new(object.clone());
        kernels.iter().for_each(|bytes| against.add("kernel", bytes).unwrap());
        render_against(&against.finish().unwrap().into(), Colors::Off)
    };
    assert_eq!(
        told(&[&types("int int 4")]),
        "\
0 of 1 CO-RE relocation answered by 1 kernel

1 not asked: no program that is loaded by default holds them
"
    );
    assert!(told(&[b"no BTF"]).starts_with("1 CO-RE relocation, and no kernel that could be asked\n"));
}
