//! What tars are read, and how those that are not are refused.

use super::header::seal;
use super::testing::{Builder, pax};
use super::*;
use proptest::prelude::*;

type Expected<'a> = (&'a str, EntryKind, &'a [u8]);

fn read(tar: &[u8]) -> Vec<(String, EntryKind, Vec<u8>)> {
    let entries = entries(tar).unwrap().into_iter();
    entries.map(|(entry, content)| (entry.name, entry.kind, content.to_vec())).collect()
}

fn assert_reads(tar: &[u8], expected: &[Expected]) {
    let expected: Vec<_> =
        expected.iter().map(|(name, kind, content)| (name.to_string(), *kind, content.to_vec())).collect();
    assert_eq!(read(tar), expected);
}

fn error_of(tar: &[u8]) -> (&'static str, Option<u64>) {
    let error = entries(tar).unwrap_err();
    (error.code(), error.at())
}

#[test]
fn a_ustar_prefix_stands_before_the_name() {
    let edit = |header: &mut Block| header[345..349].copy_from_slice(b"a/bc");
    let tar = Builder::new().edited("d", 1, edit, b"x").end();
    assert_reads(&tar, &[("a/bc/d", EntryKind::File, b"x")]);
}

#[test]
fn gnu_magic_and_v7_have_no_prefix() {
    for magic in [b"ustar  \0", &[0; 8]] {
        let edit = |header: &mut Block| {
            header[257..265].copy_from_slice(magic);
            header[345..349].copy_from_slice(b"a/bc");
        };
        let tar = Builder::new().edited("d", 1, edit, b"x").end();
        assert_reads(&tar, &[("d", EntryKind::File, b"x")]);
    }
}

#[test]
fn a_name_may_fill_its_field() {
    let name = "n".repeat(100);
    let tar = Builder::new().file(&name, b"x").end();
    assert_reads(&tar, &[(&name, EntryKind::File, b"x")]);
}

#[test]
fn gnu_long_names_replace_the_name_of_the_next_entry_only() {
    let name = "n".repeat(300);
    let long = format!("{name}\0");
    let tar =
        Builder::new().entry("././@LongLink", b'L', long.as_bytes()).file("cut", b"x").file("b", b"y").end();
    assert_reads(&tar, &[(&name, EntryKind::File, b"x"), ("b", EntryKind::File, b"y")]);
}

#[test]
fn gnu_long_link_targets_are_passed_over() {
    let tar = Builder::new().entry("././@LongLink", b'K', &[b't'; 700]).entry("l", b'2', b"").end();
    assert_reads(&tar, &[("l", EntryKind::SymbolicLink, b"")]);
}

#[test]
fn pax_records_give_path_and_size_of_the_next_entry_only() {
    let name = "é".repeat(200);
    let records = pax(&[("mtime", "1.5"), ("path", &name), ("size", "600")]);
    let tar = Builder::new()
        .entry("PaxHeaders/x", b'x', &records)
        .edited("cut", 0, |_| {}, &[b'x'; 600])
        .file("b", b"y")
        .end();
    assert_reads(&tar, &[(&name, EntryKind::File, &[b'x'; 600]), ("b", EntryKind::File, b"y")]);
}

#[test]
fn an_empty_pax_value_takes_the_record_back() {
    let records = pax(&[("path", "p"), ("size", "9"), ("path", ""), ("size", "")]);
    let tar = Builder::new().entry("x", b'x', &records).file("a", b"1").end();
    assert_reads(&tar, &[("a", EntryKind::File, b"1")]);
}

#[test]
fn pax_headers_for_all_entries_may_hold_comments_but_neither_path_nor_size() {
    let comment = pax(&[("comment", "0123456789abcdef")]);
    let tar = Builder::new().entry("pax_global_header", b'g', &comment).file("a", b"1").end();
    assert_reads(&tar, &[("a", EntryKind::File, b"1")]);
    for record in [("path", "b"), ("size", "0")] {
        let tar = Builder::new().entry("g", b'g', &pax(&[record])).file("a", b"1").end();
        assert_eq!(error_of(&tar), ("TAR_UNSUPPORTED", Some(0)));
    }
}

#[test]
fn malformed_pax_records_are_refused() {
    let table: [&[u8]; 12] = [
        b"x",
        b"11",
        b" path=a\n",
        b"10 path=ab",
        b"11 path=abc\n",
        b"9 path=abc\n",
        b"99 path=abc\n",
        b"7 path\n",
        b"3 \n",
        b"1 ",
        b"10 size=x\n\n",
        b"99999999999999999999999 a=b\n",
    ];
    for records in table {
        let tar = Builder::new().entry("x", b'x', records).file("a", b"1").end();
        assert_eq!(error_of(&tar), ("TAR_CORRUPT", Some(0)), "{}", records.escape_ascii());
    }
    for record in [("size", "-1"), ("size", "1e3"), ("size", "18446744073709551616"), ("path", "a\0b")] {
        let tar = Builder::new().entry("x", b'x', &pax(&[record])).file("a", b"1").end();
        assert_eq!(error_of(&tar), ("TAR_CORRUPT", Some(0)), "{record:?}");
    }
}

