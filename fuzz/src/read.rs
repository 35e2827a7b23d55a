//! Reading everything that a parsed input says, through every accessor.

use std::hint::black_box;
use std::sync::Arc;

use bpfc_btf::{Btf, TypeId};
use bpfc_pack::{describe, package_json};
use bpfc_relo::{BpfObject, Error, Trimmer};

/// Every accessor of every id, of a few that do not exist, and what is shown to people.
pub fn btf(btf: &Btf) {
    let strangers = [btf.type_count(), u32::MAX].map(TypeId);
    for id in [TypeId::VOID].into_iter().chain(btf.ids()).chain(strangers) {
        let ty = btf.ty(id);
        black_box((btf.kind(id), btf.get(id).is_some(), btf.name(id), btf.string_tail(ty.name_offset())));
        black_box((ty.kflag(), ty.vlen(), ty.size_word(), ty.target(), ty.int(), ty.array()));
        black_box((ty.linkage(), ty.component(), ty.member(ty.vlen()), ty.enumerator(u32::MAX)));
        for member in ty.members() {
            black_box((
                btf.string(member.name),
                member.bit_offset,
                member.bit_size,
                btf.get(member.ty).is_some(),
            ));
        }
        for value in ty.enumerators() {
            black_box((btf.string(value.name), value.value(&ty), value.bits64()));
        }
        for param in ty.params() {
            black_box((btf.string(param.name), param.ty));
        }
        black_box(ty.variables().last());
        black_box((btf.skip_modifiers(id).is_ok(), btf.size_of(id, 4), btf.size_of(id, 8), btf.c_name(id)));
        black_box(describe::btf_type(btf, id));
    }
    black_box((
        btf.find(b"task_struct").count(),
        btf.pointer_size(),
        btf.header(),
        btf.bytes(),
        btf.strings().len(),
    ));
    black_box(describe::btf_info(btf));
    for text in ["", "a", "struct s_"] {
        let found = btf.search(text);
        assert!(found.iter().all(|&id| btf.kind(id).is_some()));
        let _ = black_box(describe::type_summaries(btf, &found));
    }
}

/// What an object says, and its relocations on a kernel made of its own types.
pub fn object(object: BpfObject, bytes: &[u8]) {
    black_box((object.machine(), object.license(), object.has_ext(), object.maps()));
    assert!(object.relocations().iter().all(|relocation| relocation.spec < object.specs().len()));
    assert!(
        object
            .relocations()
            .iter()
            .filter_map(|r| r.program)
            .all(|program| program < object.programs().len())
    );
    let _ = black_box(describe::object_info(&object, bytes));
    // Without the bytes: compressing them takes longer than everything else.
    if let Ok(package) = package_json(&object, &[], "fuzz.bpf.o") {
        black_box(package);
    }
    let object = Arc::new(object);
    let mut trimmer = Trimmer::new();
    trimmer.add(Arc::clone(&object));
    match trimmer.trim(object.btf()) {
        Ok(trimmed) => assert!(Btf::parse(trimmed.btf).is_ok(), "what trimming writes can be read"),
        Err(error @ Error::Unstable { .. }) => eprintln!("note: {error}"),
        Err(_) => {}
    }
}
