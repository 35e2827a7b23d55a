//! What differs between two BTFs: types and members added, removed, moved, retyped.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::{Btf, Code, Error, Kind, Result, TypeId};

/// What differs about one type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its name; bytes that are not UTF-8 are shown with replacement characters.
    pub name: String,
    /// In the old BTF, where it exists there.
    pub old: Option<Version>,
    /// In the new BTF, where it exists there.
    pub new: Option<Version>,
    /// Parts that differ, in the order of the new type, removed ones where they were; none for a type that one of the
    /// BTFs does not have.
    pub parts: Vec<PartDifference>,
}

/// A type in one of the BTFs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its id.
    pub id: TypeId,
    /// Its kind: a union may have been a struct.
    pub kind: Kind,
    /// Its size in bytes; 0 for a typedef or a function.
    pub size: u32,
}

/// What differs about a member, an enumerator, a typedef's type or a function's prototype.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartDifference {
    /// `mm`, `u.foo` in an anonymous struct that is the member `u`; empty for a typedef's type and a prototype.
    pub name: String,
    /// In the old BTF; none where it was added.
    pub old: Option<Part>,
    /// In the new BTF; none where it was removed.
    pub new: Option<Part>,
}

/// A member, an enumerator, a typedef's type or a function's prototype.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Part {
    /// In C's words, without qualifiers; empty for an enumerator.
    pub ty: String,
    /// Of a member, from the start of the type.
    pub bit_offset: u64,
    /// Of a bitfield; else 0.
    pub bit_size: u32,
    /// Of an enumerator; else 0.
    pub value: i128,
}

impl PartDifference {
    /// Whether it is in both, at another place.
    pub fn is_moved(&self) -> bool {
        self.differs(|part| part.bit_offset)
    }

    /// Whether it is in both, of another type or width.
    pub fn is_retyped(&self) -> bool {
        self.differs(|part| (part.ty.clone(), part.bit_size))
    }

    /// Whether it is an enumerator in both, of another value.
    pub fn is_renumbered(&self) -> bool {
        self.differs(|part| part.value)
    }

    fn differs<T: PartialEq>(&self, of: impl Fn(&Part) -> T) -> bool {
        self.old.as_ref().zip(self.new.as_ref()).is_some_and(|(old, new)| of(old) != of(new))
    }
}

/// Deepest nesting of anonymous types that is looked into.
const MAX_DEPTH: usize = 16;

/// Members of a BTF, those of anonymous types once for each place: so many and one for every four bytes of it. A member takes
/// twelve bytes, and few are in anonymous types.
const LEAST_PARTS: usize = 1 << 16;
const BYTES_A_PART: usize = 4;

/// Bytes of a name that are compared; the kernel's are shorter than 512.
const MAX_NAME: usize = 512;

/// Kinds that are compared, by name: what CO-RE relocates, and functions, whose arguments programs read.
fn is_compared(kind: Kind) -> bool {
    kind.is_composite() || kind.is_enum() || matches!(kind, Kind::Typedef | Kind::Func)
}

/// Compares types by name; only those in `names`, as [`Btf::named`] reads them, unless that is empty.
///
/// Where one name has several types of a kind, equal ones count once, in one BTF and in both, and the others are compared in
/// their order.
/// Own types alone are compared of split BTF. The result is ordered by kind and name.
///
/// # Errors
/// `BTF_DUMP` where anonymous types are nested as no compiler nests them.
pub fn diff(old: &Btf, new: &Btf, names: &[&str]) -> Result<Vec<Difference>> {
    let mut types: BTreeMap<(u8, &[u8]), [Vec<TypeId>; 2]> = BTreeMap::new();
    for (side, btf) in [old, new].into_iter().enumerate() {
        let ids: BTreeSet<TypeId> = match names {
            [] => btf.ids().collect(),
            names => names.iter().flat_map(|name| btf.named(name)).collect(),
        };
        for id in ids {
            let (kind, name) = (btf.ty(id).kind(), btf.string_start(btf.ty(id).name_offset(), MAX_NAME));
            if is_compared(kind) && !name.is_empty() {
                let sides = types.entry((class(kind), name)).or_default();
                if let Some(list) = sides.get_mut(side) {
                    list.push(id);
                }
            }
        }
    }
    let (mut old, mut new) = (Describer::new(old), Describer::new(new));
    let mut differences = Vec::new();
    for ((_, name), [olds, news]) in types {
        let name = String::from_utf8_lossy(name).into_owned();
        compare(old.describe(&olds)?, new.describe(&news)?, &name, &mut differences);
    }
    Ok(differences)
}

