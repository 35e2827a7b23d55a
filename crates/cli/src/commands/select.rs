//! `select PACK`

use std::borrow::Cow;

use bpfc_archive::{Pack, Selector, System};
use bpfc_pack::render::{render_fleet, render_selection};
use bpfc_pack::{CommandCode, CommandError, Fleet, RUNNING_KERNEL, Result, describe, json};
use clap::Args;

use super::usage;
use crate::{files, platform, print};

/// What is asked for whom.
#[derive(Args)]
#[command(after_help = AFTER)]
pub struct Select {
    /// A pack: .tar or .tar.gz
    #[arg(value_name = "PACK")]
    pack: String,
    /// The machine's os-release (default: this one's)
    #[arg(long, value_name = "FILE")]
    os_release: Option<String>,
    /// What `uname -m` prints there
    #[arg(long, value_name = "M")]
    machine: Option<String>,
    /// What `uname -r` prints there
    #[arg(long, value_name = "R")]
    release: Option<String>,
    /// Take the nearest release where there is no other
    #[arg(long)]
    nearest: bool,
    /// A list of machines, one line `ID VERSION_ID machine release` for each
    #[arg(long, value_name = "FILE")]
    fleet: Option<String>,
    /// With --fleet: fail where a machine is not served
    #[arg(long)]
    strict: bool,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

const AFTER: &str = "\
The rule, in order: the exact name; the version by its other names (major version, codename, the archive's directory);
a distribution of ID_LIKE; the release alone, on the same machine; with --nearest, the nearest release of the same
distribution, flavor and series. A kernel with BTF of its own needs no pack.

Exit status 1 with PACK_NO_MATCH when the machine gets none.

Examples:
  bpfc select execsnoop.tar
  bpfc select execsnoop.tar --os-release centos8/etc/os-release --machine x86_64 --release 4.18.0-193.el8.x86_64
  bpfc select execsnoop.tar --fleet machines.txt --strict";

impl Select {
    pub fn run(self) -> Result<()> {
        let one = self.os_release.is_some() || self.machine.is_some() || self.release.is_some();
        if self.fleet.is_some() && one {
            return usage("--fleet is a list of machines, and the other options are one; give either");
        }
        if self.strict && self.fleet.is_none() {
            return usage("--strict says what to do with a list of machines; give --fleet with it");
        }
        let bytes = files::read(&self.pack)?;
        let pack = Pack::open(Cow::Owned(bytes)).map_err(bpfc_pack::Error::from);
        let pack = pack.map_err(|error| error.in_file(&self.pack))?;
        match &self.fleet {
            Some(list) => self.fleet(&pack, list),
            None => self.machine(&pack, one),
        }
    }

    /// Of the machine that is described, or of this one.
    fn machine(&self, pack: &Pack, other: bool) -> Result<()> {
        let here = platform::system();
        let native = !other && files::exists(RUNNING_KERNEL);
        let os_release = match &self.os_release {
            Some(file) => String::from_utf8_lossy(&files::read(file)?).into_owned(),
            None => here.os_release,
        };
        let machine = self.machine.as_deref().unwrap_or(&here.machine);
        let release = self.release.as_deref().unwrap_or(&here.release);
        let system = System::new(&os_release, machine, release)?;

        let selection = Selector::new(pack).select(&system, self.nearest);
        if self.json {
            let mut told = describe::selection(&selection);
            told.extend(json!({ "native": native.then_some(RUNNING_KERNEL) }));
            print::json(&told);
        } else {
            if native {
                print::out(&format!("this kernel has BTF of its own, {RUNNING_KERNEL}, which goes first\n"));
            }
            print::out(&render_selection(&selection, print::colors()));
        }
        if native { Ok(()) } else { Ok(selection.require().map(|_| ())?) }
    }

    fn fleet(&self, pack: &Pack, list: &str) -> Result<()> {
        let text = files::read(list)?;
        let fleet = Fleet::of(&String::from_utf8_lossy(&text), pack, self.nearest);
        let fleet = fleet.map_err(|error| error.in_file(list))?;
        if self.json {
            print::json(&fleet);
        } else {
            print::out(&render_fleet(&fleet, print::colors()));
        }
        let unserved = fleet.machines.len() - fleet.served;
        if self.strict && unserved > 0 {
            let message = format!("--strict: {unserved} of {} machines are not served", fleet.machines.len());
            return Err(CommandError::new(CommandCode::FleetUnserved, message).into());
        }
        Ok(())
    }
}
