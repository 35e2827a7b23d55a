//! From the form in which a kernel's BTF is shipped to the BTF itself.

use crate::decompress::Decompressor;
use crate::error::{ArchiveError, ErrorKind, Result};
use crate::limits::KERNEL_BYTES;
use crate::tar::{self, BLOCK, EntryKind, TarEntry, TarReader};
use std::borrow::Cow;
use std::io::{BufRead, BufReader, Cursor, Read};

/// The outermost form of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// xz.
    Xz,
    /// gzip.
    Gzip,
    /// zstd, which is recognised only to be named.
    Zstd,
    /// tar, of any kind.
    Tar,
    /// None of these: the content itself.
    Raw,
}

/// The outermost form of `bytes`, told by its magic; for a tar by its first header.
pub fn sniff(bytes: &[u8]) -> Container {
    match bytes {
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Container::Xz,
        [0x1f, 0x8b, ..] => Container::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Container::Zstd,
        _ if tar::starts_tar(bytes) => Container::Tar,
        _ => Container::Raw,
    }
}

/// The payload of a kernel's file: `.btf.tar.xz`, `.tar`, `.tar.gz`, `.xz`, `.gz`, or the payload itself.
///
/// The payload of a tar is its only file named `*.btf`; if no file is named so, its only file. Whether it is BTF is for
/// its reader to say. Nothing is copied out of what was not compressed. Out of a compressed tar, memory is the payload
/// and the decoder's dictionary, nothing else.
pub fn unwrap_kernel(bytes: &[u8]) -> Result<Cow<'_, [u8]>> {
    match sniff(bytes) {
        Container::Xz => unwrap_stream(Decompressor::xz(bytes, KERNEL_BYTES)).map(Cow::Owned),
        Container::Gzip => unwrap_stream(Decompressor::gzip(bytes, KERNEL_BYTES)).map(Cow::Owned),
        Container::Zstd => Err(zstd()),
        Container::Tar => {
            let content = |_: &mut _, entry: &_| tar::content(bytes, entry);
            let (_, content) = find_payload(&mut TarReader::new(bytes), content)?;
            Ok(Cow::Borrowed(content))
        }
        Container::Raw if bytes.is_empty() => Err(empty("the file is empty")),
        Container::Raw => Ok(Cow::Borrowed(bytes)),
    }
}

/// The error for zstd: neither BTFHub nor any reader of packs uses it, so its decoder is not worth its size in WASM.
pub(crate) fn zstd() -> ArchiveError {
    ArchiveError::new(ErrorKind::ArchiveZstd, "the data is compressed with zstd, which is not read")
}

fn unwrap_stream(stream: Decompressor<'_>) -> Result<Vec<u8>> {
    let (is_tar, mut stream) = peek(stream)?;
    if is_tar {
        let mut reader = TarReader::new(stream);
        let (_, content) = find_payload(&mut reader, |reader, _| reader.read_content(KERNEL_BYTES))?;
        reader.finish()?;
        return Ok(content);
    }
    let mut content = Vec::new();
    stream.read_to_end(&mut content).map_err(ArchiveError::from_io)?;
    match content.is_empty() {
        true => Err(empty("nothing is compressed in the file")),
        false => Ok(content),
    }
}

/// Whether a stream starts as a tar, and all of the stream.
pub(crate) fn peek<'a>(stream: Decompressor<'a>) -> Result<(bool, impl BufRead + use<'a>)> {
    let mut stream = BufReader::new(stream);
    let mut start = Vec::new();
    stream.by_ref().take(BLOCK as u64).read_to_end(&mut start).map_err(ArchiveError::from_io)?;
    Ok((tar::starts_tar(&start), Cursor::new(start).chain(stream)))
}

/// The payload's entry, and what `read` makes of it. `read` is called when the reader stands at the entry's content: a
/// second time only if a `*.btf` comes after a file of another name.
fn find_payload<R: BufRead, T>(
    reader: &mut TarReader<R>,
    mut read: impl FnMut(&mut TarReader<R>, &TarEntry) -> Result<T>,
) -> Result<(TarEntry, T)> {
    let is_btf = |entry: &TarEntry| entry.name.ends_with(".btf");
    let mut found: Option<(TarEntry, T)> = None;
    let mut rival: Option<TarEntry> = None;
    let mut others = 0_u64;
    while let Some(entry) = reader.next_entry()? {
        let better = match &found {
            None => true,
            Some((best, _)) => is_btf(&entry) && !is_btf(best),
        };
        if entry.kind != EntryKind::File {
            others += 1;
        } else if better {
            rival = None;
            // The worse content goes before memory is taken for the better.
            drop(found.take());
            let content = read(reader, &entry)?;
            found = Some((entry, content));
        } else if found.as_ref().is_some_and(|(best, _)| is_btf(best) == is_btf(&entry)) {
            rival = Some(entry);
        }
    }
    match (found, rival) {
        (Some((entry, _)), Some(rival)) => {
            let what = format!("the tar holds both {} and {}", entry.name, rival.name);
            let error = ArchiveError::new(ErrorKind::ArchiveAmbiguous, what);
            Err(error.with_at(rival.offset).with_value(rival.name.as_str()))
        }
        (Some((entry, _)), None) if entry.size == 0 => {
            Err(empty("the file in the tar is empty").with_at(entry.offset).with_value(entry.name.as_str()))
        }
        (Some(payload), None) => Ok(payload),
        (None, _) if others == 0 => Err(empty("the tar has no entries")),
        (None, _) => {
            Err(empty("the tar has no files, only links, directories or devices").with_value(others))
        }
    }
}

