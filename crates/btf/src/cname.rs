//! Types in C's own words, for people.

use crate::{Btf, Kind, TypeId};

/// Deepest nesting written out; a longer chain ends in `...`.
const MAX_DEPTH: usize = 16;

impl Btf<'_> {
    /// The type as a C type name: `struct task_struct *`, `char[16]`, `const unsigned int`.
    /// Anonymous types are `struct {...}`; names that are not UTF-8 are shown with replacement
    /// characters.
    pub fn c_name(&self, id: TypeId) -> String {
        self.c_name_within(id, MAX_DEPTH)
    }

    fn c_name_within(&self, id: TypeId, depth: usize) -> String {
        let Some(depth) = depth.checked_sub(1) else { return "...".into() };
        let ty = self.ty(id);
        let name = String::from_utf8_lossy(self.string(ty.name_offset()));
        let inner = |id| self.c_name_within(id, depth);
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
            Kind::Volatile => format!("volatile {}", inner(ty.target())),
            Kind::Const => format!("const {}", inner(ty.target())),
            Kind::Restrict => format!("restrict {}", inner(ty.target())),
            Kind::TypeTag => inner(ty.target()),
            Kind::FuncProto => {
                let params: Vec<String> = ty.params().map(|param| inner(param.ty)).collect();
                format!("{} ({})", inner(ty.target()), params.join(", "))
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
