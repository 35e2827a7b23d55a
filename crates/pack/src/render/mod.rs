//! What commands have to tell people, as text.

mod number;
mod pack;
mod table;

pub use number::size;
pub use pack::{render_sizes, render_summary};
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
