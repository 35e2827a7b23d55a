//! `bpfc`: the commands of `bpfc_pack` with files, threads and options. What they say and write is `bpfc_pack`'s; the same
//! source is a native program and, for `wasm32-wasip1`, a WASI command without threads, signals and listed folders.

mod commands;
mod config;
mod files;
mod options;
mod output;
mod owner;
mod platform;
mod print;
mod progress;
mod threads;
mod usage;

use std::process::ExitCode;

use bpfc_pack::{CommandCode, Error};
use clap::Parser;

use crate::commands::Command;

/// Pack a CO-RE eBPF program with the BTF of every kernel it is to run on, trimmed to what it needs
#[derive(Parser)]
#[command(name = "bpfc", version, args_override_self = true, after_help = AFTER)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const AFTER: &str = "\
Exit status: 0 done; 1 failed, with `bpfc: CODE: text` on stderr; 2 the command line is wrong.
NO_COLOR turns colors off.

Example:
  bpfc pack execsnoop.bpf.o --from ../btfhub-archive -o execsnoop.tar";

const FAILED: u8 = 1;
const USAGE: u8 = 2;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        print::error(CommandCode::Internal.name(), &panic.to_string());
        std::process::exit(FAILED.into());
    }));
    let cli = match Cli::try_parse_from(arguments()) {
        Ok(cli) => cli,
        Err(error) => return usage::tell(&error),
    };
    match cli.command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print::error(error.code(), &error.to_string());
            ExitCode::from(exit_status(&error))
        }
    }
}

/// The command line. What is not UTF-8 in it names no file: reading that one fails, in Node too.
fn arguments() -> impl Iterator<Item = String> {
    std::env::args_os().map(|argument| argument.to_string_lossy().into_owned())
}

fn exit_status(error: &Error) -> u8 {
    if error.code() == CommandCode::Usage.name() { USAGE } else { FAILED }
}
