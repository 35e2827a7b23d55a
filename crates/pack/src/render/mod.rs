//! What commands have to tell people, as text.

use std::collections::HashMap;

mod against;
mod diff;
mod inspect;
mod number;
mod pack;
mod select;
mod table;

pub use against::render_against;
pub use diff::render_diff;
pub use inspect::render_inspection;
pub use number::size;
pub use pack::{render_sizes, render_summary};
pub use select::{render_fleet, render_selection};
pub use table::Colors;

/// Items gathered by key, keys in the order they came up.
fn group_by<T>(items: impl IntoIterator<Item = T>, key_of: impl Fn(&T) -> String) -> Vec<(String, Vec<T>)> {
    let mut groups: Vec<(String, Vec<T>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for item in items {
        let key = key_of(&item);
        let place = *places.entry(key).or_insert_with_key(|key| {
            groups.push((key.clone(), Vec::new()));
            groups.len() - 1
        });
        if let Some((_, members)) = groups.get_mut(place) {
            members.push(item);
        }
    }
    groups
}

/// A text without control characters but the ends of its lines and our own colors: names come from outside, and a terminal
/// obeys.
fn safe(text: String) -> String {
    let is_safe = |c: char| !c.is_control() || c == '\n';
    if text.chars().all(is_safe) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        let length = table::COLORS.iter().find(|color| rest.starts_with(**color)).map(|color| color.len());
        let (part, after) = rest.split_at(length.unwrap_or(c.len_utf8()));
        out.push_str(if length.is_some() || is_safe(c) { part } else { "\u{fffd}" });
        rest = after;
    }
    out
}
