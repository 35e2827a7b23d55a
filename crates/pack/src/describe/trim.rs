//! How one kernel was trimmed.

use bpfc_btf::{Btf, Change, Compat, Loss};
use bpfc_relo::{BpfObject, Refusal, Trimmed};
use serde_json::{Value, json};

use super::text;

/// `{ endian, pointerSize, bytesIn, bytesOut, types, modules, lost, objects: [{ error, warnings }] }`.
///
/// `lost` is what `written`, the trimmed BTF for libbpf before 1.0, does not say as it should; empty where there is none
/// and the BTF stays as it is: `{ id, type, change, enumerator, value }`, where `change` is `left_out` or `extended` and
/// `value` a decimal number as text, or `{ id, type, change: "replaced", was, is }` with two kinds.
///
/// `modules` are the positions of the modules whose types were merged, of those given.
///
/// For each object `error` is where libbpf would refuse to load it (null where it loads), and
/// `warnings` where it would if a `SEC("?...")` program were switched on:
/// `{ code, message, program, section, offset }` with `offset` in bytes.
pub fn trim_report<'o>(
    kernel: &Btf,
    trimmed: &Trimmed,
    written: Option<&Compat>,
    objects: impl IntoIterator<Item = &'o BpfObject>,
) -> Value {
    let reports = objects.into_iter().zip(&trimmed.reports).map(|(object, report)| {
        let warnings = report.warnings.iter().map(|refusal| failure(object, refusal));
        json!({
            "error": report.error.as_ref().map(|refusal| failure(object, refusal)),
            "warnings": warnings.collect::<Vec<_>>(),
        })
    });
    let lost = written.map_or(&[][..], |written| written.lost.as_slice());
    json!({
        "endian": kernel.endian().name(),
        "pointerSize": kernel.pointer_size(),
        "bytesIn": kernel.bytes().len(),
        "bytesOut": written.map_or(&trimmed.btf, |written| &written.bytes).len(),
        "types": trimmed.types,
        "modules": trimmed.modules,
        "lost": lost.iter().map(loss).collect::<Vec<_>>(),
        "objects": reports.collect::<Vec<_>>(),
    })
}

fn loss(loss: &Loss) -> Value {
    let (id, name) = (loss.ty.0, text(loss.name));
    let value = |change: &str, value: bpfc_btf::Value| {
        let (enumerator, value) = (text(value.name), value.value.to_string());
        json!({ "id": id, "type": name, "change": change, "enumerator": enumerator, "value": value })
    };
    match loss.change {
        Change::LeftOut(left_out) => value("left_out", left_out),
        Change::Extended(extended) => value("extended", extended),
        Change::Kind { was, is } => {
            json!({ "id": id, "type": name, "change": "replaced", "was": was.name(), "is": is.name() })
        }
    }
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
        "section": relocation.and_then(|relocation| relocation.section.as_deref()),
        "offset": relocation.map(|relocation| relocation.offset),
    })
}
