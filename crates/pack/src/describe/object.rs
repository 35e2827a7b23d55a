//! An object: what is in it and what it asks of a kernel.

use bpfc_archive::Digest;
use bpfc_relo::{BpfObject, MapKind};

use super::relocated::source;
use super::{list, text};
use crate::json::serialize_as_json;
use crate::{Json, Result, json};

/// `{ endian, arch, license, size, sha256, programs, maps, relocations, requirements, notes }`.
///
/// `arch` is the machine whose registers the object reads, else null. `relocations` are in file
/// order, with `offset` in bytes within `section`; `program` is null where no program holds the
/// instruction. `requirements` are what no pack serves; `program` is null for the object as a whole,
/// `what` where only the loader says what the program attaches to. `bytes` is the file the object was read from.
///
/// # Errors
/// `REPORT_LIMIT` where it would be larger than any real object's.
pub fn object_info(object: &BpfObject, bytes: &[u8]) -> Result<Json> {
    let programs = object.programs().iter().map(|program| {
        json!({
            "name": &program.name, "section": &program.section, "autoload": program.autoload,
            "instructions": program.instructions.len() / 8,
        })
    });
    let maps = object.maps().iter().map(|map| {
        let kind = match map.kind {
            MapKind::Btf => "btf",
            MapKind::Legacy => "legacy",
            MapKind::Data => "data",
        };
        json!({ "name": &map.name, "section": &map.section, "kind": kind })
    });
    let relocations = object.relocations().iter().filter_map(|relocation| {
        let spec = object.specs().get(relocation.spec)?;
        let program = relocation.program.and_then(|program| object.programs().get(program));
        Some(json!({
            "program": program.map(|program| &program.name),
            "section": relocation.section.as_deref(),
            "offset": relocation.offset,
            "kind": spec.kind().map_or("unknown", |kind| kind.name()),
            "type": object.btf().c_name(spec.root()),
            "typeId": spec.root().0,
            "access": text(spec.access()),
            "expression": object.expression(spec),
            "source": source(object, relocation),
        }))
    });
    let requirements = requirements(object).into_iter().map(|requirement| Json::from(&requirement));
    Ok(json!({
        "endian": object.endian().name(),
        "arch": object.machine(),
        "license": object.license(),
        "size": bytes.len(),
        "sha256": Digest::of(bytes).to_string(),
        "programs": list(programs)?,
        "maps": list(maps)?,
        "relocations": list(relocations)?,
        "requirements": list(requirements)?,
        "notes": notes(object),
    }))
}

/// A need that no pack serves.
#[derive(Clone, Debug, PartialEq)]
pub struct Requirement {
    /// Null for the object as a whole.
    pub program: Option<String>,
    /// Its name.
    pub kind: &'static str,
    /// Null where only the loader says what the program attaches to.
    pub what: Option<String>,
    /// Whether it counts by default.
    pub autoload: bool,
}

impl From<&Requirement> for Json {
    fn from(requirement: &Requirement) -> Json {
        json!({
            "program": requirement.program.as_ref(),
            "kind": requirement.kind,
            "what": requirement.what.as_ref(),
            "autoload": requirement.autoload,
        })
    }
}

serialize_as_json!(Requirement);

/// What no pack serves, in the order of [`BpfObject::requirements`].
pub(crate) fn requirements(object: &BpfObject) -> Vec<Requirement> {
    let described = |requirement: &bpfc_relo::Requirement| {
        let program = requirement.program.and_then(|program| object.programs().get(program));
        Requirement {
            program: program.map(|program| program.name.clone()),
            kind: requirement.kind.name(),
            what: requirement.what.as_deref().map(str::to_owned),
            autoload: requirement.autoload,
        }
    };
    object.requirements().iter().map(described).collect()
}

/// What a user should know before shipping it, one sentence each.
pub(crate) fn notes(object: &BpfObject) -> Vec<&'static str> {
    let mut notes = Vec::new();
    if !object.has_ext() {
        notes.push("no .BTF.ext section: nothing is relocated; compile with -g");
    } else if object.relocations().is_empty() {
        notes.push("no CO-RE relocations: the object needs no kernel types");
    }
    notes
}
