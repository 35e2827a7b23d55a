//! One parsed and validated BTF.

use std::borrow::Cow;
use std::sync::Arc;

use crate::bytes::Words;
use crate::index::{self, Index, Scope};
use crate::{Code, Endian, Enumerator, Error, Header, Kind, Member, Result, Strings, Type, TypeId};

/// The types of one kernel, module or object.
///
/// Every record, name offset and type reference has been checked ([`Btf::parse`] accepts what
/// libbpf's `btf__parse` accepts), so reading types cannot fail afterwards; only chains of
/// references may still be circular, and whoever follows one bounds it.
#[derive(Clone, Debug)]
pub struct Btf<'d> {
    data: Cow<'d, [u8]>,
    header: Header,
    index: Index,
    /// Id of the first own type: 1, or the number of the base's types, void included.
    first_id: u32,
    /// String offset at which the own strings start: 0, or the length of the base's.
    first_string: u32,
    base: Option<Arc<Btf<'d>>>,
    pointer_size: Option<u8>,
}

impl<'d> Btf<'d> {
    /// Reads raw BTF, borrowed or owned.
    ///
    /// # Errors
    /// A [`Code`] of the `BTF_` family, with the byte offset of what is wrong.
    pub fn parse(data: impl Into<Cow<'d, [u8]>>) -> Result<Btf<'d>> {
        Btf::read(data.into(), None)
    }

    /// Reads split BTF, such as a kernel module's, over the BTF it extends.
    ///
    /// # Errors
    /// As [`Btf::parse`]; also when the two differ in byte order.
    pub fn parse_split(data: impl Into<Cow<'d, [u8]>>, base: Arc<Btf<'d>>) -> Result<Btf<'d>> {
        Btf::read(data.into(), Some(base))
    }

