//! `diff A B [TYPE...]`

use bpfc_pack::render::render_diff;
use bpfc_pack::{KernelSource, Named, Result, compare, describe};
use clap::Args;

use crate::{files, print};

/// What is compared.
#[derive(Args)]
#[command(after_help = AFTER)]
pub struct Diff {
    /// The old BTF, in any form that `pack` reads
    #[arg(value_name = "A")]
    old: String,
    /// The new BTF
    #[arg(value_name = "B")]
    new: String,
    /// Only these types: `task_struct`, `struct task_struct` (default: all)
    #[arg(value_name = "TYPE")]
    types: Vec<String>,
    /// Print the differences as JSON
    #[arg(long)]
    json: bool,
}

const AFTER: &str = "\
Structs, unions, enums, typedefs and functions by name: members added (+), removed (-), moved and retyped (~).
Anonymous types are compared in the types that have them; constants of an enum that no type has are left out.

Example:
  bpfc diff 5.4.0-26-generic.btf.tar.xz /sys/kernel/btf/vmlinux 'struct task_struct'";

impl Diff {
    pub fn run(self) -> Result<()> {
        let (old, new) = (files::read(&self.old)?, files::read(&self.new)?);
        let old = KernelSource::open(&old).map_err(|error| error.in_file(&self.old))?;
        let new = KernelSource::open(&new).map_err(|error| error.in_file(&self.new))?;
        let (old, new) = (
            old.parse().map_err(|error| error.in_file(&self.old))?,
            new.parse().map_err(|error| error.in_file(&self.new))?,
        );
        let types: Vec<&str> = self.types.iter().map(String::as_str).collect();
        let named = |file, btf| Named { file, btf };
        let differences = compare(named(&self.old, &old), named(&self.new, &new), &types)?;
        if self.json {
            print::json(&describe::diff(&differences)?);
        } else {
            print::out(&render_diff(&differences, print::colors()));
        }
        Ok(())
    }
}
