//! Type compatibility, for TYPE_EXISTS, TYPE_SIZE and TYPE_ID_TARGET
//! (libbpf: `__bpf_core_types_are_compat`).

use bpfc_btf::{Kind, TypeId};

use crate::Failure;
use crate::matcher::Matcher;

/// Pointers, arrays and return types followed, and nesting of parameters: 32 each in libbpf.
pub(crate) const MAX_HOPS: u32 = 32;
pub(crate) const MAX_LEVEL: u32 = 32;

impl Matcher<'_> {
    /// Whether two types are alike in shape: names do not matter, nor do members, sizes and lengths.
    /// The caller has compared the names of the roots.
    pub(crate) fn types_compatible(&mut self, local: TypeId, target: TypeId) -> Result<bool, Failure> {
        self.compatible_within(local, target, MAX_LEVEL)
    }

    fn compatible_within(&mut self, local: TypeId, target: TypeId, level: u32) -> Result<bool, Failure> {
        // The kinds of the roots must agree before typedefs are looked through.
        if !self.local.ty(local).kind().core_compatible(self.target.ty(target).kind()) {
            return Ok(false);
        }
        let (mut local, mut target) = (local, target);
        for _ in 0..MAX_HOPS {
            self.step()?;
            let ((_, ours), (_, theirs)) = (self.skip_local(local)?, self.skip_target(target)?);
            if !ours.kind().core_compatible(theirs.kind()) {
                return Ok(false);
            }
            match ours.kind() {
                Kind::Void | Kind::Struct | Kind::Union | Kind::Enum | Kind::Enum64 | Kind::Fwd => {
                    return Ok(true);
                }
                Kind::Int => return Ok(ours.int().bit_offset() == 0 && theirs.int().bit_offset() == 0),
                Kind::Ptr => (local, target) = (ours.target(), theirs.target()),
                Kind::Array => (local, target) = (ours.array().element, theirs.array().element),
                Kind::FuncProto => {
                    if ours.vlen() != theirs.vlen() {
                        return Ok(false);
                    }
                    for (ours, theirs) in ours.params().zip(theirs.params()) {
                        let Some(level) = level.checked_sub(1) else { return Err(Failure::Depth) };
                        let ((ours, _), (theirs, _)) =
                            (self.skip_local(ours.ty)?, self.skip_target(theirs.ty)?);
                        if !self.compatible_within(ours, theirs, level)? {
                            return Ok(false);
                        }
                    }
                    (local, _) = self.skip_local(ours.target())?;
                    (target, _) = self.skip_target(theirs.target())?;
                }
                // FLOAT among them: libbpf has no case for it, so `double` never exists.
                _ => return Ok(false),
            }
        }
        Err(Failure::Depth)
    }
}