#[test]
fn sparse_files_are_refused_not_misread() {
    let gnu = Builder::new().file("a", b"1").entry("s", b'S', b"1").end();
    assert_eq!(error_of(&gnu), ("TAR_UNSUPPORTED", Some(1024)));
    let pax = Builder::new().entry("x", b'x', &pax(&[("GNU.sparse.major", "1")])).file("s", b"1").end();
    assert_eq!(error_of(&pax), ("TAR_UNSUPPORTED", Some(0)));
}

/// POSIX: types 1 to 6 are followed by no content; unknown types are, as regular files are.
#[test]
fn what_is_no_file_has_no_content_whatever_its_size_says() {
    let kinds = [
        (b'1', EntryKind::HardLink),
        (b'2', EntryKind::SymbolicLink),
        (b'3', EntryKind::Device),
        (b'4', EntryKind::Device),
        (b'5', EntryKind::Directory),
        (b'6', EntryKind::Fifo),
    ];
    for (type_flag, kind) in kinds {
        let edit = |header: &mut Block| header[156] = type_flag;
        let tar = Builder::new().edited("n", 4096, edit, b"").file("a", b"1").end();
        assert_reads(&tar, &[("n", kind, b""), ("a", EntryKind::File, b"1")]);
    }
    let tar = Builder::new().entry("n", b'V', b"volume").entry("c", b'7', b"2").end();
    assert_reads(&tar, &[("n", EntryKind::Other(b'V'), b"volume"), ("c", EntryKind::File, b"2")]);
}

#[test]
fn v7_files_have_no_type_and_v7_directories_end_in_a_slash() {
    let tar = Builder::new().entry("d/", 0, b"").entry("d/a", 0, b"1").end();
    assert_reads(&tar, &[("d/", EntryKind::Directory, b""), ("d/a", EntryKind::File, b"1")]);
}

#[test]
fn sizes_are_octal_in_any_dress_or_binary() {
    let table: [&[u8; 12]; 7] = [
        b"00000000003\0",
        b"          3 ",
        b"3\0\0\0\0\0\0\0\0\0\0\0",
        b"3           ",
        b"000000000003",
        b"\x80\0\0\0\0\0\0\0\0\0\0\x03",
        b" 3 \0 \0 \0 \0 \0",
    ];
    for size in table {
        let edit = |header: &mut Block| header[124..136].copy_from_slice(size);
        let tar = Builder::new().edited("a", 0, edit, b"abc").end();
        assert_reads(&tar, &[("a", EntryKind::File, b"abc")]);
    }
    let nothing = Builder::new().edited("a", 0, |header| header[124..136].fill(0), b"").end();
    assert_reads(&nothing, &[("a", EntryKind::File, b"")]);
}

#[test]
fn sizes_that_are_no_numbers_are_refused() {
    let table: [&[u8; 12]; 6] = [
        b"00000000008\0",
        b"0x000000003\0",
        b"-0000000003\0",
        b"3 3         ",
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfd",
        b"\x80\0\0\x01\0\0\0\0\0\0\0\0",
    ];
    for size in table {
        let edit = |header: &mut Block| header[124..136].copy_from_slice(size);
        let tar = Builder::new().file("b", b"").edited("a", 0, edit, b"abc").end();
        assert_eq!(error_of(&tar), ("TAR_CORRUPT", Some(512)), "{}", size.escape_ascii());
    }
}

#[test]
fn sizes_that_lie_are_refused() {
    for size in [600, 1 << 33] {
        let mut tar = Builder::new().edited("a", size, |_| {}, b"abc").bytes();
        assert_eq!(error_of(&tar), ("TAR_CORRUPT", Some(512)), "{size}");
        tar.extend([0; 40]);
        assert_eq!(error_of(&tar), ("TAR_CORRUPT", Some(512)), "{size}");
    }
    let largest = b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff";
    let edit = |header: &mut Block| header[124..136].copy_from_slice(largest);
    assert_eq!(error_of(&Builder::new().edited("a", 0, edit, b"").end()), ("TAR_CORRUPT", Some(0)));
}

#[test]
fn extensions_are_bounded() {
    for type_flag in *b"Lxg" {
        let edit = |header: &mut Block| header[156] = type_flag;
        let content = vec![b'1'; (1 << 20) + 1];
        let tar = Builder::new().edited("x", content.len() as u64, edit, &content).end();
        assert_eq!(error_of(&tar), ("ARCHIVE_LIMIT", Some(512)));
    }
}

