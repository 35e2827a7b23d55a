//! Where the members of a struct or union lie, and what is between them.

use crate::dump::layout::{Field, Layouts};
use crate::place::{MAX_DEPTH, MAX_NAME, Place};
use crate::{Btf, Code, Error, Kind, Result, TypeId};

/// A struct or union, laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeLayout {
    /// Its id.
    pub id: TypeId,
    /// In bytes, as far as its members tell: BTF knows none.
    pub align: u32,
    /// By offset, what is inside an anonymous type behind the member that it is.
    pub parts: Vec<LayoutPart>,
}

/// A member or a gap. Offsets are from the start of the outermost type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayoutPart {
    /// What is there.
    pub what: LayoutContent,
    /// How many anonymous types it is inside of.
    pub depth: usize,
    /// In bits.
    pub bit_offset: u64,
    /// In bits; 0 for a flexible array, and for a member of a type without a size.
    pub bit_size: u64,
    /// Whether it is a bitfield, or lies where bits of the integer that one is in are left.
    pub bitfield: bool,
}

/// What a part of a layout is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LayoutContent {
    /// A member.
    Member {
        /// Empty for an anonymous struct or union.
        name: String,
        /// As [`crate::PartDifference`] has it: `u.foo`; empty where the name is.
        path: String,
        /// Its type.
        ty: TypeId,
        /// The struct or union that it is, behind typedefs and modifiers, unless its members are parts here.
        open: Option<TypeId>,
    },
    /// Nothing, before a member of a struct.
    Hole,
    /// Nothing, behind the last member of a struct.
    Padding,
}

/// Bytes that the parts of one type may take, names included: a hundred times those of real kernels' largest.
const MAX_BYTES: usize = 16 << 20;

impl Btf<'_> {
    /// Where the members of a struct or union lie; also of one behind typedefs and modifiers. None for what is neither.
    ///
    /// The members of an anonymous struct or union are parts too, at their depth; not those of one behind a typedef, a
    /// pointer or an array.
    ///
    /// Holes and padding are pahole's (`class__find_holes`). What is left of the integer that bitfields share is a part of its
    /// own.
    ///
    /// # Errors
    /// [`Code::Cycle`] for a type that is a part of itself, or typedefs in a circle; [`Code::Dump`] where anonymous types are
    /// nested or repeated as no compiler takes them. Their value is the type's id.
    ///
    /// ```
    /// # use bpfc_btf::{Builder, Btf, LayoutContent, Endian, IntEncoding, Kind, NewMember};
    /// # let mut builder = Builder::new(Endian::Little);
    /// # let [char, int] = [(&b"char"[..], 1), (b"int", 4)]
    /// #     .map(|(name, size)| builder.int(name, size, IntEncoding::Signed, size * 8));
    /// let id = builder.composite(Kind::Struct, b"s", 8, &[
    ///     NewMember { name: b"c", ty: char, bit_offset: 0, bit_size: 0 },
    ///     NewMember { name: b"i", ty: int, bit_offset: 32, bit_size: 0 },
    /// ]);
    /// # let bytes = builder.finish().unwrap();
    /// # let btf = Btf::parse(&bytes).unwrap();
    /// let layout = btf.layout(id).unwrap().unwrap();
    /// assert_eq!(layout.align, 4);
    /// assert_eq!(layout.parts[1].what, LayoutContent::Hole);
    /// assert_eq!((layout.parts[1].bit_offset, layout.parts[1].bit_size), (8, 24));
    /// ```
    pub fn layout(&self, id: TypeId) -> Result<Option<TypeLayout>> {
        let (id, ty) = self.skip_modifiers(id)?;
        if !ty.kind().is_composite() {
            return Ok(None);
        }
        let layouts = Layouts::of_parts(self, id)?;
        let align = layouts.of(id).alignment();
        let mut walk = Walk { btf: self, layouts, id, parts: Vec::new(), left: MAX_BYTES };
        walk.composite(id, &Place::default())?;
        Ok(Some(TypeLayout { id, align, parts: walk.parts }))
    }
}

struct Walk<'b> {
    btf: &'b Btf<'b>,
    layouts: Layouts<'b>,
    /// The outermost type.
    id: TypeId,
    parts: Vec<LayoutPart>,
    /// Bytes that parts may still take.
    left: usize,
}

/// How far a struct is told, in bits from its start.
#[derive(Default)]
struct Reached {
    /// The end of its members.
    end: u64,
    /// The size of the integer that the last bitfields are in; 0 behind another member.
    unit: u64,
    /// The end of that integer.
    unit_end: u64,
}

