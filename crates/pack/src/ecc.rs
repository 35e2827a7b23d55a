//! The `meta` of ecc's `package.json`: what eunomia-bpf's loaders want to know of an object before
//! they open it (`EunomiaObjectMeta` in bpf-loader-lib). The names follow bpftool's skeletons,
//! which ecc takes them from.

use std::collections::BTreeSet;

use bpfc_btf::{Btf, Kind, Type, TypeId};
use bpfc_relo::{BpfObject, Map, MapKind};

use crate::describe::text;
use crate::{Json, Result, json};

/// Longest name of a map or object in the kernel, without its NUL (`BPF_OBJ_NAME_LEN`).
const MAX_KERNEL_NAME: usize = 15;
/// libbpf leaves the name of a data section at least this much of a map's name.
const MIN_SECTION_NAME: usize = 7;
/// Data sections whose initial values bpf-loader-lib fills in; it refuses others.
const LOADER_SECTIONS: [&str; 2] = [".rodata", ".bss"];

/// `BPF_MAP_TYPE_PERF_EVENT_ARRAY` and `BPF_MAP_TYPE_RINGBUF`: maps that carry events out.
const EVENT_MAP_TYPES: [u32; 2] = [4, 27];

/// A generated `package.json`.
pub struct Package {
    /// The file's text.
    pub json: Vec<u8>,
    /// What its user should know.
    pub notes: Vec<String>,
}

/// ecc's `package.json` for an object: `bytes` is the ELF file, `file_name` gives the name.
///
/// # Errors
/// An object larger than the limits of `bpfc-archive`.
pub fn package_json(object: &BpfObject, bytes: &[u8], file_name: &str) -> Result<Package> {
    let (meta, notes) = package_meta(object, file_name);
    Ok(Package { json: bpfc_archive::package_json(bytes, &meta.to_string())?.into_bytes(), notes })
}

/// Programs are those that load and attach by themselves: subprograms and `SEC("?...")` programs
/// are left out.
fn package_meta(object: &BpfObject, file_name: &str) -> (Json, Vec<String>) {
    let name = object_name(file_name);
    let maps: Vec<Json> = object.maps().iter().filter_map(|map| map_meta(map, &name)).collect();
    let programs: Vec<Json> = object
        .programs()
        .iter()
        .filter(|program| program.autoload && !program.subprogram)
        .map(|program| json!({ "name": &program.name, "attach": &program.section, "link": true }))
        .collect();
    let skeleton = json!({
        "data_sections": data_sections(object),
        "maps": maps,
        "obj_name": name,
        "progs": programs,
    });
    let mut meta = json!({ "bpf_skel": skeleton });
    let mut notes = Vec::new();
    if has_event_map(object.btf()) {
        match event_types(object.btf()).as_slice() {
            [] => notes.push("no event struct found: package.json has no export_types, and ecli will not print events; point a global `const struct event *unused` at it".into()),
            [event] => {
                meta.extend(json!({ "export_types": vec![export_type(object.btf(), *event)] }));
            }
            several => {
                let names: Vec<String> = several.iter().map(|&id| text(object.btf().name(id))).collect();
                notes.push(format!(
                    "several structs may be the event ({}): package.json has no export_types; give one with -j",
                    names.join(", ")
                ));
            }
        }
    }
    (meta, notes)
}

/// The object's name as bpftool makes it from a file's: without folders and `.o`, other characters
/// than letters, digits and underscores replaced, cut to what the kernel takes.
fn object_name(file_name: &str) -> String {
    let base = file_name.rsplit('/').next().unwrap_or(file_name);
    let stem = base.strip_suffix(".o").unwrap_or(base);
    let name: String = stem.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let name: String = name.chars().take(MAX_KERNEL_NAME).collect();
    if name.is_empty() { "bpf".into() } else { name }
}

/// `{ name, ident, mmaped? }`; none for maps of the old form, which has no place in a skeleton.
fn map_meta(map: &Map, object: &str) -> Option<Json> {
    match map.kind {
        MapKind::Btf => Some(json!({ "name": &map.name, "ident": &map.name })),
        MapKind::Data => Some(json!({
            "name": data_map_name(object, &map.name),
            "ident": map.name.trim_start_matches('.').replace('.', "_"),
            "mmaped": true,
        })),
        MapKind::Legacy => None,
    }
}

/// Name of a data section's map in the kernel (libbpf: `internal_map_name`).
fn data_map_name(object: &str, section: &str) -> String {
    let suffix = section.len().clamp(MIN_SECTION_NAME, MAX_KERNEL_NAME);
    // A section of its own, such as `.rodata.cst16`, is told by its own name alone.
    let own = section.get(1..).is_some_and(|rest| rest.contains('.'));
    let prefix = if own { 0 } else { MAX_KERNEL_NAME - suffix };
    let name = object.chars().take(prefix).chain(section.chars().take(suffix));
    name.map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '_' }).collect()
}

