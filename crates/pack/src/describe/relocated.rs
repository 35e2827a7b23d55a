//! An object relocated against a kernel.

use std::collections::HashMap;

use bpfc_btf::Btf;
use bpfc_relo::{BpfObject, Explainer, Outcome, Program, Relocated, Relocation, Verdict};

use super::trim::failure;
use super::{instead, list};
use crate::{Json, Result, json};

/// `{ programs: [{ name, section, loaded }], relocations: [...], error }`.
///
/// `loaded` is what `autoload` says of the program. Relocations are in file order:
/// `{ program, section, offset, kind, access, source, verdict, code, message, old, new, candidates, instead }` with `offset` in
/// bytes within the section, `access` in C terms, `source` as `{ file, line, column, text }` or null, `code` and
/// `message` null unless the verdict is `error`, `old` and `new` decimal strings or null, and `candidates` the kernel's
/// types that match, `[{ id, type }]`, and `instead` what it has where none matches: [`super::instead`], or null. `error`
/// is the first relocation that fails, or null; its shape is that of [`super::LoadFailure`].
///
/// # Errors
/// `REPORT_LIMIT` where it would be larger than any real object's.
pub fn relocated(
    object: &BpfObject,
    kernel: &Btf,
    relocated: &Relocated,
    autoload: impl Fn(&Program) -> bool,
) -> Result<Json> {
    let programs = object.programs().iter().map(
        |program| json!({ "name": &program.name, "section": &program.section, "loaded": autoload(program) }),
    );
    let relocations = object.relocations().iter().zip(outcomes(object, kernel, relocated));
    let relocations = relocations.map(|(relocation, outcome)| {
        let mut told = question(object, relocation);
        told.extend(outcome);
        told
    });
    Ok(json!({
        "programs": list(programs)?,
        "relocations": list(relocations)?,
        "error": relocated.refusal.as_ref().map(|refusal| Json::from(&failure(object, refusal))),
    }))
}

/// What a relocation asks, whatever the kernel: `{ program, section, offset, kind, access, source }`.
pub(crate) fn question(object: &BpfObject, relocation: &Relocation) -> Json {
    let program = relocation.program.and_then(|program| object.programs().get(program));
    let spec = object.specs().get(relocation.spec);
    json!({
        "program": program.map(|program| &program.name),
        "section": relocation.section.as_deref(),
        "offset": relocation.offset,
        "kind": spec.and_then(|spec| spec.kind()).map_or("unknown", |kind| kind.name()),
        "access": spec.map(|spec| object.expression(spec)),
        "source": source(object, relocation),
    })
}

/// What becomes of each relocation on a kernel: `{ verdict, code, message, old, new, candidates, instead }`.
pub(crate) fn outcomes<'a>(
    object: &'a BpfObject,
    kernel: &'a Btf<'a>,
    relocated: &'a Relocated,
) -> impl Iterator<Item = Json> + use<'a> {
    let mut explainer = Explainer::new(object, kernel);
    let mut explained = HashMap::new();
    object.relocations().iter().zip(&relocated.outcomes).map(move |(relocation, outcome)| {
        let missing = matches!(outcome.verdict, Verdict::Guarded | Verdict::Poison);
        let why = missing.then(|| {
            let explain = |&spec: &usize| explainer.explain(spec).map(|why| instead(kernel, &why));
            explained.entry(relocation.spec).or_insert_with_key(explain).clone().unwrap_or_default()
        });
        described(kernel, outcome, why)
    })
}

fn described(kernel: &Btf, outcome: &Outcome, instead: Option<Json>) -> Json {
    let failure = match outcome.verdict {
        Verdict::Error(failure) => Some(failure),
        _ => None,
    };
    let candidates = outcome.candidates.iter().map(|&id| json!({ "id": id.0, "type": kernel.c_name(id) }));
    json!({
        "verdict": outcome.verdict.name(),
        "code": failure.map(|failure| failure.code()),
        "message": failure.map(|failure| failure.to_string()),
        "old": outcome.old.map(|value| value.to_string()),
        "new": outcome.new.map(|value| value.to_string()),
        "candidates": candidates.collect::<Vec<_>>(),
        "instead": instead,
    })
}

/// `{ file, line, column, text }`; none where the object has no line info.
pub(super) fn source(object: &BpfObject, relocation: &Relocation) -> Option<Json> {
    let source = object.source_line(relocation)?;
    Some(json!({ "file": source.file, "line": source.line, "column": source.column, "text": source.text }))
}
