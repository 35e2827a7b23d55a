//! One pass over the type section: where each record starts, and whether all of it is sound
//! (libbpf: `btf_parse_type_sec`, `btf_sanity_check`).

use crate::{Code, Endian, Error, Kind, Result};

/// Start of every record and its kind, in id order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    /// Byte offset of each record in the type section.
    pub(crate) offsets: Vec<u32>,
    pub(crate) kinds: Vec<Kind>,
}

/// What the records of a type section may refer to.
pub(crate) struct Scope<'s> {
    /// Byte offset of the type section in the file, for error messages.
    pub(crate) at: usize,
    /// Name offsets from here on are outside the strings.
    pub(crate) names_end: u64,
    /// Id of the first record.
    pub(crate) first_id: u32,
    /// Kinds of the base's types, void first; of no base: void alone.
    pub(crate) base_kind: &'s dyn Fn(u32) -> Option<Kind>,
}

/// Head of a record: `name_off`, `info`, `size` or `type`.
const HEAD: usize = 12;
/// libbpf: `BTF_MAX_NR_TYPES`.
const MAX_TYPES: usize = 0x7fff_ffff;

pub(crate) fn build(types: &[u8], endian: Endian, scope: &Scope) -> Result<Index> {
    // Two copies of the loop, so that the byte order costs nothing per word.
    match endian {
        Endian::Little => scan(types, scope, u32::from_le_bytes),
        Endian::Big => scan(types, scope, u32::from_be_bytes),
    }
}

fn scan(types: &[u8], scope: &Scope, number: impl Fn([u8; 4]) -> u32 + Copy) -> Result<Index> {
    let mut index = Index::default();
    let mut references = References { highest: 0, at: 0, prototypes: Vec::new() };
    let mut rest = types;
    while !rest.is_empty() {
        let start = types.len() - rest.len();
        let at = scope.at + start;
        let word = |data: &[u8], word: usize| {
            data.get(word * 4..).and_then(<[u8]>::first_chunk).map_or(0, |w| number(*w))
        };
        let Some(head) = rest.first_chunk::<HEAD>() else {
            return Err(Error::new(Code::Types, at, rest.len() as u64));
        };
        let (name, info, size_or_type) = (word(head, 0), word(head, 1), word(head, 2));
        let Some(kind) = Kind::from_number((info >> 24 & 0x7f) as u8) else {
            return Err(Error::new(Code::Kind, at + 4, u64::from(info >> 24 & 0x7f)));
        };
        let vlen = (info & 0xff_ffff) as usize;
        let (fixed, element) = kind.payload();
        let size = HEAD + 4 * (fixed + element * vlen);
        let (Some(record), Some(next)) = (rest.get(HEAD..size), rest.get(size..)) else {
            return Err(Error::new(Code::Types, at + 4, vlen as u64));
        };
        let check_name = |name: u32, at: usize| {
            if u64::from(name) < scope.names_end {
                Ok(())
            } else {
                Err(Error::new(Code::Name, at, u64::from(name)))
            }
        };
        check_name(name, at)?;
        match kind {
            Kind::Struct | Kind::Union => {
                let mut at = at + HEAD;
                for member in record.as_chunks::<12>().0 {
                    check_name(word(member, 0), at)?;
                    references.note(word(member, 1), at + 4);
                    at += 12;
                }
            }
            Kind::FuncProto => {
                references.note(size_or_type, at + 8);
                let mut at = at + HEAD;
                for param in record.as_chunks::<8>().0 {
                    check_name(word(param, 0), at)?;
                    references.note(word(param, 1), at + 4);
                    at += 8;
                }
            }
            Kind::Enum | Kind::Enum64 => {
                for (position, value) in record.chunks_exact(4 * element).enumerate() {
                    check_name(word(value, 0), at + HEAD + 4 * element * position)?;
                }
            }
            Kind::Datasec => {
                for (position, variable) in record.chunks_exact(12).enumerate() {
                    references.note(word(variable, 0), at + HEAD + 12 * position);
                }
            }
            Kind::Array => {
                references.note(word(record, 0), at + HEAD);
                references.note(word(record, 1), at + HEAD + 4);
            }
            Kind::Func => {
                references.note(size_or_type, at + 8);
                let own = size_or_type.checked_sub(scope.first_id);
                match own.and_then(|own| index.kinds.get(own as usize)) {
                    Some(Kind::FuncProto) => {}
                    _ => references.prototypes.push((size_or_type, start)),
                }
            }
            _ if kind.refers() => references.note(size_or_type, at + 8),
            _ => {}
        }
        index.offsets.push(start as u32);
        index.kinds.push(kind);
        rest = next;
    }
    references.check(&index, scope)?;
    Ok(index)
}

/// References can point forward, so they are judged once the number of types is known.
struct References {
    highest: u32,
    at: usize,
    /// Functions and where they stand whose prototype has not been seen yet.
    prototypes: Vec<(u32, usize)>,
}

impl References {
    #[inline]
    fn note(&mut self, id: u32, at: usize) {
        if id > self.highest {
            (self.highest, self.at) = (id, at);
        }
    }

    fn check(&self, index: &Index, scope: &Scope) -> Result<()> {
        let count = scope.first_id as usize + index.kinds.len();
        if count > MAX_TYPES {
            return Err(Error::new(Code::Limit, scope.at, count as u64));
        }
        if self.highest as usize >= count {
            return Err(Error::new(Code::Reference, self.at, u64::from(self.highest)));
        }
        for &(id, start) in &self.prototypes {
            let kind = match id.checked_sub(scope.first_id) {
                Some(own) => index.kinds.get(own as usize).copied(),
                None => (scope.base_kind)(id),
            };
            if kind != Some(Kind::FuncProto) {
                return Err(Error::new(Code::Reference, scope.at + start + 8, u64::from(id)));
            }
        }
        Ok(())
    }
}
