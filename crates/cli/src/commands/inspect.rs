//! `inspect FILE`

use std::borrow::Cow;
use std::sync::Arc;

use bpfc_archive::Pack;
use bpfc_pack::render::{render_against, render_inspection};
use bpfc_pack::{Against, Error, Result, describe, kernels_named};
use bpfc_relo::BpfObject;
use clap::Args;
use serde_json::Value;

use super::usage;
use crate::{files, platform, print};

/// What is looked at.
#[derive(Args)]
#[command(after_help = AFTER)]
pub struct Inspect {
    /// A pack, a BTF in any form, or a compiled object
    #[arg(value_name = "FILE")]
    file: String,
    /// Kernels to relocate the program against: what becomes of each relocation there (put FILE first)
    #[arg(long, value_name = "DIR|FILE", num_args = 1..)]
    against: Vec<String>,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
}

const AFTER: &str = "\
Of a pack: its program, and which kernels share one trimmed BTF. Of an object: programs, maps, relocations with their
source lines, and what no pack serves. --against adds each relocation's outcome on those kernels, and what the kernel
has instead where one is missing: ok and changed are answered, guarded means that the program asks first, poison that
the verifier refuses the instruction where it can be reached, error that libbpf refuses the object.

Examples:
  bpfc inspect execsnoop.tar
  bpfc inspect execsnoop.bpf.o --against ../btfhub-archive/centos";

impl Inspect {
    pub fn run(self) -> Result<()> {
        let bytes = files::read(&self.file)?;
        let mut told = Value::from(describe::inspect(&bytes).map_err(|error| error.in_file(&self.file))?);
        if !self.against.is_empty() {
            let object = object(&self.file, &bytes, &told)?;
            let against = against(object, &self.against)?;
            if !self.json {
                print::out(&render_against(&against, print::colors()));
                return Ok(());
            }
            if let Value::Object(told) = &mut told {
                told.insert("against".into(), against);
            }
        }
        if self.json {
            print::json(&told);
        } else {
            print::out(&render_inspection(&self.file, &told, print::colors()));
        }
        Ok(())
    }
}

/// The object that the file is, or that the pack carries.
fn object(file: &str, bytes: &[u8], told: &Value) -> Result<Arc<BpfObject>> {
    let program;
    let object = match told.get("is").and_then(Value::as_str) {
        Some("object") => bytes,
        Some("pack") => {
            let inside =
                || Pack::open(Cow::Borrowed(bytes))?.package().map(|package| package?.program()).transpose();
            let Some(inside) = inside().map_err(|error| Error::from(error).in_file(file))? else {
                return usage("--against: the pack has no program inside");
            };
            program = inside;
            &program
        }
        _ => return usage("--against is for objects and packs; a BTF has no relocations"),
    };
    let object = BpfObject::parse(object).map_err(|error| Error::from(error).in_file(file))?;
    Ok(Arc::new(object))
}

fn against(object: Arc<BpfObject>, kernels: &[String]) -> Result<Value> {
    let system = platform::system();
    let arch = object.machine().unwrap_or(&system.machine).to_owned();
    let listings = kernels.iter().map(|path| files::list(path)).collect::<Result<Vec<_>>>()?;
    let mut against = Against::new(object);
    for (name, file) in kernels_named(listings, &arch, &system)? {
        against.add(&name, &files::read(&file)?)?;
    }
    Ok(against.finish()?.into())
}
