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
    let (old, new) = part.old.as_ref().zip(part.new.as_ref())?;
    let moved = i128::from(new.bit_offset) - i128::from(old.bit_offset);
    (!part.is_retyped() && !part.is_renumbered()).then_some(moved)
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
            if part.is_moved() {
                let by =
                    distance(shift(part).unwrap_or(i128::from(new.bit_offset) - i128::from(old.bit_offset)));
                what.push(format!("at {}, moved by {by}", place(new)));
            }
            if part.is_retyped() {
                what.push(format!("was {}", ty(old)));
            }
            if part.is_renumbered() {
                what.push(format!("was {}", old.value));
            }
            format!("~ {}: {}", declared(name, new), what.join(", "))
        }
        (None, None) => String::new(),
    }
}

/// `int x at byte 8`; `X = 3` for an enumerator.
fn told(name: &str, part: &Part) -> String {
    if part.ty.is_empty() {
        declared(name, part)
    } else {
        format!("{} at {}", declared(name, part), place(part))
    }
}

fn declared(name: &str, part: &Part) -> String {
    match (part.ty.is_empty(), name.is_empty()) {
        (true, _) => format!("{name} = {}", part.value),
        (_, true) => ty(part),
        _ => format!("{} {name}", ty(part)),
    }
}

fn ty(part: &Part) -> String {
    if part.bit_size == 0 { part.ty.clone() } else { format!("{}:{}", part.ty, part.bit_size) }
}

fn place(part: &Part) -> String {
    match part.bit_offset % 8 {
        0 => format!("byte {}", part.bit_offset / 8),
        bit => format!("byte {}, bit {bit}", part.bit_offset / 8),
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
