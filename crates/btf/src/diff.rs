//! What differs between two BTFs: types and members added, removed, moved, retyped.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt;

use crate::place::{MAX_DEPTH, MAX_NAME, Place};
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
    /// `mm`, `u.foo` in an anonymous type that the member `u` is, points to or is an array of; empty for a typedef's
    /// type and a prototype.
    pub name: String,
    /// In the old BTF; none where it was added.
    pub old: Option<Part>,
    /// In the new BTF; none where it was removed.
    pub new: Option<Part>,
}

/// What a type consists of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// A member, a typedef's type or a function's prototype.
    Member {
        /// In C's words, without qualifiers.
        ty: String,
        /// From the start of the type; behind a pointer, from the start of what it points to. Of an array, in its first
        /// element. 0 for what is no member.
        bit_offset: u64,
        /// Of a bitfield; else 0.
        bit_size: u32,
    },
    /// A constant of an enum, which may be an anonymous one inside the type.
    Enumerator {
        /// As the enum's signedness tells.
        value: i128,
    },
}

impl Part {
    fn is_enumerator(&self) -> bool {
        matches!(self, Part::Enumerator { .. })
    }
}

impl PartDifference {
    /// By how many bits it moved; none where it is not a member in both.
    pub fn shift(&self) -> Option<i128> {
        match (self.old.as_ref()?, self.new.as_ref()?) {
            (Part::Member { bit_offset: old, .. }, Part::Member { bit_offset: new, .. }) => {
                Some(i128::from(*new) - i128::from(*old))
            }
            _ => None,
        }
    }

    /// Whether it is in both, at another place.
    pub fn is_moved(&self) -> bool {
        self.shift().is_some_and(|bits| bits != 0)
    }

    /// Whether it is in both, of another type or width.
    pub fn is_retyped(&self) -> bool {
        match (&self.old, &self.new) {
            (
                Some(Part::Member { ty: old, bit_size: old_size, .. }),
                Some(Part::Member { ty: new, bit_size: new_size, .. }),
            ) => (old, old_size) != (new, new_size),
            _ => false,
        }
    }

    /// Whether it is an enumerator in both, of another value.
    pub fn is_renumbered(&self) -> bool {
        match (&self.old, &self.new) {
            (Some(Part::Enumerator { value: old }), Some(Part::Enumerator { value: new })) => old != new,
            _ => false,
        }
    }
}

/// One of the two that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The first.
    Old,
    /// The second.
    New,
}

/// Why two BTFs could not be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiffError {
    /// The BTF that was refused.
    pub side: Side,
    /// What is wrong with it; at the record of the type that was read, with its id as the value.
    pub error: Error,
}

impl fmt::Display for DiffError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = if self.side == Side::Old { "old" } else { "new" };
        write!(f, "the {side} BTF: {}", self.error)
    }
}

impl std::error::Error for DiffError {}

/// Most modifiers, arrays and pointers between a member and an anonymous type.
const MAX_CHAIN: usize = 64;

/// Bytes that the parts of a BTF's types may take, names and types' names included: so many and so many for each byte of
/// it. Kernels' take 2 to 4 times their bytes; those of CentOS 8.1, 44 MB with each type many times over, not quite 6 times.
const LEAST_BYTES: usize = 4 << 20;
const BYTES_A_BYTE: usize = 16;

/// What a part takes beside its names. What is looked into without being a part, such as an unnamed member, counts so too.
const PART_BYTES: usize = size_of::<(String, Part)>();

/// Kinds that are compared, by name: what CO-RE relocates, and functions, whose arguments programs read.
fn is_compared(kind: Kind) -> bool {
    kind.is_composite() || kind.is_enum() || matches!(kind, Kind::Typedef | Kind::Func)
}

/// Compares types by name; only those in `names`, as [`Btf::named`] reads them, unless that is empty.
///
/// Where one name has several types of a kind, equal ones count once, in one BTF and in both, and the others are compared in
/// their order.
/// Anonymous types are compared in the types that have them; an anonymous enum that no type has, for its constants alone,
/// is left out.
/// Own types alone are compared of split BTF. The result is ordered by kind and name.
///
/// # Errors
/// `BTF_DUMP` where anonymous types are nested or repeated as no compiler takes them, `BTF_CYCLE` where modifiers, arrays
/// and pointers lead in a circle.
///
/// ```
/// # use bpfc_btf::{Btf, Builder, Endian, Kind, diff};
/// # let of_size = |size| {
/// #     let mut builder = Builder::new(Endian::Little);
/// #     builder.composite(Kind::Struct, b"point", size, &[]);
/// #     Btf::parse(builder.finish().unwrap()).unwrap()
/// # };
/// # let (old, new) = (of_size(4), of_size(8));
/// let differences = diff(&old, &new, &["struct point"]).unwrap();
/// assert_eq!(differences[0].new.unwrap().size, 8);
/// ```
pub fn diff(old: &Btf, new: &Btf, names: &[&str]) -> std::result::Result<Vec<Difference>, DiffError> {
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
        let olds = old.describe(&olds).map_err(|error| DiffError { side: Side::Old, error })?;
        let news = new.describe(&news).map_err(|error| DiffError { side: Side::New, error })?;
        compare(olds, news, &name, &mut differences);
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
    /// The type that is described.
    id: TypeId,
    /// Bytes that all parts may still take.
    left: usize,
}

