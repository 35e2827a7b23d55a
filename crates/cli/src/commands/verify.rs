//! `verify PACK PROG.bpf.o...`

use bpfc_pack::{Result, verify};
use clap::Args;

use super::usage;
use crate::config::Config;
use crate::options::read_programs;
use crate::{files, print};

/// What is checked.
#[derive(Args)]
#[command(after_help = AFTER)]
pub struct Verify {
    /// A pack: .tar or .tar.gz (default: output of btf-pack.toml)
    #[arg(value_name = "PACK")]
    pack: Option<String>,
    /// Programs it was made for, beside the one inside
    #[arg(value_name = "PROG.bpf.o")]
    programs: Vec<String>,
    /// Print what was found as JSON
    #[arg(long)]
    json: bool,
}

const AFTER: &str = "\
Every entry has to lie where the layout's reader looks, to parse, and, trimmed once more for the program inside and
those named, to stay as it is. Several programs that a pack was made for have to be named together.

Example:
  bpfc verify execsnoop.tar";

impl Verify {
    pub fn run(self) -> Result<()> {
        let config = Config::beside(self.programs.first())?;
        let Some(path) = self.pack.or(config.output) else {
            return usage("no pack is given: name a .tar or .tar.gz");
        };
        let programs =
            if self.programs.is_empty() { config.objects.unwrap_or_default() } else { self.programs };
        let bytes = files::read(&path)?;
        let programs = read_programs(&programs, None)?;
        let verdict = verify(&path, &bytes, &programs)?;
        if self.json {
            print::json(&verdict);
        }
        let text = verdict.text(&path)?;
        if !self.json {
            print::out(&text);
        }
        Ok(())
    }
}
