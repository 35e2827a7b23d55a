//! Declarations: a name between what it is made of. C reads `int (*name[4])(void)` from the name outwards; BTF is an array
//! of pointers to prototypes that return int.

use crate::dump::c::Writer;
use crate::dump::definition::MAX_DEPTH;
use crate::dump::names::identifier;
use crate::dump::scalar;
use crate::dump::text::too_large;
use crate::{Kind, Result, Type, TypeId};

/// Pointers, arrays, prototypes and modifiers in one declaration.
const MAX_CHAIN: usize = 256;

/// What is declared.
#[derive(Clone, Copy)]
enum Declared {
    /// A type with a name of its own.
    Type(TypeId),
    /// A member or parameter, by the offset of its name.
    Name(u32),
}

impl<'b> Writer<'b> {
    /// Declares a typedef, function or variable as of type `id`.
    pub(super) fn declaration(&mut self, id: TypeId, declared: TypeId, level: usize) -> Result<()> {
        self.declare(id, Declared::Type(declared), level)
    }

    /// Declares a member or parameter, whose name may be empty, as of type `id`.
    pub(super) fn member_declaration(&mut self, id: TypeId, name: u32, level: usize) -> Result<()> {
        self.declare(id, Declared::Name(name), level)
    }

    fn declare(&mut self, id: TypeId, declared: Declared, level: usize) -> Result<()> {
        let start = self.chain.len();
        let mut at = id;
        loop {
            self.text.step(self.btf, id)?;
            if self.chain.len() - start > MAX_CHAIN {
                return Err(too_large(self.btf, id));
            }
            self.chain.push(at);
            let ty = self.btf.ty(at);
            at = match ty.kind() {
                Kind::Array => ty.array().element,
                Kind::Ptr | Kind::FuncProto => ty.target(),
                kind if kind.is_modifier() => ty.target(),
                _ => break,
            };
        }
        let base = self.chain.len() - 1;
        let modified = (start..base).rev().take_while(|&at| self.linked(at).kind().is_modifier()).count();
        let derived = base - modified;
        for at in (derived..base).rev() {
            self.qualifier(at, "", " ");
        }
        self.specifier(self.link(base), level)?;
        for at in (derived..base).rev() {
            self.type_tag(at);
        }
        for at in (start..derived).rev() {
            self.left(at);
        }
        self.declared(declared);
        for at in start..derived {
            self.right(at, level)?;
        }
        self.chain.truncate(start);
        Ok(())
    }

    /// What stands before a name for one link of the chain.
    fn left(&mut self, at: usize) {
        match self.linked(at).kind() {
            Kind::Ptr => {
                self.space();
                self.text.push(if self.points_to_declarator(at) { "(*" } else { "*" });
            }
            // Modifiers of arrays and functions are those of the elements, or say what GCC once meant by them
            // (libbpf: `btf_dump_drop_mods`).
            kind if kind.is_modifier() && self.modified(at).kind() == Kind::Ptr => {
                self.qualifier(at, " ", "");
                self.type_tag(at);
            }
            _ => {}
        }
    }

    /// What stands behind it.
    fn right(&mut self, at: usize, level: usize) -> Result<()> {
        let ty = self.linked(at);
        match ty.kind() {
            Kind::Ptr if self.points_to_declarator(at) => self.text.push(")"),
            Kind::Array => {
                self.text.push("[");
                self.text.number(u64::from(ty.array().length));
                self.text.push("]");
            }
            Kind::FuncProto => self.params(self.link(at), level)?,
            _ => {}
        }
        Ok(())
    }

    fn params(&mut self, id: TypeId, level: usize) -> Result<()> {
        if level > MAX_DEPTH {
            return Err(too_large(self.btf, id));
        }
        let ty = self.btf.ty(id);
        let count = ty.params().len();
        self.text.push("(");
        for (position, param) in ty.params().enumerate() {
            self.text.step(self.btf, id)?;
            if position > 0 {
                self.text.push(", ");
            }
            match param.ty.is_void() {
                // The last one of no type; clang writes a single one where there are no parameters.
                true if position > 0 && position + 1 == count => self.text.push("..."),
                true if count > 1 => self.text.push("void *"),
                true => {}
                false => self.member_declaration(param.ty, param.name, level + 1)?,
            }
        }
        if count == 0 || count == 1 && ty.params().all(|param| param.ty.is_void()) {
            self.text.push("void");
        }
        self.text.push(")");
        Ok(())
    }

