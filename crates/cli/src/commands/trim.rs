//! `trim KERNEL OUT PROG.bpf.o...`

use bpfc_pack::{Error, Result};
use clap::Args;

use super::usage;
use crate::config::Config;
use crate::options::read_programs;
use crate::output::PendingFile;
use crate::{files, print};

/// What is trimmed.
#[derive(Args)]
#[command(after_help = AFTER)]
pub struct Trim {
    /// The kernel's BTF
    #[arg(value_name = "KERNEL")]
    kernel: String,
    /// The trimmed BTF
    #[arg(value_name = "OUT")]
    out: String,
    /// Compiled CO-RE objects (default: objects of btf-pack.toml)
    #[arg(value_name = "PROG.bpf.o")]
    programs: Vec<String>,
    /// Write BTF that libbpf before 1.0 reads too (from 0.3 on); tell what is lost
    #[arg(long)]
    btf_compat: bool,
}

const AFTER: &str = "\
Takes the arguments of `bpftool gen min_core_btf` and, like it, prints nothing. KERNEL may be any form that
`pack` reads. Where libbpf would refuse a program on this kernel, that is said on stderr, and OUT is written: the
program fails with it as it does with the full BTF. So is what --btf-compat loses.

Example:
  bpfc trim /sys/kernel/btf/vmlinux min.btf execsnoop.bpf.o";

impl Trim {
    pub fn run(self) -> Result<()> {
        let Trim { kernel, out, programs: named, btf_compat } = self;
        let config = Config::beside(named.first())?;
        let programs = if named.is_empty() { config.objects.unwrap_or_default() } else { named };
        if programs.is_empty() {
            return usage("no program is given: name a compiled object (PROG.bpf.o)");
        }
        let programs = read_programs(&programs, None)?;
        let bytes = files::read(&kernel)?;
        let mut trimmer = programs.trimmer();
        trimmer.set_compat(btf_compat);
        let trimmed = trimmer.trim(&bytes, &[]);
        let trimmed = trimmed.map_err(|error| Error::File { file: kernel, error: Box::new(error) })?;
        PendingFile::begin(&out)?.commit(&trimmed.btf)?;
        for warning in programs.warnings(&trimmed.report) {
            print::say(&format!("warning: {warning}"));
        }
        Ok(())
    }
}
