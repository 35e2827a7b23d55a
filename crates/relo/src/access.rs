//! What a relocation asks: root type, access string and kind, read against the object's own types
//! (libbpf: `bpf_core_parse_spec`).

use bpfc_btf::{Btf, Kind, TypeId};

use crate::values::{self, Value};
use crate::{Failure, ReloKind};

/// libbpf: `BPF_CORE_SPEC_MAX_LEN`.
pub(crate) const MAX_PATH: usize = 64;

/// A question the object asks of every kernel. Equal ones are kept once.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Kind as the object has it; may be unknown.
    pub(crate) kind: Option<ReloKind>,
    /// Root type in the object's BTF.
    pub(crate) root: TypeId,
    /// The access string.
    pub(crate) access: Vec<u8>,
    /// The question as understood, or why libbpf refuses it on any kernel.
    pub(crate) local: Result<Local, Failure>,
}

/// A well-formed question.
#[derive(Clone, Debug)]
pub(crate) struct Local {
    pub(crate) kind: ReloKind,
    pub(crate) path: Path,
    /// The value that the compiler wrote.
    pub(crate) original: Result<Value, Failure>,
}

/// A way through types, from a root to a field, enumerator or the root itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Path {
    pub(crate) root: TypeId,
    pub(crate) accessors: Vec<Accessor>,
    /// Offset of the field in bits; wraps as libbpf's does.
    pub(crate) bit_offset: u32,
}

/// One turn of a path: a named member, an enumerator, or an array element.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Accessor {
    pub(crate) ty: TypeId,
    pub(crate) index: u32,
    /// Name of the member or enumerator; none for an array element.
    pub(crate) name: Option<u32>,
}

impl Spec {
    pub(crate) fn parse(btf: &Btf, root: TypeId, access: &[u8], kind: u32) -> Spec {
        let parsed_kind = ReloKind::from_number(kind);
        let local = match parsed_kind {
            _ if btf.get(root).is_none() => Err(Failure::Root),
            None => Err(Failure::Kind),
            Some(kind) => parse(btf, root, access, kind),
        };
        Spec { kind: parsed_kind, root, access: access.to_vec(), local }
    }

    /// Kind of the relocation; none if it is not one of the 13.
    pub fn kind(&self) -> Option<ReloKind> {
        self.kind
    }

    /// Root type in the object's BTF.
    pub fn root(&self) -> TypeId {
        self.root
    }

    /// The access string, such as `0:1:2`.
    pub fn access(&self) -> &[u8] {
        &self.access
    }
}

fn parse(btf: &Btf, root: TypeId, access: &[u8], kind: ReloKind) -> Result<Local, Failure> {
    let path = if kind.is_type() {
        if access != b"0" {
            return Err(Failure::Access);
        }
        Path { root, ..Path::default() }
    } else {
        let indices = parse_access(access)?;
        if kind.is_enumerator() { enumerator(btf, root, &indices)? } else { field(btf, root, &indices)? }
    };
    // libbpf searches no candidates for anonymous roots.
    if kind != ReloKind::TypeIdLocal && btf.string_start(btf.ty(root).name_offset(), 1).is_empty() {
        return Err(Failure::Anonymous);
    }
    let original = values::of(btf, values::BPF_POINTER, kind, &path);
    Ok(Local { kind, path, original })
}

/// Numbers separated by colons, as libbpf's `sscanf("%d")` loop reads them: a colon before a
/// number may be missing, white space and a sign are let through.
fn parse_access(access: &[u8]) -> Result<Vec<u32>, Failure> {
    let mut indices = Vec::new();
    let mut rest = access;
    if rest.is_empty() || rest.starts_with(b":") {
        return Err(Failure::Access);
    }
    while !rest.is_empty() {
        rest = rest.strip_prefix(b":").unwrap_or(rest).trim_ascii_start();
        rest = rest.strip_prefix(b"+").unwrap_or(rest);
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (number, tail) = rest.split_at(digits);
        let index = std::str::from_utf8(number).ok().and_then(|number| number.parse::<i32>().ok());
        indices.push(index.ok_or(Failure::Access)? as u32);
        if indices.len() > MAX_PATH {
            return Err(Failure::Depth);
        }
        rest = tail;
    }
    Ok(indices)
}

