//! Nothing from outside can panic: arbitrary bytes, and valid BTF with something changed.

use std::sync::Arc;

use bpfc_btf::{Btf, Code, TypeId, elf};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::ENDIANS;
use crate::common::random;

/// Everything a BTF says, read through every accessor there is for every id and a few that do not
/// exist: the whole read side of the crate in one value.
pub fn read_everything(btf: &Btf) -> Vec<String> {
    let strangers = [btf.type_count(), btf.type_count() + 1, u32::MAX].map(TypeId);
    let ids = std::iter::once(TypeId::VOID).chain(btf.ids()).chain(strangers);
    ids.map(|id| {
        let ty = btf.ty(id);
        let name = |offset| String::from_utf8_lossy(btf.string(offset)).into_owned();
        let members = ty.members().map(|m| (name(m.name), m.ty, m.bit_offset, m.bit_size));
        let values = ty.enumerators().map(|value| (name(value.name), value.value(&ty)));
        let params = ty.params().map(|param| (name(param.name), param.ty));
        format!(
            "{:?} {:?} {} {:?} {} {} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {} {:?} {:?} {:?} {:?} {}",
            btf.kind(id),
            btf.get(id).map(|ty| ty.kind()),
            name(ty.name_offset()),
            ty.kflag(),
            ty.vlen(),
            ty.size_word(),
            ty.target(),
            ty.int(),
            ty.array(),
            members.collect::<Vec<_>>(),
            values.collect::<Vec<_>>(),
            params.collect::<Vec<_>>(),
            ty.variables().collect::<Vec<_>>(),
            ty.linkage(),
            ty.component(),
            (ty.member(0).map(|m| m.ty), ty.member(ty.vlen()), ty.enumerator(u32::MAX)),
            btf.skip_modifiers(id).map(|(id, _)| id),
            (btf.size_of(id, 4), btf.size_of(id, 8)),
            btf.c_name(id),
        )
    })
    .collect()
}

/// One change to a file: a flipped bit, a replaced word, a cut or more bytes at the end.
#[derive(Clone, Debug)]
enum Change {
    Bit(Index, u8),
    Word(Index, u32),
    Cut(Index),
    Append(Vec<u8>),
}

fn change() -> impl Strategy<Value = Change> {
    // Small numbers are ids, offsets and counts that nearly fit.
    let word = prop_oneof![
        0u32..64,
        any::<u32>(),
        (0u32..24).prop_map(|n| u32::MAX << n),
        (0u32..32, 0u32..4).prop_map(|(kind, vlen)| kind << 24 | vlen)
    ];
    prop_oneof![
        4 => (any::<Index>(), 0u8..8).prop_map(|(at, bit)| Change::Bit(at, bit)),
        4 => (any::<Index>(), word).prop_map(|(at, word)| Change::Word(at, word)),
        1 => any::<Index>().prop_map(Change::Cut),
        1 => vec(any::<u8>(), 1..16).prop_map(Change::Append),
    ]
}

fn apply(data: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Append(bytes) => data.extend(bytes),
        _ if data.len() < 4 => {}
        Change::Bit(at, bit) => *at.get_mut(data) ^= 1 << bit,
        Change::Word(at, word) => {
            let at = at.index(data.len() / 4) * 4;
            data[at..at + 4].copy_from_slice(&word.to_ne_bytes());
        }
        Change::Cut(at) => data.truncate(at.index(data.len())),
    }
}

/// Reads everything there is or checks the refusal: its place is in the file.
fn exercise(data: &[u8]) {
    match Btf::parse(data) {
        Ok(btf) => assert!(read_everything(&btf).len() > btf.ids().len()),
        Err(error) => {
            assert!(error.offset() <= data.len().max(24) as u64, "{error}");
            assert!(error.to_string().contains("at byte"), "{error}");
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(data in vec(any::<u8>(), 0..200)) {
        exercise(&data);
        prop_assert!(elf::btf_section(&data).is_err());
    }

    #[test]
    fn arbitrary_types_behind_a_valid_header_never_panic(
        types in vec(any::<u32>().prop_map(|word| word & 0x0f00_0007), 0..60),
        big in any::<bool>(),
    ) {
        exercise(&crate::records(ENDIANS[usize::from(big)], &types, b"\0a\0bc\0def\0"));
    }

    #[test]
    fn arbitrary_bytes_behind_elfs_magic_never_panic(tail in vec(any::<u8>(), 0..300), class in 0u8..4) {
        let mut data = vec![0x7f, b'E', b'L', b'F', class];
        data.extend(tail);
        prop_assert!(elf::btf_section(&data).is_err());
    }

    #[test]
    fn valid_btf_with_changes_never_panics(
        records in random::records(30),
        big in any::<bool>(),
        changes in vec(change(), 0..4),
    ) {
        let mut data = random::write(ENDIANS[usize::from(big)], &records);
        changes.iter().for_each(|change| apply(&mut data, change));
        exercise(&data);
    }

    #[test]
    fn split_btf_with_changes_never_panics(
        base in random::records(10),
        own in random::records(10),
        changes in vec(change(), 0..4),
    ) {
        let base = Arc::new(Btf::parse(random::write(ENDIANS[0], &base)).unwrap());
        let mut data = random::write(ENDIANS[0], &own);
        changes.iter().for_each(|change| apply(&mut data, change));
        if let Ok(btf) = Btf::parse_split(data.as_slice(), base) {
            prop_assert!(read_everything(&btf).len() > btf.ids().len());
        }
    }
}

/// Every code has a name of its own and says what to do.
#[test]
fn codes_are_distinct_and_screaming() {
    let names: std::collections::BTreeSet<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(names.len(), Code::ALL.len());
    for name in names {
        assert!(name.starts_with("BTF_") || name.starts_with("ELF_"), "{name}");
    }
}
