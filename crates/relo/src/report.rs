//! Where libbpf refuses to load an object on a kernel: the relocations of its programs, replayed in order.

use std::collections::BTreeMap;

use crate::answers::Answers;
use crate::driver::{Driver, MAX_STEPS};
use crate::{BpfObject, Failure, Program, Refusal};

/// How libbpf fares with one object on one kernel; the same with the full and the trimmed BTF.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Where it refuses to load the programs it would load without being asked.
    pub error: Option<Refusal>,
    /// Where it would refuse if one of the other programs, `SEC("?...")`, were switched on. `RELO_STEPS` is the last:
    /// the programs behind it are not judged.
    pub warnings: Vec<Refusal>,
}

pub(crate) fn report(object: &BpfObject, answers: &Answers) -> Report {
    let mut steps = MAX_STEPS;
    let mut refusal = |relocations: &[usize], autoload: &dyn Fn(&Program) -> bool| {
        let mut driver = Driver::new(object, answers, &mut steps);
        relocations.iter().find_map(|&relocation| {
            let failure = driver.step(relocation, autoload).err()?;
            Some(Refusal { relocation, failure })
        })
    };
    let all: Vec<usize> = (0..object.relocations.len()).collect();
    let error = refusal(&all, &|program| program.autoload);
    if error.is_some() {
        // It stands in the way of every program, and would be said for each.
        return Report { error, warnings: Vec::new() };
    }

    let mut default = Vec::new();
    let mut optional: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (position, relocation) in object.relocations.iter().enumerate() {
        let Some(index) = relocation.program else { continue };
        match object.programs.get(index) {
            Some(program) if !program.autoload => optional.entry(index).or_default().push(position),
            _ => default.push(position),
        }
    }
    // Each is judged beside the default programs, as a loader would switch it on, in the order of the file.
    let mut warnings = Vec::new();
    for (index, own) in optional {
        let mut relocations = [default.as_slice(), &own].concat();
        relocations.sort();
        let switched_on = object.programs.get(index);
        let refusal = refusal(&relocations, &|program| {
            program.autoload || switched_on.is_some_and(|on| std::ptr::eq(program, on))
        });
        warnings.extend(refusal);
        if refusal.is_some_and(|refusal| refusal.failure == Failure::Steps) {
            break;
        }
    }
    Report { error, warnings }
}
