//! Types by the name that C gives them.

use crate::{Btf, Kind, TypeId};

impl Btf<'_> {
    /// Types by `struct task_struct`, `union x`, `enum x`, `typedef x`, `func x`, or by `task_struct` alone, whatever has
    /// that name; ids ascending. Of split BTF the base's come first.
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
        let of_kind = match words[..] {
            [word, name] => asked(word).map(|asked| (asked, name)),
            _ => None,
        };
        // `unsigned int`
        let (asked, name) = of_kind.unwrap_or((|_| true, text.trim()));
        let ids = (1..self.type_count()).map(TypeId);
        let is = |id: TypeId| self.kind(id).is_some_and(asked) && self.name(id) == name.as_bytes();
        if name.is_empty() { Vec::new() } else { ids.filter(|&id| is(id)).collect() }
    }
}

/// The kinds that this word before a name asks for.
pub(crate) fn asked(word: &str) -> Option<fn(Kind) -> bool> {
    Some(match word {
        "struct" => |kind| kind == Kind::Struct,
        "union" => |kind| kind == Kind::Union,
        "enum" => Kind::is_enum,
        "typedef" => |kind| kind == Kind::Typedef,
        "func" => |kind| kind == Kind::Func,
        _ => return None,
    })
}
