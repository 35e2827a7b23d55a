//! BTF for libbpf before 1.0.
//!
//! The floor is libbpf 0.3, of 2020: what Debian 11 ships. Its kinds end at DATASEC (15), and it reads 4 bits
//! of a record's kind and 16 of its element count (`BTF_INFO_KIND`, `BTF_INFO_VLEN`). So it does not even refuse every
//! kind it does not know: ENUM64 (19) is an array to it, TYPE_TAG (18) a pointer, DECL_TAG (17) an integer. Later
//! ones before 1.0 know some of these, none knows ENUM64, and all refuse a BTF with a kind they do not know. BTF for
//! the floor is read by every libbpf that came after it.

use crate::{Btf, Code, Enumerator, Error, Kind, Result, Type, TypeId, header};

/// `BTF_INT_ENC(0, 0, 8)`: an unsigned integer of 8 bits.
const BYTE: u32 = 8;

/// The most elements of a record that 16 bits can count.
const MAX_ELEMENTS: u32 = 0xffff;

/// How much of a name is told, in bytes; the kernel's are shorter (`KSYM_NAME_LEN`).
const MAX_NAME: usize = 512;

/// A BTF for libbpf before 1.0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compat<'b> {
    /// The BTF, with a 24-byte header.
    pub bytes: Vec<u8>,
    /// What it does not say as the original does, by type id.
    pub lost: Vec<Loss<'b>>,
}

/// Something about a type that [`Compat::bytes`] does not say as the original does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss<'b> {
    /// The type; its id is the same in both.
    pub ty: TypeId,
    /// Its name, cut after 512 bytes; empty for an anonymous one.
    pub name: &'b [u8],
    /// What is lost.
    pub change: Change<'b>,
}

/// How a type changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'b> {
    /// An enumerator is left out: its value does not fit 32 bits.
    LeftOut(Value<'b>),
    /// An enumerator is kept, but as a 64-bit value it depends on the reader: ENUM's 32 bits are extended by zeros before
    /// libbpf 1.0, by their sign from 1.0 on, whatever the enum's own sign (`bpf_core_calc_enumval_relo`). As a 32-bit
    /// value it is right.
    Extended(Value<'b>),
    /// The record is of another kind and has no name any more.
    Kind {
        /// What it was: FLOAT, DECL_TAG or TYPE_TAG.
        was: Kind,
        /// What it is.
        is: Kind,
    },
}

/// An enumerator's name and value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value<'b> {
    /// The name, cut after 512 bytes.
    pub name: &'b [u8],
    /// The value as C sees it.
    pub value: i128,
}

/// The kind that every libbpf from 0.3 on knows for a record of `kind`: itself where it is old enough. As
/// `bpf_object__sanitize_btf` has it for old kernels, but for ENUM64: that makes it a union, in which CO-RE would find no
/// enumerators.
fn old_kind(kind: Kind) -> Kind {
    match kind {
        Kind::Enum64 => Kind::Enum,
        Kind::Float => Kind::Struct,
        Kind::TypeTag => Kind::Const,
        Kind::DeclTag => Kind::Int,
        Kind::Void
        | Kind::Int
        | Kind::Ptr
        | Kind::Array
        | Kind::Struct
        | Kind::Union
        | Kind::Enum
        | Kind::Fwd
        | Kind::Typedef
        | Kind::Volatile
        | Kind::Const
        | Kind::Restrict
        | Kind::Func
        | Kind::FuncProto
        | Kind::Var
        | Kind::Datasec => kind,
    }
}

