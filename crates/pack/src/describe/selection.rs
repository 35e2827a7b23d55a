//! Which entry of a pack a machine gets.

use bpfc_archive::Selection;

use super::identity;
use crate::{Json, json};

/// `{ entry: { path, size, sha256, identity }, step, tried: [{ step, key, hits }] }`; `entry` and `step` are null where the
/// machine gets none. Steps are `exact`, `version`, `like`, `release` and `nearest`.
pub fn selection(selection: &Selection) -> Json {
    let entry = selection.answer.map(|answer| answer.entry).map(|entry| {
        json!({
            "path": entry.path,
            "size": entry.content.len(),
            "sha256": entry.digest().to_string(),
            "identity": entry.identity().as_ref().map(identity),
        })
    });
    let tried = selection.tried.iter();
    let tried =
        tried.map(|tried| json!({ "step": tried.step.name(), "key": &tried.key, "hits": tried.hits }));
    json!({
        "entry": entry,
        "step": selection.answer.map(|answer| answer.step.name()),
        "tried": tried.collect::<Vec<_>>(),
    })
}
