//! ecc's `package.json`, made from real objects (the fields of bpf-loader-lib's `EunomiaObjectMeta`).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "this is test code")]

use std::path::Path;

use bpfc_pack::package_json;
use bpfc_relo::BpfObject;
use serde_json::{Value, json};

fn package(name: &str) -> (Value, Vec<String>, Vec<u8>) {
    package_of("bpfel", name)
}

fn package_of(endian: &str, name: &str) -> (Value, Vec<String>, Vec<u8>) {
    let objects = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packages/fixtures/objects").join(endian);
    let file = format!("{name}.bpf.o");
    let bytes = std::fs::read(objects.join(&file)).unwrap();
    let object = BpfObject::parse(&bytes).unwrap();
    let package = package_json(&object, &bytes, &file).unwrap();
    (serde_json::from_slice(&package.json).unwrap(), package.notes, bytes)
}

#[test]
fn the_object_comes_back_out_of_it() {
    let (json, _, bytes) = package("execsnoop");
    assert_eq!(json["bpf_object_size"], bytes.len());
    let text = serde_json::to_vec(&json).unwrap();
    assert_eq!(bpfc_archive::Package::parse(&text).unwrap().program().unwrap(), bytes);
}

#[test]
fn it_names_maps_programs_and_data_sections_as_libbpf_does() {
    let (json, notes, _) = package("bootstrap");
    let skeleton = &json["meta"]["bpf_skel"];
    assert_eq!(skeleton["obj_name"], "bootstrap_bpf");
    assert_eq!(
        skeleton["maps"],
        json!([
            { "name": "exec_start", "ident": "exec_start" },
            { "name": "rb", "ident": "rb" },
            { "name": "bootstra.rodata", "ident": "rodata", "mmaped": true },
            { "name": "bootstra.bss", "ident": "bss", "mmaped": true },
        ])
    );
    assert_eq!(
        skeleton["progs"],
        json!([
            { "name": "handle_exec", "attach": "tp/sched/sched_process_exec", "link": true },
            { "name": "handle_exit", "attach": "tp/sched/sched_process_exit", "link": true },
        ])
    );
    let rodata =
        skeleton["data_sections"].as_array().unwrap().iter().find(|s| s["name"] == ".rodata").unwrap();
    assert_eq!(rodata["variables"], json!([{ "name": "min_duration_ns", "type": "unsigned long long" }]));
    assert_eq!(notes, Vec::<String>::new());
}

/// bpf-loader-lib makes a flag of every `bool`, and sets those to false that have no default.
#[test]
fn a_flag_that_is_true_says_so() {
    for endian in ["bpfel", "bpfeb"] {
        let (json, ..) = package_of(endian, "execsnoop");
        let sections = json["meta"]["bpf_skel"]["data_sections"].as_array().unwrap();
        let rodata = sections.iter().find(|section| section["name"] == ".rodata").unwrap();
        let variable =
            |name: &str| rodata["variables"].as_array().unwrap().iter().find(|it| it["name"] == name);
        let ignore_failed = json!({ "name": "ignore_failed", "type": "bool", "cmdarg": { "default": true } });
        assert_eq!(variable("ignore_failed"), Some(&ignore_failed));
        assert_eq!(variable("max_args"), Some(&json!({ "name": "max_args", "type": "int" })));
    }
}

/// ecli stops at a ring buffer or perf map without an exported type.
#[test]
fn it_exports_the_event_struct() {
    // `const struct event *unused` points to it in bootstrap; in execsnoop it is a map's value.
    let (json, _, _) = package("bootstrap");
    let event = &json["meta"]["export_types"][0];
    assert_eq!((event["name"].as_str(), event["size"].as_u64()), (Some("event"), Some(168)));
    assert_eq!(event["members"][4], json!({ "name": "comm", "type": "char[16]" }));
    let (json, _, _) = package("execsnoop");
    assert_eq!(json["meta"]["export_types"][0]["name"], "event");
}

#[test]
fn the_exported_type_id_is_that_of_the_objects_own_btf() {
    let (json, _, bytes) = package("bootstrap");
    let object = BpfObject::parse(&bytes).unwrap();
    let id = json["meta"]["export_types"][0]["type_id"].as_u64().unwrap() as u32;
    assert_eq!(object.btf().name(bpfc_btf::TypeId(id)), b"event");
}

#[test]
fn an_object_without_event_maps_exports_nothing_and_needs_no_note() {
    let (json, notes, _) = package("flavors");
    assert!(json["meta"].get("export_types").is_none());
    assert_eq!(notes, Vec::<String>::new());
}

#[test]
fn subprograms_and_programs_that_do_not_load_by_themselves_are_left_out() {
    let (json, _, bytes) = package("programs");
    let object = BpfObject::parse(&bytes).unwrap();
    let listed: Vec<&str> = json["meta"]["bpf_skel"]["progs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["name"].as_str().unwrap())
        .collect();
    for program in object.programs() {
        let entry = program.autoload && !program.subprogram;
        assert_eq!(listed.contains(&program.name.as_str()), entry, "{}", program.name);
    }
    assert!(object.programs().iter().any(|program| program.subprogram), "the fixture has subprograms");
    assert!(object.programs().iter().any(|program| !program.autoload), "the fixture has an optional program");
}
