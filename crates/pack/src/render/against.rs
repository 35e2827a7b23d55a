//! An object's relocations over many kernels.

use serde_json::Value;

use super::inspect::{field, line_of, list, problem, text};
use super::number::count;
use super::table::Colors;
use super::{group_by, safe};

/// Kernels named in one line.
const MOST_NAMED: usize = 4;

/// What [`crate::Against`] found: each relocation that is not answered everywhere, the kernels on which libbpf would refuse the
/// object, and those that could not be asked.
pub fn render_against(told: &Value, colors: Colors) -> String {
    let kernels = list(told, "kernels");
    let relocations = list(told, "relocations");
    let read = kernels.iter().filter(|it| is_read(it)).count();
    let names = |outcome: &Value| -> String {
        let positions = list(outcome, "kernels").iter().filter_map(Value::as_u64);
        let names =
            positions.filter_map(|position| kernels.get(position as usize)).map(|it| text(it, "name"));
        let names: Vec<&str> = names.collect();
        let all = names.len() == read && names.len() > 1;
        if all { format!("all {} kernels", names.len()) } else { named(&names) }
    };
    let is_answered =
        |it: &Value| list(it, "outcomes").iter().all(|it| matches!(text(it, "verdict"), "ok" | "changed"));
    let is_skipped = |it: &Value| list(it, "outcomes").iter().any(|it| text(it, "verdict") == "skipped");
    let mut blocks = Vec::new();
    // Relocations of one expression on one line of the source share their fate.
    let question = |it: &&Value| {
        let names = ["program", "kind", "access"].map(|name| text(it, name)).join("\0");
        format!("{names}\0{}\0{}", line_of(field(it, "source")), field(it, "outcomes"))
    };
    let open = relocations.iter().filter(|it| !is_answered(it) && !is_skipped(it));
    for (_, same) in group_by(open, question) {
        let Some(first) = same.first() else { continue };
        blocks.push(relocation(first, names, colors));
    }
    let all = count(relocations.len(), "CO-RE relocation");
    if read > 0 {
        let answered = relocations.iter().filter(|it| is_answered(it)).count();
        blocks.push(format!("{answered} of {all} answered by {}", count(read, "kernel")));
        let skipped = relocations.iter().filter(|it| is_skipped(it)).count();
        if skipped > 0 {
            blocks.push(format!("{skipped} not asked: no program that is loaded by default holds them"));
        }
    } else {
        blocks.push(format!("{all}, and no kernel that could be asked"));
    }
    blocks.extend(problems(kernels, true, "does not relocate:", colors));
    blocks.extend(problems(kernels, false, "not asked:", colors));
    safe(format!("{}\n", blocks.join("\n\n")))
}

/// The kernels that were read, or were not, and have a problem, by problem.
fn problems(kernels: &[Value], read: bool, title: &str, colors: Colors) -> Option<String> {
    let refused = kernels.iter().filter(|it| is_read(it) == read && !field(it, "code").is_null());
    let lines: Vec<String> = group_by(refused, |it| problem(it))
        .iter()
        .map(|(problem, kernels)| {
            let names: Vec<&str> = kernels.iter().map(|it| text(it, "name")).collect();
            format!("  {problem}\n    {}", named(&names))
        })
        .collect();
    (!lines.is_empty()).then(|| format!("{}\n{}", colors.yellow(title), lines.join("\n")))
}

fn is_read(kernel: &Value) -> bool {
    field(kernel, "read") == &Value::Bool(true)
}

fn relocation(told: &Value, names: impl Fn(&Value) -> String, colors: Colors) -> String {
    let parts = [
        colors.bold(text(told, "access")),
        colors.dim(text(told, "kind")),
        text(told, "program").to_owned(),
        colors.dim(&line_of(field(told, "source"))),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let mut lines = vec![parts.join(" ")];
    for outcome in list(told, "outcomes") {
        let verdict = text(outcome, "verdict");
        let (symbol, verdict) = match verdict {
            "ok" | "changed" => ("+", verdict.to_owned()),
            "guarded" => ("o", verdict.to_owned()),
            _ => ("!", colors.yellow(verdict)),
        };
        let why = match (field(outcome, "code").as_str(), text(field(outcome, "instead"), "text")) {
            (Some(code), _) => format!(": {code}"),
            (None, "") => String::new(),
            (None, instead) => format!(": {instead}"),
        };
        lines.push(format!("  {symbol} {verdict} on {}{why}", names(outcome)));
    }
    lines.join("\n")
}

fn named(names: &[&str]) -> String {
    let (first, rest) = names.split_at(names.len().min(MOST_NAMED));
    let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
    format!("{}{more}", first.join(", "))
}
