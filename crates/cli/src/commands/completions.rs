//! `completions SHELL`.

use bpfc_pack::Result;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::{Cli, print};

/// Which shell.
#[derive(Args)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub fn run(self) -> Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "bpfc", &mut script);
        print::out(&String::from_utf8_lossy(&script));
        Ok(())
    }
}
