//! `pack PROG.bpf.o... --from DIR -o OUT`

use std::time::Instant;

use bpfc_archive::Layout;
use bpfc_pack::render::render_summary;
use bpfc_pack::{Found, ModuleFiles, Output, PackJob, PackRequest, Result, System};
use clap::Args;
use clap::builder::PossibleValuesParser;

use super::usage;
use crate::config::Config;
use crate::options::{default_jobs, parse_bytes, parse_jobs, read_programs};
use crate::output::PendingPack;
use crate::threads::trim_all;
use crate::{files, platform, print};

/// What is packed, and where to.
#[derive(Args)]
#[command(after_help = AFTER)]
pub struct Pack {
    /// Compiled CO-RE objects
    #[arg(value_name = "PROG.bpf.o")]
    programs: Vec<String>,
    /// ecc's package.json: its object is packed for, and it is put in as it is
    #[arg(short = 'j', long, value_name = "package.json")]
    package: Option<String>,
    /// Of several programs the one whose package.json is put in
    #[arg(long, value_name = "PROG.bpf.o")]
    main: Option<String>,
    /// Where the kernels' BTFs are (default: the cache)
    #[arg(long, value_name = "DIR|FILE", num_args = 1..)]
    from: Vec<String>,
    /// Only these, by ID/VERSION/ARCH/RELEASE; * crosses /, + is literal
    #[arg(long, value_name = "GLOB", num_args = 1..)]
    kernels: Vec<String>,
    /// The kernels' module BTFs, DIR/ID/VERSION/ARCH/RELEASE/MODULE.btf: for types that the kernel lacks
    #[arg(long, value_name = "DIR")]
    modules: Option<String>,
    /// Only these architectures (default: what the programs prove)
    #[arg(long, value_name = "A", num_args = 1..)]
    arch: Vec<String>,
    /// OUT.tar, OUT.tar.gz, OUT.o to link, OUT.h to include, or a folder DIR/ (default: PROG.tar)
    #[arg(short, long, value_name = "OUT")]
    output: Option<String>,
    /// For whom (default: bpf-compatible)
    #[arg(long, value_name = "READER", value_parser = PossibleValuesParser::new(Layout::ALL.map(Layout::name)))]
    layout: Option<String>,
    /// Leave out the names by which readers that join os-release naively look
    #[arg(long)]
    no_aliases: bool,
    /// The machine that OUT.o is linked for (default: this one)
    #[arg(long, value_name = "MACHINE")]
    target: Option<String>,
    /// Fail where the output is larger; write nothing
    #[arg(long, value_name = "BYTES|K|M", value_parser = parse_bytes)]
    max_size: Option<u64>,
    /// Write BTF that libbpf before 1.0 reads too (from 0.3 on); tell what is lost
    #[arg(long)]
    btf_compat: bool,
    /// Tell which kernels and types cost the bytes
    #[arg(long)]
    sizes: bool,
    /// Threads to trim with (default: as many as cores, at most 8)
    #[arg(long, value_name = "N", value_parser = parse_jobs)]
    jobs: Option<usize>,
    /// Fail on a broken entry and where a program would not load; write nothing
    #[arg(long)]
    strict: bool,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

const AFTER: &str = "\
A program's name ends in .o and may stand anywhere. With one program its package.json (ecc's) is generated; with
several there is none unless -j gives it or --main says which program it is for.

Kernels come from files (.btf.tar.xz, raw BTF, ELF with .BTF, /sys/kernel/btf/vmlinux) and folders in BTFHub's
layout, ID/VERSION/ARCH/RELEASE.btf.tar.xz. Without --from: the cache ($BTFHUB_CACHE, else
~/.cache/eunomia/btfhub); when there is nothing, the running kernel alone.

Where a kernel has no type of a name, its modules' types of that name are put into its BTF (--modules). They then exist
wherever the pack is used, whether the module is loaded or not.

What btf-pack.toml beside the program says (objects, from, kernels, arch, modules, output, layout) need not be said again.

Examples:
  bpfc pack execsnoop.bpf.o --from ../btfhub-archive -o execsnoop.tar
  bpfc pack -j package.json --kernels 'ubuntu/20.04/*' 'debian/*' -o min_core_btfs.tar.gz";

impl Pack {
    pub fn run(mut self) -> Result<()> {
        let named = self.take_programs();
        let config = Config::beside(named.first().or(self.package.as_ref()))?;
        // A package.json has its object inside.
        let objects = config.objects.unwrap_or_default();
        let programs = if named.is_empty() && self.package.is_none() { objects } else { named };
        if programs.is_empty() && self.package.is_none() {
            return usage("no program is given: name a compiled object (PROG.bpf.o) or -j package.json");
        }
        if self.package.is_some() && self.main.is_some() {
            return usage("-j and --main both say which package.json to put in; give one of them");
        }
        let layout = self.layout.as_deref().and_then(Layout::named).or(config.layout).unwrap_or_default();
        let system = platform::system();
        let output = self.output.take().or(config.output).unwrap_or_else(|| {
            let first = self.main.as_ref().or(programs.first());
            Output::default_path(first.map_or("package.json", String::as_str), layout)
        });
        let output = Output::at(&output, files::is_folder(&output), layout)?;
        let mut inputs = programs.clone();
        inputs.extend(self.package.clone());
        output.refuse_inputs(&inputs, &system)?;
        if self.target.is_some() && output.container != bpfc_pack::Container::Object {
            return usage("--target says for which machine OUT.o is; give -o OUT.o with it");
        }
        let mut programs = read_programs(&programs, self.package.as_deref())?;
        // Only bpf-compatible and its clients take the program out of the pack.
        if layout == Layout::BpfCompatible || self.main.is_some() {
            programs.generate_package(self.main.as_deref(), &system.current)?;
        }
        let target = programs.target()?;
        let from = if self.from.is_empty() { config.from.unwrap_or_default() } else { self.from };
        let found = find_kernels(&from, target.assumed_arch(&system.machine), &system)?;
        let modules = match self.modules.or(config.modules) {
            Some(folder) => ModuleFiles::below(&folder, files::names_below(&folder)?)?,
            None => ModuleFiles::default(),
        };
        let jobs = platform::threads(self.jobs.unwrap_or_else(default_jobs));
        let request = PackRequest {
            output: output.clone(),
            kernels: if self.kernels.is_empty() { config.kernels.unwrap_or_default() } else { self.kernels },
            archs: if self.arch.is_empty() { config.arch.unwrap_or_default() } else { self.arch },
            strict: self.strict,
            aliases: !self.no_aliases,
            machine: self.target.unwrap_or(system.machine),
            max_size: self.max_size,
            sizes: self.sizes || self.json,
            jobs,
        };
        let started = Instant::now();
        let mut job = PackJob::plan(&programs, found, &modules, request)?;
        let pending = PendingPack::begin(&output)?;
        let mut trimmer = programs.trimmer();
        trimmer.set_compat(self.btf_compat);
        trim_all(&mut job, &trimmer, jobs);
        let mut packed = job.finish()?;
        pending.commit(&packed.content)?;
        packed.summary.milliseconds = (started.elapsed().as_secs_f64() * 1000.0).round() as u64;
        if self.json {
            print::json(&packed.summary);
        } else {
            print::out(&render_summary(&packed.summary, print::colors()));
        }
        Ok(())
    }

    /// An option that takes several values also takes the programs after it, where a shell user puts them.
    fn take_programs(&mut self) -> Vec<String> {
        let mut programs = std::mem::take(&mut self.programs);
        for list in [&mut self.from, &mut self.kernels, &mut self.arch] {
            programs.extend(list.extract_if(.., |value| value.ends_with(".o")));
        }
        programs
    }
}

fn find_kernels(from: &[String], arch: &str, system: &System) -> Result<Found> {
    if !from.is_empty() {
        let listings = from.iter().map(|path| files::list(path)).collect::<Result<Vec<_>>>()?;
        return Found::among(listings, arch, system);
    }
    let cache = platform::cache_folder();
    let listing = if files::exists(&cache) { Some(files::list(&cache)?) } else { None };
    match listing.map(|listing| Found::in_cache(listing, arch, system)).transpose()?.flatten() {
        Some(found) => Ok(found),
        None => Found::running(files::exists(bpfc_pack::RUNNING_KERNEL), &cache, system),
    }
}
