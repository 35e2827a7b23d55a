//! How one kernel was trimmed.

use bpfc_btf::Btf;
use bpfc_relo::{BpfObject, Refusal, Trimmed};
use serde_json::{Value, json};

/// `{ endian, pointerSize, bytesIn, bytesOut, types, modules, objects: [{ error, warnings }] }`.
///
/// `modules` are the positions of the modules whose types were merged, of those given.
///
/// For each object `error` is where libbpf would refuse to load it (null where it loads), and
/// `warnings` where it would if a `SEC("?...")` program were switched on:
/// `{ code, message, program, section, offset }` with `offset` in bytes.
pub fn trim_report<'o>(
    kernel: &Btf,
    trimmed: &Trimmed,
    objects: impl IntoIterator<Item = &'o BpfObject>,
) -> Value {
    let reports = objects.into_iter().zip(&trimmed.reports).map(|(object, report)| {
        let warnings = report.warnings.iter().map(|refusal| failure(object, refusal));
        json!({
            "error": report.error.as_ref().map(|refusal| failure(object, refusal)),
            "warnings": warnings.collect::<Vec<_>>(),
        })
    });
    json!({
        "endian": kernel.endian().name(),
        "pointerSize": kernel.pointer_size(),
        "bytesIn": kernel.bytes().len(),
        "bytesOut": trimmed.btf.len(),
        "types": trimmed.types,
        "modules": trimmed.modules,
        "objects": reports.collect::<Vec<_>>(),
    })
}

pub(super) fn failure(object: &BpfObject, refusal: &Refusal) -> Value {
    let relocation = object.relocations().get(refusal.relocation);
    let program = relocation.and_then(|r| r.program).and_then(|program| object.programs().get(program));
    let spec = relocation.and_then(|relocation| object.specs().get(relocation.spec));
    let ty = spec.map(|spec| object.btf().c_name(spec.root())).unwrap_or_default();
    json!({
        "code": refusal.failure.code(),
        "message": format!("{ty}: {}", refusal.failure),
        "program": program.map(|program| &program.name),
        "section": relocation.and_then(|relocation| relocation.section.as_ref()),
        "offset": relocation.map(|relocation| relocation.offset),
    })
}
