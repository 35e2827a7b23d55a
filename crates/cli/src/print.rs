//! The only writers to stdout and stderr.

use std::io::{self, ErrorKind, Write, stderr, stdout};
use std::process::exit;

use bpfc_pack::CommandCode;
use bpfc_pack::render::Colors;
use serde_json::ser::Serializer;

use crate::files::io_error;
use crate::{FAILED, platform};

/// Colors for stdout: none when it is piped, nor with `NO_COLOR`.
pub fn colors() -> Colors {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    if platform::is_terminal(&stdout()) && !set("NO_COLOR") && !dumb { Colors::On } else { Colors::Off }
}

/// For stdout: what was asked for.
pub fn out(text: &str) {
    let end = if text.ends_with('\n') { "" } else { "\n" };
    if let Err(failure) = write(stdout(), &format!("{text}{end}")) {
        let failure = io_error(CommandCode::Write, "stdout", &failure);
        error(failure.code(), &failure.to_string());
        exit(FAILED.into());
    }
}

/// For stdout, as JSON.
pub fn json(value: &impl serde::Serialize) {
    let mut text = Vec::new();
    let written = value.serialize(&mut Serializer::pretty(&mut text));
    debug_assert!(written.is_ok(), "what is described has only text as keys");
    out(&String::from_utf8_lossy(&text));
}

/// For stderr: what is to be known beside it.
pub fn say(text: &str) {
    note(&format!("bpfc: {text}\n"));
}

/// For stderr: why the command failed.
pub fn error(code: &str, message: &str) {
    say(&format!("{code}: {}", message.trim_end()));
}

/// For stderr, as it is. Where that cannot be written to, nobody can be told.
pub fn note(text: &str) {
    if write(stderr(), text).is_err() {
        exit(FAILED.into());
    }
}

/// A reader that stops reading (`| head`) is no failure: by then the output is in place.
fn write(mut stream: impl Write, text: &str) -> io::Result<()> {
    let written = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => exit(0),
        written => written,
    }
}
