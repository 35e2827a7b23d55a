//! A BTF and its types.

use bpfc_btf::{Btf, Code, Error, Kind, Type, TypeId, dump};

use super::{decimal, text};
use crate::{Json, json};

/// Bytes of a name that are told; the kernel has 511 at most (`KSYM_NAME_LEN`). A hostile file repeats one as long as
/// itself.
const MAX_NAME: usize = 512;

/// `{ endian, pointerSize, headerSize, firstId, types, typeBytes, stringBytes, size, split }`.
///
/// `firstId` is the id of the first own type, `types` their number; void and the types of a base
/// are not counted. `pointerSize` is null where the BTF does not tell.
pub fn btf_info(btf: &Btf) -> Json {
    let header = btf.header();
    json!({
        "endian": btf.endian().name(),
        "pointerSize": btf.pointer_size(),
        "headerSize": header.len,
        "firstId": btf.first_id().0,
        "types": btf.ids().len(),
        "typeBytes": header.types.len(),
        "stringBytes": header.strings.len(),
        "size": btf.bytes().len(),
        "split": btf.base().is_some(),
    })
}

/// `{ id, name, kind, ... }` with the fields of the kind; none when there is no such id.
pub fn btf_type(btf: &Btf, id: TypeId) -> Option<Json> {
    let ty = btf.get(id)?;
    let mut described = json!({
        "id": id.0,
        "name": name(btf, ty.name_offset()),
        "kind": ty.kind().name(),
    });
    described.extend(fields(btf, &ty));
    Some(described)
}

/// A JSON array of what [`btf_type`] gives, one type per line: of all own types, or of those of `types` that exist.
///
/// # Errors
/// `BTF_DUMP` when it would be longer than [`dump::limit`], as names, though cut after 512 bytes, can make it.
pub fn btf_types(btf: &Btf, types: Option<&[TypeId]>) -> Result<String, Error> {
    let most = dump::limit(btf);
    let mut out = String::from("[");
    let mut add = |id| {
        let Some(ty) = btf_type(btf, id) else { return Ok(()) };
        out.push_str(if out.len() > 1 { ",\n" } else { "\n" });
        out.push_str(&ty.to_string());
        match out.len() > most {
            true => Err(Error::at(Code::Dump, 0, u64::from(id.0))),
            false => Ok(()),
        }
    };
    match types {
        Some(types) => types.iter().try_for_each(|&id| add(id))?,
        None => btf.ids().try_for_each(add)?,
    }
    out.push_str("\n]\n");
    Ok(out)
}

fn fields(btf: &Btf, ty: &Type) -> Json {
    match ty.kind() {
        Kind::Void => json!({}),
        Kind::Int => {
            let int = ty.int();
            let encoding = int.encoding();
            json!({
                "size": ty.size_word(), "bits": int.bits(), "bitOffset": int.bit_offset(),
                "signed": int.signed(), "char": encoding & 2 != 0, "bool": encoding & 4 != 0,
            })
        }
        Kind::Ptr | Kind::Typedef | Kind::Volatile | Kind::Const | Kind::Restrict => {
            json!({ "type": ty.target().0 })
        }
        Kind::TypeTag => json!({ "type": ty.target().0, "attribute": ty.kflag() }),
        Kind::Array => {
            let array = ty.array();
            json!({ "type": array.element.0, "indexType": array.index.0, "length": array.length })
        }
        Kind::Struct | Kind::Union => {
            let members = ty.members().map(|member| {
                json!({
                    "name": name(btf, member.name), "type": member.ty.0,
                    "bitOffset": member.bit_offset, "bitSize": member.bit_size,
                })
            });
            json!({ "size": ty.size_word(), "members": members.collect::<Vec<_>>() })
        }
        Kind::Enum | Kind::Enum64 => {
            let values = ty
                .enumerators()
                .map(|value| json!({ "name": name(btf, value.name), "value": decimal(value.value(ty)) }));
            json!({ "size": ty.size_word(), "signed": ty.kflag(), "values": values.collect::<Vec<_>>() })
        }
        Kind::Fwd => json!({ "union": ty.kflag() }),
        Kind::Func => {
            let linkage = match ty.linkage() {
                0 => "static",
                1 => "global",
                _ => "extern",
            };
            json!({ "type": ty.target().0, "linkage": linkage })
        }
        Kind::FuncProto => {
            let params =
                ty.params().map(|param| json!({ "name": name(btf, param.name), "type": param.ty.0 }));
            json!({ "returnType": ty.target().0, "params": params.collect::<Vec<_>>() })
        }
        Kind::Var => json!({ "type": ty.target().0, "linkage": ty.linkage() }),
        Kind::Datasec => {
            let variables = ty.variables().map(
                |variable| json!({ "type": variable.ty.0, "offset": variable.offset, "size": variable.size }),
            );
            json!({ "size": ty.size_word(), "variables": variables.collect::<Vec<_>>() })
        }
        Kind::Float => json!({ "size": ty.size_word() }),
        Kind::DeclTag => {
            json!({ "type": ty.target().0, "component": ty.component(), "attribute": ty.kflag() })
        }
    }
}

/// The name at an offset of the strings, cut.
pub(super) fn name(btf: &Btf, offset: u32) -> String {
    text(btf.string_start(offset, MAX_NAME))
}
