//! The integer that tells how large the kernel's pointers are.

use bpfc_btf::{Btf, Builder, Kind, TypeId};

/// Longer than every spelling of `long`, in bytes.
const MAX_NAME: usize = 32;

/// The `long` that libbpf takes the pointer size of `target` from: the first that, alone, would
/// give it. None where `target` has none.
pub(crate) fn teller(target: &Btf) -> Option<TypeId> {
    let size = target.pointer_size()?;
    let ids = (1..target.type_count()).map(TypeId);
    let mut ints = ids.filter(|&id| target.kind(id) == Some(Kind::Int));
    ints.find(|&id| target.ty(id).size_word() == u32::from(size) && tells(target, id) == Some(size))
}

/// The pointer size of a BTF of this integer and nothing else.
fn tells(target: &Btf, id: TypeId) -> Option<u8> {
    let ty = target.ty(id);
    let mut builder = Builder::new(target.endian());
    let name = target.string_start(ty.name_offset(), MAX_NAME);
    builder.record(Kind::Int, name, false, 0, ty.size_word(), &[ty.int().0]);
    let alone = Btf::parse(builder.finish().ok()?).ok()?;
    alone.pointer_size()
}
