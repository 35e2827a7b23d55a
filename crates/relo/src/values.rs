//! The value of a relocation, on the object's side and on the kernel's
//! (libbpf: `bpf_core_calc_field_relo`, `bpf_core_calc_type_relo`, `bpf_core_calc_enumval_relo`).

use bpfc_btf::{Btf, Endian, Kind, TypeId};

use crate::access::Path;
use crate::{Failure, ReloKind};

/// Size of a pointer in bytes in BPF code, whatever the object's BTF says.
pub(crate) const BPF_POINTER: u8 = 8;

/// The value of a path, and what else the instruction needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) value: u64,
    /// Whether the compiler's value must stand in the instruction: bitfields are ambiguous.
    pub(crate) validate: bool,
    /// Size in bytes of the memory that a load or store touches; 0 where that is not the question.
    pub(crate) memory: u32,
    /// The type of that memory.
    pub(crate) memory_type: TypeId,
}

impl Value {
    fn plain(value: u64) -> Value {
        Value { value, validate: true, memory: 0, memory_type: TypeId::VOID }
    }
}

/// Value of `path` in `btf`. `pointer` is the pointer size in bytes where `btf` has no own.
pub(crate) fn of(btf: &Btf, pointer: u8, kind: ReloKind, path: &Path) -> Result<Value, Failure> {
    match kind {
        ReloKind::FieldExists | ReloKind::TypeExists | ReloKind::TypeMatches | ReloKind::EnumvalExists => {
            Ok(Value::plain(1))
        }
        // Ids change when objects are linked, so the compiler's is not insisted on.
        ReloKind::TypeIdLocal | ReloKind::TypeIdTarget => {
            Ok(Value { validate: false, ..Value::plain(u64::from(path.root.0)) })
        }
        ReloKind::TypeSize => {
            let size = btf.size_of(path.root, pointer).ok_or(Failure::Size)?;
            Ok(Value::plain(u64::from(size)))
        }
        ReloKind::EnumvalValue => enumerator(btf, path).map(Value::plain),
        _ => field(btf, pointer, kind, path),
    }
}

/// As [`of`], in a kernel's types, where no answer may follow from their numbers. libbpf takes the
/// container of a bitfield from the third word of its type, which is a size or, of pointers say,
/// the id of another type; compilers write bitfields of kinds with a size only.
pub(crate) fn of_kernel(btf: &Btf, pointer: u8, kind: ReloKind, path: &Path) -> Result<Value, Failure> {
    if kind.is_field() && kind != ReloKind::FieldExists {
        let accessor = path.accessors.last().filter(|accessor| accessor.name.is_some());
        let member = accessor.and_then(|accessor| btf.ty(accessor.ty).member(accessor.index));
        if let Some(member) = member.filter(|member| member.bit_size > 0) {
            let (_, ty) = btf.skip_modifiers(member.ty).map_err(|_| Failure::Cycle)?;
            if !has_size(ty.kind()) {
                return Err(Failure::Container);
            }
        }
    }
    of(btf, pointer, kind, path)
}

/// Kinds whose third word is a size (include/uapi/linux/btf.h, `struct btf_type`).
fn has_size(kind: Kind) -> bool {
    use Kind::{Datasec, Enum, Enum64, Float, Int, Struct, Union};
    matches!(kind, Int | Enum | Enum64 | Struct | Union | Float | Datasec)
}

fn enumerator(btf: &Btf, path: &Path) -> Result<u64, Failure> {
    let accessor = path.accessors.first().ok_or(Failure::Access)?;
    let ty = btf.ty(accessor.ty);
    let value = ty.enumerator(accessor.index).ok_or(Failure::Access)?;
    Ok(match ty.kind() {
        // libbpf sign-extends 32-bit values whatever the enum's kflag says.
        Kind::Enum => i64::from(value.low as i32) as u64,
        _ => value.bits64(),
    })
}

