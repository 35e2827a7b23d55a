//! The BTF format as this crate reads and writes it, rule by rule. Each test's name is the rule;
//! sources are include/uapi/linux/btf.h and the libbpf functions named.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "this is test code")]

#[path = "../common/mod.rs"]
mod common;

mod c_names;
mod compat;
mod definition;
mod diff;
mod dump;
mod dump_layout;
mod elf_files;
mod header;
mod hostile;
mod kinds;
mod layout;
mod merge;
mod references;
mod search;
mod sizes;
mod split;
mod strings;

use bpfc_btf::{Btf, Code, Endian, Error};

const ENDIANS: [Endian; 2] = [Endian::Little, Endian::Big];

/// A BTF file from its parts, with whatever header the words behind the magic make.
fn file(endian: Endian, header: &[u32], types: &[u32], strings: &[u8]) -> Vec<u8> {
    let mut out = endian.bytes16(0xeb9f).to_vec();
    out.extend([1, 0]);
    out.extend(header.iter().chain(types).flat_map(|&word| endian.bytes32(word)));
    out.extend(strings);
    out
}

/// A BTF file with the usual header around these type words.
fn records(endian: Endian, types: &[u32], strings: &[u8]) -> Vec<u8> {
    let type_len = types.len() as u32 * 4;
    file(endian, &[24, 0, type_len, type_len, strings.len() as u32], types, strings)
}

/// The info word of a record.
fn info(kflag: bool, kind: u32, vlen: u32) -> u32 {
    u32::from(kflag) << 31 | kind << 24 | vlen
}

/// Code and byte offset of the refusal.
fn refusal(data: &[u8]) -> (Code, u64) {
    let error: Error = Btf::parse(data).unwrap_err();
    (error.code(), error.offset())
}
