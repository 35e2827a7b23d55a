//! An object's relocations over many kernels: outcomes that are equal are told once.

use std::sync::Arc;

use bpfc_relo::{BpfObject, relocate};

use crate::describe::{list, outcomes, question};
use crate::{Error, Json, KernelSource, Result, json};

/// Collects what becomes of an object's relocations on one kernel after the other.
pub struct Against {
    object: Arc<BpfObject>,
    kernels: Vec<Json>,
    /// By relocation the different outcomes, with the kernels, by position, that they are those of.
    outcomes: Vec<Vec<(Json, Vec<usize>)>>,
}

impl Against {
    /// For an object, whose programs are those that libbpf loads without being asked.
    pub fn new(object: Arc<BpfObject>) -> Self {
        let outcomes = object.relocations().iter().map(|_| Vec::new()).collect();
        Against { object, kernels: Vec::new(), outcomes }
    }

    /// Adds a kernel, in any form that [`KernelSource`] reads. One that cannot be read, or whose byte order is another, is told
    /// with its error.
    ///
    /// # Errors
    /// `REPORT_LIMIT`, for an object whose relocations would take too much to tell.
    pub fn add(&mut self, name: &str, kernel: &[u8]) -> Result<()> {
        let told = match KernelSource::open(kernel).and_then(|source| self.relocate(&source)) {
            Err(error @ Error::Report { .. }) => return Err(error),
            Err(error) => json!({
                "name": name, "read": false, "code": error.code(), "message": error.to_string(),
            }),
            Ok(refusal) => {
                let message = refusal.map(|refusal| refusal.failure.to_string());
                let code = refusal.map(|refusal| refusal.failure.code());
                json!({ "name": name, "read": true, "code": code, "message": message })
            }
        };
        self.kernels.push(told);
        Ok(())
    }

    /// Folds the outcomes on a kernel into those on others. Returns where libbpf refuses the object.
    fn relocate(&mut self, source: &KernelSource) -> Result<Option<bpfc_relo::Refusal>> {
        let kernel = source.parse()?;
        let relocated = relocate(&self.object, &kernel, |program| program.autoload)?;
        let position = self.kernels.len();
        let outcomes = list(outcomes(&self.object, &kernel, &relocated))?;
        for (mut outcome, known) in outcomes.into_iter().zip(&mut self.outcomes) {
            // Ids differ from kernel to kernel.
            outcome.remove("candidates");
            match known.iter_mut().find(|(known, _)| *known == outcome) {
                Some((_, kernels)) => kernels.push(position),
                None => known.push((outcome, vec![position])),
            }
        }
        Ok(relocated.refusal)
    }

    /// `{ kernels: [{ name, read, code, message }], relocations: [{ program, section, offset, kind, access, source, outcomes }] }`.
    ///
    /// `read` tells whether the object was relocated on a kernel; `code` and `message` are those of what it cannot be by, or
    /// by which libbpf would refuse the object; else null. `outcomes` are `{ verdict, code, message, old, new, instead, kernels }`
    /// as those of [`crate::describe::relocated`], each once; `kernels` are positions in the list of all.
    ///
    /// # Errors
    /// `REPORT_LIMIT`
    pub fn finish(&self) -> Result<Json> {
        let relocations =
            self.object.relocations().iter().zip(&self.outcomes).map(|(relocation, outcomes)| {
                let outcomes = outcomes.iter().map(|(outcome, kernels)| {
                    let mut outcome = outcome.clone();
                    outcome.extend(json!({ "kernels": kernels.clone() }));
                    outcome
                });
                let mut told = question(&self.object, relocation);
                told.extend(json!({ "outcomes": outcomes.collect::<Vec<_>>() }));
                told
            });
        Ok(json!({ "kernels": self.kernels.clone(), "relocations": list(relocations)? }))
    }
}
