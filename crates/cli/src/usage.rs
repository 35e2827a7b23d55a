//! How a wrong command line is told: in the words that `btf-pack` has for it too.

use std::error::Error as _;
use std::process::ExitCode;

use bpfc_pack::CommandCode;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, CommandFactory};

use crate::{Cli, USAGE, arguments, print};

/// Characters too many in an option that is still taken for a known one, as commander does.
const MOST_WRONG: usize = 3;

/// What stands behind the arguments that a command takes.
const EXCESS: &str = "excess";

/// Tells what was asked for (`--help`, `--version`) or what is wrong.
pub fn tell(error: &clap::Error) -> ExitCode {
    let help = error.render().to_string();
    match error.kind() {
        ErrorKind::DisplayHelp => print::out(&help),
        ErrorKind::DisplayVersion => print::out(env!("CARGO_PKG_VERSION")),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            print::note(&help);
            return ExitCode::from(USAGE);
        }
        _ => {
            print::error(CommandCode::Usage.name(), &message(error));
            print::note("(--help shows what there is)\n");
            return ExitCode::from(USAGE);
        }
    }
    ExitCode::SUCCESS
}

fn message(error: &clap::Error) -> String {
    let value = text(error, ContextKind::InvalidValue);
    let arg = text(error, ContextKind::InvalidArg);
    match error.kind() {
        ErrorKind::UnknownArgument if arg.starts_with('-') => {
            format!("unknown option '{arg}'{}", suggestion(error, ContextKind::SuggestedArg))
        }
        ErrorKind::UnknownArgument => match excess() {
            Ok(text) => text,
            Err(first) if text(&first, ContextKind::InvalidArg) != arg => message(&first),
            // It stands before any command.
            Err(_) => line(error),
        },
        // A flag takes none.
        ErrorKind::TooManyValues => {
            let near = value.chars().count() < MOST_WRONG;
            let meant = if near { format!("\n(Did you mean {arg}?)") } else { String::new() };
            format!("unknown option '{arg}={value}'{meant}")
        }
        ErrorKind::InvalidSubcommand => {
            let command = text(error, ContextKind::InvalidSubcommand);
            format!("unknown command '{command}'{}", suggestion(error, ContextKind::SuggestedSubcommand))
        }
        ErrorKind::MissingRequiredArgument => {
            format!("missing required argument '{}'", arg.trim_matches(['<', '>']))
        }
        ErrorKind::InvalidValue if value.is_empty() => {
            format!("option '{}' argument missing", option_text(&arg))
        }
        ErrorKind::InvalidValue => {
            let choices = all(error, ContextKind::ValidValue).join(", ");
            let option = option_text(&arg);
            format!("option '{option}' argument '{value}' is invalid. Allowed choices are {choices}.")
        }
        ErrorKind::ValueValidation => {
            let why = error.source().map(ToString::to_string).unwrap_or_default();
            format!("option '{}' argument '{value}' is invalid. {why}", option_text(&arg))
        }
        _ => line(error),
    }
}

/// In clap's own words.
fn line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

/// Tells how many arguments the command takes and was given, or what else is wrong and goes first.
fn excess() -> Result<String, clap::Error> {
    let name = arguments().nth(1).unwrap_or_default();
    let command = Cli::command().mut_subcommands(|command| {
        if command.get_name() == name { command.arg(Arg::new(EXCESS).num_args(0..)) } else { command }
    });
    let matches = command.clone().try_get_matches_from(arguments())?;
    let matches = matches.subcommand_matches(&name);
    let excess = matches.and_then(|matches| matches.get_raw(EXCESS)).map_or(0, |values| values.len());
    // One of them stands for the excess.
    let expected = command.find_subcommand(&name).map_or(0, |command| command.get_positionals().count() - 1);
    let plural = if expected == 1 { "" } else { "s" };
    let given = expected + excess;
    Ok(format!("too many arguments for '{name}'. Expected {expected} argument{plural} but got {given}."))
}

fn suggestion(error: &clap::Error, kind: ContextKind) -> String {
    all(error, kind).first().map(|meant| format!("\n(Did you mean {meant}?)")).unwrap_or_default()
}

fn text(error: &clap::Error, kind: ContextKind) -> String {
    all(error, kind).first().cloned().unwrap_or_default()
}

fn all(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}

/// `-o, --output <OUT>` for `--output <OUT>`.
fn option_text(arg: &str) -> String {
    let long = arg.split(' ').next().unwrap_or_default().trim_start_matches("--");
    let commands = Cli::command();
    let mut options = commands.get_subcommands().flat_map(clap::Command::get_arguments);
    let Some(option) = options.find(|option| option.get_long() == Some(long)) else { return arg.to_owned() };
    let short = option.get_short().map(|short| format!("-{short}, ")).unwrap_or_default();
    let value = option.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
    let several = if takes_several(option) { "..." } else { "" };
    format!("{short}--{long} <{}{several}>", value.unwrap_or_default())
}

fn takes_several(option: &Arg) -> bool {
    option.get_num_args().is_some_and(|range| range.max_values() > 1)
}
