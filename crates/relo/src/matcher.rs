//! Comparing one question of the object with one candidate of the kernel: the state that all
//! comparisons share, and the comparison of fields and enumerators
//! (libbpf: `bpf_core_spec_match`, `bpf_core_match_member`, `bpf_core_fields_are_compat`).

use bpfc_btf::{Btf, Kind, Type, TypeId};

use crate::access::{Accessor, Local, MAX_PATH, Path, is_flexible};
use crate::trace::Part;
use crate::{Failure, ReloKind, essential_name};

/// Types and members looked at, over all candidates, before a question is given up. libbpf has no
/// such limit: nested anonymous structs make its work exponential. Matching `task_struct` whole
/// takes some 100,000.
const MAX_STEPS: u32 = 1 << 22;

/// The same over all questions of an object; real ones stay below a hundredth.
const MAX_TOTAL_STEPS: u32 = 1 << 26;

/// What a candidate costs before its types are looked at, in steps: its answer is kept.
const CANDIDATE: u32 = 16;

/// Compares types of an object with types of a kernel.
pub(crate) struct Matcher<'a> {
    pub(crate) local: &'a Btf<'static>,
    pub(crate) target: &'a Btf<'a>,
    /// Pointer size in bytes where the target has no own.
    pub(crate) pointer: u8,
    /// What the last match rests on.
    pub(crate) parts: Vec<Part>,
    /// Whether the last comparison met a circle in the object's own types.
    pub(crate) own: bool,
    /// Of this question, and of all before it.
    steps: u32,
    earlier: u32,
}

impl<'a> Matcher<'a> {
    pub(crate) fn new(local: &'a Btf<'static>, target: &'a Btf<'a>, pointer: u8) -> Self {
        Matcher { local, target, pointer, parts: Vec::new(), own: false, steps: 0, earlier: 0 }
    }

    /// Starts counting steps anew. Returns whether any are left for another question.
    pub(crate) fn next_question(&mut self) -> bool {
        self.earlier += self.steps;
        self.steps = 0;
        self.earlier <= MAX_TOTAL_STEPS
    }

    /// The question's path in `candidate`, or none when the candidate does not match.
    pub(crate) fn find(&mut self, question: &Local, candidate: TypeId) -> Result<Option<Path>, Failure> {
        self.parts.clear();
        self.own = false;
        self.steps += CANDIDATE;
        self.step()?;
        let root = question.path.root;
        match question.kind {
            ReloKind::TypeMatches => self.whole(candidate, |matcher| matcher.types_match(root, candidate)),
            kind if kind.is_type() => {
                self.whole(candidate, |matcher| matcher.types_compatible(root, candidate))
            }
            kind if kind.is_enumerator() => self.find_enumerator(&question.path, candidate),
            _ => self.find_field(&question.path, candidate),
        }
    }

    fn whole(
        &mut self,
        candidate: TypeId,
        compare: impl FnOnce(&mut Self) -> Result<bool, Failure>,
    ) -> Result<Option<Path>, Failure> {
        self.parts.push(Part::Root { ty: candidate, deep: true });
        let matches = compare(self)?;
        Ok(matches.then(|| Path { root: candidate, ..Path::default() }))
    }

    pub(crate) fn step(&mut self) -> Result<(), Failure> {
        self.steps += 1;
        let within = self.steps <= MAX_STEPS && self.earlier + self.steps <= MAX_TOTAL_STEPS;
        if within { Ok(()) } else { Err(Failure::Steps) }
    }

    pub(crate) fn skip_local(&mut self, id: TypeId) -> Result<(TypeId, Type<'a>), Failure> {
        let found = self.local.skip_modifiers(id);
        self.own |= found.is_err();
        found.map_err(|_| Failure::Cycle)
    }

    pub(crate) fn skip_target(&self, id: TypeId) -> Result<(TypeId, Type<'a>), Failure> {
        self.target.skip_modifiers(id).map_err(|_| Failure::Cycle)
    }

    /// Whether two names, by their offsets, are equal without flavors.
    pub(crate) fn same_essential(&self, local: u32, target: u32) -> bool {
        essential_name(self.local.string(local)) == essential_name(self.target.string(target))
    }

    fn find_enumerator(&mut self, question: &Path, candidate: TypeId) -> Result<Option<Path>, Failure> {
        let (id, ty) = self.skip_target(candidate)?;
        let name = question.accessors.first().and_then(|accessor| accessor.name);
        let wanted = essential_name(self.local.string(name.unwrap_or(0)));
        for (index, value) in (0u32..).zip(ty.enumerators()) {
            self.step()?;
            // Most names differ at once; only a hit is measured.
            let tail = self.target.string_tail(value.name);
            if tail.starts_with(wanted) && essential_name(self.target.string(value.name)) == wanted {
                self.parts.push(Part::Root { ty: candidate, deep: false });
                self.parts.push(Part::Enumerator { ty: id, index });
                let accessor = Accessor { ty: id, index, name: Some(value.name) };
                return Ok(Some(Path { root: candidate, accessors: vec![accessor], bit_offset: 0 }));
            }
        }
        Ok(None)
    }