impl Reached {
    fn pass(&mut self, field: &Field) {
        let (unit, end) = (unit(field), field.offset + field.size);
        self.end = self.end.max(end);
        if !field.bitfield {
            (self.unit, self.unit_end) = (0, end);
        } else if end > self.unit_end || unit > self.unit {
            self.unit = unit;
            // One that begins in the integer before takes all of the next.
            self.unit_end = (unit_start(field) + unit).max(end.next_multiple_of(unit));
        }
    }
}

/// Size in bits of the integer that a bitfield is in; C has none larger than 128.
fn unit(field: &Field) -> u64 {
    field.unit.clamp(1, 128)
}

fn unit_start(field: &Field) -> u64 {
    field.offset - field.offset % unit(field)
}

impl<'b> Walk<'b> {
    fn composite(&mut self, id: TypeId, place: &Place) -> Result<()> {
        let ty = self.btf.ty(id);
        let is_struct = ty.kind() == Kind::Struct;
        let mut reached = Reached::default();
        for field in self.layouts.fields(id) {
            if is_struct {
                self.holes(&field, &reached, place)?;
                reached.pass(&field);
            }
            self.member(&field, place)?;
        }
        if is_struct {
            let size = u64::from(ty.size_word()) * 8;
            let bits_end = reached.unit_end.min(size).max(reached.end);
            self.gap(LayoutContent::Padding, reached.end, bits_end, true, place)?;
            self.gap(LayoutContent::Padding, bits_end, size, false, place)?;
        }
        Ok(())
    }

    /// What is left before a field: of the integer that the last bitfield is in, then whole bytes, then of the integer that
    /// this one is in.
    fn holes(&mut self, field: &Field, reached: &Reached, place: &Place) -> Result<()> {
        let start = field.offset;
        let bits_end = reached.unit_end.min(start).max(reached.end);
        let bytes_end = if field.bitfield { unit_start(field).max(bits_end) } else { start };
        self.gap(LayoutContent::Hole, reached.end, bits_end, true, place)?;
        self.gap(LayoutContent::Hole, bits_end, bytes_end, false, place)?;
        self.gap(LayoutContent::Hole, bytes_end, start, true, place)
    }

    /// The bits from `start` to `end`, if there are any.
    fn gap(
        &mut self,
        what: LayoutContent,
        start: u64,
        end: u64,
        bitfield: bool,
        place: &Place,
    ) -> Result<()> {
        match end.checked_sub(start) {
            None | Some(0) => Ok(()),
            Some(bit_size) => {
                let (depth, bit_offset) = (place.depth, place.bit_offset + start);
                self.push(LayoutPart { what, depth, bit_offset, bit_size, bitfield }, 0)
            }
        }
    }

    fn member(&mut self, field: &Field, place: &Place) -> Result<()> {
        let name = String::from_utf8_lossy(self.btf.string_start(field.name, MAX_NAME));
        let path = if name.is_empty() { String::new() } else { place.path(&name) };
        let (depth, bit_offset) = (place.depth, place.bit_offset + field.offset);
        let (expanded, open) = self.composite_of(field.ty)?;
        let length = name.len() + path.len();
        let what = LayoutContent::Member { name: name.clone().into_owned(), path, ty: field.ty, open };
        let part = LayoutPart { what, depth, bit_offset, bit_size: field.size, bitfield: field.bitfield };
        self.push(part, length)?;
        match expanded {
            None => Ok(()),
            Some(_) if depth >= MAX_DEPTH => Err(self.error(Code::Dump)),
            Some(id) => self.composite(id, &place.member(name, bit_offset)),
        }
    }

    /// The struct or union that a member of this type is: one whose members are parts as well, or one that has a layout of
    /// its own.
    fn composite_of(&self, id: TypeId) -> Result<(Option<TypeId>, Option<TypeId>)> {
        let (composite, ty) = self.btf.skip_modifiers(id)?;
        if !ty.kind().is_composite() {
            return Ok((None, None));
        }
        let named = !self.btf.string_start(ty.name_offset(), 1).is_empty() || self.has_typedef(id, composite);
        Ok(if named { (None, Some(composite)) } else { (Some(composite), None) })
    }

    /// Whether a typedef stands before the type that modifiers and typedefs lead to.
    fn has_typedef(&self, mut id: TypeId, end: TypeId) -> bool {
        while id != end {
            let ty = self.btf.ty(id);
            if ty.kind() == Kind::Typedef {
                return true;
            }
            id = ty.target();
        }
        false
    }

    fn push(&mut self, part: LayoutPart, names: usize) -> Result<()> {
        let bytes = size_of::<LayoutPart>() + names;
        self.left = self.left.checked_sub(bytes).ok_or_else(|| self.error(Code::Dump))?;
        self.parts.push(part);
        Ok(())
    }

    fn error(&self, code: Code) -> Error {
        Error::new(code, self.btf.place(self.id), u64::from(self.id.0))
    }
}