fn empty(what: &str) -> ArchiveError {
    ArchiveError::new(ErrorKind::ArchiveEmpty, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deflate::GzipWriter;
    use crate::tar::testing::{Builder, pax, xz};
    use proptest::prelude::*;

    const BTF: &[u8] = b"\x9f\xeb\x01\0the rest of a BTF";

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut writer = GzipWriter::new();
        writer.write(content).unwrap();
        writer.finish().unwrap()
    }

    /// The same content in each form that can hold it.
    fn forms(content: &[u8]) -> [Vec<u8>; 3] {
        [content.to_vec(), gzip(content), xz(content)]
    }

    fn error_of(bytes: &[u8]) -> &'static str {
        unwrap_kernel(bytes).unwrap_err().code()
    }

    #[test]
    fn forms_are_told_by_their_magic() {
        let tar = Builder::new().file("a.btf", BTF).end();
        let table: [(&[u8], Container); 8] = [
            (&xz(BTF), Container::Xz),
            (&gzip(BTF), Container::Gzip),
            (b"\x28\xb5\x2f\xfd\0", Container::Zstd),
            (&tar, Container::Tar),
            (BTF, Container::Raw),
            (b"\x7fELF", Container::Raw),
            (b"", Container::Raw),
            (&tar[..511], Container::Raw),
        ];
        for (bytes, container) in table {
            assert_eq!(sniff(bytes), container);
        }
    }

    #[test]
    fn every_form_holds_the_same_payload() {
        let tar = Builder::new().file("4.15.0.btf", BTF).end();
        for bytes in forms(BTF).into_iter().chain(forms(&tar)) {
            assert_eq!(unwrap_kernel(&bytes).unwrap(), BTF);
        }
    }

    #[test]
    fn what_was_not_compressed_is_not_copied() {
        let tar = Builder::new().file("a.btf", BTF).end();
        assert!(matches!(unwrap_kernel(BTF).unwrap(), Cow::Borrowed(_)));
        assert!(matches!(unwrap_kernel(&tar).unwrap(), Cow::Borrowed(_)));
    }

    #[test]
    fn the_payload_of_a_compressed_tar_has_memory_of_exactly_its_size() {
        let content = vec![7; 100_001];
        let tar = Builder::new().file("a.btf", &content).end();
        for bytes in [gzip(&tar), xz(&tar)] {
            let Cow::Owned(payload) = unwrap_kernel(&bytes).unwrap() else { panic!() };
            assert_eq!((payload.capacity(), payload), (content.len(), content.clone()));
        }
    }

    #[test]
    fn the_payload_is_the_only_btf_or_else_the_only_file() {
        let new = Builder::new;
        let table = [
            (new().file("vmlinux", BTF), Ok(BTF)),
            (new().file("README", b"1").file("a.btf", BTF).file("LICENSE", b"2"), Ok(BTF)),
            (new().file("README", b"1").file("LICENSE", b"2").file("a.btf", BTF), Ok(BTF)),
            (new().entry("d.btf/", b'5', b"").entry("l.btf", b'2', b"").file("a.btf", BTF), Ok(BTF)),
            (new().entry("x", b'x', &pax(&[("path", "a.btf")])).file("a", BTF).file("b", b"1"), Ok(BTF)),
            (new().file("a.btf", BTF).file("b.btf", BTF), Err("ARCHIVE_AMBIGUOUS")),
            (new().file("x", b"1").file("a.btf", BTF).file("b.btf", BTF), Err("ARCHIVE_AMBIGUOUS")),
            (new().file("README", b"1").file("vmlinux", BTF), Err("ARCHIVE_AMBIGUOUS")),
            (new().file("a.btf", b"").file("b.btf", BTF), Err("ARCHIVE_AMBIGUOUS")),
            (new().file("a.btf", b""), Err("ARCHIVE_EMPTY")),
            (new().entry("d/", b'5', b"").entry("l.btf", b'2', b""), Err("ARCHIVE_EMPTY")),
            (new(), Err("ARCHIVE_EMPTY")),
        ];
        for (number, (tar, expected)) in table.into_iter().enumerate() {
            for bytes in forms(&tar.end()) {
                let payload = unwrap_kernel(&bytes);
                let payload = payload.as_deref().map_err(ArchiveError::code);
                assert_eq!(payload, expected, "row {number}");
            }
        }
    }

    #[test]
    fn nothing_in_any_form_is_empty() {
        for bytes in forms(b"") {
            assert_eq!(error_of(&bytes), "ARCHIVE_EMPTY");
        }
    }

    #[test]
    fn zstd_is_named_and_refused() {
        assert_eq!(error_of(b"\x28\xb5\x2f\xfd\x04\0"), "ARCHIVE_ZSTD");
    }

    #[test]
    fn compressed_data_cut_anywhere_is_refused() {
        let content: Vec<u8> = (0..3000_u32).flat_map(|n| (n * n).to_le_bytes()).collect();
        let tar = Builder::new().file("a.btf", &content).end();
        for (compressed, code) in [(xz(&tar), "XZ_CORRUPT"), (gzip(&tar), "GZIP_CORRUPT")] {
            for length in 6..compressed.len() {
                assert_eq!(error_of(&compressed[..length]), code, "{length} of {}", compressed.len());
            }
        }
    }

    /// The tar inside may be whole where the checksum behind it is not.
    #[test]
    fn damage_anywhere_is_refused() {
        let tar = Builder::new().file("a.btf", &BTF.repeat(40)).end();
        for compressed in [xz(&tar), gzip(&tar)] {
            for at in (10..compressed.len()).filter(|at| at % 3 == 0) {
                let mut damaged = compressed.clone();
                damaged[at] ^= 0x10;
                assert!(unwrap_kernel(&damaged).is_err(), "byte {at} of {}", compressed.len());
            }
        }
    }

    #[test]
    fn zeros_in_fours_may_follow_xz_and_nothing_else() {
        let with = |rest: &[u8]| [&xz(BTF)[..], rest].concat();
        assert_eq!(unwrap_kernel(&with(&[0; 8])).unwrap(), BTF);
        for rest in [&[0; 3][..], b"trailing", &xz(BTF)] {
            let bytes = with(rest);
            let error = unwrap_kernel(&bytes).unwrap_err();
            assert_eq!((error.code(), error.at()), ("XZ_CORRUPT", Some(xz(BTF).len() as u64)));
        }
    }

    #[test]
    fn gzip_members_are_one_content_and_nothing_else_may_follow() {
        let (first, second) = BTF.split_at(5);
        let members = [gzip(first), gzip(second)].concat();
        assert_eq!(unwrap_kernel(&members).unwrap(), BTF);
        for rest in [&[0; 8][..], b"trailing"] {
            assert_eq!(error_of(&[&members[..], rest].concat()), "GZIP_CORRUPT");
        }
    }

    /// A megabyte of gzip can hold a gigabyte: neither is a header believed, nor is what it announces read without end.
    #[test]
    fn what_would_fill_memory_is_refused() {
        let claim = Builder::new().edited("a.btf", KERNEL_BYTES + 1, |_| {}, b"").bytes();
        let volume = |header: &mut [u8; BLOCK]| header[156] = b'V';
        let start = Builder::new().edited("v", KERNEL_BYTES, volume, b"").bytes();
        let mut bomb = GzipWriter::new();
        bomb.write(&start).unwrap();
        let zeros = vec![0; 1 << 20];
        (0..256).for_each(|_| bomb.write(&zeros).unwrap());
        assert_eq!(error_of(&gzip(&claim)), "ARCHIVE_LIMIT");
        assert_eq!(error_of(&bomb.finish().unwrap()), "GZIP_LIMIT");
    }

    #[test]
    fn a_dictionary_larger_than_any_preset_is_refused_before_it_is_allocated() {
        let mut bytes = xz(BTF);
        // Stream header 12, block header: size, flags, filter 0x21, one byte of properties, dictionary size.
        assert_eq!(bytes[12..16], [2, 0, 0x21, 1]);
        // 40 stands for 4 GiB - 1 (xz format 1.1.0, section 5.3.1); the CRC-32 of the block header follows.
        bytes[16] = 40;
        let mut crc = flate2::Crc::new();
        crc.update(&bytes[12..20]);
        bytes[20..24].copy_from_slice(&crc.sum().to_le_bytes());
        assert_eq!(error_of(&bytes), "XZ_LIMIT");
    }

    proptest! {
        #[test]
        fn any_bytes_are_unwrapped_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..2000), magic in 0..4) {
            let magic: &[u8] = match magic {
                0 => b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4\x46",
                1 => b"\x1f\x8b\x08\0\0\0\0\0\0\x03",
                2 => b"\x28\xb5\x2f\xfd",
                _ => b"",
            };
            let _ = unwrap_kernel(&[magic, &bytes].concat());
        }

        #[test]
        fn a_mutated_file_is_unwrapped_or_an_error(
            content in proptest::collection::vec(0_u8..8, 0..3000),
            form in 0_usize..6,
            mutations in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6),
            cut in any::<proptest::sample::Index>(),
            is_cut in any::<bool>(),
        ) {
            let tar = Builder::new().file("a.btf", &content).end();
            let mut bytes = forms(&content).into_iter().chain(forms(&tar)).nth(form).unwrap();
            if !bytes.is_empty() {
                for (at, value) in mutations {
                    *at.get_mut(&mut bytes) = value;
                }
                bytes.truncate(if is_cut { cut.index(bytes.len()) } else { bytes.len() });
            }
            if let Err(error) = unwrap_kernel(&bytes) {
                prop_assert!(ArchiveError::codes().any(|code| code == error.code()));
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }
}
