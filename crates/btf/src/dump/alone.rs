//! One type alone.

use crate::dump::c::Writer;
use crate::dump::order::{Step, order};
use crate::dump::text::{Link, Text, limit};
use crate::dump::{pointer_size, scalar};
use crate::place::MAX_NAME;
use crate::{Btf, Kind, Result, Type, TypeId};

/// Bytes that the text of one type may take: a hundred times what the largest of real kernels take.
const MAX_TEXT: usize = 16 << 20;

/// One type in C.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// ASCII.
    pub text: String,
    /// Where it names other types; ascending, none within another.
    pub links: Vec<Link>,
}

/// Writes one type of any kind: as [`c`](crate::dump::c()) does, without the types that it names. Those go by their names
/// as they are, also where several have the same.
///
/// - Types that C does not declare are as in a cast: `unsigned int`, `struct sock *`, `char[16]`.
/// - Of a section its variables, of a declaration tag a comment.
///
/// # Errors
/// As [`c`](crate::dump::c()), of this type and of those that it contains.
///
/// ```
/// # use bpfc_btf::{Builder, Btf, Endian, IntEncoding, Kind, NewMember, dump};
/// let mut builder = Builder::new(Endian::Little);
/// let int = builder.int(b"int", 4, IntEncoding::Signed, 32);
/// let point = builder.composite(Kind::Struct, b"point", 4, &[
///     NewMember { name: b"x", ty: int, bit_offset: 0, bit_size: 0 },
/// ]);
/// let bytes = builder.finish().unwrap();
/// let definition = dump::definition(&Btf::parse(&bytes).unwrap(), point).unwrap();
/// assert_eq!(definition.text, "struct point {\n\tint x;\n};");
/// assert_eq!(definition.links, [dump::Link { start: 16, end: 19, id: int }]);
/// ```
pub fn definition(btf: &Btf, id: TypeId) -> Result<Definition> {
    let order = order(btf, Some(&[id]))?;
    let mut writer = Writer::new(btf, &order, Text::linked(limit(btf).min(MAX_TEXT)));
    for &step in &order.steps {
        let (Step::Define(named) | Step::Declare(named)) = step;
        writer.names.keep(named);
    }
    writer.alone(id)?;
    let mut links = writer.text.take_links();
    links.retain(|link| link.id != id);
    let mut text = writer.text.finish();
    text.truncate(text.trim_end().len());
    Ok(Definition { text, links })
}

impl Writer<'_> {
    fn alone(&mut self, id: TypeId) -> Result<()> {
        let ty = self.btf.ty(id);
        match ty.kind() {
            Kind::Datasec => return self.section(id, &ty),
            Kind::DeclTag => {
                self.declaration_tag(&ty);
                return Ok(());
            }
            Kind::Int | Kind::Float if scalar::is_builtin(self.btf, &ty, pointer_size(self.btf)) => {}
            _ => self.define(id)?,
        }
        if self.text.len() == 0 {
            self.member_declaration(id, 0, 0)?;
        }
        Ok(())
    }

    fn section(&mut self, id: TypeId, ty: &Type) -> Result<()> {
        self.text.push("/* ");
        self.plain(ty.name_offset());
        self.text.push(": ");
        self.text.number(u64::from(ty.size_word()));
        self.text.push(" bytes */");
        for variable in ty.variables() {
            self.text.step(self.btf, id)?;
            self.text.push("\nextern ");
            self.declaration(self.btf.ty(variable.ty).target(), variable.ty, 0)?;
            self.text.push("; /* at byte ");
            self.text.number(u64::from(variable.offset));
            self.text.push(", ");
            self.text.number(u64::from(variable.size));
            self.text.push(" bytes */");
        }
        Ok(())
    }

    fn declaration_tag(&mut self, ty: &Type) {
        self.text.push("/* tag ");
        self.plain(ty.name_offset());
        self.text.push(" of ");
        if self.btf.ty(ty.target()).kind().is_composite() {
            self.tag(ty.target());
        } else {
            self.names.write(&mut self.text, ty.target());
        }
        if let Some(component) = ty.component() {
            self.text.push(", part ");
            self.text.number(u64::from(component));
        }
        self.text.push(" */");
    }

    /// A name in a comment, such as `.data..percpu`.
    fn plain(&mut self, name: u32) {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b':');
        let name = self.btf.string_start(name, MAX_NAME).iter();
        let name: Vec<u8> = name.map(|byte| if plain(byte) { *byte } else { b'_' }).collect();
        self.text.bytes(&name);
    }
}
