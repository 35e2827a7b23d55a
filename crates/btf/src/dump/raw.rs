//! The plain listing, one record after the other, as `bpftool btf dump file FILE format raw` prints it.

use crate::dump::text::Text;
use crate::{Btf, Kind, Result, Type, TypeId};

/// Lists records: `types`, or all own ones; byte for byte what bpftool prints (`dump_btf_type`).
///
/// ```text
/// [1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
/// [2] STRUCT 'point' size=8 vlen=2
///         'x' type_id=1 bits_offset=0
///         'y' type_id=1 bits_offset=32
/// ```
///
/// # Errors
/// [`crate::Code::Dump`], at a type's record, where names as long as the file make the text go beyond
/// [`limit`](crate::dump::limit).
pub fn raw(btf: &Btf, types: Option<&[TypeId]>) -> Result<String> {
    let mut listing = Listing { btf, text: Text::new(btf) };
    match types {
        Some(types) => types.iter().try_for_each(|&id| listing.record(id))?,
        None => btf.ids().try_for_each(|id| listing.record(id))?,
    }
    Ok(listing.text.finish())
}

struct Listing<'b> {
    btf: &'b Btf<'b>,
    text: Text,
}

impl Listing<'_> {
    fn record(&mut self, id: TypeId) -> Result<()> {
        self.text.step(self.btf, id)?;
        let ty = self.btf.ty(id);
        self.text.push("[");
        self.text.number(u64::from(id.0));
        self.text.push("] ");
        self.kind_and_name(&ty);
        match ty.kind() {
            Kind::Void => {}
            Kind::Int => {
                let int = ty.int();
                self.field(" size=", ty.size_word());
                self.field(" bits_offset=", int.bit_offset());
                self.field(" nr_bits=", int.bits());
                self.text.push(" encoding=");
                self.text.push(match int.encoding() {
                    0 => "(none)",
                    1 => "SIGNED",
                    2 => "CHAR",
                    4 => "BOOL",
                    _ => "UNKN",
                });
            }
            Kind::Ptr | Kind::Const | Kind::Volatile | Kind::Restrict | Kind::Typedef | Kind::TypeTag => {
                self.field(" type_id=", ty.target().0)
            }
            Kind::Array => {
                let array = ty.array();
                self.field(" type_id=", array.element.0);
                self.field(" index_type_id=", array.index.0);
                self.field(" nr_elems=", array.length);
            }
            Kind::Struct | Kind::Union => self.members(id, &ty)?,
            Kind::Enum | Kind::Enum64 => self.enumerators(id, &ty)?,
            Kind::Fwd => self.text.push(if ty.kflag() { " fwd_kind=union" } else { " fwd_kind=struct" }),
            Kind::Func => {
                self.field(" type_id=", ty.target().0);
                self.text.push(" linkage=");
                self.text.push(linkage(ty.linkage()));
            }
            Kind::FuncProto => {
                self.field(" ret_type_id=", ty.target().0);
                self.field(" vlen=", ty.vlen());
                for param in ty.params() {
                    self.text.step(self.btf, id)?;
                    self.text.push("\n\t");
                    self.name(param.name);
                    self.field(" type_id=", param.ty.0);
                }
            }
            Kind::Var => {
                self.field(" type_id=", ty.target().0);
                self.text.push(", linkage=");
                self.text.push(linkage(ty.linkage()));
            }
            Kind::Datasec => self.variables(id, &ty)?,
            Kind::Float => self.field(" size=", ty.size_word()),
            Kind::DeclTag => {
                self.field(" type_id=", ty.target().0);
                self.text.push(" component_idx=");
                self.text.signed(ty.component().map_or(-1, |component| i64::from(component as i32)));
            }
        }
        self.text.push("\n");
        Ok(())
    }

    fn members(&mut self, id: TypeId, ty: &Type) -> Result<()> {
        self.field(" size=", ty.size_word());
        self.field(" vlen=", ty.vlen());
        for member in ty.members() {
            self.text.step(self.btf, id)?;
            self.text.push("\n\t");
            self.name(member.name);
            self.field(" type_id=", member.ty.0);
            self.field(" bits_offset=", member.bit_offset);
            if member.bit_size != 0 {
                self.field(" bitfield_size=", member.bit_size);
            }
        }
        Ok(())
    }

    fn enumerators(&mut self, id: TypeId, ty: &Type) -> Result<()> {
        self.text.push(if ty.kflag() { " encoding=SIGNED" } else { " encoding=UNSIGNED" });
        self.field(" size=", ty.size_word());
        self.field(" vlen=", ty.vlen());
        for value in ty.enumerators() {
            self.text.step(self.btf, id)?;
            self.text.push("\n\t");
            self.name(value.name);
            self.text.push(" val=");
            match (ty.kind() == Kind::Enum64, ty.kflag()) {
                (false, true) => self.text.signed(i64::from(value.low as i32)),
                (false, false) => self.text.number(u64::from(value.low)),
                (true, true) => {
                    self.text.signed(value.bits64() as i64);
                    self.text.push("LL");
                }
                (true, false) => {
                    self.text.number(value.bits64());
                    self.text.push("ULL");
                }
            }
        }
        Ok(())
    }

    fn variables(&mut self, id: TypeId, ty: &Type) -> Result<()> {
        self.field(" size=", ty.size_word());
        self.field(" vlen=", ty.vlen());
        for variable in ty.variables() {
            self.text.step(self.btf, id)?;
            self.field("\n\ttype_id=", variable.ty.0);
            self.field(" offset=", variable.offset);
            self.field(" size=", variable.size);
            self.text.push(" (");
            self.kind_and_name(&self.btf.ty(variable.ty));
            self.text.push(")");
        }
        Ok(())
    }

    fn kind_and_name(&mut self, ty: &Type) {
        let kind = if ty.kind() == Kind::Void { "unknown" } else { ty.kind().name() };
        for byte in kind.bytes() {
            self.text.bytes(&[byte.to_ascii_uppercase()]);
        }
        self.text.push(" ");
        self.name(ty.name_offset());
    }

    /// bpftool: `btf_str`, by the offset: an empty name somewhere else is shown as such.
    fn name(&mut self, offset: u32) {
        self.text.push("'");
        match offset {
            0 => self.text.push("(anon)"),
            _ => self.text.bytes(self.btf.string(offset)),
        }
        self.text.push("'");
    }

    fn field(&mut self, label: &str, number: u32) {
        self.text.push(label);
        self.text.number(u64::from(number));
    }
}

/// bpftool: `btf_var_linkage_str`, `btf_func_linkage_str`.
fn linkage(linkage: u32) -> &'static str {
    match linkage {
        0 => "static",
        1 => "global",
        2 => "extern",
        _ => "(unknown)",
    }
}
