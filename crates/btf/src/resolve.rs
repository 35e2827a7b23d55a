//! Following references: modifiers, typedefs, sizes.

use crate::{Btf, Code, Error, Kind, Result, Type, TypeId};

/// libbpf follows modifiers and typedefs without end and hangs on a circle. Real chains are a
/// handful long; a longer one than this is taken for a circle.
const MAX_CHAIN: usize = 256;

/// libbpf: `MAX_RESOLVE_DEPTH` of `btf__resolve_size`.
const MAX_SIZE_DEPTH: usize = 32;

impl Btf<'_> {
    /// The type behind modifiers and typedefs (libbpf: `skip_mods_and_typedefs`).
    ///
    /// # Errors
    /// [`Code::Cycle`] when they lead in a circle.
    #[inline]
    pub fn skip_modifiers(&self, id: TypeId) -> Result<(TypeId, Type<'_>)> {
        let mut at = id;
        for _ in 0..MAX_CHAIN {
            let ty = self.ty(at);
            if !ty.kind().is_modifier() && ty.kind() != Kind::Typedef {
                return Ok((at, ty));
            }
            at = ty.target();
        }
        Err(Error::new(Code::Cycle, 0, u64::from(id.0)))
    }

    /// Size of a type in bytes (libbpf: `btf__resolve_size`); none when it has none (void,
    /// functions, forward declarations), is nested too deep or does not fit 32 bits.
    /// `pointer_size` is taken where the BTF does not know its own.
    pub fn size_of(&self, id: TypeId, pointer_size: u8) -> Option<u32> {
        let mut elements: u32 = 1;
        let mut at = id;
        for _ in 0..MAX_SIZE_DEPTH {
            let ty = self.ty(at);
            match ty.kind() {
                Kind::Int
                | Kind::Struct
                | Kind::Union
                | Kind::Enum
                | Kind::Enum64
                | Kind::Datasec
                | Kind::Float => return elements.checked_mul(ty.size_word()),
                Kind::Ptr => {
                    let size = self.pointer_size().unwrap_or(pointer_size);
                    return elements.checked_mul(u32::from(size));
                }
                Kind::Array => {
                    let array = ty.array();
                    elements = elements.checked_mul(array.length)?;
                    at = array.element;
                }
                Kind::Void | Kind::Fwd | Kind::Func | Kind::FuncProto => return None,
                Kind::Typedef
                | Kind::Volatile
                | Kind::Const
                | Kind::Restrict
                | Kind::Var
                | Kind::DeclTag
                | Kind::TypeTag => at = ty.target(),
            }
        }
        None
    }
}