/// Kinds of one class are compared with each other: a union may have been a struct.
fn class(kind: Kind) -> u8 {
    match kind {
        Kind::Struct | Kind::Union => 0,
        Kind::Enum | Kind::Enum64 => 1,
        Kind::Typedef => 2,
        _ => 3,
    }
}

type Parts = Vec<(String, Part)>;

/// A type with all that is compared of it.
struct Described {
    version: Version,
    parts: Parts,
}

impl Described {
    /// All that is compared.
    fn shape(&self) -> (Kind, u32, &Parts) {
        (self.version.kind, self.version.size, &self.parts)
    }
}

struct Describer<'b> {
    btf: &'b Btf<'b>,
    /// Parts that all types may still have.
    left: usize,
}

impl<'b> Describer<'b> {
    fn new(btf: &'b Btf<'b>) -> Self {
        Describer { btf, left: LEAST_PARTS + btf.bytes().len() / BYTES_A_PART }
    }

    fn describe(&mut self, ids: &[TypeId]) -> Result<Vec<Described>> {
        let described = |&id: &TypeId| {
            let ty = self.btf.ty(id);
            let size = if ty.kind().refers() { 0 } else { ty.size_word() };
            let mut parts = Vec::new();
            self.add(id, Place::default(), &mut parts)?;
            Ok(Described { version: Version { id, kind: ty.kind(), size }, parts })
        };
        ids.iter().map(described).collect()
    }

    fn text(&self, name: u32) -> String {
        String::from_utf8_lossy(self.btf.string_start(name, MAX_NAME)).into_owned()
    }

    fn push(&mut self, name: String, part: Part, parts: &mut Parts) -> Result<()> {
        let too_many = Error::at(Code::Dump, 0, parts.len() as u64);
        self.left = self.left.checked_sub(1).ok_or(too_many)?;
        parts.push((name, part));
        Ok(())
    }

    fn add(&mut self, id: TypeId, place: Place, parts: &mut Parts) -> Result<()> {
        let btf = self.btf;
        let ty = btf.ty(id);
        match ty.kind() {
            Kind::Struct | Kind::Union => {
                for member in ty.members() {
                    let bit_offset = place.bit_offset + u64::from(member.bit_offset);
                    let mut prefix = format!("{}{}", place.prefix, self.text(member.name));
                    if member.name != 0 {
                        let (ty, bit_size) = (btf.c_name(member.ty), member.bit_size);
                        self.push(prefix.clone(), Part { ty, bit_offset, bit_size, value: 0 }, parts)?;
                        prefix.push('.');
                    }
                    self.add_inside(member.ty, Place { prefix, bit_offset, depth: place.depth + 1 }, parts)?;
                }
            }
            Kind::Enum | Kind::Enum64 => {
                for value in ty.enumerators() {
                    let part =
                        Part { ty: String::new(), bit_offset: 0, bit_size: 0, value: value.value(&ty) };
                    self.push(self.text(value.name), part, parts)?;
                }
            }
            _ => {
                let part = Part { ty: btf.c_name(ty.target()), bit_offset: 0, bit_size: 0, value: 0 };
                self.push(String::new(), part, parts)?;
                self.add_inside(ty.target(), place, parts)?;
            }
        }
        Ok(())
    }

