//! Sizes, offsets and alignments: which attributes and padding make a compiler lay out a struct as the BTF says.
//!
//! A struct is written as plain as it can be: where every member lies at a multiple of its type's alignment, and the
//! size is one of the struct's, gaps are all there is to fill. Otherwise it is `packed`, which puts members side by side
//! to the bit, so that with its gaps filled any layout can be said. What cannot is a member that overlaps another, lies
//! beyond the struct's size, or is of a type without one: compilers write none such.
//!
//! BTF knows no alignments. `aligned(n)` is written where it explains why a struct goes on behind its last member, and
//! where every place at which the struct is part of another allows it.

use crate::dump::order::{Order, order};
use crate::dump::pointer_size;
use crate::{Btf, Endian, IntEncoding, Kind, Member, Result, Type, TypeId};

/// Typedefs, modifiers and arrays that are followed to a member's type.
const MAX_CHAIN: usize = 256;

/// Binary logarithm of the largest alignment that is looked for, a page's.
const MAX_ALIGNED: u32 = 12;

/// How a struct or union is laid out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    /// Alignment that a compiler gives it, in bytes, without `aligned`.
    align: u32,
    /// Whether it is `packed`.
    pub(super) packed: bool,
    /// The argument of `aligned`, in bytes, if it has one.
    pub(super) aligned: Option<u32>,
}

impl Layout {
    /// Of a struct without members.
    const EMPTY: Layout = Layout { align: 1, packed: false, aligned: None };

    /// Alignment in bytes.
    pub(crate) fn alignment(self) -> u32 {
        self.aligned.unwrap_or(self.align)
    }
}

/// A member and its place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    /// Offset of its name in the strings.
    pub(crate) name: u32,
    pub(crate) ty: TypeId,
    /// Offset in bits.
    pub(crate) offset: u64,
    /// Size in bits.
    pub(crate) size: u64,
    pub(crate) bitfield: bool,
    /// Whether C can have it there.
    pub(super) sayable: bool,
    /// Alignment of its type in bytes; none where compilers differ.
    align: Option<u32>,
    /// Size in bits of its type; a bitfield's own is smaller.
    pub(crate) unit: u64,
}

/// What a member's type takes.
struct Extent {
    /// In bytes.
    size: u64,
    /// In bytes; none where compilers differ.
    align: Option<u32>,
    /// Bits that a bitfield of the type may have; 0 where there can be none.
    bits: u64,
    /// An integer that is itself a bitfield (offset, bits), as compilers wrote them before there was a kind flag.
    part: Option<(u64, u64)>,
}

/// The layouts of all structs and unions that are written.
pub(crate) struct Layouts<'b> {
    btf: &'b Btf<'b>,
    pointer_size: u32,
    layouts: Vec<Layout>,
}

impl<'b> Layouts<'b> {
    pub(super) fn new(btf: &'b Btf<'b>, order: &Order) -> Self {
        let layouts = vec![Layout::EMPTY; btf.type_count() as usize];
        let mut layouts = Layouts { btf, pointer_size: pointer_size(btf), layouts };
        let allowed = layouts.allowed_alignments(&order.composites);
        for &id in &order.composites {
            let layout = layouts.lay_out(id, allowed.get(id.0 as usize).copied().unwrap_or(0));
            if let Some(place) = layouts.layouts.get_mut(id.0 as usize) {
                *place = layout;
            }
        }
        layouts
    }

    /// The layouts of a type and of all that it contains.
    ///
    /// # Errors
    /// [`crate::Code::Cycle`] when a type is a part of itself.
    pub(crate) fn of_parts(btf: &'b Btf<'b>, id: TypeId) -> Result<Self> {
        Ok(Layouts::new(btf, &order(btf, Some(&[id]))?))
    }

    /// The layout of a struct or union.
    pub(crate) fn of(&self, id: TypeId) -> Layout {
        self.layouts.get(id.0 as usize).copied().unwrap_or(Layout::EMPTY)
    }