impl<'b> Describer<'b> {
    fn new(btf: &'b Btf<'b>) -> Self {
        let left = LEAST_BYTES.saturating_add(btf.bytes().len().saturating_mul(BYTES_A_BYTE));
        Describer { btf, id: TypeId::VOID, left }
    }

    fn describe(&mut self, ids: &[TypeId]) -> Result<Vec<Described>> {
        let described = |&id: &TypeId| {
            self.id = id;
            let ty = self.btf.ty(id);
            let size = if ty.kind().refers() { 0 } else { ty.size_word() };
            let mut parts = Vec::new();
            self.add(id, &Place::default(), &mut parts)?;
            Ok(Described { version: Version { id, kind: ty.kind(), size }, parts })
        };
        ids.iter().map(described).collect()
    }

    fn error(&self, code: Code) -> Error {
        Error::new(code, self.btf.place(self.id), u64::from(self.id.0))
    }

    fn spend(&mut self, bytes: usize) -> Result<()> {
        self.left = self.left.checked_sub(bytes).ok_or_else(|| self.error(Code::Dump))?;
        Ok(())
    }

    fn text(&self, name: u32) -> Cow<'b, str> {
        String::from_utf8_lossy(self.btf.string_start(name, MAX_NAME))
    }

    fn push(&mut self, place: &Place, name: &str, part: Part, parts: &mut Parts) -> Result<()> {
        let ty = if let Part::Member { ty, .. } = &part { ty.len() } else { 0 };
        self.spend(PART_BYTES + place.path_length(name) + ty)?;
        parts.push((place.path(name), part));
        Ok(())
    }

    fn add(&mut self, id: TypeId, place: &Place, parts: &mut Parts) -> Result<()> {
        let btf = self.btf;
        let ty = btf.ty(id);
        match ty.kind() {
            Kind::Struct | Kind::Union => {
                for member in ty.members() {
                    let name = self.text(member.name);
                    let bit_offset = place.bit_offset + u64::from(member.bit_offset);
                    if name.is_empty() {
                        self.spend(PART_BYTES)?;
                    } else {
                        let (ty, bit_size) = (btf.c_name(member.ty), member.bit_size);
                        self.push(place, &name, Part::Member { ty, bit_offset, bit_size }, parts)?;
                    }
                    self.add_inside(member.ty, place.member(name, bit_offset), parts)?;
                }
            }
            Kind::Enum | Kind::Enum64 => {
                for value in ty.enumerators() {
                    let part = Part::Enumerator { value: value.value(&ty) };
                    self.push(place, &self.text(value.name), part, parts)?;
                }
            }
            _ => {
                let part = Part::Member { ty: btf.c_name(ty.target()), bit_offset: 0, bit_size: 0 };
                self.push(place, "", part, parts)?;
                self.add_inside(ty.target(), Place::default(), parts)?;
            }
        }
        Ok(())
    }

    /// The parts of an anonymous type, which has no other place to be told; one that has a typedef is told there.
    fn add_inside(&mut self, mut id: TypeId, mut place: Place, parts: &mut Parts) -> Result<()> {
        for _ in 0..MAX_CHAIN {
            let ty = self.btf.ty(id);
            id = match ty.kind() {
                kind if kind.is_modifier() => ty.target(),
                Kind::Array => ty.array().element,
                Kind::Ptr => {
                    place.bit_offset = 0;
                    ty.target()
                }
                kind if kind.is_composite() || kind.is_enum() => {
                    if !self.text(ty.name_offset()).is_empty() {
                        return Ok(());
                    }
                    if place.depth > MAX_DEPTH {
                        return Err(self.error(Code::Dump));
                    }
                    return self.add(id, &place, parts);
                }
                _ => return Ok(()),
            };
        }
        Err(self.error(Code::Cycle))
    }
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

fn different_parts(old: Parts, new: Parts) -> Vec<PartDifference> {
    let positions = positions_in(&new, &old);
    let mut matched: Vec<Option<Part>> = vec![None; new.len()];
    let mut next = 0;
    // Removed parts by the position of the new part that they stood before.
    let mut removed: BTreeMap<usize, Vec<PartDifference>> = BTreeMap::new();
    for ((name, part), position) in old.into_iter().zip(positions) {
        match position {
            Some(position) => {
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

/// Where each of the old parts is among the new ones. Parts are the same by name, an enumerator no member; where a name
/// comes up again, by its turn.
fn positions_in(new: &Parts, old: &Parts) -> Vec<Option<usize>> {
    let mut positions: HashMap<(&str, bool), VecDeque<usize>> = HashMap::new();
    for (position, (name, part)) in new.iter().enumerate() {
        positions.entry((name, part.is_enumerator())).or_default().push_back(position);
    }
    old.iter()
        .map(|(name, part)| positions.get_mut(&(name.as_str(), part.is_enumerator()))?.pop_front())
        .collect()
}
