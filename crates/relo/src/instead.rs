//! What a kernel has where it has not what a relocation asks for.

use bpfc_btf::{Btf, TypeId};

use crate::access::Local;
use crate::candidates::Wanted;
use crate::{BpfObject, Spec, essential_name};

/// Why nothing in a kernel's BTF answers, and what comes nearest. It explains an outcome and decides none.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Instead {
    /// No type of that kind and name; these are of that name and another kind.
    NoType {
        /// Types of the kernel.
        others: Vec<TypeId>,
    },
    /// The type has no member of that name.
    NoMember {
        /// Struct or union of the kernel.
        ty: TypeId,
        /// The name.
        name: String,
        /// Members whose name is like it, or that lie where the object has it, the likest first.
        alike: Vec<Found>,
    },
    /// The type has a member of that name, of a type that cannot stand for the object's.
    OtherMember {
        /// Struct or union of the kernel.
        ty: TypeId,
        /// The member.
        member: Found,
    },
    /// The enum has no enumerator of that name.
    NoEnumerator {
        /// Enum of the kernel.
        ty: TypeId,
        /// The name.
        name: String,
        /// Enumerators whose name is like it, the likest first.
        alike: Vec<String>,
    },
    /// A type of that name, which is not what the object declares.
    OtherType {
        /// Type of the kernel.
        ty: TypeId,
    },
}

/// A member of a kernel's type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: TypeId,
    /// From the start of the struct or union that it is looked up in.
    pub bit_offset: u32,
}

/// Most that is listed as alike.
const MOST_ALIKE: usize = 3;

/// Members looked at, and nesting of anonymous types that is followed.
const MAX_MEMBERS: usize = 1 << 14;
const MAX_DEPTH: usize = 16;

/// Bytes of a name that are told and compared; the kernel's are shorter than 512.
const MAX_NAME: usize = 512;

/// What `kernel` has instead of what `spec` asks for: said of the first candidate. None where the question is malformed, or
/// is one that a kernel answers whatever it has.
pub fn instead(object: &BpfObject, spec: &Spec, kernel: &Btf) -> Option<Instead> {
    let local = spec.local.as_ref().ok()?;
    let root = object.btf.ty(local.path.root);
    let name = object.btf.string_start(root.name_offset(), MAX_NAME);
    let mut wanted = Wanted::new();
    wanted.add(name, root.kind());
    let candidates = wanted.find(kernel).pop()?;
    let Some(&candidate) = candidates.first() else {
        let essential = essential_name(name);
        let is = |&id: &TypeId| {
            essential_name(kernel.string_start(kernel.ty(id).name_offset(), MAX_NAME)) == essential
        };
        return Some(Instead::NoType { others: kernel.ids().filter(is).take(MOST_ALIKE).collect() });
    };
    match local.kind {
        kind if kind.is_field() => missing_member(object, local, kernel, candidate),
        kind if kind.is_enumerator() => missing_enumerator(object, local, kernel, candidate),
        _ => Some(Instead::OtherType { ty: candidate }),
    }
}

/// Follows the path as far as the kernel has it.
fn missing_member(object: &BpfObject, local: &Local, kernel: &Btf, candidate: TypeId) -> Option<Instead> {
    let mut at = candidate;
    let mut last = None;
    for (position, accessor) in local.path.accessors.iter().enumerate() {
        let (id, ty) = kernel.skip_modifiers(at).ok()?;
        let Some(name) = accessor.name else {
            at = if position == 0 { id } else { ty.array().element };
            continue;
        };
        let wanted = text(object.btf.string_start(name, MAX_NAME));
        let members = members(kernel, id);
        match members.iter().find(|member| member.name == wanted) {
            Some(member) => {
                at = member.ty;
                last = Some((id, member.clone()));
            }
            None => {
                let own = object.btf.ty(accessor.ty).member(accessor.index);
                let place = own.map(|own| own.bit_offset);
                let alike = alike(members, &wanted, |member| Some(member.bit_offset) == place, |it| &it.name);
                return Some(Instead::NoMember { ty: id, name: wanted, alike });
            }
        }
    }
    last.map(|(ty, member)| Instead::OtherMember { ty, member })
}

fn missing_enumerator(object: &BpfObject, local: &Local, kernel: &Btf, candidate: TypeId) -> Option<Instead> {
    let name = text(object.btf.string_start(local.path.accessors.first()?.name?, MAX_NAME));
    let (_, ty) = kernel.skip_modifiers(candidate).ok()?;
    let names = ty.enumerators().take(MAX_MEMBERS);
    let names = names.map(|value| text(kernel.string_start(value.name, MAX_NAME))).collect();
    let alike = alike(names, &name, |_| false, |name| name);
    Some(Instead::NoEnumerator { ty: candidate, name, alike })
}

/// Named members of a type and of the anonymous ones in it, in their order.
fn members(kernel: &Btf, id: TypeId) -> Vec<Found> {
    let mut found = Vec::new();
    let mut open = vec![(id, 0u32, 0)];
    let mut left = MAX_MEMBERS;
    while let Some((id, start, depth)) = open.pop() {
        let mut inside = Vec::new();
        for member in kernel.members(id) {
            let Some(rest) = left.checked_sub(1) else { return found };
            left = rest;
            let bit_offset = start.wrapping_add(member.bit_offset);
            let name = text(kernel.string_start(member.name, MAX_NAME));
            if !name.is_empty() {
                found.push(Found { name, ty: member.ty, bit_offset });
            } else if let Ok((inner, _)) = kernel.skip_modifiers(member.ty)
                && depth < MAX_DEPTH
            {
                inside.push((inner, bit_offset, depth + 1));
            }
        }
        open.extend(inside.into_iter().rev());
    }
    found
}

/// The likest of some names first: those that differ in case and underscores, those that contain the other, those at the
/// same place.
fn alike<T>(
    all: Vec<T>,
    name: &str,
    same_place: impl Fn(&T) -> bool,
    name_of: impl Fn(&T) -> &str,
) -> Vec<T> {
    /// Shorter names are contained in too many.
    const LEAST: usize = 3;
    let plain = |name: &str| name.replace('_', "").to_ascii_lowercase();
    let wanted = plain(name);
    let rank = |it: &T| {
        let other = plain(name_of(it));
        let contains = |long: &str, short: &str| short.len() >= LEAST && long.contains(short);
        match () {
            () if other == wanted => Some(0),
            () if contains(&other, &wanted) || contains(&wanted, &other) => Some(1),
            () if same_place(it) => Some(2),
            () => None,
        }
    };
    let mut ranked: Vec<(u8, T)> = all.into_iter().filter_map(|it| Some((rank(&it)?, it))).collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, it)| it).take(MOST_ALIKE).collect()
}

fn text(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}
