//! The programs that kernels are trimmed for, and the `package.json` that goes into the pack.

use std::collections::BTreeMap;
use std::sync::Arc;

use bpfc_archive::{Digest, endian_of_machine};
use bpfc_btf::Endian;
use bpfc_relo::BpfObject;

use crate::describe::TrimReport;
use crate::paths::{base_name, resolve};
use crate::{CommandCode, CommandError, Error, KernelTrimmer, Package, Result, lost_text, package_json};

/// One compiled eBPF object.
pub struct Program {
    /// Where it was read from; for one inside a `package.json`, that file.
    pub file: String,
    /// The ELF file.
    pub bytes: Vec<u8>,
    /// What is in it.
    pub object: Arc<BpfObject>,
}

/// The programs of one command line, each once.
#[derive(Default)]
pub struct Programs {
    programs: Vec<Program>,
    /// The files that were named, each with its program's position.
    files: Vec<(String, usize)>,
    /// Positions of programs.
    digests: BTreeMap<Digest, usize>,
    /// What to put into the pack as `package.json`.
    pub package_json: Option<Vec<u8>>,
    /// What a user should know of a generated one.
    pub notes: Vec<String>,
}

/// What all the programs together ask of a machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Byte order.
    pub endian: Endian,
    /// The architecture that a program's own types prove, and the file of that program.
    pub proven: Option<(String, String)>,
}

impl Programs {
    /// Adds the object in ecc's `package.json`, which goes into the pack as it is.
    ///
    /// # Errors
    /// What is no such file, or holds no object that is read.
    pub fn add_package(&mut self, file: &str, json: Vec<u8>) -> Result<()> {
        let program = bpfc_archive::Package::parse(&json).and_then(|package| package.program());
        self.add(file, program.map_err(|error| Error::from(error).in_file(file))?)?;
        self.package_json = Some(json);
        Ok(())
    }

    /// Adds an object. One that is there already, by another name or in the `package.json`, is the same program.
    ///
    /// # Errors
    /// What is no object, with the file's name.
    pub fn add(&mut self, file: &str, bytes: Vec<u8>) -> Result<()> {
        let object = BpfObject::parse(&bytes).map_err(|error| Error::from(error).in_file(file))?;
        let position = *self.digests.entry(Digest::of(&bytes)).or_insert(self.programs.len());
        if position == self.programs.len() {
            self.programs.push(Program { file: file.to_owned(), bytes, object: Arc::new(object) });
        }
        self.files.push((file.to_owned(), position));
        Ok(())
    }

    /// Generates the `package.json` where none is given: for `main`, or for the only file that was added. `current` is
    /// the folder that relative paths are in.
    ///
    /// # Errors
    /// `CLI_USAGE`: `main` is none of the files.
    pub fn generate_package(&mut self, main: Option<&str>, current: &str) -> Result<()> {
        if self.package_json.is_some() {
            return Ok(());
        }
        let same = |file: &str, main: &str| resolve(current, file) == resolve(current, main);
        let named = match main {
            Some(main) => self.files.iter().find(|(file, _)| same(file, main)),
            None if self.files.len() == 1 => self.files.first(),
            None => return Ok(()),
        };
        let Some((file, Program { bytes, object, .. })) =
            named.and_then(|(file, position)| Some((file, self.programs.get(*position)?)))
        else {
            let given: Vec<&str> = self.files.iter().map(|(file, _)| file.as_str()).collect();
            let message = format!(
                "--main {}: not one of the programs given ({})",
                main.unwrap_or_default(),
                given.join(", ")
            );
            return Err(CommandError::new(CommandCode::Usage, message).into());
        };
        let Package { json, notes } = package_json(object, bytes, base_name(main.unwrap_or(file)))
            .map_err(|error| error.in_file(file))?;
        self.package_json = Some(json);
        self.notes = notes;
        Ok(())
    }

    /// The programs, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Program> {
        self.programs.iter()
    }

    /// The machine the programs are for.
    ///
    /// # Errors
    /// `OBJECT_MIX` when no machine runs them all.
    pub fn target(&self) -> Result<Target> {
        let Some(first) = self.programs.first() else {
            return Err(CommandError::new(CommandCode::Usage, "no program is given").into());
        };
        let endian = first.object.endian();
        if let Some(other) = self.programs.iter().find(|program| program.object.endian() != endian) {
            let ordered = |program: &Program| format!("{}-endian", program.object.endian().name());
            return Err(mixed(first, &ordered(first), other, &ordered(other)));
        }
        let mut showing =
            self.programs.iter().filter_map(|program| Some((program, program.object.machine()?)));
        let Some((shown, arch)) = showing.next() else { return Ok(Target { endian, proven: None }) };
        if let Some((differing, other)) = showing.find(|&(_, machine)| machine != arch) {
            return Err(mixed(shown, &format!("for {arch}"), differing, &format!("for {other}")));
        }
        Ok(Target { endian, proven: Some((arch.to_owned(), shown.file.clone())) })
    }

    /// What trims for all of them.
    pub fn trimmer(&self) -> KernelTrimmer {
        let mut trimmer = KernelTrimmer::default();
        for program in &self.programs {
            trimmer.add(program.object.clone());
        }
        trimmer
    }

    /// What is to be said of one trimmed kernel: what is lost, and which programs libbpf would refuse on it.
    pub fn warnings(&self, report: &TrimReport) -> Vec<String> {
        let lost = report.lost.iter().map(|loss| format!("lost with --btf-compat: {}", lost_text(loss)));
        let refused = self.programs.iter().zip(&report.objects).filter_map(|(program, object)| {
            let error = object.error.as_ref()?;
            Some(format!("{} would not load on this kernel: {}: {}", program.file, error.code, error.message))
        });
        lost.chain(refused).collect()
    }
}

impl Target {
    /// The architecture of a kernel of which nothing is known: the programs', else `machine`, on which the command runs,
    /// if it can be.
    pub fn assumed_arch<'a>(&'a self, machine: &'a str) -> &'a str {
        match &self.proven {
            Some((arch, _)) => arch,
            None if endian_of(machine) == Some(self.endian) => machine,
            None => "unknown",
        }
    }
}

/// The byte order of a machine, where it is known.
pub(crate) fn endian_of(machine: &str) -> Option<Endian> {
    endian_of_machine(machine).map(|endian| match endian {
        bpfc_archive::Endian::Little => Endian::Little,
        bpfc_archive::Endian::Big => Endian::Big,
    })
}

/// `execsnoop` for `path/to/execsnoop.bpf.o`.
pub(crate) fn program_name(file: &str) -> &str {
    let name = base_name(file);
    let stem = name.strip_suffix(".o").or_else(|| name.strip_suffix(".json"));
    stem.map_or(name, |stem| stem.strip_suffix(".bpf").unwrap_or(stem))
}

fn mixed(a: &Program, a_is: &str, b: &Program, b_is: &str) -> Error {
    let message =
        format!("{} is {a_is} and {} is {b_is}: no kernel runs both; make a pack for each", a.file, b.file);
    CommandError::new(CommandCode::ObjectMix, message).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_named_after_its_file() {
        for (file, name) in
            [("a/execsnoop.bpf.o", "execsnoop"), ("tool.o", "tool"), ("package.json", "package"), ("x", "x")]
        {
            assert_eq!(program_name(file), name);
        }
    }
}
