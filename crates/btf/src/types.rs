//! Views of type records. A view is a few words that point into the BTF's bytes; nothing is copied.

use crate::bytes::Words;
use crate::{Kind, TypeId};

/// One type record (`struct btf_type` and what follows it).
#[derive(Clone, Copy, Debug)]
pub struct Type<'b> {
    kind: Kind,
    name: u32,
    info: u32,
    size_or_type: u32,
    payload: Words<'b>,
}

/// Length of `struct btf_type` in 32-bit words.
const HEAD: usize = 3;

impl<'b> Type<'b> {
    pub(crate) const VOID: Type<'static> =
        Type { kind: Kind::Void, name: 0, info: 0, size_or_type: 0, payload: Words::EMPTY };

    #[inline]
    pub(crate) fn new(kind: Kind, record: Words<'b>) -> Self {
        let info = record.get(1);
        Type { kind, name: record.get(0), info, size_or_type: record.get(2), payload: record.from(HEAD) }
    }

    /// What the record describes.
    #[inline]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Offset of the name in the strings; see [`crate::Btf::name`].
    #[inline]
    pub fn name_offset(&self) -> u32 {
        self.name
    }

    /// Number of members, enumerators, parameters or variables.
    #[inline]
    pub fn vlen(&self) -> u32 {
        self.info & 0xff_ffff
    }

    /// Bytes of the record: `struct btf_type` and what follows it.
    pub fn record_len(&self) -> usize {
        let (fixed, element) = self.kind.payload();
        let elements = if element == 0 { 0 } else { self.vlen() as usize };
        (HEAD + fixed + element * elements) * 4
    }

    /// The kind flag: bitfield offsets (struct, union), signed values (enum), union (forward
    /// declaration), attribute (tags).
    #[inline]
    pub fn kflag(&self) -> bool {
        self.info >> 31 == 1
    }

    /// The size word, in bytes, as libbpf reads it whatever the kind: for kinds without a size it
    /// is the type reference (`struct btf_type` holds both in one union).
    #[inline]
    pub fn size_word(&self) -> u32 {
        self.size_or_type
    }

    /// The type that a pointer, typedef, modifier, function, variable or tag refers to, or what a
    /// function prototype returns.
    #[inline]
    pub fn target(&self) -> TypeId {
        if self.kind.refers() { TypeId(self.size_or_type) } else { TypeId::VOID }
    }

    /// The integer's word (kind INT).
    pub fn int(&self) -> Int {
        Int(self.payload.get(0))
    }

    /// Element, index and length (kind ARRAY).
    pub fn array(&self) -> Array {
        let [element, index, length] = [0, 1, 2].map(|word| self.payload.get(word));
        Array { element: TypeId(element), index: TypeId(index), length }
    }

    fn elements(&self) -> impl ExactSizeIterator<Item = Words<'b>> + Clone + use<'b> {
        let (fixed, element) = self.kind.payload();
        let count = if element == 0 { 0 } else { self.vlen() as usize };
        self.payload.from(fixed).groups(element.max(1)).take(count)
    }

    /// Members in order (kinds STRUCT and UNION, else none).
    #[inline]
    pub fn members(&self) -> impl ExactSizeIterator<Item = Member> + Clone + use<'b> {
        let (kflag, composite) = (self.kflag(), self.kind.is_composite());
        let count = if composite { usize::MAX } else { 0 };
        self.elements().take(count).map(move |words| Member::new(words, kflag))
    }

    /// Member `position` (kinds STRUCT and UNION).
    pub fn member(&self, position: u32) -> Option<Member> {
        if !self.kind.is_composite() || position >= self.vlen() {
            return None;
        }
        Some(Member::new(self.payload.from(position as usize * 3), self.kflag()))
    }

    /// Enumerators in order (kinds ENUM and ENUM64, else none).
    pub fn enumerators(&self) -> impl ExactSizeIterator<Item = Enumerator> + Clone + use<'b> {
        let kind = self.kind;
        let count = if kind.is_enum() { usize::MAX } else { 0 };
        self.elements().take(count).map(move |words| {
            let high = if kind == Kind::Enum64 { words.get(2) } else { 0 };
            Enumerator { name: words.get(0), low: words.get(1), high }
        })
    }

    /// Enumerator `position` (kinds ENUM and ENUM64).
    pub fn enumerator(&self, position: u32) -> Option<Enumerator> {
        self.enumerators().nth(position as usize)
    }

    /// Parameters in order (kind FUNC_PROTO, else none); a last one without name and type stands
    /// for `...`.
    pub fn params(&self) -> impl ExactSizeIterator<Item = Param> + Clone + use<'b> {
        let count = if self.kind == Kind::FuncProto { usize::MAX } else { 0 };
        self.elements().take(count).map(|words| Param { name: words.get(0), ty: TypeId(words.get(1)) })
    }

    /// Variables of a section (kind DATASEC, else none).
    pub fn variables(&self) -> impl ExactSizeIterator<Item = Variable> + Clone + use<'b> {
        let count = if self.kind == Kind::Datasec { usize::MAX } else { 0 };
        self.elements().take(count).map(|words| Variable {
            ty: TypeId(words.get(0)),
            offset: words.get(1),
            size: words.get(2),
        })
    }

    /// Linkage of a function (in `vlen`) or variable: 0 static, 1 global, 2 extern.
    pub fn linkage(&self) -> u32 {
        if self.kind == Kind::Var { self.payload.get(0) } else { self.vlen() }
    }

    /// The component a declaration tag is for, counted from 0; none for the whole declaration.
    pub fn component(&self) -> Option<u32> {
        let component = self.payload.get(0);
        (component != u32::MAX).then_some(component)
    }
}

