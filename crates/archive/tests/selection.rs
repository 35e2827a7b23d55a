//! The rule of selection, by the table that every language runs: packages/fixtures/selection.json.

#![allow(clippy::unwrap_used, reason = "this is test code")]

use std::borrow::Cow;
use std::path::Path;

use bpfc_archive::{Pack, PackContainer, PackWriter, Selector, System};
use serde_json::{Value, json};

fn text<'v>(row: &'v Value, field: &str) -> &'v str {
    row.get(field).and_then(Value::as_str).unwrap()
}

#[test]
fn every_row_of_the_table() {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packages/fixtures/selection.json");
    let table: Vec<Value> = serde_json::from_slice(&std::fs::read(table).unwrap()).unwrap();
    for row in &table {
        let mut writer = PackWriter::new();
        for (path, content) in row.get("entries").and_then(Value::as_object).unwrap() {
            writer.add(path, content.as_str().unwrap().into()).unwrap();
        }
        let tar = writer.finish(PackContainer::Tar).unwrap();
        let pack = Pack::open(Cow::Borrowed(&tar)).unwrap();
        let system = System::new(text(row, "osRelease"), text(row, "machine"), text(row, "release")).unwrap();
        let nearest = row.get("nearest").is_some_and(|nearest| nearest == true);

        let selection = Selector::new(&pack).select(&system, nearest);

        let (entry, step) = selection.answer.map(|it| (it.entry.path, it.step.name())).unzip();
        let expected = (row.get("entry").unwrap(), row.get("step").unwrap());
        assert_eq!((&json!(entry), &json!(step)), expected, "{}: {:#?}", text(row, "name"), selection.tried);
        assert_eq!(selection.require().is_ok(), entry.is_some());
    }
    assert!(table.len() > 20);
}

#[test]
fn who_gets_nothing_is_told_what_was_tried() {
    let tar = PackWriter::new().finish(PackContainer::Tar).unwrap();
    let pack = Pack::open(Cow::Borrowed(&tar)).unwrap();
    let system = System::new("ID=rhel\nVERSION_ID=8.2\nID_LIKE=fedora", "arm64", "4.18").unwrap();
    let error = Selector::new(&pack).select(&system, true).require().unwrap_err();
    assert_eq!(error.code(), "PACK_NO_MATCH");
    let tried = "tried rhel/8.2/aarch64/4.18, rhel/8/aarch64/4.18, fedora/8.2/aarch64/4.18, fedora/8/aarch64/4.18, \
                 */*/aarch64/4.18, rhel/*/aarch64/*, fedora/*/aarch64/*";
    assert!(error.to_string().contains(tried), "{error}");
}
