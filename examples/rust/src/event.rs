//! What the program hands over for each process: `struct event` of bootstrap.h.

use std::borrow::Cow;
use std::fmt;

/// The columns of an event.
pub const HEADER: &str = "EVENT COMM             PID     PPID    FILENAME/EXIT CODE";

/// A process that started or ended.
pub struct Event<'b> {
    pid: i32,
    ppid: i32,
    exit_code: u32,
    duration_ns: u64,
    comm: Cow<'b, str>,
    filename: Cow<'b, str>,
    exit: bool,
}

impl<'b> Event<'b> {
    /// Reads the C struct, whose members lie where the C compiler put them.
    pub fn parse(bytes: &'b [u8]) -> Option<Self> {
        Some(Self {
            pid: i32::from_ne_bytes(*bytes.get(0..)?.first_chunk()?),
            ppid: i32::from_ne_bytes(*bytes.get(4..)?.first_chunk()?),
            exit_code: u32::from_ne_bytes(*bytes.get(8..)?.first_chunk()?),
            duration_ns: u64::from_ne_bytes(*bytes.get(16..)?.first_chunk()?),
            comm: text(bytes.get(24..40)?),
            filename: text(bytes.get(40..167)?),
            exit: *bytes.get(167)? != 0,
        })
    }
}

/// A C string in a field of fixed size.
fn text(field: &[u8]) -> Cow<'_, str> {
    let end = field.iter().position(|&byte| byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end])
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.exit { "EXIT" } else { "EXEC" };
        write!(f, "{kind:<5} {:<16} {:<7} {:<7} ", self.comm, self.pid, self.ppid)?;
        match self.exit {
            false => f.write_str(&self.filename),
            true => write!(f, "[{}] after {} ms", self.exit_code, self.duration_ns / 1_000_000),
        }
    }
}
