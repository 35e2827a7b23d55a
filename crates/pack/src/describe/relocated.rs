//! An object relocated against a kernel.

use bpfc_btf::Btf;
use bpfc_relo::{BpfObject, Outcome, Program, Relocated, Relocation, Verdict};
use serde_json::{Value, json};

use super::trim::failure;

/// `{ programs: [{ name, section, loaded }], relocations: [...], error }`.
///
/// `loaded` is what `autoload` says of the program. Relocations are in file order:
/// `{ program, section, offset, kind, access, source, verdict, code, message, old, new, candidates }` with `offset` in
/// bytes within the section, `access` in C terms, `source` as `{ file, line, column, text }` or null, `code` and
/// `message` null unless the verdict is `error`, `old` and `new` decimal strings or null, and `candidates` the kernel's
/// types that match, `[{ id, type }]`. `error` is the first relocation that fails, or null; its shape is that of
/// [`super::LoadFailure`].
pub fn relocated(
    object: &BpfObject,
    kernel: &Btf,
    relocated: &Relocated,
    autoload: impl Fn(&Program) -> bool,
) -> Value {
    let programs = object.programs().iter().map(
        |program| json!({ "name": program.name, "section": program.section, "loaded": autoload(program) }),
    );
    let relocations = object.relocations().iter().zip(&relocated.outcomes);
    let relocations = relocations.map(|(relocation, outcome)| described(object, kernel, relocation, outcome));
    json!({
        "programs": programs.collect::<Vec<_>>(),
        "relocations": relocations.collect::<Vec<_>>(),
        "error": relocated.refusal.as_ref().map(|refusal| failure(object, refusal)),
    })
}

fn described(object: &BpfObject, kernel: &Btf, relocation: &Relocation, outcome: &Outcome) -> Value {
    let program = relocation.program.and_then(|program| object.programs().get(program));
    let spec = object.specs().get(relocation.spec);
    let source = object.source_line(relocation).map(|source| {
        json!({ "file": source.file, "line": source.line, "column": source.column, "text": source.text })
    });
    let failure = match outcome.verdict {
        Verdict::Error(failure) => Some(failure),
        _ => None,
    };
    let candidates = outcome.candidates.iter().map(|&id| json!({ "id": id.0, "type": kernel.c_name(id) }));
    json!({
        "program": program.map(|program| &program.name),
        "section": relocation.section,
        "offset": relocation.offset,
        "kind": spec.and_then(|spec| spec.kind()).map_or("unknown", |kind| kind.name()),
        "access": spec.map(|spec| object.expression(spec)),
        "source": source,
        "verdict": outcome.verdict.name(),
        "code": failure.map(|failure| failure.code()),
        "message": failure.map(|failure| failure.to_string()),
        "old": outcome.old.map(|value| value.to_string()),
        "new": outcome.new.map(|value| value.to_string()),
        "candidates": candidates.collect::<Vec<_>>(),
    })
}
