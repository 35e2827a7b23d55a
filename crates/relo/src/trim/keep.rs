//! What to keep of a kernel's types: marks on members and enumerators, set by what the answers
//! rest on.

use std::collections::{BTreeMap, BTreeSet};

use bpfc_btf::{Btf, Kind, TypeId};

use crate::trace::Part;

/// Marks on the types of one kernel. Types themselves are not marked: whatever is reached from a
/// root through kept members is kept.
#[derive(Debug)]
pub(crate) struct Keep<'t> {
    pub(crate) target: &'t Btf<'t>,
    /// Candidates, and whether what their pointers lead to is kept.
    pub(crate) roots: BTreeMap<TypeId, bool>,
    /// Members of structs and unions, and whether what their pointers lead to is kept.
    members: BTreeMap<TypeId, BTreeMap<u32, bool>>,
    enumerators: BTreeMap<TypeId, BTreeSet<u32>>,
    /// Candidates of a TYPE_ID_TARGET: of equal ones two stay, so that libbpf still finds two ids.
    pub(crate) distinct: BTreeSet<TypeId>,
    /// Types that are written without their name.
    pub(crate) hidden: BTreeSet<TypeId>,
    /// The `long` that is kept to tell the pointer size, where another one told a wrong size.
    pub(crate) long: Option<TypeId>,
    /// Whether pointees, typedefs and modifiers are kept wherever they are met. libbpf counts them
    /// on the way to a size (`btf__resolve_size`).
    pub(crate) whole: bool,
}

/// How much of a candidate is kept beyond what its answers rest on, when trimming changed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Extent {
    /// What kept pointers lead to, as shells.
    Pointees,
    /// Also all members and enumerators of the types kept.
    Members,
    /// Everything that can be reached, typedefs and modifiers too.
    Closure,
}

impl Extent {
    /// The next larger extent.
    pub(crate) fn wider(extent: Option<Extent>) -> Option<Extent> {
        match extent {
            None => Some(Extent::Pointees),
            Some(Extent::Pointees) => Some(Extent::Members),
            Some(Extent::Members) => Some(Extent::Closure),
            Some(Extent::Closure) => None,
        }
    }
}

impl<'t> Keep<'t> {
    pub(crate) fn new(target: &'t Btf<'t>, hidden: BTreeSet<TypeId>) -> Self {
        Keep {
            target,
            roots: BTreeMap::new(),
            members: BTreeMap::new(),
            enumerators: BTreeMap::new(),
            distinct: BTreeSet::new(),
            hidden,
            long: None,
            whole: false,
        }
    }

    /// Keeps what one match rests on.
    pub(crate) fn add(&mut self, parts: &[Part]) {
        for part in parts {
            match *part {
                Part::Root { ty, deep } => *self.roots.entry(ty).or_default() |= deep,
                Part::Member { ty, index, deep } => self.member(ty, index, deep),
                Part::Enumerator { ty, index } => {
                    self.enumerators.entry(ty).or_default().insert(index);
                }
                Part::Length { .. } | Part::Enumerators { .. } => {}
            }
        }
        // Counts come after what is kept by name: only what is missing is filled up.
        for part in parts {
            match *part {
                Part::Length { ty, members } => {
                    let kept = self.members.entry(ty).or_default();
                    let missing = (0..).filter(|index| !kept.contains_key(index));
                    let missing: Vec<u32> =
                        missing.take((members as usize).saturating_sub(kept.len())).collect();
                    kept.extend(missing.into_iter().map(|index| (index, false)));
                }
                Part::Enumerators { ty, values } => {
                    let kept = self.enumerators.entry(ty).or_default();
                    let missing = (0..).filter(|index| !kept.contains(index));
                    let missing: Vec<u32> =
                        missing.take((values as usize).saturating_sub(kept.len())).collect();
                    kept.extend(missing);
                }
                _ => {}
            }
        }
    }

    fn member(&mut self, ty: TypeId, index: u32, deep: bool) {
        *self.members.entry(ty).or_default().entry(index).or_default() |= deep;
    }