fn data_sections(object: &BpfObject) -> Vec<Json> {
    let btf = object.btf();
    let sections = btf.kinds().filter(|&(_, kind)| kind == Kind::Datasec).map(|(id, _)| id);
    let wanted = sections.filter(|&id| LOADER_SECTIONS.iter().any(|name| name.as_bytes() == btf.name(id)));
    wanted
        .map(|id| {
            let variables = btf.ty(id).variables().map(|variable| {
                let (name, ty) = (text(btf.name(variable.ty)), btf.c_name(btf.ty(variable.ty).target()));
                // bpf-loader-lib makes a flag of a bool, and sets to false what has no default.
                match ty == "bool" && object.starts_true(&name) {
                    true => json!({ "name": name, "type": ty, "cmdarg": json!({ "default": true }) }),
                    false => json!({ "name": name, "type": ty }),
                }
            });
            json!({ "name": text(btf.name(id)), "variables": variables.collect::<Vec<_>>() })
        })
        .collect()
}

fn variables<'b>(btf: &'b Btf) -> impl Iterator<Item = Type<'b>> {
    btf.kinds().filter(|&(_, kind)| kind == Kind::Var).map(|(id, _)| btf.ty(id))
}

fn target<'b>(btf: &'b Btf, id: TypeId) -> (TypeId, Type<'b>) {
    btf.skip_modifiers(id).unwrap_or((TypeId::VOID, btf.ty(TypeId::VOID)))
}

/// Whether a map definition has the type of a ring buffer or perf event array. `__uint(type, N)`
/// is a member `type`: a pointer to an array of N elements (libbpf: `get_map_field_int`).
fn has_event_map(btf: &Btf) -> bool {
    variables(btf).any(|variable| {
        let (_, definition) = target(btf, variable.target());
        definition.members().any(|member| {
            let (_, pointer) = target(btf, member.ty);
            let (_, array) = target(btf, pointer.target());
            btf.string(member.name) == b"type"
                && array.kind() == Kind::Array
                && EVENT_MAP_TYPES.contains(&array.array().length)
        })
    })
}

/// Structs that are meant as events, by the first of these rules that names any: those that ecc
/// marks with a variable `__eunomia_dummy_X_ptr`; those that some global variable points to, which
/// is how one keeps an event in the BTF by hand; the one called `event`; those that maps hold.
fn event_types(btf: &Btf) -> Vec<TypeId> {
    let pointee = |id: TypeId| {
        let (_, pointer) = target(btf, id);
        let (id, pointee) = target(btf, pointer.target());
        let named = pointee.kind() == Kind::Struct && !btf.name(id).is_empty();
        (pointer.kind() == Kind::Ptr && named).then_some(id)
    };
    let pointed_to = |prefix: &'static [u8]| {
        let named = variables(btf).filter(|variable| btf.string(variable.name_offset()).starts_with(prefix));
        named.filter_map(|variable| pointee(variable.target())).collect::<BTreeSet<_>>()
    };
    let called_event = || {
        let structs = btf.kinds().filter(|&(_, kind)| kind == Kind::Struct).map(|(id, _)| id);
        structs.filter(|&id| btf.name(id) == b"event").collect()
    };
    // `__type(value, T)` is a member `value`: a pointer to T.
    let held_by_maps = || {
        let definitions = variables(btf).flat_map(|variable| target(btf, variable.target()).1.members());
        let values = definitions.filter(|member| btf.string(member.name) == b"value");
        values.filter_map(|member| pointee(member.ty)).collect()
    };
    let rules: [&dyn Fn() -> BTreeSet<TypeId>; 4] =
        [&|| pointed_to(b"__eunomia_dummy_"), &|| pointed_to(b""), &called_event, &held_by_maps];
    let found = rules.into_iter().map(|rule| rule()).find(|found| !found.is_empty());
    found.unwrap_or_default().into_iter().collect()
}

fn export_type(btf: &Btf, id: TypeId) -> Json {
    let ty = btf.ty(id);
    let members = ty
        .members()
        .map(|member| json!({ "name": text(btf.string(member.name)), "type": btf.c_name(member.ty) }));
    json!({
        "name": text(btf.name(id)), "size": ty.size_word(), "type_id": id.0,
        "members": members.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn object_names_are_what_bpftool_makes_of_file_names() {
        assert_eq!(object_name("execsnoop.bpf.o"), "execsnoop_bpf");
        assert_eq!(object_name("build/a-b.o"), "a_b");
        assert_eq!(object_name("a_very_long_file_name.bpf.o"), "a_very_long_fil");
        assert_eq!(object_name(""), "bpf");
    }

    /// libbpf: `internal_map_name`; the first two are in ecc's own output.
    #[test]
    fn data_maps_are_named_as_libbpf_names_them() {
        for (object, section, name) in [
            ("client_bpf", ".rodata", "client_b.rodata"),
            ("multiple_bpf", ".bss", "multiple.bss"),
            ("x", ".data", "x.data"),
            ("exec_bpf", ".kconfig", "exec_bp.kconfig"),
            ("exec_bpf", ".rodata.cst16", ".rodata.cst16"),
            ("exec_bpf", ".rodata.str1.16.long", ".rodata.str1.16"),
        ] {
            assert_eq!(data_map_name(object, section), name);
        }
    }
}
