//! What a successful match looked at: the parts of the kernel's types an answer rests on.

use bpfc_btf::TypeId;

/// One part of the target's types. Trimming keeps exactly these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The candidate itself; `deep` when what its pointers lead to was looked at.
    Root { ty: TypeId, deep: bool },
    /// Member `index` of a struct or union with its type; `deep` as above.
    Member { ty: TypeId, index: u32, deep: bool },
    /// At least this many members of a struct or union.
    Length { ty: TypeId, members: u32 },
    /// Enumerator `index` of an enum.
    Enumerator { ty: TypeId, index: u32 },
    /// At least this many enumerators of an enum.
    Enumerators { ty: TypeId, values: u32 },
}
