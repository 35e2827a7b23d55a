//! What `diff` and `select` tell people.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "this is test code")]

#[path = "../../btf/tests/common/notation.rs"]
mod notation;

use std::borrow::Cow;

use bpfc_archive::{Pack, PackContainer, PackWriter, Selector, System};
use bpfc_btf::{Btf, Endian, diff};
use bpfc_pack::render::{Colors, render_diff, render_fleet, render_selection};
use bpfc_pack::{DumpFormat, Fleet, describe};
use serde_json::{Value, json};

#[test]
fn members_that_move_together_are_told_together() {
    let old = "int int 4; u8 int 1; s struct 24 gone:int@0 a:int@32 b:int@64 c:int@96 d:u8@128 f:int@160:3; \
               e enum 4 A=0 B=1; left struct 4";
    let new = "int int 4; u8 int 1; s struct 28 a:int@0 b:int@32 c:int@64 d:int@128 f:int@193:4 new:int@200; \
               e enum 4 A=0 B=2; right union 4";
    let [old, new] = [old, new].map(|text| Btf::parse(notation::btf(Endian::Little, text)).unwrap());
    let differences = diff(&old, &new, &[]).unwrap();
    assert_eq!(
        render_diff(&differences, Colors::Off),
        "\
struct s: 28 bytes, were 24
  - int gone at byte 0
  ~ a .. c: 3 members moved by -4 bytes
  ~ int d: was u8
  ~ int:4 f: at byte 24, bit 1, moved by +33 bits, was int:3
  + int new at byte 25

enum e
  ~ B = 2: was 1

added:
  union right

removed:
  struct left

2 types changed, 1 type added, 1 type removed
"
    );
    assert_eq!(render_diff(&diff(&old, &old, &[]).unwrap(), Colors::Off), "no difference\n");
    let told = Value::from(describe::diff(&differences).unwrap());
    let s = told.as_array().unwrap().iter().find(|it| it["name"] == "s").unwrap();
    let changes: Vec<_> = s["members"].as_array().unwrap().iter().map(|it| it["changes"].clone()).collect();
    assert_eq!(
        changes,
        [
            json!(["removed"]),
            json!(["moved"]),
            json!(["moved"]),
            json!(["moved"]),
            json!(["retyped"]),
            json!(["moved", "retyped"]),
            json!(["added"]),
        ]
    );
}

#[test]
fn enumerators_inside_a_struct_are_told_as_enumerators() {
    let old = "int int 4; .e enum 4 A=0 B=1; s struct 12 gone:int@0 state:.e@32 x:int@64";
    let new = "int int 4; .e enum 4 A=0 B=-1 C=2; s struct 8 state:.e@0 x:int@32";
    let [old, new] = [old, new].map(|text| Btf::parse(notation::btf(Endian::Little, text)).unwrap());
    let differences = diff(&old, &new, &[]).unwrap();
    assert_eq!(
        render_diff(&differences, Colors::Off),
        "\
struct s: 8 bytes, were 12
  - int gone at byte 0
  ~ enum {...} state: at byte 0, moved by -4 bytes
  ~ state.B = 4294967295: was 1
  + state.C = 2
  ~ int x: at byte 4, moved by -4 bytes

1 type changed
"
    );
    let told = Value::from(describe::diff(&differences).unwrap());
    assert_eq!(
        told[0]["members"].as_array().unwrap()[1..3],
        [
            json!({
                "name": "state",
                "changes": ["moved"],
                "old": { "type": "enum {...}", "bitOffset": 32, "bitSize": 0 },
                "new": { "type": "enum {...}", "bitOffset": 0, "bitSize": 0 },
            }),
            json!({
                "name": "state.B",
                "changes": ["renumbered"],
                "old": { "value": "1" },
                "new": { "value": "4294967295" },
            }),
        ]
    );
}

fn pack() -> Vec<u8> {
    let mut writer = PackWriter::new();
    for release in ["5.4.0-26-generic", "5.4.0-29-generic"] {
        let path = format!("btfhub-archive/ubuntu/20.04/x86_64/{release}.btf");
        writer.add(&path, release.into()).unwrap();
    }
    writer.finish(PackContainer::Tar).unwrap()
}

