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
/// `TokenKinds.def` of clang) in all their spellings. By length, then sorted.
#[rustfmt::skip]
const KEYWORDS: [&str; 104] = [
    "do", "if", "asm", "for", "int", "auto", "case", "char", "else", "enum", "goto", "long", "void", "_Bool",
    "__asm", "break", "const", "float", "short", "union", "while", "__bf16", "__fp16", "__imag", "__null",
    "__real", "double", "extern", "inline", "return", "signed", "sizeof", "static", "struct", "switch",
    "typeof", "_Atomic", "_BitInt", "_ExtInt", "__asm__", "__const", "default", "typedef", "_Alignas",
    "_Alignof", "_Complex", "_Float16", "_Float32", "_Float64", "_Generic", "_Nonnull", "__func__",
    "__ibm128", "__imag__", "__inline", "__int128", "__real__", "__signed", "__thread", "__typeof",
    "continue", "register", "restrict", "unsigned", "volatile", "_Float128", "_Float32x", "_Float64x",
    "_Noreturn", "_Nullable", "__alignof", "__complex", "__const__", "__label__", "__objc_no", "_Decimal32",
    "_Decimal64", "_Imaginary", "__float128", "__inline__", "__objc_yes", "__restrict", "__signed__",
    "__typeof__", "__volatile", "_Decimal128", "__alignof__", "__attribute", "__auto_type", "__complex__",
    "__FUNCTION__", "__restrict__", "__volatile__", "_Thread_local", "__attribute__", "__extension__",
    "_Static_assert", "__typeof_unqual", "_Nullable_result", "_Null_unspecified", "__typeof_unqual__",
    "__module_private__", "__private_extern__", "__PRETTY_FUNCTION__",
];

/// Whether a name is one of [`KEYWORDS`], or begins as what the compiler calls its own.
fn is_keyword(name: &[u8]) -> bool {
    if name.starts_with(b"__builtin_") {
        return name != b"__builtin_va_list";
    }
    let order = |keyword: &&str| keyword.len().cmp(&name.len()).then_with(|| keyword.as_bytes().cmp(name));
    KEYWORDS.binary_search_by(order).is_ok()
}
