//! Finding candidates: the kernel's types that a relocation may mean
//! (libbpf: `bpf_core_find_cands`, `bpf_core_add_cands`).

use std::collections::HashMap;

use bpfc_btf::{Btf, Kind, TypeId};

use crate::essential_name;

/// The names that some objects ask for, so that one pass over a kernel's types finds all of them.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    entries: Vec<(Vec<u8>, Kind)>,
    positions: HashMap<(Vec<u8>, Kind), usize>,
    /// Kinds asked for, one bit each.
    kinds: u32,
    /// First two bytes of the names asked for: most types are told apart by these.
    prefixes: Prefixes,
}

impl Wanted {
    pub(crate) fn new() -> Self {
        Wanted { entries: Vec::new(), positions: HashMap::new(), kinds: 0, prefixes: Prefixes::new() }
    }

    /// Asks for the candidates of a root type; the answer is at the returned position of
    /// [`Wanted::find`]'s result.
    pub(crate) fn add(&mut self, name: &[u8], kind: Kind) -> usize {
        let essential = essential_name(name).to_vec();
        let kind = class(kind);
        let key = (essential, kind);
        if let Some(&position) = self.positions.get(&key) {
            return position;
        }
        let position = self.entries.len();
        self.kinds |= bit(kind);
        self.prefixes.add(&key.0, position);
        self.entries.push(key.clone());
        self.positions.insert(key, position);
        position
    }

    /// For every name asked for, the types of that essential name and kind, ids ascending.
    pub(crate) fn find(&self, target: &Btf) -> Vec<Vec<TypeId>> {
        let mut found = vec![Vec::new(); self.entries.len()];
        for (id, kind) in target.kinds() {
            let kind = class(kind);
            if self.kinds & bit(kind) == 0 {
                continue;
            }
            let offset = target.ty(id).name_offset();
            let tail = target.string_tail(offset);
            for &position in self.prefixes.get(tail) {
                let Some((name, wanted)) = self.entries.get(position) else { continue };
                let plausible = *wanted == kind
                    && tail
                        .strip_prefix(name.as_slice())
                        .is_some_and(|rest| matches!(rest.first(), Some(0 | b'_')));
                if plausible
                    && essential_name(target.string(offset)) == name
                    && let Some(list) = found.get_mut(position)
                {
                    list.push(id);
                }
            }
        }
        found
    }
}

/// Enums of either width stand for each other, no other kinds do.
fn class(kind: Kind) -> Kind {
    if kind == Kind::Enum64 { Kind::Enum } else { kind }
}

fn bit(kind: Kind) -> u32 {
    1 << (kind as u32)
}

/// Positions of names by their first two bytes. A bitmap in front keeps the common miss in cache.
#[derive(Clone, Debug)]
struct Prefixes {
    seen: Vec<u64>,
    positions: HashMap<[u8; 2], Vec<usize>>,
}

impl Prefixes {
    fn new() -> Self {
        Prefixes { seen: vec![0; (1 << 16) / 64], positions: HashMap::new() }
    }

    fn add(&mut self, name: &[u8], position: usize) {
        match *name {
            [first, second, ..] => self.insert([first, second], position),
            // One character: its NUL or its flavor follows.
            [only] => {
                self.insert([only, 0], position);
                self.insert([only, b'_'], position);
            }
            [] => {}
        }
    }

    fn insert(&mut self, prefix: [u8; 2], position: usize) {
        let number = usize::from(u16::from_le_bytes(prefix));
        if let Some(word) = self.seen.get_mut(number / 64) {
            *word |= 1 << (number % 64);
        }
        self.positions.entry(prefix).or_default().push(position);
    }

    #[inline]
    fn get(&self, name: &[u8]) -> &[usize] {
        let Some(&prefix) = name.first_chunk::<2>() else { return &[] };
        let number = usize::from(u16::from_le_bytes(prefix));
        match self.seen.get(number / 64) {
            Some(word) if word >> (number % 64) & 1 == 1 => {
                self.positions.get(&prefix).map_or(&[], Vec::as_slice)
            }
            _ => &[],
        }
    }
}