fn skip<'b>(btf: &'b Btf, id: TypeId) -> Result<(TypeId, bpfc_btf::Type<'b>), Failure> {
    btf.skip_modifiers(id).map_err(|_| Failure::Cycle)
}

fn enumerator(btf: &Btf, root: TypeId, indices: &[u32]) -> Result<Path, Failure> {
    let (id, ty) = skip(btf, root)?;
    let &[index] = indices else { return Err(Failure::Access) };
    let value = ty.enumerator(index).ok_or(Failure::Access)?;
    let accessor = Accessor { ty: id, index, name: Some(value.name) };
    Ok(Path { root, accessors: vec![accessor], bit_offset: 0 })
}

fn field(btf: &Btf, root: TypeId, indices: &[u32]) -> Result<Path, Failure> {
    let (&first, rest) = indices.split_first().ok_or(Failure::Access)?;
    let (mut id, _) = skip(btf, root)?;
    let mut path =
        Path { root, accessors: vec![Accessor { ty: id, index: first, name: None }], bit_offset: 0 };
    path.advance(first, element_size(btf, id)?);
    for &index in rest {
        let (at, ty) = skip(btf, id)?;
        match ty.kind() {
            Kind::Struct | Kind::Union => {
                let member = ty.member(index).ok_or(Failure::Access)?;
                path.bit_offset = path.bit_offset.wrapping_add(member.bit_offset);
                if member.name != 0 {
                    if btf.string_start(member.name, 1).is_empty() {
                        return Err(Failure::Access);
                    }
                    path.accessors.push(Accessor { ty: at, index, name: Some(member.name) });
                }
                id = member.ty;
            }
            Kind::Array => {
                let array = ty.array();
                if index >= array.length && !is_flexible(btf, path.accessors.last(), array.length) {
                    return Err(Failure::Access);
                }
                (id, _) = skip(btf, array.element)?;
                path.accessors.push(Accessor { ty: id, index, name: None });
                path.advance(index, element_size(btf, id)?);
            }
            _ => return Err(Failure::Access),
        }
    }
    Ok(path)
}

fn element_size(btf: &Btf, id: TypeId) -> Result<u32, Failure> {
    btf.size_of(id, values::BPF_POINTER).ok_or(Failure::Size)
}

impl Path {
    /// Moves on by `index` elements of `size` bytes.
    pub(crate) fn advance(&mut self, index: u32, size: u32) {
        let bits = index.wrapping_mul(size).wrapping_mul(8);
        self.bit_offset = self.bit_offset.wrapping_add(bits);
    }
}

/// Whether an array of `length` elements, reached by the accessor before it, is the flexible one at
/// the end of its struct (libbpf: `is_flex_arr`).
pub(crate) fn is_flexible(btf: &Btf, before: Option<&Accessor>, length: u32) -> bool {
    before.is_some_and(|before| {
        let last = btf.ty(before.ty).vlen().checked_sub(1);
        length == 0 && before.name.is_some() && last == Some(before.index)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What libbpf's `sscanf("%d")` loop lets through and what it refuses, verified against it.
    #[test]
    fn access_strings() {
        for (access, expected) in [
            ("0", &[0][..]),
            ("0:1:2", &[0, 1, 2]),
            ("0:+1", &[0, 1]),
            ("0: 1", &[0, 1]),
            ("0 1", &[0, 1]),
            (" 0:1", &[0, 1]),
            ("2147483647", &[i32::MAX as u32]),
        ] {
            assert_eq!(parse_access(access.as_bytes()).as_deref(), Ok(expected), "{access}");
        }
        for access in ["", ":0", "0:", "0:-1", "0:x", "0x", "0::1", "2147483648"] {
            assert_eq!(parse_access(access.as_bytes()), Err(Failure::Access), "{access}");
        }
        let long = |entries: usize| vec!["0"; entries].join(":");
        assert_eq!(parse_access(long(64).as_bytes()).map(|indices| indices.len()), Ok(64));
        assert_eq!(parse_access(long(65).as_bytes()), Err(Failure::Depth));
    }
}
