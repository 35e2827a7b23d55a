//! An object's relocations over many kernels: outcomes that are equal are told once.

use std::sync::Arc;

use bpfc_relo::{BpfObject, relocate};
use serde_json::{Value, json};

use crate::describe::insert;
use crate::{KernelSource, Result, describe};

/// Collects what becomes of an object's relocations on one kernel after the other.
pub struct Against {
    object: Arc<BpfObject>,
    kernels: Vec<Value>,
    relocations: Vec<Folded>,
}

/// A relocation, and its different outcomes with the kernels, by position, that they are those of.
struct Folded {
    question: Value,
    outcomes: Vec<(Value, Vec<usize>)>,
}

/// What an outcome is; the rest of a relocation's description is the question.
const OUTCOME: [&str; 6] = ["verdict", "code", "message", "old", "new", "instead"];

impl Against {
    /// For an object, whose programs are those that libbpf loads without being asked.
    pub fn new(object: Arc<BpfObject>) -> Self {
        Against { object, kernels: Vec::new(), relocations: Vec::new() }
    }

    /// Adds a kernel, in any form that [`KernelSource`] reads. One that cannot be read, or whose byte order is another, is told
    /// with its error.
    ///
    /// # Errors
    /// `REPORT_LIMIT`, for an object whose relocations would take too much to tell.
    pub fn add(&mut self, name: &str, kernel: &[u8]) -> Result<()> {
        let read = KernelSource::open(kernel).and_then(|source| self.relocated(&source));
        let told = match read {
            Err(error @ crate::Error::Report { .. }) => return Err(error),
            Err(error) => json!({ "name": name, "code": error.code(), "message": error.to_string() }),
            Ok(relocated) => {
                self.fold(&relocated);
                let error = relocated.get("error").filter(|error| !error.is_null());
                let of = |field: &str| error.and_then(|error| error.get(field)).cloned().unwrap_or_default();
                json!({ "name": name, "code": of("code"), "message": of("message") })
            }
        };
        self.kernels.push(told);
        Ok(())
    }

    fn relocated(&self, source: &KernelSource) -> Result<Value> {
        let kernel = source.parse()?;
        let autoload = |program: &bpfc_relo::Program| program.autoload;
        let relocated = relocate(&self.object, &kernel, autoload)?;
        describe::relocated(&self.object, &kernel, &relocated, autoload)
    }

    fn fold(&mut self, relocated: &Value) {
        let kernel = self.kernels.len();
        let relocations = relocated.get("relocations").and_then(Value::as_array);
        for (position, relocation) in relocations.into_iter().flatten().enumerate() {
            let fields = || relocation.as_object().into_iter().flatten();
            let part = |outcome: bool| -> Value {
                let fields = fields().filter(|(name, _)| OUTCOME.contains(&name.as_str()) == outcome);
                fields
                    .filter(|(name, _)| *name != "candidates")
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect()
            };
            if self.relocations.len() == position {
                self.relocations.push(Folded { question: part(false), outcomes: Vec::new() });
            }
            let Some(folded) = self.relocations.get_mut(position) else { continue };
            let outcome = part(true);
            match folded.outcomes.iter_mut().find(|(known, _)| *known == outcome) {
                Some((_, kernels)) => kernels.push(kernel),
                None => folded.outcomes.push((outcome, vec![kernel])),
            }
        }
    }

    /// `{ kernels: [{ name, code, message }], relocations: [{ ..., outcomes: [{ ..., kernels }] }] }`.
    ///
    /// `code` and `message` of a kernel are those of what it cannot be read by, or by which libbpf would refuse the object;
    /// else null. A relocation has the fields of [`describe::relocated`], those that depend on the kernel in its `outcomes`;
    /// their `kernels` are positions in the list of all.
    pub fn finish(&self) -> Value {
        let relocations = self.relocations.iter().map(|Folded { question, outcomes }| {
            let outcomes = outcomes.iter().map(|(outcome, kernels)| {
                let mut outcome = outcome.clone();
                insert(&mut outcome, "kernels", kernels.as_slice().into());
                outcome
            });
            let (mut told, outcomes) = (question.clone(), outcomes.collect());
            insert(&mut told, "outcomes", outcomes);
            told
        });
        json!({ "kernels": self.kernels, "relocations": relocations.collect::<Vec<_>>() })
    }
}
