//! Which entry of a pack a machine gets.

use bpfc_archive::{Selection, Step};

use super::number::{count, size};
use super::safe;
use super::table::{Align, Colors, Table};
use crate::Fleet;

use Align::Left;

/// The entry, how it was found, and what was tried before.
pub fn render_selection(selection: &Selection, colors: Colors) -> String {
    let found = match selection.answer {
        Some(answer) => {
            let bytes = size(answer.entry.content.len() as u64);
            format!("{}, {bytes}: {}", colors.bold(answer.entry.path), told(answer.step))
        }
        None => colors.yellow("no BTF for this kernel"),
    };
    let mut table = Table::new([Left, Left, Left]);
    for tried in &selection.tried {
        let hits = match tried.hits {
            0 => "none".into(),
            1 => "found".into(),
            hits => format!("{hits} entries"),
        };
        let styles: [&dyn Fn(&str) -> String; 3] = [&|text| colors.dim(text), &str::to_owned, &str::to_owned];
        table.styled([format!("  {}", tried.step.name()), tried.key.clone(), hits], styles);
    }
    safe(format!("{found}\n\ntried\n{}\n", table.render()))
}

fn told(step: Step) -> &'static str {
    match step {
        Step::Exact => "its exact name",
        Step::Version => "its version by another name",
        Step::Like => "of a distribution that it is like",
        Step::Release => "its release alone",
        Step::Nearest => "NOT its own, but the nearest release",
    }
}

/// One line for each machine, those without BTF last.
pub fn render_fleet(fleet: &Fleet, colors: Colors) -> String {
    let mut table = Table::new([Left, Left, Left]);
    let (served, unserved): (Vec<_>, Vec<_>) = fleet.machines.iter().partition(|it| it.entry.is_some());
    for machine in served {
        let entry = machine.entry.clone().unwrap_or_default();
        table.row([machine.machine.clone(), machine.step.unwrap_or_default().into(), entry]);
    }
    for machine in unserved {
        let styles: [&dyn Fn(&str) -> String; 3] =
            [&|text| colors.yellow(text), &|text| colors.yellow(text), &str::to_owned];
        table.styled([machine.machine.clone(), "none".into(), String::new()], styles);
    }
    let machines = count(fleet.machines.len(), "machine");
    safe(format!("{}\n\n{} of {machines} served\n", table.render(), fleet.served))
}
