//! The commands, one file each: its options, and what is done with them.

mod completions;
mod diff;
mod dump;
mod inspect;
mod pack;
mod select;
mod trim;
mod verify;

use bpfc_pack::{CommandCode, CommandError, Result};
use clap::Subcommand;

/// What there is.
#[derive(Subcommand)]
pub enum Command {
    /// Pack programs with the BTF of many kernels, trimmed to what they need
    Pack(pack::Pack),
    /// Trim one kernel's BTF, a drop-in for `bpftool gen min_core_btf`
    Trim(trim::Trim),
    /// Check every entry of a pack
    Verify(verify::Verify),
    /// Tell which BTF of a pack a machine gets, and why
    Select(select::Select),
    /// Tell what a pack, a BTF or an object is, and what is in it
    Inspect(inspect::Inspect),
    /// Write the types of a BTF as C, as bpftool lists them, or as JSON
    Dump(dump::Dump),
    /// Tell what differs between the types of two kernels
    Diff(diff::Diff),
    /// Print a script that completes this command line in a shell
    Completions(completions::Completions),
}

impl Command {
    /// Does it.
    pub fn run(self) -> Result<()> {
        match self {
            Command::Pack(pack) => pack.run(),
            Command::Trim(trim) => trim.run(),
            Command::Verify(verify) => verify.run(),
            Command::Select(select) => select.run(),
            Command::Inspect(inspect) => inspect.run(),
            Command::Dump(dump) => dump.run(),
            Command::Diff(diff) => diff.run(),
            Command::Completions(completions) => completions.run(),
        }
    }
}

fn usage<T>(message: &str) -> Result<T> {
    Err(CommandError::new(CommandCode::Usage, message).into())
}
