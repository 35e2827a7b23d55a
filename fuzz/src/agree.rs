//! What trimming must not change.

use bpfc_btf::Btf;
use bpfc_relo::{BpfObject, ReloKind, Relocated, Verdict, relocate};

/// Relocates `object` against both kernels and panics where they do not mean the same to it, with the programs that are
/// loaded by default and with all.
pub fn assert_agree(object: &BpfObject, full: &Btf, trimmed: &Btf) {
    for all in [false, true] {
        let against = |kernel| relocate(object, kernel, |program| all || program.autoload);
        let (full, trimmed) = (against(full), against(trimmed));
        let (full, trimmed) = (full.expect("one byte order"), trimmed.expect("one byte order"));
        assert_eq!(full.refusal, trimmed.refusal, "both kernels load or refuse the object alike");
        assert_eq!(meaning(object, &full), meaning(object, &trimmed), "every relocation answers alike");
        // Ids of types are numbers of the BTF at hand.
        if !object.relocations().iter().any(|relocation| asks_for_id(object, relocation.spec)) {
            assert_eq!(full.programs, trimmed.programs, "every instruction is the same");
        }
    }
}

fn meaning(object: &BpfObject, relocated: &Relocated) -> Vec<(Option<Verdict>, Option<u64>)> {
    let outcomes = object.relocations().iter().zip(&relocated.outcomes);
    let meanings = outcomes.map(|(relocation, outcome)| match asks_for_id(object, relocation.spec) {
        true => (None, outcome.new.map(|id| u64::from(id != 0))),
        false => (Some(outcome.verdict), outcome.new),
    });
    meanings.collect()
}

fn asks_for_id(object: &BpfObject, spec: usize) -> bool {
    object.specs().get(spec).is_some_and(|spec| spec.kind() == Some(ReloKind::TypeIdTarget))
}
