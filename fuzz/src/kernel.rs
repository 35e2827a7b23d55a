//! Kernels made by a few edits of an object's own types: most bytes of an input then change what is
//! compared, where in raw BTF most changes end in an error of its parser.

use bpfc_btf::{Btf, Endian, Kind};

/// Length of one edit: what to do, where (16 bits), with what (16 bits).
pub const EDIT: usize = 5;

/// Bytes of types beyond which nothing is added.
const LARGEST: usize = 1 << 16;

/// The types of `source` after `edits`, as BTF with a header that fits.
pub fn edited(source: &Btf, edits: &[u8]) -> Vec<u8> {
    let endian = source.endian();
    let header = source.header();
    let data = source.bytes();
    let mut types = data.get(header.types.clone()).unwrap_or(&[]).to_vec();
    let strings = data.get(header.strings.clone()).unwrap_or(&[]);
    let mut starts = starts(source, &types);
    for edit in edits.chunks_exact(EDIT) {
        let [what, a, b, c, d] = *edit else { continue };
        let (place, value) = (usize::from(u16::from_le_bytes([a, b])), u16::from_le_bytes([c, d]));
        let words = types.len() / 4;
        if words == 0 {
            break;
        }
        let at = place % words * 4;
        match what % 7 {
            // A reference, size, offset or name becomes another.
            0 => write(&mut types, endian, at, u32::from(value)),
            // Also a large one, a kind flag or a bitfield.
            1 => write(&mut types, endian, at, u32::from(value) << 16),
            2 => {
                let old = read(&types, endian, at);
                write(&mut types, endian, at, old.wrapping_add(u32::from(value).wrapping_sub(0x8000)));
            }
            // The name becomes that of another type, so that there are candidates.
            3 => {
                let (to, from) = (start(&starts, place), start(&starts, usize::from(value)));
                let name = read(&types, endian, from);
                write(&mut types, endian, to, name);
            }
            // A type once more, at the end.
            4 => {
                let first = start(&starts, place);
                let next = starts.iter().copied().filter(|&other| other > first).min().unwrap_or(types.len());
                if types.len() < LARGEST {
                    starts.push(types.len());
                    types.extend_from_within(first..next);
                }
            }
            // A reference leads there through so many typedefs: libbpf counts 32 on the way to a size.
            6 => {
                let mut to = read(&types, endian, at) % (starts.len() as u32 + 1);
                let links = if types.len() < LARGEST { value % 40 } else { 0 };
                for _ in 0..links {
                    starts.push(types.len());
                    for word in [0, (Kind::Typedef as u32) << 24, to] {
                        types.extend(endian.bytes32(word));
                    }
                    to = starts.len() as u32;
                }
                write(&mut types, endian, at, to);
            }
            // A kind becomes another with records of the same length, mostly.
            _ => {
                let info = start(&starts, place) + 4;
                let old = read(&types, endian, info);
                write(&mut types, endian, info, old & 0x80ff_ffff | u32::from(value & 0x1f) << 24);
            }
        }
    }
    let mut out = endian.bytes16(0xeb9f).to_vec();
    out.extend([1, 0]);
    for word in [24, 0, types.len() as u32, types.len() as u32, strings.len() as u32] {
        out.extend(endian.bytes32(word));
    }
    out.extend(types);
    out.extend(strings);
    out
}

/// Where each record starts, in bytes of the types.
fn starts(btf: &Btf, types: &[u8]) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut at = 0;
    for (id, kind) in btf.kinds() {
        starts.push(at);
        let vlen = btf.ty(id).vlen() as usize;
        at += 12
            + match kind {
                Kind::Int | Kind::Var | Kind::DeclTag => 4,
                Kind::Array => 12,
                Kind::Struct | Kind::Union | Kind::Enum64 | Kind::Datasec => 12 * vlen,
                Kind::Enum | Kind::FuncProto => 8 * vlen,
                _ => 0,
            };
    }
    assert_eq!(at, types.len(), "every record was counted");
    starts
}

fn start(starts: &[usize], position: usize) -> usize {
    starts.get(position % starts.len().max(1)).copied().unwrap_or(0)
}

fn read(types: &[u8], endian: Endian, at: usize) -> u32 {
    types.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| endian.u32(*bytes))
}

fn write(types: &mut [u8], endian: Endian, at: usize, value: u32) {
    if let Some(place) = types.get_mut(at..at + 4) {
        place.copy_from_slice(&endian.bytes32(value));
    }
}