fn field(btf: &Btf, pointer: u8, kind: ReloKind, path: &Path) -> Result<Value, Failure> {
    let size_of = |id| btf.size_of(id, pointer).ok_or(Failure::Size);
    let accessor = path.accessors.last().ok_or(Failure::Access)?;
    let member = accessor.name.and_then(|_| btf.ty(accessor.ty).member(accessor.index));
    let Some(member) = member else {
        return match kind {
            ReloKind::FieldByteOffset => Ok(Value {
                memory: element_size(btf, pointer, accessor.ty)?,
                memory_type: accessor.ty,
                ..Value::plain(u64::from(path.bit_offset / 8))
            }),
            ReloKind::FieldByteSize => Ok(Value::plain(u64::from(size_of(accessor.ty)?))),
            _ => Err(Failure::Element),
        };
    };
    let (id, ty) = btf.skip_modifiers(member.ty).map_err(|_| Failure::Cycle)?;
    let bitfield = member.bit_size > 0;
    let place = if bitfield {
        Place::of_bitfield(path.bit_offset, member.bit_size, ty.size_word())?
    } else {
        Place::of_bytes(path.bit_offset, size_of(id)?)
    };
    // For a bitfield compiler and libbpf may disagree about the container.
    let value = |value: u32| Value { validate: !bitfield, ..Value::plain(u64::from(value)) };
    Ok(match kind {
        ReloKind::FieldByteOffset if bitfield => value(place.byte_offset),
        ReloKind::FieldByteOffset => {
            Value { memory: element_size(btf, pointer, id)?, memory_type: id, ..value(place.byte_offset) }
        }
        ReloKind::FieldByteSize => value(place.byte_size),
        ReloKind::FieldSigned => {
            let signed = match ty.kind() {
                Kind::Enum | Kind::Enum64 => ty.kflag(),
                Kind::Int => ty.int().signed(),
                _ => false,
            };
            Value::plain(u64::from(signed))
        }
        ReloKind::FieldLshiftU64 => value(place.left_shift(btf.endian())),
        // 32-bit arithmetic in libbpf too: a field above 8 bytes wraps, and validation refuses it.
        _ => Value::plain(u64::from(64u32.wrapping_sub(place.bit_size))),
    })
}

/// Size in bytes of the innermost element: loads and stores touch elements, not whole arrays.
fn element_size(btf: &Btf, pointer: u8, id: TypeId) -> Result<u32, Failure> {
    let mut element = id;
    for _ in 0..MAX_DIMENSIONS {
        let (at, ty) = btf.skip_modifiers(element).map_err(|_| Failure::Cycle)?;
        if ty.kind() != Kind::Array {
            return btf.size_of(at, pointer).ok_or(Failure::Size);
        }
        element = ty.array().element;
    }
    Err(Failure::Depth)
}

/// libbpf goes on as long as there are arrays in arrays; nobody nests them deeper than this.
const MAX_DIMENSIONS: usize = 64;

/// Where a field lies: the bytes to load and the bits within.
struct Place {
    byte_offset: u32,
    byte_size: u32,
    bit_offset: u32,
    bit_size: u32,
}

impl Place {
    fn of_bytes(bit_offset: u32, byte_size: u32) -> Place {
        Place { byte_offset: bit_offset / 8, byte_size, bit_offset, bit_size: byte_size.wrapping_mul(8) }
    }

    /// The smallest aligned container that holds the bitfield, at least of its declared type's
    /// size. All arithmetic is libbpf's, in 32 bits.
    fn of_bitfield(bit_offset: u32, bit_size: u32, container: u32) -> Result<Place, Failure> {
        let aligned = |size: u32| (bit_offset / 8).checked_div(size).map(|n| n.wrapping_mul(size));
        let mut byte_size = container;
        loop {
            let byte_offset = aligned(byte_size).ok_or(Failure::Container)?;
            let end = bit_offset.wrapping_add(bit_size).wrapping_sub(byte_offset.wrapping_mul(8));
            if end <= byte_size.wrapping_mul(8) {
                return Ok(Place { byte_offset, byte_size, bit_offset, bit_size });
            }
            if byte_size >= 8 {
                return Err(Failure::Bitfield);
            }
            byte_size *= 2;
        }
    }

    /// libbpf takes its host's byte order, which on a live system is the kernel's.
    fn left_shift(&self, endian: Endian) -> u32 {
        let within = self.bit_offset.wrapping_sub(self.byte_offset.wrapping_mul(8));
        match endian {
            Endian::Little => 64u32.wrapping_sub(within.wrapping_add(self.bit_size)),
            Endian::Big => 8u32.wrapping_sub(self.byte_size).wrapping_mul(8).wrapping_add(within),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bitfield_is_read_through_the_smallest_aligned_container() {
        let place = |at, size, container| {
            Place::of_bitfield(at, size, container).map(|place| (place.byte_offset, place.byte_size))
        };
        assert_eq!(place(34, 3, 4), Ok((4, 4)));
        assert_eq!(place(9, 3, 1), Ok((1, 1)));
        assert_eq!(place(14, 3, 1), Ok((0, 4)), "crosses bytes 1-2: 2 bytes at 0 do not hold bit 16");
        assert_eq!(place(62, 4, 4), Err(Failure::Bitfield));
        assert_eq!(place(0, 1, 0), Err(Failure::Container), "libbpf divides by zero here");
    }

    #[test]
    fn the_left_shift_depends_on_the_byte_order() {
        let place = Place::of_bitfield(34, 3, 4).unwrap();
        assert_eq!(place.left_shift(Endian::Little), 64 - 5);
        assert_eq!(place.left_shift(Endian::Big), 32 + 2);
    }
}
