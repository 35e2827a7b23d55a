//! What differs between two BTFs.

use bpfc_btf::{Difference, Kind, Part, PartDifference, Version};

use super::number::count;
use super::safe;
use super::table::Colors;

/// A block for each type that changed, then the names of those added and removed; members that moved together are told
/// together.
pub fn render_diff(differences: &[Difference], colors: Colors) -> String {
    let mut blocks = Vec::new();
    let (mut added, mut removed) = (Vec::new(), Vec::new());
    for it in differences {
        match (it.old, it.new) {
            (None, Some(new)) => added.push(format!("  {}", named(new.kind, &it.name))),
            (Some(old), None) => removed.push(format!("  {}", named(old.kind, &it.name))),
            (Some(old), Some(new)) => blocks.push(changed(it, old, new, colors)),
            (None, None) => {}
        }
    }
    let numbers = [(blocks.len(), "changed"), (added.len(), "added"), (removed.len(), "removed")];
    let numbers: Vec<String> = numbers
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, what)| format!("{} {what}", count(*n, "type")))
        .collect();
    for (title, names) in [("added:", added), ("removed:", removed)] {
        if !names.is_empty() {
            blocks.push(format!("{}\n{}", colors.bold(title), names.join("\n")));
        }
    }
    blocks.push(if numbers.is_empty() { "no difference".into() } else { numbers.join(", ") });
    safe(format!("{}\n", blocks.join("\n\n")))
}

fn changed(it: &Difference, old: Version, new: Version, colors: Colors) -> String {
    let mut title = colors.bold(&named(new.kind, &it.name));
    if old.kind != new.kind {
        title = format!("{title}, which was {}", named(old.kind, &it.name));
    }
    if old.size != new.size {
        title = format!("{title}: {} bytes, were {}", new.size, old.size);
    }
    let mut lines = vec![title];
    let mut rest = it.parts.as_slice();
    while let Some(first) = rest.first() {
        let together =
            rest.iter().take_while(|part| shift(part).is_some() && shift(part) == shift(first)).count();
        let (run, after) = rest.split_at(together.max(1));
        rest = after;
        lines.push(format!("  {}", line(run, colors)));
    }
    lines.join("\n")
}

/// By how many bits a member moved that did nothing else.
fn shift(part: &PartDifference) -> Option<i128> {
    if part.is_retyped() { None } else { part.shift() }
}

fn line(run: &[PartDifference], colors: Colors) -> String {
    let [first, .., last] = run else {
        return run.first().map_or_else(String::new, |part| one(part, colors));
    };
    let moved = distance(shift(first).unwrap_or_default());
    format!("~ {} .. {}: {} moved by {moved}", first.name, last.name, count(run.len(), "member"))
}

fn one(part: &PartDifference, colors: Colors) -> String {
    let name = &part.name;
    match (&part.old, &part.new) {
        (None, Some(new)) => colors.yellow(&format!("+ {}", told(name, new))),
        (Some(old), None) => colors.yellow(&format!("- {}", told(name, old))),
        (Some(old), Some(new)) => {
            let mut what = Vec::new();
            if let (Part::Member { bit_offset, .. }, Some(bits)) =
                (new, part.shift().filter(|&bits| bits != 0))
            {
                what.push(format!("at {}, moved by {}", place(*bit_offset), distance(bits)));
            }
            if part.is_retyped() || part.is_renumbered() {
                what.push(format!("was {}", content(old)));
            }
            format!("~ {}: {}", declared(name, new), what.join(", "))
        }
        (None, None) => String::new(),
    }
}

/// `int x at byte 8`; `X = 3` for an enumerator.
fn told(name: &str, part: &Part) -> String {
    match part {
        Part::Enumerator { .. } => declared(name, part),
        Part::Member { bit_offset, .. } => format!("{} at {}", declared(name, part), place(*bit_offset)),
    }
}

fn declared(name: &str, part: &Part) -> String {
    match part {
        Part::Enumerator { value } => format!("{name} = {value}"),
        Part::Member { .. } if name.is_empty() => content(part),
        Part::Member { .. } => format!("{} {name}", content(part)),
    }
}

/// A member's type, `int:3` for a bitfield; an enumerator's value.
fn content(part: &Part) -> String {
    match part {
        Part::Enumerator { value } => value.to_string(),
        Part::Member { ty, bit_size: 0, .. } => ty.clone(),
        Part::Member { ty, bit_size, .. } => format!("{ty}:{bit_size}"),
    }
}

fn place(bit_offset: u64) -> String {
    match bit_offset % 8 {
        0 => format!("byte {}", bit_offset / 8),
        bit => format!("byte {}, bit {bit}", bit_offset / 8),
    }
}

/// `+8 bytes`, `-3 bits`
fn distance(bits: i128) -> String {
    let (n, unit) = if bits % 8 == 0 { (bits / 8, "byte") } else { (bits, "bit") };
    format!("{n:+} {unit}{}", if n.abs() == 1 { "" } else { "s" })
}

fn named(kind: Kind, name: &str) -> String {
    match kind {
        Kind::Struct => format!("struct {name}"),
        Kind::Union => format!("union {name}"),
        Kind::Enum | Kind::Enum64 => format!("enum {name}"),
        Kind::Typedef => format!("typedef {name}"),
        _ => format!("{name}()"),
    }
}
