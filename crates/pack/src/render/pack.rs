//! The summary of `pack`.

use std::collections::HashSet;

use super::number::{count, counted, decimal, size};
use super::table::{Align, Colors, Table};
use super::{group_by, safe};
use crate::describe::Requirement;
use crate::summary::{BrokenEntry, BtfSize, PackSummary, PackedKernel, ProgramSummary, RefusedKernel};
use crate::{LeftOut, lost_text};

use Align::{Left, Right};

/// The summary for people.
pub fn render_summary(summary: &PackSummary, colors: Colors) -> String {
    let mut blocks = vec![
        headline(summary, colors),
        kernel_table(summary, colors),
        summary.sizes.as_deref().map(render_sizes).unwrap_or_default(),
        facts(summary, colors),
        notes(summary),
    ];
    blocks.extend(requirements(summary, colors));
    blocks.extend(flaws(summary, colors));
    blocks.retain(|block| !block.is_empty());
    safe(format!("{}\n", blocks.join("\n\n")))
}

fn headline(PackSummary { output, totals, .. }: &PackSummary, colors: Colors) -> String {
    let package = if output.package_json { "package.json and " } else { "" };
    let kernels = count(totals.kernels, "kernel");
    format!("{}: {package}{kernels}, {}", colors.bold(&output.output.path), size(output.bytes as u64))
}

/// One line for each distribution and architecture; an archive has thousands of kernels of a few dozen of these.
fn kernel_table(PackSummary { kernels, .. }: &PackSummary, colors: Colors) -> String {
    let groups = group_by(kernels, |PackedKernel { identity, .. }| {
        format!("{}/{}/{}", identity.id(), identity.version(), identity.arch())
    });
    let mut table = Table::new([Left, Right, Right, Right, Right]);
    let titles = ["", "kernels", "different BTFs", "bytes in", "bytes out"].map(str::to_owned);
    table.styled(titles, [|text: &str| colors.dim(text); 5]);
    for (group, members) in &groups {
        table.row(figures(group, members));
    }
    if groups.len() > 1 {
        let all: Vec<&PackedKernel> = kernels.iter().collect();
        table.styled(figures("all", &all), [|text: &str| colors.bold(text); 5]);
    }
    if kernels.is_empty() { String::new() } else { table.render() }
}

/// The different BTFs, the largest first: bytes, kernels, biggest types.
pub fn render_sizes(sizes: &[BtfSize]) -> String {
    let mut table = Table::new([Left, Right, Right, Left]);
    table.row(["", "bytes", "kernels", "biggest types"].map(str::to_owned));
    for BtfSize { bytes, kernels, biggest_types, .. } in sizes {
        let types: Vec<String> =
            biggest_types.iter().map(|size| format!("{} {}", size.ty, size.bytes)).collect();
        let first = kernels.first().cloned().unwrap_or_default();
        table.row([first, size(*bytes as u64), kernels.len().to_string(), types.join(", ")]);
    }
    table.render()
}

fn figures(name: &str, kernels: &[&PackedKernel]) -> [String; 5] {
    let sum =
        |value: fn(&PackedKernel) -> usize| size(kernels.iter().map(|kernel| value(kernel) as u64).sum());
    let different: HashSet<&str> = kernels.iter().map(|kernel| kernel.sha256.as_str()).collect();
    [
        name.to_owned(),
        kernels.len().to_string(),
        different.len().to_string(),
        sum(|kernel| kernel.bytes_in),
        sum(|kernel| kernel.bytes_out),
    ]
}

fn facts(summary: &PackSummary, colors: Colors) -> String {
    let mut rows: Vec<(&str, String)> = Vec::new();
    for ProgramSummary { file, relocations, arch, .. } in &summary.programs {
        let arch = arch.map(|arch| format!(", for {arch}")).unwrap_or_default();
        rows.push(("program", format!("{file}: {}{arch}", count(*relocations, "CO-RE relocation"))));
    }
    rows.push(("kernels from", summary.origin.clone()));
    for (modules, kernels) in group_by(&summary.kernels, |kernel| kernel.modules.join(", ")) {
        if !modules.is_empty() {
            let kernels = count(kernels.len(), "kernel");
            rows.push(("modules", format!("{modules} ({kernels}): their types exist there, loaded or not")));
        }
    }
    if !summary.aliases.is_empty() {
        let aliases = summary.aliases.len();
        rows.push(("aliases", format!("{aliases}: second names, for readers that join os-release naively")));
    }
    let seconds = decimal(summary.milliseconds, 1000, 2);
    rows.push(("time", format!("{seconds} s, {}", count(summary.jobs, "thread"))));
    for LeftOut { reason, kernels } in &summary.left_out {
        rows.push(("left out", format!("{}: {reason}", kernels.len())));
    }
    rows.push(("warnings", (summary.warnings.len() + summary.broken.len()).to_string()));

    let mut table = Table::new([Left, Left]);
    for (title, text) in rows {
        let styles: [&dyn Fn(&str) -> String; 2] = [&|text| colors.dim(text), &str::to_owned];
        table.styled([title.to_owned(), text], styles);
    }
    table.render()
}