/// Writes a BTF, record for record and with the same ids, names and byte order, so that libbpf before 1.0 reads it.
///
/// ENUM64 becomes ENUM, with its values that fit: 32 bits with or without sign, as the enum has. FLOAT becomes an empty
/// struct of its size, DECL_TAG a 1-byte integer and TYPE_TAG `const`, all anonymous, so that no relocation takes them for
/// a candidate. Other records and the strings stay as they are. Of a split BTF the own types are written, over the same
/// base.
///
/// # Errors
/// [`Code::Limit`], at the byte of the record, when it has more elements than 16 bits count.
pub fn compat<'b>(btf: &'b Btf) -> Result<Compat<'b>> {
    let mut writer = Writer { btf, types: Vec::with_capacity(btf.header().types.len()), lost: Vec::new() };
    for id in btf.ids() {
        writer.record(id)?;
    }
    let strings = btf.section(&btf.header().strings);
    // Neither section is longer than the one that was read.
    let mut bytes = header::write(btf.endian(), writer.types.len() as u32, strings.len() as u32);
    bytes.extend_from_slice(&writer.types);
    bytes.extend_from_slice(strings);
    Ok(Compat { bytes, lost: writer.lost })
}

struct Writer<'b> {
    btf: &'b Btf<'b>,
    types: Vec<u8>,
    lost: Vec<Loss<'b>>,
}

impl<'b> Writer<'b> {
    fn record(&mut self, id: TypeId) -> Result<()> {
        let ty = self.btf.ty(id);
        let (was, is) = (ty.kind(), old_kind(ty.kind()));
        match is {
            _ if was == is => {
                self.check_count(id, &ty, ty.vlen())?;
                let record = self.btf.record(id);
                self.types.extend_from_slice(record.get(..ty.record_len()).unwrap_or(record));
            }
            Kind::Enum => self.enumeration(id, &ty)?,
            _ => {
                // A declaration tag has a target where an integer has its size.
                let (size_or_type, payload) =
                    if is == Kind::Int { (1, Some(BYTE)) } else { (ty.size_word(), None) };
                self.words([0, info(is, false, 0), size_or_type].into_iter().chain(payload));
                self.lose(id, &ty, Change::Kind { was, is });
            }
        }
        Ok(())
    }

    /// An ENUM64 as ENUM.
    fn enumeration(&mut self, id: TypeId, ty: &Type<'b>) -> Result<()> {
        let fits = |enumerator: &Enumerator| {
            let value = enumerator.value(ty);
            if ty.kflag() { i32::try_from(value).is_ok() } else { u32::try_from(value).is_ok() }
        };
        let kept = ty.enumerators().filter(fits).count() as u32;
        self.check_count(id, ty, kept)?;
        self.words([ty.name_offset(), info(Kind::Enum, ty.kflag(), kept), ty.size_word()]);
        for enumerator in ty.enumerators() {
            let value =
                Value { name: self.btf.string_start(enumerator.name, MAX_NAME), value: enumerator.value(ty) };
            if !fits(&enumerator) {
                self.lose(id, ty, Change::LeftOut(value));
                continue;
            }
            self.words([enumerator.name, enumerator.low]);
            if enumerator.low > i32::MAX as u32 {
                self.lose(id, ty, Change::Extended(value));
            }
        }
        Ok(())
    }

    /// Of records that consist of elements only: others may have something else in the count (a function its linkage).
    fn check_count(&self, id: TypeId, ty: &Type, count: u32) -> Result<()> {
        if ty.kind().payload().1 == 0 || count <= MAX_ELEMENTS {
            return Ok(());
        }
        Err(Error::new(Code::Limit, self.btf.place(id), u64::from(count)))
    }

    fn words(&mut self, words: impl IntoIterator<Item = u32>) {
        let endian = self.btf.endian();
        self.types.extend(words.into_iter().flat_map(|word| endian.bytes32(word)));
    }

    fn lose(&mut self, ty: TypeId, record: &Type, change: Change<'b>) {
        let name = self.btf.string_start(record.name_offset(), MAX_NAME);
        self.lost.push(Loss { ty, name, change });
    }
}

fn info(kind: Kind, kflag: bool, count: u32) -> u32 {
    u32::from(kflag) << 31 | (kind as u32) << 24 | count
}