    /// Kept members of a struct or union in their order, each with its depth.
    pub(crate) fn members_of(&self, ty: TypeId) -> impl Iterator<Item = (u32, bool)> + '_ {
        self.members.get(&ty).into_iter().flatten().map(|(&index, &deep)| (index, deep))
    }

    /// Kept enumerators of an enum in their order.
    pub(crate) fn enumerators_of(&self, ty: TypeId) -> impl Iterator<Item = u32> + '_ {
        self.enumerators.get(&ty).into_iter().flatten().copied()
    }

    /// The type behind modifiers and typedefs, which libbpf looks through everywhere but at a root.
    /// A circle is void.
    pub(crate) fn strip(&self, id: TypeId) -> TypeId {
        self.target.skip_modifiers(id).map_or(TypeId::VOID, |(id, _)| id)
    }

    /// Keeps more of a candidate.
    pub(crate) fn widen(&mut self, candidate: TypeId, extent: Extent) {
        self.roots.insert(candidate, true);
        self.whole |= extent == Extent::Closure;
        let mut seen = BTreeSet::new();
        let mut pending = vec![candidate];
        while let Some(id) = pending.pop() {
            let id = self.strip(id);
            if !seen.insert(id) {
                continue;
            }
            let ty = self.target.ty(id);
            match ty.kind() {
                Kind::Struct | Kind::Union => {
                    if extent >= Extent::Members {
                        (0..ty.vlen()).for_each(|index| self.member(id, index, true));
                    }
                    let kept: Vec<u32> = self.members_of(id).map(|(index, _)| index).collect();
                    for index in kept {
                        self.member(id, index, true);
                        pending.extend(ty.member(index).map(|member| member.ty));
                    }
                }
                Kind::Enum | Kind::Enum64 if extent >= Extent::Members => {
                    self.enumerators.entry(id).or_default().extend(0..ty.vlen());
                }
                Kind::Array => pending.push(ty.array().element),
                _ if extent == Extent::Closure => {
                    pending.push(ty.target());
                    pending.extend(ty.params().map(|param| param.ty));
                }
                _ => {}
            }
        }
    }

    /// Makes equal definitions of one name keep the same parts, so that the result does not depend
    /// on which copy a member happens to refer to; anonymous ones are known by their definition
    /// alone. `types` are the types kept. Returns whether a mark was added.
    pub(crate) fn unify(&mut self, types: impl Iterator<Item = TypeId>) -> bool {
        let mut groups: BTreeMap<(Kind, &[u8]), BTreeSet<TypeId>> = BTreeMap::new();
        for id in types {
            let kind = self.target.ty(id).kind();
            if kind.is_composite() || kind.is_enum() {
                groups.entry((kind, self.target.name(id))).or_default().insert(id);
            }
        }
        let mut changed = false;
        for types in groups.into_values().filter(|types| types.len() > 1) {
            for equal in self.equal_definitions(&types) {
                changed |= self.unify_equal(&equal);
            }
        }
        changed
    }

    fn equal_definitions(&self, types: &BTreeSet<TypeId>) -> Vec<Vec<TypeId>> {
        let mut groups: BTreeMap<Vec<(&[u8], u64)>, Vec<TypeId>> = BTreeMap::new();
        for &id in types {
            let ty = self.target.ty(id);
            let members =
                ty.members().map(|m| (m.name, u64::from(m.bit_offset) << 32 | u64::from(m.bit_size)));
            let values = ty.enumerators().map(|value| (value.name, value.bits64()));
            let named = members.chain(values).map(|(name, value)| (self.target.string(name), value));
            let size = std::iter::once((&b""[..], u64::from(ty.size_word())));
            groups.entry(size.chain(named).collect()).or_default().push(id);
        }
        groups.into_values().filter(|types| types.len() > 1).collect()
    }

    fn unify_equal(&mut self, types: &[TypeId]) -> bool {
        let mut changed = false;
        let mut values = BTreeSet::new();
        let mut members: BTreeMap<u32, bool> = BTreeMap::new();
        for &id in types {
            values.extend(self.enumerators_of(id));
            for (index, deep) in self.members_of(id) {
                *members.entry(index).or_default() |= deep;
            }
        }
        for &id in types {
            if !values.is_empty() && self.enumerators.get(&id) != Some(&values) {
                self.enumerators.insert(id, values.clone());
                changed = true;
            }
            if !members.is_empty() && self.members.get(&id) != Some(&members) {
                self.members.insert(id, members.clone());
                changed = true;
            }
        }
        changed
    }
}
