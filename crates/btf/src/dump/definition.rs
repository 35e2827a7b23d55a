//! The bodies of structs, unions and enums.

use std::collections::HashSet;

use crate::dump::c::Writer;
use crate::dump::layout::{Field, Layout};
use crate::dump::names::identifier;
use crate::dump::order::is_anonymous;
use crate::dump::scalar;
use crate::dump::text::too_large;
use crate::{Btf, Kind, Result, TypeId};

/// Structs and prototypes in one another that are written. Compilers take 256 brackets (clang: `-fbracket-depth`).
pub(super) const MAX_DEPTH: usize = 64;

/// Unnamed bitfields that fill one gap; a larger gap is filled by an array.
const MAX_FILLERS: u64 = 16;

/// What the names of arrays that fill gaps begin with; a number follows.
const PADDING: &str = "__padding_";

/// The numbers of padding that members of these structs and unions have as their own names.
pub(super) fn padding_names(btf: &Btf, composites: &[TypeId]) -> HashSet<u64> {
    let number = |name: u32| {
        let name = identifier(btf, name);
        str::from_utf8(name.strip_prefix(PADDING.as_bytes())?).ok()?.parse().ok()
    };
    composites.iter().flat_map(|&id| btf.ty(id).members()).filter_map(|member| number(member.name)).collect()
}

impl Writer<'_> {
    pub(super) fn is_anonymous(&self, id: TypeId) -> bool {
        is_anonymous(self.btf, &self.btf.ty(id))
    }

    /// `struct name { ... } attributes`
    pub(super) fn composite(&mut self, id: TypeId, level: usize) -> Result<()> {
        if level > MAX_DEPTH {
            return Err(too_large(self.btf, id));
        }
        let ty = self.btf.ty(id);
        self.tag(id);
        self.text.push(" {");
        let layout = self.layouts.of(id);
        let fields = self.layouts.fields(id);
        let is_struct = ty.kind() == Kind::Struct;
        let mut end = 0;
        for field in &fields {
            self.text.step(self.btf, id)?;
            if !field.sayable {
                self.unsayable(field, level + 1);
                continue;
            }
            if is_struct && self.layouts.natural_offset(layout, field, end) != field.offset {
                self.padding(layout, end, field.offset, level + 1);
            }
            self.line(level + 1);
            self.member(field, level + 1)?;
            let field_end = field.offset + field.size;
            end = if is_struct { field_end } else { end.max(field_end) };
        }
        let size = u64::from(ty.size_word()) * 8;
        if end.next_multiple_of(u64::from(layout.alignment()) * 8) != size {
            if is_struct {
                self.padding(layout, end, size, level + 1);
            } else {
                self.padding_array(size / 8, level + 1);
            }
        }
        if !fields.is_empty() || size > 0 {
            self.line(level);
        }
        self.text.push("}");
        self.attributes(layout);
        Ok(())
    }

    fn attributes(&mut self, layout: Layout) {
        if !layout.packed && layout.aligned.is_none() {
            return;
        }
        self.text.push(" __attribute__((");
        if layout.packed {
            self.text.push("packed");
        }
        if let Some(bytes) = layout.aligned {
            self.text.push(if layout.packed { ", aligned(" } else { "aligned(" });
            self.text.number(u64::from(bytes));
            self.text.push(")");
        }
        self.text.push("))");
    }

    fn member(&mut self, field: &Field, level: usize) -> Result<()> {
        self.member_declaration(field.ty, field.name, level)?;
        if field.bitfield {
            self.text.push(": ");
            self.text.number(field.size);
        }
        self.text.push(";");
        Ok(())
    }

    fn unsayable(&mut self, field: &Field, level: usize) {
        self.line(level);
        self.text.push("/* ");
        self.name(field.name);
        self.text.push(": at bit ");
        self.text.number(field.offset);
        self.text.push(", where C can have no such member */");
    }

    /// Fills the bits from `at` to `end` by unnamed bitfields of types that do not raise the struct's alignment: on arm64
    /// unnamed ones count, too. None crosses the boundaries of its type, so each lies where the last one ended.
    fn padding(&mut self, layout: Layout, mut at: u64, end: u64, level: usize) {
        const TYPES: [(u64, &str); 4] = [(64, "long long"), (32, "int"), (16, "short"), (8, "char")];
        let widest = if layout.packed { 64 } else { u64::from(layout.alignment() * 8).min(64) };
        if (end - at) / widest > MAX_FILLERS {
            let byte = at.next_multiple_of(8);
            self.fill("char", byte - at, level);
            self.padding_array((end - byte) / 8, level);
            at = end - end % 8;
        }
        while at < end {
            let boundaries = TYPES.iter().map(|&(bits, ty)| (bits, (at + 1).next_multiple_of(bits), ty));
            // Of those that reach farthest the smallest, which is the last.
            let farthest = boundaries
                .filter(|&(bits, stop, _)| bits <= widest && stop <= end)
                .max_by_key(|&(_, stop, _)| stop);
            let (_, stop, ty) = farthest.unwrap_or((8, end, "char"));
            self.fill(ty, stop - at, level);
            at = stop;
        }
    }

    fn fill(&mut self, ty: &str, bits: u64, level: usize) {
        if bits > 0 {
            self.line(level);
            self.text.push(ty);
            self.text.push(": ");
            self.text.number(bits);
            self.text.push(";");
        }
    }

    fn padding_array(&mut self, bytes: u64, level: usize) {
        self.paddings += 1;
        while self.padding_names.contains(&self.paddings) {
            self.paddings += 1;
        }
        self.line(level);
        self.text.push("char ");
        self.text.push(PADDING);
        self.text.number(self.paddings);
        self.text.push("[");
        self.text.number(bytes);
        self.text.push("];");
    }

    /// `enum name { ... } attributes`, for one with enumerators.
    pub(super) fn enumeration(&mut self, id: TypeId, level: usize) -> Result<()> {
        let ty = self.btf.ty(id);
        self.tag(id);
        self.text.push(" {");
        for enumerator in ty.enumerators() {
            self.text.step(self.btf, id)?;
            self.line(level + 1);
            self.names.write_enumerator(&mut self.text, enumerator.name);
            self.text.push(" = ");
            match (ty.kind() == Kind::Enum64, ty.kflag()) {
                (false, true) => self.text.signed(i64::from(enumerator.low as i32)),
                (false, false) => self.text.number(u64::from(enumerator.low)),
                (true, true) => {
                    self.text.signed(enumerator.bits64() as i64);
                    self.text.push("LL");
                }
                (true, false) => {
                    self.text.number(enumerator.bits64());
                    self.text.push("ULL");
                }
            }
            self.text.push(",");
        }
        self.line(level);
        self.text.push("}");
        // Compilers take 4 bytes where the values fit.
        self.text.push(match ty.size_word() {
            1 => " __attribute__((mode(byte)))",
            2 => " __attribute__((mode(HI)))",
            8 => " __attribute__((mode(DI)))",
            _ => "",
        });
        Ok(())
    }

    /// An enum without enumerators, which C does not have. Declared so, it has a size.
    pub(super) fn opaque_enumeration(&mut self, id: TypeId) {
        self.tag(id);
        self.text.push(" : ");
        self.text.push(scalar::of_enum(&self.btf.ty(id)));
    }

    /// A line of its own.
    fn line(&mut self, level: usize) {
        self.text.push("\n");
        self.text.indent(level);
    }
}
