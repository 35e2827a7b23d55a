//! An object's relocations over many kernels.

use serde_json::Value;

use super::inspect::{field, line_of, list, problem, text};
use super::number::count;
use super::table::Colors;
use super::{group_by, safe};

/// Kernels named in one line.
const MOST_NAMED: usize = 4;

/// What [`crate::Against`] found: each relocation whose outcome is not fine everywhere, the kernels on which libbpf would refuse
/// the object, and those that cannot be read.
pub fn render_against(told: &Value, colors: Colors) -> String {
    let kernels = list(told, "kernels");
    let relocations = list(told, "relocations");
    let names = |outcome: &Value| -> String {
        let positions = list(outcome, "kernels").iter().filter_map(Value::as_u64);
        let names =
            positions.filter_map(|position| kernels.get(position as usize)).map(|it| text(it, "name"));
        let names: Vec<&str> = names.collect();
        let all = names.len() == kernels.len() && names.len() > 1;
        if all { format!("all {} kernels", names.len()) } else { named(&names) }
    };
    let is_fine = |it: &Value| matches!(text(it, "verdict"), "ok" | "changed" | "skipped");
    let mut blocks = Vec::new();
    // Relocations of one expression on one line of the source share their fate.
    let question = |it: &&Value| {
        let outcomes = field(it, "outcomes").to_string();
        format!("{}\0{}\0{}\0{outcomes}", text(it, "kind"), text(it, "access"), line_of(field(it, "source")))
    };
    let open = relocations.iter().filter(|it| !list(it, "outcomes").iter().all(is_fine));
    let mut open_count = 0;
    for (_, same) in group_by(open, question) {
        open_count += same.len();
        let Some(first) = same.first() else { continue };
        blocks.push(relocation(first, names, colors));
    }
    let fine = relocations.len() - open_count;
    let all = count(kernels.len(), "kernel");
    blocks.push(format!("{} of {} answered by {all}", fine, count(relocations.len(), "CO-RE relocation")));
    let refused = kernels.iter().filter(|it| !field(it, "code").is_null());
    let lines: Vec<String> = group_by(refused, |it| problem(it))
        .iter()
        .map(|(problem, kernels)| {
            let names: Vec<&str> = kernels.iter().map(|it| text(it, "name")).collect();
            format!("  {problem}\n    {}", named(&names))
        })
        .collect();
    if !lines.is_empty() {
        blocks.push(format!("{}\n{}", colors.yellow("does not relocate:"), lines.join("\n")));
    }
    safe(format!("{}\n", blocks.join("\n\n")))
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
            "ok" | "changed" | "skipped" => ("+", verdict.to_owned()),
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