    /// The members of a struct or union, by offset.
    pub(crate) fn fields(&self, id: TypeId) -> Vec<Field> {
        let ty = self.btf.ty(id);
        let mut fields: Vec<Field> = ty.members().map(|member| self.field(&member)).collect();
        if ty.kind() == Kind::Struct && !fields.is_sorted_by_key(|field| field.offset) {
            fields.sort_by_key(|field| field.offset);
        }
        let total = u64::from(ty.size_word()) * 8;
        let mut end = 0;
        for field in &mut fields {
            field.sayable &= field.offset >= end && field.offset + field.size <= total;
            match ty.kind() {
                Kind::Union => field.sayable &= field.offset == 0,
                _ if field.sayable => end = field.offset + field.size,
                _ => {}
            }
        }
        fields
    }

    /// Where a compiler puts the field, in bits, when the one before ends at `end`.
    pub(super) fn natural_offset(&self, layout: Layout, field: &Field, end: u64) -> u64 {
        let align = if layout.packed { 1 } else { u64::from(field.align.unwrap_or(1)) };
        match field.bitfield {
            // A bitfield goes on where the last one ended, if it then lies in one unit of its type.
            true if layout.packed || end % field.unit.max(1) + field.size <= field.unit => end,
            _ => end.next_multiple_of(align * 8),
        }
    }

    fn field(&self, member: &Member) -> Field {
        let extent = self.extent(member.ty);
        let (mut offset, mut width) = (u64::from(member.bit_offset), u64::from(member.bit_size));
        let mut field = Field {
            name: member.name,
            ty: member.ty,
            offset,
            size: 0,
            bitfield: false,
            sayable: false,
            align: None,
            unit: 0,
        };
        let Some(extent) = extent else { return field };
        if let (0, Some((shift, bits))) = (width, extent.part) {
            (offset, width) = (offset + shift, bits);
        }
        field.offset = offset;
        field.align = extent.align;
        field.bitfield = width != 0;
        field.size = if field.bitfield { width } else { extent.size.saturating_mul(8).min(1 << 40) };
        field.unit = extent.size.saturating_mul(8);
        field.sayable = if field.bitfield { width <= extent.bits } else { offset % 8 == 0 };
        field
    }

    fn extent(&self, id: TypeId) -> Option<Extent> {
        let mut elements = 1_u64;
        let mut array = false;
        let mut at = id;
        for _ in 0..MAX_CHAIN {
            let ty = self.btf.ty(at);
            let bytes = u64::from(ty.size_word());
            let (size, align) = match ty.kind() {
                Kind::Enum | Kind::Enum64 if !matches!(bytes, 1 | 2 | 4 | 8) => return None,
                Kind::Int | Kind::Float | Kind::Enum | Kind::Enum64 => (bytes, self.scalar(ty.size_word())),
                Kind::Ptr => (u64::from(self.pointer_size), Some(self.pointer_size)),
                Kind::Struct | Kind::Union => (bytes, Some(self.of(at).alignment())),
                Kind::Array => {
                    elements = elements.checked_mul(u64::from(ty.array().length))?;
                    (array, at) = (true, ty.array().element);
                    continue;
                }
                Kind::Typedef | Kind::Volatile | Kind::Const | Kind::Restrict | Kind::TypeTag => {
                    at = ty.target();
                    continue;
                }
                Kind::Void
                | Kind::Fwd
                | Kind::Func
                | Kind::FuncProto
                | Kind::Var
                | Kind::Datasec
                | Kind::DeclTag => return None,
            };
            let (bits, part) = if array { (0, None) } else { bits(&ty) };
            return Some(Extent { size: elements.checked_mul(size)?, align, bits, part });
        }
        None
    }

