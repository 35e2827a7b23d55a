//! The name that each type has in C.
//!
//! C has one name space for the tags of structs, unions and enums and one for typedefs, enumerators and functions. BTF
//! has as many types of one name as there are different definitions in the sources: the first keeps the name, the others
//! become `name___2`, `name___3` and so on, which CO-RE takes for the same name (libbpf: `btf_dump_resolve_name`).

use std::borrow::Cow;
use std::collections::HashMap;

use crate::dump::text::Text;
use crate::place::MAX_NAME;
use crate::{Btf, Kind, TypeId};

/// A name space of C: how often each name has been given out, and to which kind first.
type Space<'b> = HashMap<Cow<'b, [u8]>, (u32, Kind)>;

/// Which names are taken, and the numbers that tell types of one name apart.
pub(super) struct Names<'b> {
    btf: &'b Btf<'b>,
    tags: Space<'b>,
    identifiers: Space<'b>,
    /// By type: 0 where it has no name yet, 1 for the name as it is, n for `name___n`.
    numbers: Vec<u32>,
}

impl<'b> Names<'b> {
    pub(super) fn new(btf: &'b Btf<'b>) -> Self {
        let numbers = vec![0; btf.type_count() as usize];
        Names { btf, tags: Space::new(), identifiers: Space::new(), numbers }
    }

    /// Whether the type has been given a name of its own.
    pub(super) fn is_named(&self, id: TypeId) -> bool {
        self.number(id) != 0
    }

    /// Names a struct, union or enum.
    pub(super) fn define_tag(&mut self, id: TypeId) {
        let ty = self.btf.ty(id);
        let number = claim(&mut self.tags, identifier(self.btf, ty.name_offset()), tag_kind(self.btf, id));
        self.set(id, number);
    }

    /// Names a forward declaration, or an enum without enumerators, which is one: it shares the name of a definition of
    /// its kind. Returns whether there is none.
    pub(super) fn declare_tag(&mut self, id: TypeId) -> bool {
        let ty = self.btf.ty(id);
        let (name, kind) = (identifier(self.btf, ty.name_offset()), tag_kind(self.btf, id));
        let (number, new) = match self.tags.get(&name) {
            Some(&(_, owner)) if owner == kind => (1, false),
            _ => (claim(&mut self.tags, name, kind), true),
        };
        self.set(id, number);
        new
    }

    /// Names a typedef, function or variable.
    pub(super) fn define_identifier(&mut self, id: TypeId) {
        let ty = self.btf.ty(id);
        let number = claim(&mut self.identifiers, identifier(self.btf, ty.name_offset()), ty.kind());
        self.set(id, number);
    }

    /// Gives a type its name as it is, whichever others have it.
    pub(super) fn keep(&mut self, id: TypeId) {
        self.set(id, 1);
    }

    /// Names an enumerator and writes it.
    pub(super) fn write_enumerator(&mut self, text: &mut Text, name: u32) {
        let name = identifier(self.btf, name);
        text.bytes(&name);
        let number = claim(&mut self.identifiers, name, Kind::Enum);
        write_number(text, number);
    }

    /// Writes the name that a type was given.
    pub(super) fn write(&self, text: &mut Text, id: TypeId) {
        let start = text.len();
        text.bytes(&identifier(self.btf, self.btf.ty(id).name_offset()));
        write_number(text, self.number(id));
        text.link(start, id);
    }

    fn number(&self, id: TypeId) -> u32 {
        self.numbers.get(id.0 as usize).copied().unwrap_or(0)
    }

    fn set(&mut self, id: TypeId, number: u32) {
        if let Some(place) = self.numbers.get_mut(id.0 as usize) {
            *place = number;
        }
    }
}

/// What follows a tag's name must be the same everywhere: `struct`, `union` or `enum`.
fn tag_kind(btf: &Btf, id: TypeId) -> Kind {
    let ty = btf.ty(id);
    match ty.kind() {
        Kind::Fwd if ty.kflag() => Kind::Union,
        Kind::Fwd => Kind::Struct,
        Kind::Enum64 => Kind::Enum,
        kind => kind,
    }
}

