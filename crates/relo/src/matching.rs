//! Type match, for TYPE_MATCHES: the kernel's type has at least what the local one has
//! (libbpf: `__bpf_core_types_match`).

use bpfc_btf::{Kind, Type, TypeId};

use crate::Failure;
use crate::compatible::{MAX_HOPS, MAX_LEVEL};
use crate::matcher::Matcher;
use crate::trace::Part;

impl Matcher<'_> {
    /// Whether the local type's members, enumerators and parameters are all found in the target's,
    /// by essential name and recursively; behind a pointer only names and kinds count.
    pub(crate) fn types_match(&mut self, local: TypeId, target: TypeId) -> Result<bool, Failure> {
        self.match_within(local, target, false, MAX_LEVEL)
    }

    fn match_within(
        &mut self,
        local: TypeId,
        target: TypeId,
        behind_pointer: bool,
        level: u32,
    ) -> Result<bool, Failure> {
        if level == 0 {
            return Err(Failure::Depth);
        }
        let (mut local, mut target, mut behind_pointer) = (local, target, behind_pointer);
        for _ in 0..MAX_HOPS {
            self.step()?;
            let ((_, ours), (id, theirs)) = (self.skip_local(local)?, self.skip_target(target)?);
            if !self.same_essential(ours.name_offset(), theirs.name_offset()) {
                return Ok(false);
            }
            let (kind, other) = (ours.kind(), theirs.kind());
            match kind {
                Kind::Void => return Ok(other == Kind::Void),
                // A forward declaration's kflag says union; it stands for such a definition only
                // where a pointer makes the definition unnecessary.
                Kind::Fwd if kind == other => return Ok(ours.kflag() == theirs.kflag()),
                Kind::Fwd => {
                    let defined = if ours.kflag() { Kind::Union } else { Kind::Struct };
                    return Ok(behind_pointer && other == defined);
                }
                Kind::Enum | Kind::Enum64 => return self.enums_match(&ours, id, &theirs),
                Kind::Struct | Kind::Union if behind_pointer => {
                    let declared = other == Kind::Fwd && (kind == Kind::Union) == theirs.kflag();
                    return Ok(kind == other || declared);
                }
                Kind::Struct | Kind::Union => {
                    return Ok(kind == other && self.members_match(&ours, id, &theirs, level)?);
                }
                Kind::Int => {
                    let same = kind == other && ours.size_word() == theirs.size_word();
                    return Ok(same && ours.int().signed() == theirs.int().signed());
                }
                Kind::Ptr if kind == other => {
                    behind_pointer = true;
                    (local, target) = (ours.target(), theirs.target());
                }
                Kind::Array if kind == other => {
                    let (ours, theirs) = (ours.array(), theirs.array());
                    if ours.length != theirs.length {
                        return Ok(false);
                    }
                    (local, target) = (ours.element, theirs.element);
                }
                Kind::FuncProto if kind == other && ours.vlen() == theirs.vlen() => {
                    for (ours, theirs) in ours.params().zip(theirs.params()) {
                        if !self.match_within(ours.ty, theirs.ty, behind_pointer, level - 1)? {
                            return Ok(false);
                        }
                    }
                    (local, target) = (ours.target(), theirs.target());
                }
                _ => return Ok(false),
            }
        }
        Err(Failure::Depth)
    }

    /// Values do not matter, names and size do (libbpf: `bpf_core_enums_match`).
    fn enums_match(&mut self, ours: &Type, id: TypeId, theirs: &Type) -> Result<bool, Failure> {
        let fits = theirs.kind().is_enum() && ours.size_word() == theirs.size_word();
        if !fits || ours.vlen() > theirs.vlen() {
            return Ok(false);
        }
        self.parts.push(Part::Enumerators { ty: id, values: ours.vlen() });
        'values: for value in ours.enumerators() {
            for (index, candidate) in (0u32..).zip(theirs.enumerators()) {
                self.step()?;
                if self.same_essential(value.name, candidate.name) {
                    self.parts.push(Part::Enumerator { ty: id, index });
                    continue 'values;
                }
            }
            return Ok(false);
        }
        Ok(true)
    }

    /// Every local member needs a target member of its essential name whose type matches;
    /// anonymous members are tried against each other (libbpf: `bpf_core_composites_match`).
    fn members_match(&mut self, ours: &Type, id: TypeId, theirs: &Type, level: u32) -> Result<bool, Failure> {
        if ours.vlen() > theirs.vlen() {
            return Ok(false);
        }
        self.parts.push(Part::Length { ty: id, members: ours.vlen() });
        'members: for member in ours.members() {
            for (index, candidate) in (0u32..).zip(theirs.members()) {
                self.step()?;
                if !self.same_essential(member.name, candidate.name) {
                    continue;
                }
                let before = self.parts.len();
                self.parts.push(Part::Member { ty: id, index, deep: true });
                if self.match_within(member.ty, candidate.ty, false, level - 1)? {
                    continue 'members;
                }
                self.parts.truncate(before);
            }
            return Ok(false);
        }
        Ok(true)
    }
}