#[test]
fn a_tar_ends_at_zeros_or_between_two_entries() {
    let expected: [Expected; 1] = [("a", EntryKind::File, b"1")];
    let open = Builder::new().file("a", b"1").bytes();
    assert_reads(&open, &expected);
    assert_reads(&[&open[..], &[0; 512]].concat(), &expected);
    assert_reads(&[&open[..], &[0; 512], b"anything"].concat(), &expected);
    assert_reads(&[], &[]);
}

#[test]
fn a_tar_cut_elsewhere_is_refused() {
    let tar = Builder::new().file("a", &[1; 700]).file("b", b"2").bytes();
    for length in 1..tar.len() {
        let result = entries(&tar[..length]);
        match length {
            1536 => assert_eq!(result.unwrap().len(), 1),
            _ => assert_eq!(result.unwrap_err().code(), "TAR_CORRUPT", "{length}"),
        }
    }
}

#[test]
fn every_byte_of_a_header_is_under_the_checksum() {
    let tar = Builder::new().file("a", b"").end();
    for at in (0..512).filter(|at| !(148..156).contains(at)) {
        let mut damaged = tar.clone();
        damaged[at] ^= 1;
        let error = entries(&damaged).unwrap_err();
        assert_eq!(error.code(), "TAR_CORRUPT", "{at}");
    }
}

/// GNU tar's `tar_checksum` takes both sums.
#[test]
fn the_checksum_of_signed_bytes_is_taken_too() {
    let mut block = *Builder::new().file("\u{ff}", b"").bytes().first_chunk::<512>().unwrap();
    seal(&mut block);
    // Two bytes above 127: the signed sum is 512 less.
    let unsigned = u32::from_str_radix(str::from_utf8(&block[148..154]).unwrap(), 8).unwrap();
    block[148..154].copy_from_slice(format!("{:06o}", unsigned - 512).as_bytes());
    assert_reads(&block, &[("\u{ff}", EntryKind::File, b"")]);
}

#[test]
fn names_that_are_not_utf8_are_shown_as_far_as_they_are() {
    let tar = Builder::new().edited("a", 0, |header| header[1] = 0xff, b"").end();
    assert_reads(&tar, &[("a\u{fffd}", EntryKind::File, b"")]);
}

#[test]
fn a_stream_gives_the_same_as_a_slice_in_a_buffer_of_exactly_the_size() {
    let content: Vec<u8> = (0..100_000_u32).map(|n| n as u8).collect();
    let tar = Builder::new().file("a", b"skipped").file("b", &content).end();
    let mut reader = TarReader::new(std::io::BufReader::with_capacity(100, &tar[..]));
    reader.next_entry().unwrap();
    let entry = reader.next_entry().unwrap().unwrap();
    let read = reader.read_content(entry.size).unwrap();
    assert_eq!((read.capacity(), &read), (content.len(), &content));
    assert_eq!(reader.next_entry().unwrap(), None);
}

#[test]
fn a_content_above_the_limit_is_refused_before_memory_is_reserved() {
    let tar = Builder::new().edited("a", 8 << 30, |_| {}, b"").bytes();
    let mut reader = TarReader::new(&tar[..]);
    reader.next_entry().unwrap();
    let error = reader.read_content(100).unwrap_err();
    assert_eq!(
        (error.code(), error.at(), error.value()),
        ("ARCHIVE_LIMIT", Some(512), Some(&(8 << 30).into()))
    );
}

#[test]
fn a_tar_is_told_by_its_first_header_or_by_zeros() {
    assert!(starts_tar(&Builder::new().file("a", b"").bytes()));
    assert!(starts_tar(&Builder::new().edited("a", 0, |header| header[257..265].fill(0), b"").bytes()));
    assert!(starts_tar(&[0; 10240]));
    assert!(!starts_tar(&[0; 511]));
    assert!(!starts_tar(&[b' '; 512]));
}

proptest! {
    #[test]
    fn any_bytes_are_entries_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..3000)) {
        if let Err(error) = entries(&bytes) {
            prop_assert!(error.code().starts_with("TAR_"));
        }
    }

    #[test]
    fn any_header_with_a_valid_checksum_is_an_entry_or_an_error(
        mut blocks in proptest::collection::vec(any::<[u8; 32]>(), 16 * 4),
        types in proptest::collection::vec(0_usize..12, 4),
    ) {
        for (header, type_flag) in blocks.as_flattened_mut().chunks_mut(512).zip(types) {
            header[124..136].copy_from_slice(b"00000000700\0");
            header[156] = b"0123456LKxgS"[type_flag];
            seal(header.first_chunk_mut().unwrap());
        }
        if let Err(error) = entries(blocks.as_flattened()) {
            prop_assert!(error.code().starts_with("TAR_"));
        }
    }
}