    fn read(data: Cow<'d, [u8]>, base: Option<Arc<Btf<'d>>>) -> Result<Btf<'d>> {
        let header = Header::parse(&data)?;
        let endian = header.endian;
        if base.as_ref().is_some_and(|base| base.endian() != endian) {
            return Err(Error::new(Code::Magic, 0, u64::from(endian == Endian::Big)));
        }
        let (first_id, first_string) = match &base {
            Some(base) => (base.type_count(), base.string_end()),
            None => (1, 0),
        };
        let strings = data.get(header.strings.clone()).unwrap_or(&[]);
        check_strings(strings, header.strings.start, base.is_some())?;
        let base_kind = |id| match &base {
            Some(base) => base.kind(TypeId(id)),
            None => (id == 0).then_some(Kind::Void),
        };
        let scope = Scope {
            at: header.types.start,
            names_end: u64::from(first_string) + strings.len() as u64,
            first_id,
            base_kind: &base_kind,
        };
        let types = data.get(header.types.clone()).unwrap_or(&[]);
        let index = index::build(types, endian, &scope)?;
        let mut btf = Btf { data, header, index, first_id, first_string, base, pointer_size: None };
        btf.pointer_size = btf.find_pointer_size();
        Ok(btf)
    }

    /// Byte order.
    pub fn endian(&self) -> Endian {
        self.header.endian
    }

    /// The header as found.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The bytes this was read from.
    pub fn bytes(&self) -> &[u8] {
        &self.data
    }

    /// The BTF that this split BTF extends.
    pub fn base(&self) -> Option<&Btf<'d>> {
        self.base.as_deref()
    }

    /// Size of a pointer in bytes, 4 or 8, as the BTF's own `long` tells (libbpf:
    /// `determine_ptr_size`). None in a BTF without `long`; libbpf then takes its host's.
    pub fn pointer_size(&self) -> Option<u8> {
        self.pointer_size
    }

    /// The same BTF with a known pointer size (libbpf: `btf__set_pointer_size`).
    pub fn with_pointer_size(mut self, bytes: u8) -> Self {
        self.pointer_size = Some(bytes);
        self
    }

    /// One more than the highest id: all types including void and the base's.
    pub fn type_count(&self) -> u32 {
        self.first_id + self.index.kinds.len() as u32
    }

    /// Id of the first own type: 1 without a base.
    pub fn first_id(&self) -> TypeId {
        TypeId(self.first_id)
    }

    /// Ids of the own types, ascending: not void's, not the base's.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = TypeId> + ExactSizeIterator + use<> {
        (self.first_id..self.type_count()).map(TypeId)
    }

    /// Ids of the own types with their kinds, without touching the records.
    #[inline]
    pub fn kinds(&self) -> impl Iterator<Item = (TypeId, Kind)> + '_ {
        let first = self.first_id;
        (first..).map(TypeId).zip(self.index.kinds.iter().copied())
    }

    /// Kind of a type; none when there is no such id.
    pub fn kind(&self, id: TypeId) -> Option<Kind> {
        match id.0.checked_sub(self.first_id) {
            Some(own) => self.index.kinds.get(own as usize).copied(),
            None => match &self.base {
                Some(base) => base.kind(id),
                None => Some(Kind::Void),
            },
        }
    }

    /// The record of a type; void's for ids that do not exist.
    #[inline]
    pub fn ty(&self, id: TypeId) -> Type<'_> {
        self.get(id).unwrap_or(Type::VOID)
    }

    /// The record of a type; none when there is no such id.
    #[inline]
    pub fn get(&self, id: TypeId) -> Option<Type<'_>> {
        let Some(own) = id.0.checked_sub(self.first_id) else {
            return match &self.base {
                Some(base) => base.get(id),
                None => Some(Type::VOID),
            };
        };
        let kind = *self.index.kinds.get(own as usize)?;
        let offset = *self.index.offsets.get(own as usize)? as usize;
        let record = self.data.get(self.header.types.start + offset..self.header.types.end)?;
        Some(Type::new(kind, Words::new(record, self.endian())))
    }

    /// The string at an offset; empty outside the strings.
    pub fn string(&self, offset: u32) -> &[u8] {
        let (strings, offset) = self.locate(offset);
        strings.get(offset)
    }

    /// The first `most` bytes of the string at an offset: for names from outside that are kept or
    /// compared many times. Strings can be as long as the file, and any offset starts one.
    pub fn string_start(&self, offset: u32, most: usize) -> &[u8] {
        let tail = self.string_tail(offset);
        let tail = tail.get(..most).unwrap_or(tail);
        tail.split(|&byte| byte == 0).next().unwrap_or(tail)
    }

    /// The bytes from a string's start on, beyond its NUL too: for comparing without measuring.
    #[inline]
    pub fn string_tail(&self, offset: u32) -> &[u8] {
        let (strings, offset) = self.locate(offset);
        strings.tail(offset)
    }

    #[inline]
    fn locate(&self, offset: u32) -> (Strings<'_>, u32) {
        match offset.checked_sub(self.first_string) {
            Some(own) => (self.strings(), own),
            None => match &self.base {
                Some(base) => base.locate(offset),
                None => (self.strings(), offset),
            },
        }
    }

    /// The own string section.
    #[inline]
    pub fn strings(&self) -> Strings<'_> {
        Strings::new(self.data.get(self.header.strings.clone()).unwrap_or(&[]))
    }

    pub(crate) fn string_end(&self) -> u32 {
        self.first_string + self.strings().len()
    }

    /// The bytes of a section of the own header.
    pub(crate) fn section(&self, range: &std::ops::Range<usize>) -> &[u8] {
        self.data.get(range.clone()).unwrap_or(&[])
    }

    /// The type section from an own type's record on.
    pub(crate) fn record(&self, id: TypeId) -> &[u8] {
        let own = id.0.checked_sub(self.first_id).and_then(|own| self.index.offsets.get(own as usize));
        own.and_then(|&offset| self.section(&self.header.types).get(offset as usize..)).unwrap_or(&[])
    }

    /// The byte at which an own type's record starts; 0 for others.
    pub(crate) fn place(&self, id: TypeId) -> usize {
        let own = id.0.checked_sub(self.first_id).and_then(|own| self.index.offsets.get(own as usize));
        own.map_or(0, |&offset| self.header.types.start + offset as usize)
    }

    /// Name of a type; empty for an anonymous one.
    pub fn name(&self, id: TypeId) -> &[u8] {
        self.string(self.ty(id).name_offset())
    }

    /// Own types of exactly this name, ascending.
    pub fn find<'s>(&'s self, name: &'s [u8]) -> impl Iterator<Item = TypeId> + 's {
        self.ids().filter(move |&id| self.name(id) == name)
    }

    /// Members of a struct or union.
    pub fn members(&self, id: TypeId) -> impl ExactSizeIterator<Item = Member> + Clone + '_ {
        self.ty(id).members()
    }

    /// Enumerators of an enum.
    pub fn enumerators(&self, id: TypeId) -> impl ExactSizeIterator<Item = Enumerator> + Clone + '_ {
        self.ty(id).enumerators()
    }

    fn find_pointer_size(&self) -> Option<u8> {
        if let Some(size) = self.base.as_ref().and_then(|base| base.pointer_size) {
            return Some(size);
        }
        self.kinds().filter(|&(_, kind)| kind == Kind::Int).find_map(|(id, _)| {
            let size = self.ty(id).size_word();
            ((size == 4 || size == 8) && is_long(self.name(id))).then_some(size as u8)
        })
    }
}

/// The spellings of `long` and `unsigned long`: the words in any order, `int` optional
/// (libbpf: `determine_ptr_size`).
fn is_long(name: &[u8]) -> bool {
    let mut words: Vec<&[u8]> = name.split(|&byte| byte == b' ').collect();
    words.sort_unstable();
    matches!(
        words.as_slice(),
        [b"long"] | [b"int", b"long"] | [b"long", b"unsigned"] | [b"int", b"long", b"unsigned"]
    )
}

/// libbpf: `btf_parse_str_sec`.
fn check_strings(strings: &[u8], at: usize, split: bool) -> Result<()> {
    match (strings.first(), strings.last()) {
        (None, _) | (_, None) => {
            if split {
                Ok(())
            } else {
                Err(Error::new(Code::Strings, at, 0))
            }
        }
        (Some(&first), _) if first != 0 && !split => Err(Error::new(Code::Strings, at, u64::from(first))),
        (_, Some(&last)) if last != 0 => {
            Err(Error::new(Code::Strings, at + strings.len() - 1, u64::from(last)))
        }
        _ => Ok(()),
    }
}
