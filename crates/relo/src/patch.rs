//! Writing a relocation's result into its instruction (libbpf: `bpf_core_patch_insn`).

use bpfc_btf::Endian;

use crate::Failure;
use crate::elf::INSTRUCTION;

/// What is to be written (libbpf: `struct bpf_core_relo_res`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Resolved {
    pub(crate) original: u64,
    pub(crate) new: u64,
    /// The instruction must hold the original value.
    pub(crate) validate: bool,
    /// Nothing matched: the instruction becomes one that the verifier refuses if it can be reached.
    pub(crate) poison: bool,
    /// Memory sizes in bytes, before and after.
    pub(crate) original_memory: u32,
    pub(crate) new_memory: u32,
    pub(crate) memory_differs: bool,
}

// Instruction classes, sizes and sources of include/uapi/linux/bpf_common.h and bpf.h.
const CLASS: u8 = 0x07;
const LD: u8 = 0x00;
const LDX: u8 = 0x01;
const ST: u8 = 0x02;
const STX: u8 = 0x03;
const ALU: u8 = 0x04;
const ALU64: u8 = 0x07;
const SIZE: u8 = 0x18;
const SOURCE: u8 = 0x08;
const CALL: u8 = 0x85;
/// `BPF_LD | BPF_IMM | BPF_DW`, the only instruction of two slots.
const LDIMM64: u8 = 0x18;
/// Helper number that does not exist: the verifier prints it, and people know it as `0xbad2310`.
const POISON: u32 = 0x0bad_2310;

/// One 8-byte slot: opcode, registers (their order in the byte follows the byte order), offset,
/// immediate.
#[derive(Clone, Copy)]
struct Slot {
    code: u8,
    registers: u8,
    offset: i16,
    immediate: u32,
}

impl Slot {
    fn read(bytes: [u8; INSTRUCTION], endian: Endian) -> Slot {
        let [code, registers, o1, o2, i1, i2, i3, i4] = bytes;
        Slot { code, registers, offset: endian.u16([o1, o2]) as i16, immediate: endian.u32([i1, i2, i3, i4]) }
    }

    fn write(self, endian: Endian) -> [u8; INSTRUCTION] {
        let [o1, o2] = endian.bytes16(self.offset as u16);
        let [i1, i2, i3, i4] = endian.bytes32(self.immediate);
        [self.code, self.registers, o1, o2, i1, i2, i3, i4]
    }

    fn source(self, endian: Endian) -> u8 {
        if endian == Endian::Little { self.registers >> 4 } else { self.registers & 0xf }
    }
}

/// Patches the instruction that starts `bytes`; a second slot follows it for a 64-bit load. Returns whether it was
/// poisoned.
pub(crate) fn patch(bytes: &mut [u8], endian: Endian, resolved: &Resolved) -> Result<bool, Failure> {
    let (slots, _) = bytes.as_chunks_mut::<INSTRUCTION>();
    let (first, rest) = slots.split_first_mut().ok_or(Failure::Offset)?;
    let mut second = rest.first_mut();
    let mut slot = Slot::read(*first, endian);
    let poison = Slot { code: CALL, registers: 0, offset: 0, immediate: POISON }.write(endian);
    if resolved.poison {
        if slot.code == LDIMM64
            && let Some(second) = second
        {
            *second = poison;
        }
        *first = poison;
        return Ok(true);
    }
    match slot.code & CLASS {
        ALU | ALU64 => {
            let sign_extended = i64::from(slot.immediate as i32) as u64;
            if slot.code & SOURCE != 0 || (resolved.validate && sign_extended != resolved.original) {
                return Err(Failure::Instruction);
            }
            slot.immediate = resolved.new as u32;
        }
        LDX | ST | STX => {
            let sign_extended = i64::from(slot.offset) as u64;
            if resolved.validate && sign_extended != resolved.original {
                return Err(Failure::Instruction);
            }
            slot.offset = i16::try_from(resolved.new).map_err(|_| Failure::Range)?;
            if resolved.memory_differs {
                *first = poison;
                return Ok(true);
            }
            if resolved.new_memory != resolved.original_memory {
                if size_in_bytes(slot.code) != resolved.original_memory {
                    return Err(Failure::Instruction);
                }
                let size = size_code(resolved.new_memory).ok_or(Failure::Instruction)?;
                slot.code = slot.code & !SIZE | size;
            }
        }
        LD => {
            let Some(second) = second.as_mut() else { return Err(Failure::Instruction) };
            let mut high = Slot::read(**second, endian);
            let plain = slot.code == LDIMM64 && slot.source(endian) == 0 && slot.offset == 0;
            let clean = high.code == 0 && high.registers == 0 && high.offset == 0;
            let value = u64::from(high.immediate) << 32 | u64::from(slot.immediate);
            if !plain || !clean || (resolved.validate && value != resolved.original) {
                return Err(Failure::Instruction);
            }
            slot.immediate = resolved.new as u32;
            high.immediate = (resolved.new >> 32) as u32;
            **second = high.write(endian);
        }
        _ => return Err(Failure::Instruction),
    }
    *first = slot.write(endian);
    Ok(false)
}

fn size_in_bytes(code: u8) -> u32 {
    match code & SIZE {
        0x00 => 4,
        0x08 => 2,
        0x10 => 1,
        _ => 8,
    }
}

fn size_code(bytes: u32) -> Option<u8> {
    match bytes {
        4 => Some(0x00),
        2 => Some(0x08),
        1 => Some(0x10),
        8 => Some(0x18),
        _ => None,
    }
}
