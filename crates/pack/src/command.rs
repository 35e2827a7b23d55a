//! How a command ends that does not succeed: the codes, and errors as data.

use std::fmt;

use bpfc_archive::ErrorValue;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Error;

macro_rules! command_codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// The codes of the commands themselves, whichever program runs them; docs/errors.md explains them. Never
        /// reused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum CommandCode {
            $($(#[$doc])* $variant,)+
        }

        impl CommandCode {
            /// Every code.
            pub const ALL: &[CommandCode] = &[$(CommandCode::$variant,)+];

            /// The stable name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(CommandCode::$variant => $name,)+
                }
            }
        }
    };
}

command_codes! {
    /// The command line does not make sense. Exit status 2.
    Usage = "CLI_USAGE",
    /// `btf-pack.toml` is not TOML, or has a key that is not known.
    Config = "CONFIG_INVALID",
    /// A file or folder cannot be read.
    Read = "IO_READ",
    /// The output cannot be written.
    Write = "IO_WRITE",
    /// The folder to be replaced holds something else than a pack.
    NotAPack = "OUTPUT_NOT_A_PACK",
    /// A line of a list of machines is something else.
    FleetLine = "FLEET_LINE",
    /// `--strict`: a machine of a list gets no BTF.
    FleetUnserved = "FLEET_UNSERVED",
    /// No type of the name that was asked for.
    TypeMissing = "TYPE_MISSING",
    /// No kernel's BTF is where the command was told to look.
    SourceEmpty = "SOURCE_EMPTY",
    /// A BTF whose path does not say which kernel it is of: a warning.
    SourceUnknown = "SOURCE_UNKNOWN",
    /// `--modules`: the folder has none of a kernel that is packed: a warning.
    ModulesUnused = "MODULES_UNUSED",
    /// The objects are for different machines.
    ObjectMix = "OBJECT_MIX",
    /// Kernels were found, but none is left to pack.
    PackEmpty = "PACK_EMPTY",
    /// `--max-size`: the pack is larger.
    PackSize = "PACK_SIZE",
    /// `--strict`: a broken entry, or a kernel on which the program would not load.
    PackStrict = "PACK_STRICT",
    /// `verify`: something in the pack is wrong; it is listed.
    VerifyFailed = "VERIFY_FAILED",
    /// `verify`: an entry that no reader looks for.
    Stray = "VERIFY_STRAY",
    /// `verify`: an entry that was not trimmed for these programs.
    NotTrimmed = "VERIFY_NOT_TRIMMED",
    /// A defect of the program.
    Internal = "INTERNAL",
}

/// A failure of a command itself. The message ends with the way out.
#[derive(Clone, Debug)]
pub struct CommandError {
    /// What kind of failure.
    pub code: CommandCode,
    /// What happened, to whom, and what to do.
    pub message: String,
}

impl CommandError {
    /// An error of this code.
    pub fn new(code: CommandCode, message: impl Into<String>) -> CommandError {
        CommandError { code, message: message.into() }
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CommandError {}

/// An error as data: what crosses to and from workers and goes into JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// Stable name of the error.
    pub code: String,
    /// What happened.
    pub message: String,
    /// Bytes into the input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<u64>,
    /// The offending value: a number, such as a size, or a text, such as a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

impl Problem {
    /// A problem of a command's own code.
    pub fn new(code: CommandCode, message: impl Into<String>) -> Problem {
        Problem { code: code.name().into(), message: message.into(), at: None, value: None }
    }
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Problem {
        let value = error.value().map(|value| match value {
            ErrorValue::Number(number) => number.into(),
            ErrorValue::Text(text) => text.into(),
        });
        Problem { code: error.code().into(), message: error.to_string(), at: error.at(), value }
    }
}
