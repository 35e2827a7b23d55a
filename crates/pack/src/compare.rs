//! What differs between two files.

use bpfc_btf::{Btf, DiffError, Difference, Side, diff};

use crate::{Error, Result, describe};

/// A BTF and the name of the file it is of.
#[derive(Clone, Copy)]
pub struct Named<'b> {
    /// As errors call it.
    pub file: &'b str,
    /// Its types.
    pub btf: &'b Btf<'b>,
}

/// [`diff`](fn@diff) of the types named, or of all.
///
/// # Errors
/// `TYPE_MISSING`: neither has a type of a name; what cannot be compared, with the file it is in.
pub fn compare(old: Named, new: Named, types: &[&str]) -> Result<Vec<Difference>> {
    for name in types {
        describe::require_type(&[old.btf, new.btf], name)?;
    }
    diff(old.btf, new.btf, types).map_err(|DiffError { side, error }| {
        Error::from(error).in_file(if side == Side::Old { old.file } else { new.file })
    })
}
