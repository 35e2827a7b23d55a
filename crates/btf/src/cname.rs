//! Types in C's own words, for people.

use crate::{Btf, Kind, Param, TypeId};

/// Deepest nesting written out; a longer chain ends in `...`.
const MAX_DEPTH: usize = 16;

/// Most names, in bytes, and parameters written out; what is beyond is `...`: a prototype can name
/// itself in each of its parameters, and names can be megabytes long.
const MAX_LENGTH: usize = 4096;

impl Btf<'_> {
    /// The type as a C type name without qualifiers: `struct task_struct *`, `char[16]`,
    /// `unsigned int`. Typedefs stand by their name.
    /// Anonymous types are `struct {...}`; names that are not UTF-8 are shown with replacement
    /// characters.
    pub fn c_name(&self, id: TypeId) -> String {
        self.c_name_within(id, MAX_DEPTH, &mut { MAX_LENGTH })
    }

    fn c_name_within(&self, id: TypeId, depth: usize, left: &mut usize) -> String {
        let ty = self.ty(id);
        let name = self.string_start(ty.name_offset(), *left);
        let length = 1 + name.len() + ty.params().len();
        let (Some(depth), Some(rest)) = (depth.checked_sub(1), left.checked_sub(length)) else {
            return "...".into();
        };
        *left = rest;
        let name = String::from_utf8_lossy(name);
        let mut inner = |id| self.c_name_within(id, depth, left);
        let tagged =
            |tag: &str| if name.is_empty() { format!("{tag} {{...}}") } else { format!("{tag} {name}") };
        match ty.kind() {
            Kind::Void => "void".into(),
            Kind::Struct => tagged("struct"),
            Kind::Union => tagged("union"),
            Kind::Enum | Kind::Enum64 => tagged("enum"),
            Kind::Fwd => tagged(if ty.kflag() { "union" } else { "struct" }),
            Kind::Ptr => {
                let pointee = inner(ty.target());
                match self.ty(ty.target()).kind() {
                    Kind::FuncProto => pointee.replacen(" (", " (*)(", 1),
                    Kind::Ptr => format!("{pointee}*"),
                    Kind::Array => pointee.replacen('[', " (*)[", 1),
                    _ => format!("{pointee} *"),
                }
            }
            Kind::Array => {
                // `int[2][3]`: the outermost dimension comes first.
                let array = ty.array();
                let element = inner(array.element);
                let at = element.find('[').unwrap_or(element.len());
                let (scalar, dimensions) = element.split_at(at);
                format!("{scalar}[{}]{dimensions}", array.length)
            }
            Kind::Volatile | Kind::Const | Kind::Restrict | Kind::TypeTag => inner(ty.target()),
            Kind::FuncProto => {
                let returns = inner(ty.target());
                let variadic = |param: &Param| param.name == 0 && param.ty.is_void();
                let params: Vec<String> = ty
                    .params()
                    .map(|param| if variadic(&param) { "...".into() } else { inner(param.ty) })
                    .collect();
                format!("{returns} ({})", params.join(", "))
            }
            Kind::Int
            | Kind::Float
            | Kind::Typedef
            | Kind::Func
            | Kind::Var
            | Kind::Datasec
            | Kind::DeclTag => name.into_owned(),
        }
    }
}
