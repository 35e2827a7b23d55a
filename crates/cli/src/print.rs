//! The only writers to stdout and stderr.

use std::io::{ErrorKind, Write, stderr, stdout};

use bpfc_pack::render::Colors;
use serde_json::ser::Serializer;

use crate::platform;

/// Colors for stdout: none when it is piped, nor with `NO_COLOR`.
pub fn colors() -> Colors {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    if platform::is_terminal(&stdout()) && !set("NO_COLOR") && !dumb { Colors::On } else { Colors::Off }
}

/// For stdout: what was asked for.
pub fn out(text: &str) {
    let end = if text.ends_with('\n') { "" } else { "\n" };
    write(stdout(), &format!("{text}{end}"));
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
    write(stderr(), &format!("bpfc: {text}\n"));
}

/// For stderr: why the command failed.
pub fn error(code: &str, message: &str) {
    say(&format!("{code}: {}", message.trim_end()));
}

/// A reader that stops reading (`| head`) is no failure: by then the output is in place.
pub fn write(mut stream: impl Write, text: &str) {
    let written = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
    if let Err(error) = written {
        let quiet = error.kind() == ErrorKind::BrokenPipe;
        std::process::exit(i32::from(!quiet));
    }
}
