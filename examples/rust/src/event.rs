//! What the program hands over for each process: `struct event` of ../c/bootstrap.h.

use std::borrow::Cow;
use std::fmt;

/// The columns of an event.
pub const HEADER: &str = "EVENT COMM             PID      PPID     FILENAME/EXIT CODE";

/// The value of `kind` where a process executes a file.
const EVENT_EXEC: u32 = 0;

/// A process that started or ended.
pub struct Event<'b> {
    kind: u32,
    pid: i32,
    ppid: i32,
    exit_status: u32,
    exit_signal: u32,
    duration_ns: u64,
    comm: Cow<'b, str>,
    filename: Cow<'b, str>,
}

impl<'b> Event<'b> {
    /// Reads the C struct, whose members lie where the C compiler put them. Nothing if it is not all there.
    pub fn parse(bytes: &'b [u8]) -> Option<Self> {
        Some(Self {
            kind: u32::from_ne_bytes(at(bytes, 0)?),
            pid: i32::from_ne_bytes(at(bytes, 4)?),
            ppid: i32::from_ne_bytes(at(bytes, 8)?),
            exit_status: u32::from_ne_bytes(at(bytes, 12)?),
            exit_signal: u32::from_ne_bytes(at(bytes, 16)?),
            duration_ns: u64::from_ne_bytes(at(bytes, 24)?),
            comm: text(bytes.get(32..48)?),
            filename: text(bytes.get(48..176)?),
        })
    }
}

fn at<const SIZE: usize>(bytes: &[u8], offset: usize) -> Option<[u8; SIZE]> {
    bytes.get(offset..)?.first_chunk().copied()
}

/// A C string in a field of fixed size.
fn text(field: &[u8]) -> Cow<'_, str> {
    let end = field.iter().position(|&byte| byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end])
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.kind == EVENT_EXEC { "EXEC" } else { "EXIT" };
        write!(f, "{name:<5} {:<16} {:<8} {:<8} ", self.comm, self.pid, self.ppid)?;
        if self.kind == EVENT_EXEC {
            return f.write_str(&self.filename);
        }
        write!(f, "[{}]", self.exit_status)?;
        if self.exit_signal != 0 {
            write!(f, " signal {}", self.exit_signal)?;
        }
        if self.duration_ns != 0 {
            write!(f, " ({}ms)", self.duration_ns / 1_000_000)?;
        }
        Ok(())
    }
}
