//! The rule of selection, by the table that every language runs: packages/fixtures/selection.json.

#![allow(clippy::unwrap_used, reason = "this is test code")]

use std::borrow::Cow;
use std::path::Path;

use bpfc_archive::{PackContainer, PackWriter};
use bpfc_loader::{Pack, Request, Source, Step, System, select};
use serde_json::{Value, json};

fn text<'v>(row: &'v Value, field: &str) -> &'v str {
    row.get(field).and_then(Value::as_str).unwrap()
}

fn pack_of<'e>(entries: impl IntoIterator<Item = (&'e str, &'e str)>) -> Vec<u8> {
    let mut writer = PackWriter::new();
    for (path, content) in entries {
        writer.add(path, content.into()).unwrap();
    }
    writer.finish(PackContainer::Tar).unwrap()
}

fn answer<'s>(source: Option<&'s Source<'s>>) -> (Option<&'s str>, Option<&'static str>) {
    match source {
        Some(Source::Pack { entry, step }) => (Some(entry.path), Some(step.name())),
        other => {
            assert_eq!(other, None);
            (None, None)
        }
    }
}

#[test]
fn every_row_of_the_table() {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packages/fixtures/selection.json");
    let table: Vec<Value> = serde_json::from_slice(&std::fs::read(table).unwrap()).unwrap();
    for row in &table {
        let entries = row.get("entries").and_then(Value::as_object).unwrap();
        let tar = pack_of(entries.iter().map(|(path, content)| (path.as_str(), content.as_str().unwrap())));
        let pack = Pack::open(Cow::Borrowed(&tar)).unwrap();
        let os_release = text(row, "osRelease");
        let system = System::from_parts(os_release, text(row, "machine"), text(row, "release")).unwrap();
        let nearest = row.get("nearest").is_some_and(|nearest| nearest == true);

        let selection = Request::new().nearest(nearest).select(&pack, &system).unwrap();

        let (entry, step) = answer(selection.source.as_ref());
        let expected = (row.get("entry").unwrap(), row.get("step").unwrap());
        assert_eq!((&json!(entry), &json!(step)), expected, "{}: {:#?}", text(row, "name"), selection.tried);
        assert_eq!(selection.require().is_ok(), entry.is_some());
        if !nearest {
            assert_eq!(select(&pack, &system), selection);
        }
    }
    assert!(table.len() > 20);
}

const RELEASE: &str = "5.4.0-26-generic";
const ENTRY: &str = "btfhub-archive/ubuntu/20.04/x86_64/5.4.0-26-generic.btf";

fn ubuntu() -> System {
    System::from_parts("ID=ubuntu\nVERSION_ID=20.04", "x86_64", RELEASE).unwrap()
}

#[test]
fn the_kernels_own_btf_goes_before_the_pack() {
    let tar = pack_of([(ENTRY, "btf")]);
    let pack = Pack::open(Cow::Borrowed(&tar)).unwrap();
    let selection = select(&pack, &ubuntu().with_native("/boot/vmlinux-1"));
    assert_eq!(selection.source, Some(Source::Native("/boot/vmlinux-1".into())));
    assert_eq!(json!(selection.tried), json!([{ "step": "native", "key": "/boot/vmlinux-1", "hits": 1 }]));
}

#[test]
fn what_is_asked_for_goes_before_the_kernels_own() {
    let tar = pack_of([(ENTRY, "btf")]);
    let pack = Pack::open(Cow::Borrowed(&tar)).unwrap();
    let system = ubuntu().with_native("/sys/kernel/btf/vmlinux");
    let by_path = Request::new().btf("/tmp/btf").key("ubuntu").select(&pack, &system).unwrap();
    assert_eq!(by_path.source, Some(Source::Explicit("/tmp/btf".into())));
    for key in ["ubuntu/20.04/x86_64/5.4.0-26-generic", "ubuntu/20.04/amd64/5.4.0-26-generic", ENTRY] {
        let selection = Request::new().key(key).select(&pack, &system).unwrap();
        assert_eq!(answer(selection.source.as_ref()), (Some(ENTRY), Some("key")), "{key}");
        assert_eq!(selection.tried.len(), 1);
        assert_eq!((selection.tried[0].step, &*selection.tried[0].key), (Step::Key, key));
    }
}

#[test]
fn a_key_that_is_not_there_is_no_match_and_one_of_another_machine_is_refused() {
    let tar = pack_of([(ENTRY, "btf"), ("debian/12/s390x/6.1.0-47-s390x.btf", "btf")]);
    let pack = Pack::open(Cow::Borrowed(&tar)).unwrap();
    for key in ["", "ubuntu", "ubuntu/20.04/x86_64/5.4.0-28-generic", "../../etc/passwd"] {
        let selection = Request::new().key(key).select(&pack, &ubuntu()).unwrap();
        let error = selection.require().unwrap_err();
        assert_eq!((error.code(), error.tried().len()), ("PACK_NO_MATCH", 1), "{key}");
    }
    let error = Request::new().key("debian/12/s390x/6.1.0-47-s390x").select(&pack, &ubuntu()).unwrap_err();
    assert_eq!(error.code(), "LOADER_MACHINE");
    assert_eq!(error.to_string(), "debian/12/s390x/6.1.0-47-s390x is no kernel of this machine, x86_64");
}

#[test]
fn who_gets_nothing_is_told_what_was_tried() {
    let tar = pack_of([]);
    let pack = Pack::open(Cow::Borrowed(&tar)).unwrap();
    let error = select(&pack, &ubuntu()).require().unwrap_err();
    let tried = "tried ubuntu/20.04/x86_64/5.4.0-26-generic, ubuntu/20/x86_64/5.4.0-26-generic, ";
    assert!(error.to_string().contains(tried), "{error}");
    let keys: Vec<&str> = error.tried().iter().map(|tried| &*tried.key).collect();
    assert_eq!(keys.last(), Some(&"*/*/x86_64/5.4.0-26-generic"));
}
