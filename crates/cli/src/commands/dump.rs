//! `dump FILE [TYPE...]`

use std::sync::Arc;

use bpfc_btf::Btf;
use bpfc_pack::{DumpFormat, KernelSource, Result};
use clap::Args;
use clap::builder::PossibleValuesParser;

use super::usage;
use crate::{files, print};

/// What is written out.
#[derive(Args)]
#[command(after_help = AFTER)]
pub struct Dump {
    /// A BTF in any form that `pack` reads
    #[arg(value_name = "FILE")]
    file: String,
    /// Only these types, as C with what they need: `task_struct`, `struct task_struct` (default: all)
    #[arg(value_name = "TYPE")]
    types: Vec<String>,
    /// As a header that compiles, as bpftool lists types, or as JSON
    #[arg(long, value_name = "FORMAT", default_value = "c", value_parser = PossibleValuesParser::new(DumpFormat::ALL.map(DumpFormat::name)))]
    format: String,
    /// The kernel's BTF, where FILE is a module's
    #[arg(long, value_name = "FILE")]
    base: Option<String>,
}

const AFTER: &str = "\
Every struct keeps its size and its members' places; of several types of one name those behind the first are NAME___2,
NAME___3, as bpftool names them. The whole of a kernel is a drop-in vmlinux.h.

Examples:
  bpfc dump /sys/kernel/btf/vmlinux > vmlinux.h
  bpfc dump 5.4.0-26-generic.btf.tar.xz 'struct task_struct'";

impl Dump {
    pub fn run(self) -> Result<()> {
        let base = self.base.as_deref().map(raw).transpose()?;
        let bytes = raw(&self.file)?;
        let btf = match &base {
            None => Btf::parse(bytes.as_slice()),
            Some(_) if Btf::parse(bytes.as_slice()).is_ok() => {
                return usage(&format!(
                    "--base: {} has all its types, and is no module's; leave --base out",
                    self.file
                ));
            }
            Some(base) => {
                let file = self.base.unwrap_or_default();
                let base = Btf::parse(base.as_slice())
                    .map_err(|error| bpfc_pack::Error::from(error).in_file(&file))?;
                Btf::parse_split(bytes.as_slice(), Arc::new(base))
            }
        };
        let btf = btf.map_err(|error| bpfc_pack::Error::from(error).in_file(&self.file))?;
        let types: Vec<&str> = self.types.iter().map(String::as_str).collect();
        let format = DumpFormat::named(&self.format).unwrap_or(DumpFormat::C);
        let text = format.dump(&btf, &types).map_err(|error| error.in_file(&self.file))?;
        print::out(&text);
        Ok(())
    }
}

/// The raw BTF in a file.
fn raw(file: &str) -> Result<Vec<u8>> {
    let bytes = files::read(file)?;
    let source = KernelSource::open(&bytes).and_then(KernelSource::into_bytes);
    source.map_err(|error| error.in_file(file))
}
