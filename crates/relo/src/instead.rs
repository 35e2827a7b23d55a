//! What a kernel has where it has not what a relocation asks for.

use std::collections::HashMap;

use bpfc_btf::{Btf, Member, TypeId};

use crate::access::Local;
use crate::answers::ask;
use crate::candidates::Wanted;
use crate::{BpfObject, essential_name};

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

/// Members and enumerators looked at for all questions of an object; anonymous structs may lead in a circle.
const MAX_STEPS: usize = 1 << 20;

/// Bytes of a name that are told and compared; the kernel's are shorter than 512.
const MAX_NAME: usize = 512;

/// Says of one object and one kernel what the kernel has instead. Its types are searched once for all questions.
pub struct Explainer<'a> {
    object: &'a BpfObject,
    kernel: &'a Btf<'a>,
    names: Vec<Option<usize>>,
    candidates: Vec<Vec<TypeId>>,
    /// Types of a name that has no candidate, whatever their kind.
    others: HashMap<Vec<u8>, Vec<TypeId>>,
    /// Members and enumerators that may still be looked at.
    left: usize,
}

impl<'a> Explainer<'a> {
    /// Prepares for the questions of `object`.
    pub fn new(object: &'a BpfObject, kernel: &'a Btf<'a>) -> Self {
        let mut wanted = Wanted::new();
        let names = ask(object, &mut wanted);
        let candidates = wanted.find(kernel);
        let mut others = HashMap::new();
        for (spec, name) in object.specs.iter().zip(&names) {
            if name.and_then(|name| candidates.get(name)).is_some_and(Vec::is_empty) {
                others.insert(essential_name(name_of(&object.btf, spec.root)).to_vec(), Vec::new());
            }
        }
        if !others.is_empty() {
            for id in kernel.ids() {
                if let Some(found) = others.get_mut(essential_name(name_of(kernel, id)))
                    && found.len() < MOST_ALIKE
                {
                    found.push(id);
                }
            }
        }
        Explainer { object, kernel, names, candidates, others, left: MAX_STEPS }
    }

    /// What the kernel has instead of what the question at `position` of [`BpfObject::specs`] asks for, said of the first
    /// candidate. None where the question is malformed, or is one that is answered whatever the kernel has.
    pub fn explain(&mut self, position: usize) -> Option<Instead> {
        let local = self.object.specs.get(position)?.local.as_ref().ok()?;
        let name = self.names.get(position).copied().flatten()?;
        let Some(&candidate) = self.candidates.get(name)?.first() else {
            let name = essential_name(name_of(&self.object.btf, local.path.root));
            return Some(Instead::NoType { others: self.others.get(name).cloned().unwrap_or_default() });
        };
        match local.kind {
            kind if kind.is_field() => self.missing_member(local, candidate),
            kind if kind.is_enumerator() => self.missing_enumerator(local, candidate),
            _ => Some(Instead::OtherType { ty: candidate }),
        }
    }

    /// Follows the path as far as the kernel has it.
    fn missing_member(&mut self, local: &Local, candidate: TypeId) -> Option<Instead> {
        let mut at = candidate;
        let mut last = None;
        for (position, accessor) in local.path.accessors.iter().enumerate() {
            let (id, ty) = self.kernel.skip_modifiers(at).ok()?;
            let Some(name) = accessor.name else {
                at = if position == 0 { id } else { ty.array().element };
                continue;
            };
            let wanted = self.object.btf.string_start(name, MAX_NAME);
            let members = self.members(id)?;
            match members.iter().find(|member| self.kernel.string_start(member.name, MAX_NAME) == wanted) {
                Some(member) => {
                    at = member.ty;
                    last = Some((id, *member));
                }
                None => {
                    let own = self.object.btf.ty(accessor.ty).member(accessor.index);
                    let place = own.map(|own| own.bit_offset);
                    let same_place = |member: &Member| Some(member.bit_offset) == place;
                    let alike = self.alike(members, wanted, same_place, |member| member.name);
                    let alike = alike.into_iter().map(|member| self.found(member)).collect();
                    return Some(Instead::NoMember { ty: id, name: text(&self.object.btf, name), alike });
                }
            }
        }
        last.map(|(ty, member)| Instead::OtherMember { ty, member: self.found(member) })
    }

    fn missing_enumerator(&mut self, local: &Local, candidate: TypeId) -> Option<Instead> {
        let name = local.path.accessors.first()?.name?;
        let (_, ty) = self.kernel.skip_modifiers(candidate).ok()?;
        self.left = self.left.checked_sub(ty.enumerators().len())?;
        let names: Vec<u32> = ty.enumerators().map(|value| value.name).collect();
        let wanted = self.object.btf.string_start(name, MAX_NAME);
        let alike = self.alike(names, wanted, |_| false, |&name| name);
        let alike = alike.into_iter().map(|name| text(self.kernel, name)).collect();
        Some(Instead::NoEnumerator { ty: candidate, name: text(&self.object.btf, name), alike })
    }

    /// Named members of a type and of the anonymous ones in it; none when that takes too many steps.
    fn members(&mut self, id: TypeId) -> Option<Vec<Member>> {
        let mut found = Vec::new();
        let mut open = vec![(id, 0u32)];
        while let Some((id, start)) = open.pop() {
            for member in self.kernel.members(id) {
                self.left = self.left.checked_sub(1)?;
                let bit_offset = start.wrapping_add(member.bit_offset);
                if self.kernel.string_start(member.name, 1).is_empty() {
                    open.extend(self.kernel.skip_modifiers(member.ty).map(|(inner, _)| (inner, bit_offset)));
                } else {
                    found.push(Member { bit_offset, ..member });
                }
            }
        }
        Some(found)
    }

    fn found(&self, member: Member) -> Found {
        Found { name: text(self.kernel, member.name), ty: member.ty, bit_offset: member.bit_offset }
    }

    /// Of things with a name in the kernel's strings those that may be meant by a name, the likest first: those that differ in
    /// case and underscores, those that contain the other, those at the same place.
    fn alike<T>(
        &self,
        all: Vec<T>,
        name: &[u8],
        same_place: impl Fn(&T) -> bool,
        name_of: impl Fn(&T) -> u32,
    ) -> Vec<T> {
        let wanted = plain(name);
        let rank = |it: &T| {
            let other = plain(self.kernel.string_start(name_of(it), MAX_NAME));
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
}

/// A name without what may differ.
fn plain(name: &[u8]) -> String {
    String::from_utf8_lossy(name).replace('_', "").to_ascii_lowercase()
}

fn contains(long: &str, short: &str) -> bool {
    /// Shorter names are contained in too many.
    const LEAST: usize = 3;
    short.len() >= LEAST && long.contains(short)
}

fn name_of<'b>(btf: &'b Btf, id: TypeId) -> &'b [u8] {
    btf.string_start(btf.ty(id).name_offset(), MAX_NAME)
}

fn text(btf: &Btf, name: u32) -> String {
    String::from_utf8_lossy(btf.string_start(name, MAX_NAME)).into_owned()
}