fn notes(PackSummary { programs, notes, .. }: &PackSummary) -> String {
    let of_program = |program: &ProgramSummary| {
        let lines = program.notes.iter().map(|note| format!("note: {}: {note}", program.file));
        lines.collect::<Vec<_>>()
    };
    let general = notes.iter().map(|note| format!("note: {note}"));
    programs.iter().flat_map(of_program).chain(general).collect::<Vec<_>>().join("\n")
}

/// What no pack serves, said before the program meets such a kernel.
fn requirements(PackSummary { programs, .. }: &PackSummary, colors: Colors) -> [String; 2] {
    let is_id = |requirement: &Requirement| requirement.kind == "type_id_target";
    let own = "needs the kernel's own BTF, which no pack replaces:";
    let ids = "asks for ids of kernel types: they are ids in the trimmed BTF, not the running kernel's:";
    [needs(programs, own, |it| !is_id(it), colors), needs(programs, ids, is_id, colors)]
}

fn needs(
    programs: &[ProgramSummary],
    title: &str,
    is_meant: impl Fn(&Requirement) -> bool,
    colors: Colors,
) -> String {
    let mut table = Table::new([Left, Left]);
    let mut counts = false;
    for ProgramSummary { file, optional, requirements, .. } in programs {
        let is_optional =
            |it: &Requirement| it.program.as_ref().is_some_and(|program| optional.contains(program));
        let of = |it: &&Requirement| {
            let program = it.program.as_deref().unwrap_or("the object");
            format!("{program}{}", if is_optional(it) { " (not loaded by default)" } else { "" })
        };
        let what = |it: &&Requirement| {
            format!(
                "{}{}",
                name_of(it),
                if is_optional(it) && it.autoload { " whatever is loaded" } else { "" }
            )
        };
        let meant = requirements.iter().filter(|it| is_meant(it));
        counts |= meant.clone().any(|it| it.autoload);
        for (program, needed) in group_by(meant, of) {
            let file = if programs.len() > 1 { format!("{file}: ") } else { String::new() };
            let needed: Vec<String> = needed.iter().map(what).collect();
            table.row([format!("  {file}{program}"), needed.join(", ")]);
        }
    }
    if table.is_empty() {
        return String::new();
    }
    let title = if counts { colors.yellow(title) } else { title.to_owned() };
    format!("{title}\n{}", table.render())
}

fn name_of(Requirement { kind, what, .. }: &Requirement) -> String {
    match what {
        None => (*kind).to_owned(),
        Some(what) if *kind == "type_id_target" => what.clone(),
        Some(what) => format!("{kind} ({what})"),
    }
}

fn flaws(summary: &PackSummary, colors: Colors) -> Vec<String> {
    let PackSummary { lost, warnings, broken, would_not_load, .. } = summary;
    let mut blocks = Vec::new();
    if !lost.is_empty() {
        let lines = lost
            .iter()
            .map(|part| format!("\n  {} ({})", lost_text(&part.loss), count(part.kernels.len(), "kernel")));
        blocks.push(format!("{}{}", colors.yellow("lost with --btf-compat:"), lines.collect::<String>()));
    }
    if !would_not_load.is_empty() {
        blocks.push(refused_kernels(would_not_load, colors));
    }
    if !broken.is_empty() {
        let lines = broken.iter().map(|BrokenEntry { source, problem }| {
            format!("\n  {source}: {}: {}", problem.code, problem.message)
        });
        let title = format!("skipped, {}:", counted(broken.len(), "broken entry", "broken entries"));
        blocks.push(format!("{}{}", colors.yellow(&title), lines.collect::<String>()));
    }
    let warning = colors.yellow("warning");
    blocks.extend(warnings.iter().map(|problem| format!("{warning}: {}: {}", problem.code, problem.message)));
    blocks
}

/// Grouped by what is wrong, which is mostly the same on many kernels.
fn refused_kernels(refused: &[RefusedKernel], colors: Colors) -> String {
    let kernels: HashSet<&str> = refused.iter().map(|refused| refused.path.as_str()).collect();
    let kernels = count(kernels.len(), "kernel");
    let title = format!("packed, but the program would not load on {kernels}, full BTF or trimmed:");
    let mut lines = vec![colors.yellow(&title)];
    let groups = group_by(refused, |RefusedKernel { program, failure, .. }| {
        format!("  {program}: {}: {}", failure.code, failure.message)
    });
    for (problem, members) in groups {
        lines.push(problem);
        lines.extend(members.iter().map(|refused| format!("    {}", refused.identity)));
    }
    lines.join("\n")
}
