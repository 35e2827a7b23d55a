//! Global variables, as they are before anybody sets them. Compilers write no offsets into the BTF of data sections, so
//! variables are found by their symbols (libbpf: `btf_fixup_datasec`).

use std::collections::{BTreeSet, HashSet};

use bpfc_btf::{Btf, IntEncoding, Kind, TypeId};

use crate::elf::Elf;
use crate::object::MAX_NAME;

/// The largest real objects have some hundred.
const MAX_VARIABLES: usize = 1 << 14;

/// Names of the `bool` variables of `.rodata` that are true.
pub(crate) fn true_flags(elf: &Elf, btf: &Btf) -> BTreeSet<String> {
    const SECTION: &[u8] = b".rodata";
    let Some(index) = elf.section_index(SECTION) else { return BTreeSet::new() };
    let data = elf.sections.get(index).map_or(&[][..], |section| section.data);
    let flags: HashSet<&[u8]> = btf
        .kinds()
        .filter(|&(id, kind)| {
            kind == Kind::Datasec && btf.string_start(btf.ty(id).name_offset(), MAX_NAME) == SECTION
        })
        .flat_map(|(id, _)| btf.ty(id).variables())
        .take(MAX_VARIABLES)
        .filter(|variable| is_bool(btf, variable.ty))
        .map(|variable| btf.string_start(btf.ty(variable.ty).name_offset(), MAX_NAME))
        .collect();
    let is_true =
        |value: u64| usize::try_from(value).ok().and_then(|at| data.get(at)).is_some_and(|&byte| byte != 0);
    elf.symbols_in(index)
        .filter(|symbol| flags.contains(symbol.name) && is_true(symbol.value))
        .map(|symbol| String::from_utf8_lossy(symbol.name).into_owned())
        .collect()
}

fn is_bool(btf: &Btf, variable: TypeId) -> bool {
    btf.skip_modifiers(btf.ty(variable).target()).is_ok_and(|(_, ty)| {
        ty.kind() == Kind::Int && ty.size_word() == 1 && ty.int().encoding() == IntEncoding::Bool as u32
    })
}
