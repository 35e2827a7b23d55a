//! The bar on stderr, when somebody watches.

use std::io::stderr;
use std::sync::Mutex;
use std::time::Instant;

use crate::{platform, print};

/// Characters.
const WIDTH: usize = 30;

/// How many of the kernels are done.
pub struct Progress {
    total: usize,
    shown: bool,
    started: Instant,
    done: Mutex<usize>,
}

impl Progress {
    /// Shows nothing when stderr is not a terminal.
    pub fn start(total: usize) -> Progress {
        let shown = platform::is_terminal(&stderr());
        let progress = Progress { total, shown, started: Instant::now(), done: Mutex::new(0) };
        progress.show(0);
        progress
    }

    /// One more.
    pub fn step(&self) {
        // The bar of a thread that has panicked is nobody's concern.
        let Ok(mut done) = self.done.lock() else { return };
        *done += 1;
        self.show(*done);
    }

    /// Clears the line.
    pub fn stop(&self) {
        if self.shown {
            print::note("\r\x1b[K");
        }
    }

    fn show(&self, done: usize) {
        if !self.shown {
            return;
        }
        let full = (done * WIDTH).checked_div(self.total).unwrap_or(WIDTH);
        let bar = format!("{}{}", "█".repeat(full), "░".repeat(WIDTH - full));
        let left = match done {
            0 => "-".to_owned(),
            _ => {
                let each = self.started.elapsed().as_secs_f64() / done as f64;
                format!("{:.0}s", each * (self.total - done) as f64)
            }
        };
        let line = format!("\r\x1b[Ktrimming {bar} {done}/{} kernels, {left} left", self.total);
        print::note(&line);
    }
}