#[test]
fn a_selection_tells_what_was_tried() {
    let tar = pack();
    let pack = Pack::open(Cow::Borrowed(&tar)).unwrap();
    let text = |release, nearest| {
        let system = System::new("ID=ubuntu\nVERSION_ID=20.04", "x86_64", release).unwrap();
        render_selection(&Selector::new(&pack).select(&system, nearest), Colors::Off)
    };
    assert_eq!(
        text("5.4.0-26-generic", false),
        "\
btfhub-archive/ubuntu/20.04/x86_64/5.4.0-26-generic.btf, 16 bytes: its exact name

tried
  exact  ubuntu/20.04/x86_64/5.4.0-26-generic  found
"
    );
    assert_eq!(
        text("5.4.0-28-generic", true),
        "\
btfhub-archive/ubuntu/20.04/x86_64/5.4.0-29-generic.btf, 16 bytes: NOT its own, but the nearest release

tried
  exact    ubuntu/20.04/x86_64/5.4.0-28-generic  none
  version  ubuntu/20/x86_64/5.4.0-28-generic     none
  release  */*/x86_64/5.4.0-28-generic           none
  nearest  ubuntu/*/x86_64/*                     2 entries
"
    );
}

#[test]
fn machines_that_are_not_served_come_last() {
    let tar = pack();
    let pack = Pack::open(Cow::Borrowed(&tar)).unwrap();
    let list = "fedora 31 x86_64 5.3\n# ours\nubuntu 20.04 x86_64 5.4.0-26-generic\n";
    assert_eq!(
        render_fleet(&Fleet::of(list, &pack, false).unwrap(), Colors::Off),
        "\
ubuntu 20.04 x86_64 5.4.0-26-generic  exact  btfhub-archive/ubuntu/20.04/x86_64/5.4.0-26-generic.btf
fedora 31 x86_64 5.3                  none

1 of 2 machines served
"
    );
    let error = Fleet::of("ubuntu 20.04 x86_64\n", &pack, false).unwrap_err();
    assert_eq!(error.code(), "FLEET_LINE");
    assert!(error.to_string().starts_with("line 1: "), "{error}");
}

/// Names come from outside, and terminals obey.
#[test]
fn control_characters_of_names_do_not_reach_the_terminal() {
    let old = Btf::parse(notation::btf(Endian::Little, "a struct 4")).unwrap();
    let new = Btf::parse(notation::btf(Endian::Little, "a\u{1b}[2J\u{7}b\u{9b}1A struct 4")).unwrap();
    let text = render_diff(&diff(&old, &new, &[]).unwrap(), Colors::On);
    assert!(text.contains("struct a\u{fffd}[2J\u{fffd}b\u{fffd}1A\n"), "{text:?}");
    assert!(text.contains("\u{1b}[1madded:\u{1b}[22m"), "our own colors stay: {text:?}");
}

#[test]
fn types_are_dumped_by_name_in_every_format() {
    let btf =
        Btf::parse(notation::btf(Endian::Little, "int int 4; s struct 4 x:int@0; t typedef s")).unwrap();
    assert!(DumpFormat::C.dump(&btf, &["t"]).unwrap().contains("typedef struct s t;"));
    let raw = DumpFormat::Raw.dump(&btf, &["struct s"]).unwrap();
    assert_eq!(raw, "[2] STRUCT 's' size=4 vlen=1\n\t'x' type_id=1 bits_offset=0\n");
    let twice = DumpFormat::Raw.dump(&btf, &["t", "s", "t", "struct s"]).unwrap();
    assert_eq!(twice, format!("[3] TYPEDEF 't' type_id=2\n{raw}"));
    let json = DumpFormat::Json.dump(&btf, &[]).unwrap();
    assert_eq!(serde_json::from_str::<Vec<serde_json::Value>>(&json).unwrap().len(), 3);
    assert_eq!(DumpFormat::C.dump(&btf, &["union s"]).unwrap_err().code(), "TYPE_MISSING");
    assert_eq!(["c", "raw", "json", "html"].map(DumpFormat::named)[3], None);
}
