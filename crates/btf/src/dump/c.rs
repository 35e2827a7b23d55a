//! The whole header: what stands around the types, and the types in order.

use std::collections::HashSet;

use crate::dump::definition::padding_names;
use crate::dump::layout::Layouts;
use crate::dump::names::Names;
use crate::dump::order::{Order, Step, order};
use crate::dump::text::Text;
use crate::{Btf, Kind, Result, TypeId};

/// What programs that include a `vmlinux.h` expect of it: it may be included twice, libbpf's headers know that it is
/// there, and accesses to every type are relocated unless they ask for it not (bpftool: `dump_btf_c`).
const BEGIN: &str = "\
#ifndef __VMLINUX_H__
#define __VMLINUX_H__

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
#endif

";

const END: &str = "\
#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif

#endif /* __VMLINUX_H__ */
";

/// Writes types as a C header that compiles and lays them out as the BTF says: all own types, or `types` and what they
/// need. In place of bpftool's `vmlinux.h` for the kernel's BTF.
///
/// All own types are the structs, unions, enums and typedefs. Among `types` there may also be functions and variables,
/// which are declared. Of a split BTF the own types are written and what they need of the base.
///
/// - Several types of one name are told apart as `name`, `name___2` and so on.
/// - Every struct has its size and its members their offsets, by padding, `packed` and `aligned`. The order of
///   members follows their offsets.
/// - A member that C cannot have where it is, such as one that overlaps another, is named in a comment.
/// - Names that C cannot have, such as `Option<u32>`, have a `_` for each byte that it refuses, and are cut after 512.
///
/// # Errors
/// At a type's record, with its id as the value: [`crate::Code::Cycle`] for one that is a part of itself;
/// [`crate::Code::Dump`] for one that is nested too deeply for compilers, or at which the text goes beyond
/// [`limit`](crate::dump::limit).
///
/// ```
/// # use bpfc_btf::{Builder, Btf, Endian, IntEncoding, Kind, NewMember, dump};
/// let mut builder = Builder::new(Endian::Little);
/// let int = builder.int(b"int", 4, IntEncoding::Signed, 32);
/// let point = builder.composite(Kind::Struct, b"point", 8, &[
///     NewMember { name: b"x", ty: int, bit_offset: 0, bit_size: 0 },
///     NewMember { name: b"y", ty: int, bit_offset: 32, bit_size: 0 },
/// ]);
/// let bytes = builder.finish().unwrap();
/// let text = dump::c(&Btf::parse(&bytes).unwrap(), Some(&[point])).unwrap();
/// assert!(text.contains("struct point {\n\tint x;\n\tint y;\n};\n"));
/// ```
pub fn c(btf: &Btf, types: Option<&[TypeId]>) -> Result<String> {
    let order = order(btf, types)?;
    let mut writer = Writer::new(btf, &order, Text::new(btf));
    // Before anything is written, since a forward declaration may stand before the definition that it is of.
    for &step in &order.steps {
        if let Step::Define(id) = step {
            writer.name_tag(id);
        }
    }
    writer.text.push(BEGIN);
    for &step in &order.steps {
        writer.step(step)?;
    }
    writer.text.push(END);
    Ok(writer.text.finish())
}

/// Writes types, one after the other.
pub(super) struct Writer<'b> {
    pub(super) btf: &'b Btf<'b>,
    pub(super) layouts: Layouts<'b>,
    pub(super) names: Names<'b>,
    pub(super) text: Text,
    /// The types from a declared name to what it is made of; one such chain behind the other.
    pub(super) chain: Vec<TypeId>,
    /// Numbers that padding cannot have.
    pub(super) padding_names: HashSet<u64>,
    /// The number of the last member written as padding.
    pub(super) paddings: u64,
}

impl<'b> Writer<'b> {
    pub(super) fn new(btf: &'b Btf<'b>, order: &Order, text: Text) -> Self {
        Writer {
            btf,
            layouts: Layouts::new(btf, order),
            names: Names::new(btf),
            text,
            chain: Vec::new(),
            padding_names: padding_names(btf, &order.composites),
            paddings: 0,
        }
    }

    fn name_tag(&mut self, id: TypeId) {
        let ty = self.btf.ty(id);
        let enumerated = ty.kind().is_enum() && ty.vlen() > 0;
        if (ty.kind().is_composite() || enumerated) && !self.is_anonymous(id) {
            self.names.define_tag(id);
        }
    }

    fn step(&mut self, step: Step) -> Result<()> {
        match step {
            Step::Define(id) => self.define(id),
            Step::Declare(id) => {
                if !self.names.is_named(id) {
                    self.names.declare_tag(id);
                }
                self.tag(id);
                self.text.push(";\n\n");
                Ok(())
            }
        }
    }

    pub(super) fn define(&mut self, id: TypeId) -> Result<()> {
        let ty = self.btf.ty(id);
        self.text.step(self.btf, id)?;
        match ty.kind() {
            Kind::Struct | Kind::Union => self.composite(id, 0)?,
            Kind::Enum | Kind::Enum64 if ty.vlen() > 0 => self.enumeration(id, 0)?,
            Kind::Enum | Kind::Enum64 => {
                if self.is_anonymous(id) || !self.names.declare_tag(id) {
                    return Ok(());
                }
                self.opaque_enumeration(id);
            }
            Kind::Fwd => {
                self.names.declare_tag(id);
                self.tag(id);
            }
            Kind::Typedef => {
                let name = self.btf.string_start(ty.name_offset(), 32);
                self.names.define_identifier(id);
                // The compiler has it (libbpf: `btf_dump_is_blacklisted`).
                if name == b"__builtin_va_list" {
                    return Ok(());
                }
                // Old versions of GCC say that it is void (libbpf: `btf_dump_emit_typedef_def`).
                if name == b"__gnuc_va_list" && ty.target().is_void() {
                    self.text.push("typedef __builtin_va_list __gnuc_va_list");
                } else {
                    self.text.push("typedef ");
                    self.declaration(ty.target(), id, 0)?;
                }
            }
            Kind::Int | Kind::Float => self.scalar(id),
            Kind::Func => {
                self.names.define_identifier(id);
                self.declaration(ty.target(), id, 0)?;
            }
            Kind::Var => {
                self.names.define_identifier(id);
                self.text.push("extern ");
                self.declaration(ty.target(), id, 0)?;
            }
            _ => return Ok(()),
        }
        self.text.push(";\n\n");
        Ok(())
    }
}