    /// Alignment of a scalar. One larger than a pointer has another on each machine: 8 bytes are aligned to 4 on i386 and
    /// to 8 on arm; 16 bytes to 8 on s390x, but to 16 where BPF is compiled for it. No 64-bit little-endian machine
    /// differs from 16.
    fn scalar(&self, size: u32) -> Option<u32> {
        let little64 = self.btf.endian() == Endian::Little && self.pointer_size == 8;
        let settled = size.is_power_of_two() && (size <= self.pointer_size || size == 16 && little64);
        settled.then_some(size)
    }

    fn lay_out(&self, id: TypeId, allowed: u32) -> Layout {
        let ty = self.btf.ty(id);
        let size = u64::from(ty.size_word());
        let (mut align, mut end, mut natural) = (1, 0, true);
        for field in self.fields(id).iter().filter(|field| field.sayable) {
            natural &= match (field.align, field.bitfield) {
                (None, _) => false,
                (Some(align), false) => field.offset % (u64::from(align) * 8) == 0,
                (Some(_), true) => field.offset % field.unit + field.size <= field.unit,
            };
            align = align.max(field.align.unwrap_or(1));
            end = end.max(field.offset + field.size);
        }
        natural &= size % u64::from(align) == 0;
        let align = if natural { align } else { 1 };
        let aligned = |log: &u32| {
            let bytes = 1_u64 << log;
            bytes > u64::from(align) && end.next_multiple_of(bytes * 8) == size * 8
        };
        let full = end.next_multiple_of(u64::from(align) * 8) == size * 8;
        let aligned = if full || end == 0 { None } else { (0..=allowed).find(aligned) };
        Layout { align, packed: !natural, aligned: aligned.map(|log| 1 << log) }
    }

    /// By type, the binary logarithm of the largest alignment that it can have had: its size is a multiple of it, and so
    /// are its offsets in others, which are themselves aligned so.
    fn allowed_alignments(&self, composites: &[TypeId]) -> Vec<u32> {
        let mut allowed = vec![MAX_ALIGNED; self.btf.type_count() as usize];
        // Those that contain others come first.
        for &id in composites.iter().rev() {
            let ty = self.btf.ty(id);
            let Some(own) = allowed.get_mut(id.0 as usize) else { continue };
            *own = (*own).min(ty.size_word().trailing_zeros());
            let own = *own;
            for member in ty.members() {
                if let Some(part) =
                    self.composite(member.ty).and_then(|part| allowed.get_mut(part.0 as usize))
                {
                    let offset = (member.bit_offset / 8).trailing_zeros();
                    *part = (*part).min(own).min(offset);
                }
            }
        }
        allowed
    }

    /// The struct or union that a type is or is an array of.
    fn composite(&self, id: TypeId) -> Option<TypeId> {
        let mut at = id;
        for _ in 0..MAX_CHAIN {
            let ty = self.btf.ty(at);
            at = match ty.kind() {
                Kind::Struct | Kind::Union => return Some(at),
                Kind::Array => ty.array().element,
                Kind::Typedef | Kind::Volatile | Kind::Const | Kind::Restrict | Kind::TypeTag => ty.target(),
                _ => return None,
            };
        }
        None
    }
}

/// Of a scalar: the bits that a bitfield of it may have, and its own place (offset, bits) where it is an integer that is
/// itself a bitfield.
fn bits(ty: &Type) -> (u64, Option<(u64, u64)>) {
    let all = u64::from(ty.size_word()) * 8;
    let most = if matches!(all, 8 | 16 | 32 | 64 | 128) { all } else { 0 };
    let int = ty.int();
    match ty.kind() {
        Kind::Enum | Kind::Enum64 => (most, None),
        Kind::Int if int.encoding() & IntEncoding::Bool as u32 != 0 => (most.min(1), None),
        Kind::Int => {
            let own = (u64::from(int.bit_offset()), u64::from(int.bits()));
            (most, Some(own).filter(|&own| own.1 != 0 && own != (0, all)))
        }
        _ => (0, None),
    }
}