/// The word that describes an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Int(pub u32);

impl Int {
    /// All encoding bits: 1 signed, 2 char, 4 bool.
    pub fn encoding(self) -> u32 {
        self.0 >> 24 & 0xf
    }

    /// The `BTF_INT_SIGNED` bit.
    pub fn signed(self) -> bool {
        self.encoding() & 1 != 0
    }

    /// Offset of the value in its storage, in bits; only old compilers' bitfields have one.
    pub fn bit_offset(self) -> u32 {
        self.0 >> 16 & 0xff
    }

    /// Width of the value in bits.
    pub fn bits(self) -> u32 {
        self.0 & 0xff
    }
}

/// What an array is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Array {
    /// Type of an element.
    pub element: TypeId,
    /// Type of an index.
    pub index: TypeId,
    /// Number of elements; 0 for a flexible array.
    pub length: u32,
}

/// A member of a struct or union.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Offset of its name in the strings; an empty name for an anonymous struct, union or padding.
    pub name: u32,
    /// Its type.
    pub ty: TypeId,
    /// Offset from the start of the struct, in bits.
    pub bit_offset: u32,
    /// Width in bits when it is a bitfield, else 0.
    pub bit_size: u32,
}

impl Member {
    #[inline]
    fn new(words: Words, kflag: bool) -> Self {
        let offset = words.get(2);
        // uapi: with kflag the offset word is BTF_MEMBER_BITFIELD_SIZE << 24 | BTF_MEMBER_BIT_OFFSET.
        let (bit_offset, bit_size) = if kflag { (offset & 0xff_ffff, offset >> 24) } else { (offset, 0) };
        Member { name: words.get(0), ty: TypeId(words.get(1)), bit_offset, bit_size }
    }
}

/// A named value of an enum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enumerator {
    /// Offset of its name in the strings.
    pub name: u32,
    /// Low 32 bits of the value; all of it in an ENUM.
    pub low: u32,
    /// High 32 bits of the value; 0 in an ENUM.
    pub high: u32,
}

impl Enumerator {
    /// The value of an enumerator of `owner`, as C sees it: an ENUM's 32 bits are extended by the
    /// enum's sign.
    pub fn value(self, owner: &Type) -> i128 {
        match (owner.kind(), owner.kflag()) {
            (Kind::Enum64, true) => i128::from(self.bits64() as i64),
            (Kind::Enum64, false) => i128::from(self.bits64()),
            (_, true) => i128::from(self.low as i32),
            (_, false) => i128::from(self.low),
        }
    }

    /// Both halves as one 64-bit pattern.
    pub fn bits64(self) -> u64 {
        u64::from(self.high) << 32 | u64::from(self.low)
    }
}

/// A parameter of a function prototype.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param {
    /// Offset of its name in the strings.
    pub name: u32,
    /// Its type.
    pub ty: TypeId,
}

/// A variable's place in an ELF section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The VAR record.
    pub ty: TypeId,
    /// Offset in the section, in bytes.
    pub offset: u32,
    /// Size in bytes.
    pub size: u32,
}
