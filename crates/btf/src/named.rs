//! Types by the name that C gives them.

use crate::{Btf, Kind, TypeId};

impl Btf<'_> {
    /// Types by `struct task_struct`, `union x`, `enum x`, or by `task_struct` alone, which typedefs and functions have
    /// too; ids ascending. Of split BTF the base's come first.
    ///
    /// ```
    /// # use bpfc_btf::{Builder, Btf, Endian, IntEncoding, Kind};
    /// # let mut builder = Builder::new(Endian::Little);
    /// let id = builder.composite(Kind::Struct, b"point", 8, &[]);
    /// # let bytes = builder.finish().unwrap();
    /// # let btf = Btf::parse(&bytes).unwrap();
    /// assert_eq!(btf.named("struct point"), [id]);
    /// assert_eq!(btf.named("point"), [id]);
    /// assert_eq!(btf.named("enum point"), []);
    /// ```
    pub fn named(&self, text: &str) -> Vec<TypeId> {
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let (tag, name) = match words[..] {
            [tag @ ("struct" | "union" | "enum"), name] => (Some(tag), name),
            // `unsigned int`
            _ => (None, text.trim()),
        };
        let of_tag = |kind: Kind| match tag {
            None => true,
            Some("struct") => kind == Kind::Struct,
            Some("union") => kind == Kind::Union,
            Some(_) => kind.is_enum(),
        };
        let ids = (1..self.type_count()).map(TypeId);
        let is = |id: TypeId| self.kind(id).is_some_and(of_tag) && self.name(id) == name.as_bytes();
        if name.is_empty() { Vec::new() } else { ids.filter(|&id| is(id)).collect() }
    }
}
