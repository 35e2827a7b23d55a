//! How one kernel was trimmed.

use bpfc_btf::{Btf, Change, Compat};
use bpfc_relo::{BpfObject, Refusal, Trimmed};
use serde::Deserialize;

use super::{decimal, text};
use crate::json::serialize_as_json;
use crate::{Json, json};

/// What there is to tell of a trimmed kernel.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrimReport {
    /// Of the kernel: `little` or `big`.
    pub endian: String,
    /// In bytes; null where the BTF does not tell.
    pub pointer_size: Option<u8>,
    /// Of the raw BTF of the kernel.
    pub bytes_in: usize,
    /// Of the trimmed BTF.
    pub bytes_out: usize,
    /// Types kept.
    pub types: u32,
    /// Positions of the modules whose types were merged, of those given.
    pub modules: Vec<usize>,
    /// What a BTF for libbpf before 1.0 does not say as it should; empty where it is not for that.
    pub lost: Vec<Loss>,
    /// In the order of the objects.
    pub objects: Vec<ObjectReport>,
}

/// What becomes of one object on a kernel.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ObjectReport {
    /// Where libbpf would refuse to load it; null where it loads.
    pub error: Option<LoadFailure>,
    /// Where it would if a `SEC("?...")` program were switched on.
    pub warnings: Vec<LoadFailure>,
}

/// A relocation at which libbpf refuses an object.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct LoadFailure {
    /// Stable name; see docs/errors.md.
    pub code: String,
    /// The type and what is wrong.
    pub message: String,
    /// Null where no program holds the instruction.
    pub program: Option<String>,
    /// The relocation's section.
    pub section: Option<String>,
    /// Of the instruction in the section, in bytes.
    pub offset: Option<u64>,
}

/// Something that BTF for libbpf before 1.0 does not say as it should.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Loss {
    /// Of the type, in the trimmed BTF.
    pub id: Option<u32>,
    /// The type's name.
    #[serde(rename = "type")]
    pub ty: String,
    /// `left_out` or `extended`, of an enumerator; `replaced`, of the type.
    pub change: String,
    /// The enumerator's name.
    pub enumerator: Option<String>,
    /// The enumerator's value, a decimal number.
    pub value: Option<String>,
    /// The kind of a type that is replaced.
    pub was: Option<String>,
    /// The kind of what stands for it.
    pub is: Option<String>,
}

impl From<&TrimReport> for Json {
    fn from(report: &TrimReport) -> Json {
        json!({
            "endian": &report.endian,
            "pointerSize": report.pointer_size,
            "bytesIn": report.bytes_in,
            "bytesOut": report.bytes_out,
            "types": report.types,
            "modules": report.modules.clone(),
            "lost": report.lost.iter().collect::<Json>(),
            "objects": report.objects.iter().collect::<Json>(),
        })
    }
}

impl From<&ObjectReport> for Json {
    fn from(report: &ObjectReport) -> Json {
        json!({ "error": report.error.as_ref(), "warnings": report.warnings.iter().collect::<Json>() })
    }
}

impl From<&LoadFailure> for Json {
    fn from(failure: &LoadFailure) -> Json {
        json!({
            "code": &failure.code,
            "message": &failure.message,
            "program": failure.program.as_ref(),
            "section": failure.section.as_ref(),
            "offset": failure.offset,
        })
    }
}

/// Of what is null nothing is said.
impl From<&Loss> for Json {
    fn from(loss: &Loss) -> Json {
        let fields = [
            ("id", loss.id.into()),
            ("type", Json::from(&loss.ty)),
            ("change", Json::from(&loss.change)),
            ("enumerator", loss.enumerator.as_ref().into()),
            ("value", loss.value.as_ref().into()),
            ("was", loss.was.as_ref().into()),
            ("is", loss.is.as_ref().into()),
        ];
        Json::Object(fields.into_iter().filter(|(_, value)| *value != Json::Null).collect())
    }
}

serialize_as_json!(TrimReport, ObjectReport, LoadFailure, Loss);

/// The report of one kernel; `written` is the trimmed BTF for libbpf before 1.0, where it is that.
pub fn trim_report<'o>(
    kernel: &Btf,
    trimmed: &Trimmed,
    written: Option<&Compat>,
    objects: impl IntoIterator<Item = &'o BpfObject>,
) -> TrimReport {
    let reports = objects.into_iter().zip(&trimmed.reports).map(|(object, report)| ObjectReport {
        error: report.error.as_ref().map(|refusal| failure(object, refusal)),
        warnings: report.warnings.iter().map(|refusal| failure(object, refusal)).collect(),
    });
    TrimReport {
        endian: kernel.endian().name().into(),
        pointer_size: kernel.pointer_size(),
        bytes_in: kernel.bytes().len(),
        bytes_out: written.map_or(&trimmed.btf, |written| &written.bytes).len(),
        types: trimmed.types,
        modules: trimmed.modules.clone(),
        lost: written.map_or(&[][..], |written| written.lost.as_slice()).iter().map(loss).collect(),
        objects: reports.collect(),
    }
}

fn loss(loss: &bpfc_btf::Loss) -> Loss {
    let plain = |change: &str| Loss {
        id: Some(loss.ty.0),
        ty: text(loss.name),
        change: change.into(),
        enumerator: None,
        value: None,
        was: None,
        is: None,
    };
    let of_value = |change: &str, value: &bpfc_btf::Value| Loss {
        enumerator: Some(text(value.name)),
        value: Some(decimal(value.value)),
        ..plain(change)
    };
    match &loss.change {
        Change::LeftOut(value) => of_value("left_out", value),
        Change::Extended(value) => of_value("extended", value),
        Change::Kind { was, is } => {
            Loss { was: Some(was.name().into()), is: Some(is.name().into()), ..plain("replaced") }
        }
    }
}

pub(super) fn failure(object: &BpfObject, refusal: &Refusal) -> LoadFailure {
    let relocation = object.relocations().get(refusal.relocation);
    let program = relocation.and_then(|r| r.program).and_then(|program| object.programs().get(program));
    let spec = relocation.and_then(|relocation| object.specs().get(relocation.spec));
    let ty = spec.map(|spec| object.btf().c_name(spec.root())).unwrap_or_default();
    LoadFailure {
        code: refusal.failure.code().into(),
        message: format!("{ty}: {}", refusal.failure),
        program: program.map(|program| program.name.clone()),
        section: relocation.and_then(|relocation| relocation.section.as_deref()).map(str::to_owned),
        offset: relocation.map(|relocation| relocation.offset.into()),
    }
}
