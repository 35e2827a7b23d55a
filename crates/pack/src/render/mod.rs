//! What commands have to tell people, as text.

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
    for item in items {
        let key = key_of(&item);
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, members)) => members.push(item),
            None => groups.push((key, vec![item])),
        }
    }
    groups
}
