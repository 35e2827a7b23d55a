//! Which machines of a list a pack serves.

use bpfc_archive::{Pack, Selector, System};
use serde::Serialize;

use crate::{CommandCode, CommandError, Result};

/// What a list of machines gets of a pack.
#[derive(Clone, Debug, Serialize)]
pub struct Fleet {
    /// How many of them are served.
    pub served: usize,
    /// In the order of the list.
    pub machines: Vec<Machine>,
}

/// A machine, and what it gets.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// Number of its line, from 1.
    pub line: usize,
    /// `ID VERSION_ID machine release`
    pub machine: String,
    /// Path of the entry it gets, if it gets one.
    pub entry: Option<String>,
    /// The step of the rule that found it.
    pub step: Option<&'static str>,
}

impl Fleet {
    /// Reads a list, one line `ID VERSION_ID machine release` for each machine, `-` for a VERSION_ID that is not set; empty
    /// lines and those that begin with `#` are passed over.
    ///
    /// # Errors
    /// `FLEET_LINE`: a line is something else.
    pub fn of(list: &str, pack: &Pack, nearest: bool) -> Result<Fleet> {
        let selector = Selector::new(pack);
        let lines = (1..).zip(list.lines()).map(|(number, line)| (number, line.trim()));
        let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let machines = lines.map(|(line, text)| {
            let system = read(line, text)?;
            let answer = selector.select(&system, nearest).answer;
            Ok(Machine {
                line,
                machine: text.split_whitespace().collect::<Vec<_>>().join(" "),
                entry: answer.map(|answer| answer.entry.path.to_owned()),
                step: answer.map(|answer| answer.step.name()),
            })
        });
        let machines = machines.collect::<Result<Vec<Machine>>>()?;
        Ok(Fleet { served: machines.iter().filter(|machine| machine.entry.is_some()).count(), machines })
    }
}

fn read(number: usize, line: &str) -> Result<System> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let &[id, version, machine, release] = words.as_slice() else {
        let message = format!("line {number}: '{line}' is not `ID VERSION_ID machine release`");
        return Err(CommandError::new(CommandCode::FleetLine, message).into());
    };
    let version = Some(version.to_ascii_lowercase()).filter(|version| version != "-");
    Ok(System::named(&id.to_ascii_lowercase(), version.as_deref(), machine, release)?)
}