fn claim<'b>(space: &mut Space<'b>, name: Cow<'b, [u8]>, kind: Kind) -> u32 {
    let Some(&(mut number, owner)) = space.get(&name) else {
        space.insert(name, (1, kind));
        return 1;
    };
    loop {
        number += 1;
        // `name___2` may be the name of another type.
        let other = [&*name, b"___", number.to_string().as_bytes()].concat();
        if !space.contains_key(other.as_slice()) {
            space.insert(Cow::Owned(other), (1, kind));
            space.insert(name, (number, owner));
            return number;
        }
    }
}

fn write_number(text: &mut Text, number: u32) {
    if number > 1 {
        text.push("___");
        text.number(u64::from(number));
    }
}

/// A name as C takes it: cut, keywords with a `_` behind, and a `_` for each byte that cannot stand in one, as in Rust's
/// `Option<u32>`. CO-RE finds nothing by such a name, but what contains the type can be used.
pub(super) fn identifier<'b>(btf: &'b Btf, name: u32) -> Cow<'b, [u8]> {
    let name = btf.string_start(name, MAX_NAME);
    let valid = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let starts = name.first().is_some_and(|byte| !byte.is_ascii_digit());
    if starts && name.iter().all(valid) && !is_keyword(name) {
        return Cow::Borrowed(name);
    }
    let mut changed: Vec<u8> = name.iter().map(|byte| if valid(byte) { *byte } else { b'_' }).collect();
    if !starts {
        changed.insert(0, b'_');
    }
    if is_keyword(&changed) {
        changed.push(b'_');
    }
    Cow::Owned(changed)
}

/// The words that clang or GCC does not take for a name: the keywords of C17, those of GNU C (`c_common_reswords` of GCC,
/// `TokenKinds.def` of clang) in all their spellings, and what the compiler calls its own by `__builtin_`.
fn is_keyword(name: &[u8]) -> bool {
    if name.starts_with(b"__builtin_") {
        return name != b"__builtin_va_list";
    }
    matches!(
        name,
        b"_Alignas"
            | b"_Alignof"
            | b"_Atomic"
            | b"_BitInt"
            | b"_Bool"
            | b"_Complex"
            | b"_Decimal128"
            | b"_Decimal32"
            | b"_Decimal64"
            | b"_ExtInt"
            | b"_Float128"
            | b"_Float16"
            | b"_Float32"
            | b"_Float32x"
            | b"_Float64"
            | b"_Float64x"
            | b"_Generic"
            | b"_Imaginary"
            | b"_Nonnull"
            | b"_Noreturn"
            | b"_Null_unspecified"
            | b"_Nullable"
            | b"_Nullable_result"
            | b"_Static_assert"
            | b"_Thread_local"
            | b"__FUNCTION__"
            | b"__PRETTY_FUNCTION__"
            | b"__alignof"
            | b"__alignof__"
            | b"__asm"
            | b"__asm__"
            | b"__attribute"
            | b"__attribute__"
            | b"__auto_type"
            | b"__bf16"
            | b"__complex"
            | b"__complex__"
            | b"__const"
            | b"__const__"
            | b"__extension__"
            | b"__float128"
            | b"__fp16"
            | b"__func__"
            | b"__ibm128"
            | b"__imag"
            | b"__imag__"
            | b"__inline"
            | b"__inline__"
            | b"__int128"
            | b"__label__"
            | b"__module_private__"
            | b"__null"
            | b"__objc_no"
            | b"__objc_yes"
            | b"__private_extern__"
            | b"__real"
            | b"__real__"
            | b"__restrict"
            | b"__restrict__"
            | b"__signed"
            | b"__signed__"
            | b"__thread"
            | b"__typeof"
            | b"__typeof__"
            | b"__typeof_unqual"
            | b"__typeof_unqual__"
            | b"__volatile"
            | b"__volatile__"
            | b"asm"
            | b"auto"
            | b"break"
            | b"case"
            | b"char"
            | b"const"
            | b"continue"
            | b"default"
            | b"do"
            | b"double"
            | b"else"
            | b"enum"
            | b"extern"
            | b"float"
            | b"for"
            | b"goto"
            | b"if"
            | b"inline"
            | b"int"
            | b"long"
            | b"register"
            | b"restrict"
            | b"return"
            | b"short"
            | b"signed"
            | b"sizeof"
            | b"static"
            | b"struct"
            | b"switch"
            | b"typedef"
            | b"typeof"
            | b"union"
            | b"unsigned"
            | b"void"
            | b"volatile"
            | b"while"
    )
}