    fn find_field(&mut self, question: &Path, candidate: TypeId) -> Result<Option<Path>, Failure> {
        self.parts.push(Part::Root { ty: candidate, deep: false });
        let mut walk = Walk { path: Path { root: candidate, ..Path::default() }, entries: 0, at: candidate };
        for (position, accessor) in question.accessors.iter().enumerate() {
            let (id, ty) = self.skip_target(walk.at)?;
            walk.at = id;
            if accessor.name.is_some() {
                if !self.find_member(accessor, id, &mut walk)? {
                    return Ok(None);
                }
                continue;
            }
            // The first index is into an array of roots; later ones need an array to index.
            if position > 0 {
                if ty.kind() != Kind::Array {
                    return Ok(None);
                }
                let array = ty.array();
                let flexible = is_flexible(self.target, walk.path.accessors.last(), array.length);
                if accessor.index >= array.length && !flexible {
                    return Ok(None);
                }
                (walk.at, _) = self.skip_target(array.element)?;
            }
            walk.enter()?;
            walk.path.accessors.push(Accessor { ty: walk.at, index: accessor.index, name: None });
            let size = self.target.size_of(walk.at, self.pointer);
            // libbpf keeps the size in an int here: 2 GiB and more turn negative, an error.
            let size = size.filter(|&size| size <= i32::MAX as u32).ok_or(Failure::Size)?;
            walk.path.advance(accessor.index, size);
        }
        Ok(Some(walk.path))
    }

    /// Finds the member that the local accessor names, depth first through anonymous members. The
    /// first member of that name decides, compatible or not.
    fn find_member(&mut self, accessor: &Accessor, id: TypeId, walk: &mut Walk) -> Result<bool, Failure> {
        let (id, ty) = self.skip_target(id)?;
        if !ty.kind().is_composite() {
            return Ok(false);
        }
        let Some(local) = self.local.ty(accessor.ty).member(accessor.index) else { return Ok(false) };
        let wanted = self.local.string(local.name);
        for (index, member) in (0u32..).zip(ty.members()) {
            self.step()?;
            let before = (walk.entries, self.parts.len());
            walk.enter()?;
            walk.path.bit_offset = walk.path.bit_offset.wrapping_add(member.bit_offset);
            let tail = self.target.string_tail(member.name);
            if tail.first() == Some(&0) || tail.is_empty() {
                self.parts.push(Part::Member { ty: id, index, deep: false });
                if self.find_member(accessor, member.ty, walk)? {
                    return Ok(true);
                }
            } else if tail.strip_prefix(wanted).is_some_and(|rest| rest.first() == Some(&0)) {
                self.parts.push(Part::Member { ty: id, index, deep: false });
                walk.path.accessors.push(Accessor { ty: id, index, name: Some(member.name) });
                walk.at = member.ty;
                let compatible = self.fields_compatible(local.ty, member.ty)?;
                if !compatible {
                    walk.path.accessors.pop();
                }
                // libbpf does not take back the offset and the path entry of an incompatible
                // member: if an anonymous struct holds it and the name occurs again outside, the
                // offset found there is too large. Its answer is reproduced, and so are the parts
                // that lead to it.
                return Ok(compatible);
            }
            walk.path.bit_offset = walk.path.bit_offset.wrapping_sub(member.bit_offset);
            walk.entries -= 1;
            if walk.entries == before.0 {
                self.parts.truncate(before.1);
            }
        }
        Ok(false)
    }

    /// Whether two field types may stand for each other: any two structs or unions, pointers,
    /// floats, integers; enums and forward declarations of one name; arrays of such elements.
    fn fields_compatible(&mut self, local: TypeId, target: TypeId) -> Result<bool, Failure> {
        let (mut local, mut target) = (local, target);
        loop {
            self.step()?;
            let ((_, ours), (_, theirs)) = (self.skip_local(local)?, self.skip_target(target)?);
            if ours.kind().is_composite() && theirs.kind().is_composite() {
                return Ok(true);
            }
            if !ours.kind().core_compatible(theirs.kind()) {
                return Ok(false);
            }
            match ours.kind() {
                Kind::Ptr | Kind::Float => return Ok(true),
                Kind::Fwd | Kind::Enum | Kind::Enum64 => {
                    let [ours, theirs] =
                        [self.local.string(ours.name_offset()), self.target.string(theirs.name_offset())]
                            .map(essential_name);
                    return Ok(ours.is_empty() || theirs.is_empty() || ours == theirs);
                }
                Kind::Int => return Ok(ours.int().bit_offset() == 0 && theirs.int().bit_offset() == 0),
                Kind::Array => (local, target) = (ours.array().element, theirs.array().element),
                _ => return Ok(false),
            }
        }
    }
}

/// Where a field search stands in the target.
struct Walk {
    path: Path,
    /// Entries of libbpf's raw path, anonymous members included.
    entries: usize,
    /// Type reached so far.
    at: TypeId,
}

impl Walk {
    fn enter(&mut self) -> Result<(), Failure> {
        if self.entries == MAX_PATH {
            return Err(Failure::Depth);
        }
        self.entries += 1;
        Ok(())
    }
}
