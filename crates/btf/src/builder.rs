//! Writing BTF.

use std::collections::HashMap;

use crate::{Code, Endian, Error, IntEncoding, Kind, Result, TypeId, header};

/// Builds a BTF record by record. Ids are given out from 1 in the order of calls; a record may
/// refer to ids that come later.
#[derive(Debug)]
pub struct Builder {
    endian: Endian,
    types: Vec<u8>,
    strings: Vec<u8>,
    offsets: HashMap<Vec<u8>, u32>,
    count: u32,
}

/// A member to be written.
#[derive(Clone, Copy, Debug)]
pub struct NewMember<'n> {
    /// Name; empty for an anonymous struct or union.
    pub name: &'n [u8],
    /// Type.
    pub ty: TypeId,
    /// Offset in bits.
    pub bit_offset: u32,
    /// Width in bits of a bitfield, else 0.
    pub bit_size: u32,
}

impl Builder {
    /// An empty BTF of this byte order.
    pub fn new(endian: Endian) -> Self {
        let offsets = HashMap::from([(Vec::new(), 0)]);
        Builder { endian, types: Vec::new(), strings: vec![0], offsets, count: 0 }
    }

    /// Offset of `name` in the strings; equal names share one.
    ///
    /// Names are never tail-merged: cilium/ebpf refuses offsets into the middle of a name.
    pub fn name(&mut self, name: &[u8]) -> u32 {
        if let Some(&offset) = self.offsets.get(name) {
            return offset;
        }
        let offset = self.strings.len() as u32;
        self.strings.extend_from_slice(name);
        self.strings.push(0);
        self.offsets.insert(name.to_vec(), offset);
        offset
    }

    /// Any record from its words: the one way in, for kinds without a method of their own.
    /// `payload` is what follows the 12-byte head.
    pub fn record(
        &mut self,
        kind: Kind,
        name: &[u8],
        kflag: bool,
        vlen: u32,
        size_or_type: u32,
        payload: &[u32],
    ) -> TypeId {
        let name = self.name(name);
        let info = u32::from(kflag) << 31 | (kind as u32) << 24 | vlen & 0xff_ffff;
        for word in [name, info, size_or_type].iter().chain(payload) {
            self.types.extend_from_slice(&self.endian.bytes32(*word));
        }
        self.count += 1;
        TypeId(self.count)
    }

    /// An integer of `size` bytes and `bits` bits.
    pub fn int(&mut self, name: &[u8], size: u32, encoding: IntEncoding, bits: u32) -> TypeId {
        self.record(Kind::Int, name, false, 0, size, &[(encoding as u32) << 24 | bits & 0xff])
    }

    /// A pointer, typedef, modifier or any other kind that is a name and a reference.
    pub fn reference(&mut self, kind: Kind, name: &[u8], ty: TypeId) -> TypeId {
        self.record(kind, name, false, 0, ty.0, &[])
    }

    /// An array.
    pub fn array(&mut self, element: TypeId, index: TypeId, length: u32) -> TypeId {
        self.record(Kind::Array, b"", false, 0, 0, &[element.0, index.0, length])
    }

    /// A struct or union of `size` bytes. The kind flag is set when a member is a bitfield.
    pub fn composite(&mut self, kind: Kind, name: &[u8], size: u32, members: &[NewMember]) -> TypeId {
        let kflag = members.iter().any(|member| member.bit_size != 0);
        let mut payload = Vec::with_capacity(members.len() * 3);
        for member in members {
            let name = self.name(member.name);
            let offset =
                if kflag { member.bit_size << 24 | member.bit_offset & 0xff_ffff } else { member.bit_offset };
            payload.extend([name, member.ty.0, offset]);
        }
        self.record(kind, name, kflag, members.len() as u32, size, &payload)
    }

    /// An enum of `size` bytes; `kind` says whether values have 32 or 64 bits.
    pub fn enumeration(
        &mut self,
        kind: Kind,
        name: &[u8],
        size: u32,
        signed: bool,
        values: &[(&[u8], u64)],
    ) -> TypeId {
        let mut payload = Vec::with_capacity(values.len() * 3);
        for &(name, value) in values {
            payload.extend([self.name(name), value as u32]);
            if kind == Kind::Enum64 {
                payload.push((value >> 32) as u32);
            }
        }
        self.record(kind, name, signed, values.len() as u32, size, &payload)
    }

    /// A function prototype; the pairs are parameter names and types.
    pub fn prototype(&mut self, returns: TypeId, params: &[(&[u8], TypeId)]) -> TypeId {
        let payload: Vec<u32> = params.iter().flat_map(|&(name, ty)| [self.name(name), ty.0]).collect();
        self.record(Kind::FuncProto, b"", false, params.len() as u32, returns.0, &payload)
    }

    /// The BTF: 24-byte header, types, strings.
    ///
    /// # Errors
    /// [`Code::Limit`] when it does not fit 32-bit offsets.
    pub fn finish(self) -> Result<Vec<u8>> {
        let total = self.types.len() + self.strings.len();
        if total > i32::MAX as usize {
            return Err(Error::new(Code::Limit, 0, total as u64));
        }
        let mut out = header::write(self.endian, self.types.len() as u32, self.strings.len() as u32);
        out.extend_from_slice(&self.types);
        out.extend_from_slice(&self.strings);
        Ok(out)
    }
}