    fn specifier(&mut self, id: TypeId, level: usize) -> Result<()> {
        let ty = self.btf.ty(id);
        match ty.kind() {
            Kind::Int | Kind::Float if self.names.is_named(id) => self.names.write(&mut self.text, id),
            Kind::Int | Kind::Float => {
                let start = self.text.len();
                self.text.bytes(self.btf.name(id));
                self.text.link(start, id);
            }
            Kind::Typedef => self.names.write(&mut self.text, id),
            Kind::Struct | Kind::Union if self.is_anonymous(id) => self.composite(id, level)?,
            Kind::Enum | Kind::Enum64 if self.is_anonymous(id) && ty.vlen() > 0 => {
                self.enumeration(id, level)?;
            }
            Kind::Enum | Kind::Enum64 if self.is_anonymous(id) => self.text.push(scalar::of_enum(&ty)),
            // Nothing that could be named otherwise; only pointers can be to it.
            Kind::Fwd if self.is_anonymous(id) => self.text.push("void"),
            Kind::Struct | Kind::Union | Kind::Enum | Kind::Enum64 | Kind::Fwd => self.tag(id),
            _ => self.text.push("void"),
        }
        Ok(())
    }

    /// `struct name`; `struct` for an anonymous one.
    pub(super) fn tag(&mut self, id: TypeId) {
        let ty = self.btf.ty(id);
        self.text.push(match ty.kind() {
            Kind::Struct => "struct",
            Kind::Union => "union",
            Kind::Fwd if ty.kflag() => "union",
            Kind::Fwd => "struct",
            _ => "enum",
        });
        if !self.is_anonymous(id) {
            self.text.push(" ");
            self.names.write(&mut self.text, id);
        }
    }

    /// A typedef for an INT or FLOAT that C does not have.
    pub(super) fn scalar(&mut self, id: TypeId) {
        let ty = self.btf.ty(id);
        self.names.define_identifier(id);
        self.text.push("typedef ");
        match scalar::stand_in(&ty) {
            Some(known) => self.text.push(known),
            None => {
                self.text.push("struct { char bytes[");
                self.text.number(u64::from(ty.size_word()));
                self.text.push("]; }");
            }
        }
        self.text.push(" ");
        self.names.write(&mut self.text, id);
    }

    /// A name as it is, for members, parameters and comments.
    pub(super) fn name(&mut self, name: u32) {
        self.text.bytes(&identifier(self.btf, name));
    }

    fn declared(&mut self, declared: Declared) {
        match declared {
            Declared::Type(id) => {
                self.space();
                self.names.write(&mut self.text, id);
            }
            Declared::Name(name) if self.btf.string_start(name, 1).is_empty() => {}
            Declared::Name(name) => {
                self.space();
                self.name(name);
            }
        }
    }

    /// A blank, where C or its readers want one.
    fn space(&mut self) {
        if !matches!(self.text.last(), b'*' | b'(') {
            self.text.push(" ");
        }
    }

    fn qualifier(&mut self, at: usize, before: &str, behind: &str) {
        let qualifier = match self.linked(at).kind() {
            Kind::Const => "const",
            Kind::Volatile => "volatile",
            // Of pointers only.
            Kind::Restrict if !before.is_empty() => "restrict",
            _ => return,
        };
        self.text.push(before);
        self.text.push(qualifier);
        self.text.push(behind);
    }

    /// A type tag, or with the kind flag another attribute (libbpf: `btf_dump_emit_type_chain`).
    fn type_tag(&mut self, at: usize) {
        let ty = self.linked(at);
        let name = self.btf.string_start(ty.name_offset(), 128);
        let plain = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b'(' | b')');
        if ty.kind() != Kind::TypeTag || name.is_empty() || !name.iter().all(plain) {
            return;
        }
        let (before, behind) = if ty.kflag() {
            (" __attribute__((", "))")
        } else {
            (" __attribute__((btf_type_tag(\"", "\")))")
        };
        self.text.push(before);
        self.text.bytes(name);
        self.text.push(behind);
    }

    fn link(&self, at: usize) -> TypeId {
        self.chain.get(at).copied().unwrap_or_default()
    }

    fn linked(&self, at: usize) -> Type<'b> {
        self.btf.ty(self.link(at))
    }

    /// What a link of the chain is of, modifiers aside.
    fn modified(&self, at: usize) -> Type<'b> {
        let behind = self.chain.iter().skip(at + 1).map(|&id| self.btf.ty(id));
        behind.into_iter().find(|ty| !ty.kind().is_modifier()).unwrap_or(Type::VOID)
    }

    /// Whether a pointer needs parentheses.
    fn points_to_declarator(&self, at: usize) -> bool {
        matches!(self.modified(at).kind(), Kind::Array | Kind::FuncProto)
    }
}