    /// The members of an anonymous struct or union, which has no other place to be told.
    fn add_inside(&mut self, id: TypeId, place: Place, parts: &mut Parts) -> Result<()> {
        let (id, ty) = self.btf.skip_modifiers(id)?;
        if !ty.kind().is_composite() || ty.name_offset() != 0 {
            return Ok(());
        }
        if place.depth > MAX_DEPTH {
            return Err(Error::at(Code::Dump, 0, place.depth as u64));
        }
        self.add(id, place, parts)
    }
}

/// Where a member stands in the type that is described.
#[derive(Default)]
struct Place {
    /// What stands before its name.
    prefix: String,
    bit_offset: u64,
    depth: usize,
}

/// Some kernels define a type many times over.
fn count_once(types: &mut Vec<Described>) {
    let mut seen = HashSet::new();
    let first: Vec<bool> = types.iter().map(|ty| seen.insert(ty.shape())).collect();
    keep(types, first);
}

/// Leaves out of each what the other has too.
fn leave_out_common(olds: &mut Vec<Described>, news: &mut Vec<Described>) {
    let missing_in = |these: &[Described], others: &[Described]| -> Vec<bool> {
        let others: HashSet<_> = others.iter().map(Described::shape).collect();
        these.iter().map(|ty| !others.contains(&ty.shape())).collect()
    };
    let (only_old, only_new) = (missing_in(olds, news), missing_in(news, olds));
    keep(olds, only_old);
    keep(news, only_new);
}

fn keep(types: &mut Vec<Described>, which: Vec<bool>) {
    let mut which = which.into_iter();
    types.retain(|_| which.next().unwrap_or(false));
}

fn compare(
    mut olds: Vec<Described>,
    mut news: Vec<Described>,
    name: &str,
    differences: &mut Vec<Difference>,
) {
    count_once(&mut olds);
    count_once(&mut news);
    leave_out_common(&mut olds, &mut news);
    let (mut olds, mut news) = (olds.into_iter(), news.into_iter());
    loop {
        let (old, new) = (olds.next(), news.next());
        if old.is_none() && new.is_none() {
            return;
        }
        differences.push(Difference {
            name: name.to_owned(),
            old: old.as_ref().map(|old| old.version),
            new: new.as_ref().map(|new| new.version),
            parts: old.zip(new).map_or_else(Vec::new, |(old, new)| different_parts(old.parts, new.parts)),
        });
    }
}

/// Parts are the same by name; where a name comes up again, by its turn.
fn different_parts(old: Parts, new: Parts) -> Vec<PartDifference> {
    let mut at: BTreeMap<(String, usize), usize> = BTreeMap::new();
    let mut turns: BTreeMap<String, usize> = BTreeMap::new();
    let turn = |turns: &mut BTreeMap<String, usize>, name: &str| {
        let turn = turns.entry(name.to_owned()).or_default();
        *turn += 1;
        (name.to_owned(), *turn)
    };
    for (position, (name, _)) in new.iter().enumerate() {
        at.insert(turn(&mut turns, name), position);
    }
    turns.clear();
    let mut matched: Vec<Option<Part>> = vec![None; new.len()];
    let mut next = 0;
    // Removed parts by the position of the new part that they stood before.
    let mut removed: BTreeMap<usize, Vec<PartDifference>> = BTreeMap::new();
    for (name, part) in old {
        match at.get(&turn(&mut turns, &name)) {
            Some(&position) => {
                if let Some(slot) = matched.get_mut(position) {
                    *slot = Some(part);
                }
                next = position + 1;
            }
            None => {
                removed.entry(next).or_default().push(PartDifference { name, old: Some(part), new: None })
            }
        }
    }
    let mut differences = Vec::new();
    for (position, ((name, new), old)) in new.into_iter().zip(matched).enumerate() {
        differences.extend(removed.remove(&position).unwrap_or_default());
        if old.as_ref() != Some(&new) {
            differences.push(PartDifference { name, old, new: Some(new) });
        }
    }
    differences.extend(removed.into_values().flatten());
    differences
}
