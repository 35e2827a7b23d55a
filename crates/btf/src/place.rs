//! Where members stand in a type: those of an anonymous type inside are told as `u.foo`.

use std::borrow::Cow;

/// Deepest nesting of anonymous types that is looked into.
pub(crate) const MAX_DEPTH: usize = 16;

/// Bytes of a name that are told or written; the kernel has 511 at most (`KSYM_NAME_LEN`).
pub(crate) const MAX_NAME: usize = 512;

/// Where members stand in the type that is described.
#[derive(Default)]
pub(crate) struct Place<'p> {
    /// The place that this is a member of.
    around: Option<&'p Place<'p>>,
    /// Empty for the type itself and for a member without a name.
    name: Cow<'p, str>,
    /// Bytes of what stands before the names of its parts.
    prefix_length: usize,
    pub(crate) bit_offset: u64,
    pub(crate) depth: usize,
}

impl<'p> Place<'p> {
    /// Of what a member is made of.
    pub(crate) fn member(&'p self, name: Cow<'p, str>, bit_offset: u64) -> Self {
        let own = if name.is_empty() { 0 } else { name.len() + 1 };
        let prefix_length = self.prefix_length + own;
        Place { around: Some(self), name, prefix_length, bit_offset, depth: self.depth + 1 }
    }

    /// `u.foo` for `foo`
    pub(crate) fn path(&self, name: &str) -> String {
        let mut path = String::with_capacity(self.path_length(name));
        self.write_prefix(&mut path);
        path.push_str(name);
        path
    }

    /// Bytes of [`Place::path`].
    pub(crate) fn path_length(&self, name: &str) -> usize {
        self.prefix_length + name.len()
    }

    fn write_prefix(&self, path: &mut String) {
        if let Some(around) = self.around {
            around.write_prefix(path);
        }
        if !self.name.is_empty() {
            path.push_str(&self.name);
            path.push('.');
        }
    }
}
