//! Types as a page shows them: in lists, in C, and as they lie in memory.

use bpfc_btf::{Btf, Kind, LayoutContent, LayoutPart, TypeId, dump};

use super::btf::name;
use super::list;
use crate::{Json, Result, json};

/// `[{ id, kind, name, size }]`, without those that do not exist. `size` is null where a type has none of its own: a typedef,
/// a pointer, a function.
///
/// # Errors
/// `REPORT_LIMIT`, as names, though cut after 512 bytes, can make it.
pub fn type_summaries(btf: &Btf, ids: &[TypeId]) -> Result<Json> {
    let summaries = ids.iter().filter_map(|&id| {
        let ty = btf.get(id)?;
        let sized = matches!(
            ty.kind(),
            Kind::Int | Kind::Float | Kind::Struct | Kind::Union | Kind::Enum | Kind::Enum64 | Kind::Datasec
        );
        Some(json!({
            "id": id.0,
            "kind": ty.kind().name(),
            "name": name(btf, ty.name_offset()),
            "size": sized.then(|| ty.size_word()),
        }))
    });
    Ok(Json::List(list(summaries)?))
}

/// `{ text, links: [{ start, end, id }] }` of [`dump::definition`]; none when there is no such id.
///
/// # Errors
/// `BTF_CYCLE`, `BTF_DUMP`
pub fn definition(btf: &Btf, id: TypeId) -> Result<Option<Json>> {
    if btf.get(id).is_none() {
        return Ok(None);
    }
    let definition = dump::definition(btf, id)?;
    let links = definition.links.iter();
    let links = links.map(|link| json!({ "start": link.start, "end": link.end, "id": link.id.0 }));
    Ok(Some(json!({ "text": definition.text, "links": links.collect::<Vec<_>>() })))
}

/// `{ id, kind, name, size, align, parts: [{ what, depth, name, path, type, typeId, open, bitOffset, bitSize, bitfield }] }`
/// of [`Btf::layout`]. `what` is `member`, `hole` or `padding`; `type` is in C's words; gaps have empty texts, `typeId` 0 and
/// `open` null.
///
/// # Errors
/// `BTF_CYCLE`, `BTF_DUMP`; `REPORT_LIMIT`, as names can make it.
pub fn layout(btf: &Btf, id: TypeId) -> Result<Option<Json>> {
    let Some(layout) = btf.layout(id)? else { return Ok(None) };
    let ty = btf.ty(layout.id);
    Ok(Some(json!({
        "id": layout.id.0,
        "kind": ty.kind().name(),
        "name": name(btf, ty.name_offset()),
        "size": ty.size_word(),
        "align": layout.align,
        "parts": list(layout.parts.iter().map(|part| layout_part(btf, part)))?,
    })))
}

fn layout_part(btf: &Btf, part: &LayoutPart) -> Json {
    let (what, name, path, ty, open) = match &part.what {
        LayoutContent::Member { name, path, ty, open } => ("member", &**name, &**path, *ty, *open),
        LayoutContent::Hole => ("hole", "", "", TypeId::VOID, None),
        LayoutContent::Padding => ("padding", "", "", TypeId::VOID, None),
    };
    json!({
        "what": what,
        "depth": part.depth,
        "name": name,
        "path": path,
        "type": if what == "member" { btf.c_name(ty) } else { String::new() },
        "typeId": ty.0,
        "open": open.map(|id| id.0),
        "bitOffset": part.bit_offset,
        "bitSize": part.bit_size,
        "bitfield": part.bitfield,
    })
}
