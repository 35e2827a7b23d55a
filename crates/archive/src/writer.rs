//! Writing packs: the same bytes for the same content, whatever the machine, the day, or the order of adding.

use crate::deflate::GzipWriter;
use crate::digest::Digest;
use crate::error::{ArchiveError, ErrorKind, Result};
use crate::layout::Layout;
use crate::limits::{PACK_BYTES, PACK_NAME_BYTES, TAR_ENTRIES};
use crate::memory;
use crate::package::PACKAGE_NAME;
use crate::tar::BLOCK;
use crate::tar::header::file_header;
use std::collections::{BTreeMap, BTreeSet};

/// Two blocks of zeros end a tar.
const END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];

/// What a pack is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackContainer {
    /// Plain tar.
    Tar,
    /// The same tar, compressed by gzip.
    TarGzip,
}

/// Collects the entries of a pack and writes it.
///
/// `package.json` comes first, then the entries by (SHA-256 of the content, path). So equal contents stand next to each
/// other, where deflate, which sees back 32 KiB, finds them again. All are regular files of mode 0644 that belong to
/// user and group 0 and were last changed in 1970.
#[derive(Debug, Default)]
pub struct PackWriter {
    /// Says what stands before every path.
    layout: Layout,
    /// Each content once: most kernels of a distribution share one trimmed BTF.
    contents: BTreeMap<Digest, Vec<u8>>,
    paths: BTreeSet<String>,
    /// In the order in which they are written: whether it is not the program, content, path.
    entries: BTreeSet<(bool, Digest, String)>,
    /// Bytes of the tar so far, without its end.
    size: u64,
}

impl PackWriter {
    /// A pack without entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same for the reader of `layout`, which compares names in its own way.
    pub fn for_layout(layout: Layout) -> Self {
        Self { layout, ..Self::default() }
    }

    /// Adds a file under `path`, which is relative and has no `./` in front. Refuses, and then changes nothing: a name
    /// that old readers cannot read or must not extract (`PACK_NAME`), a name that is there already
    /// (`PACK_DUPLICATE`), and what would make the pack too large to be read again (`ARCHIVE_LIMIT`).
    pub fn add(&mut self, path: &str, content: Vec<u8>) -> Result<()> {
        check_name(self.layout, path)?;
        if self.paths.contains(path) {
            let what = format!("the pack has {path} already");
            return Err(ArchiveError::new(ErrorKind::PackDuplicate, what).with_value(path));
        }
        let size = self.size + BLOCK as u64 + (content.len() as u64).next_multiple_of(BLOCK as u64);
        if size + END.len() as u64 > PACK_BYTES || self.entries.len() == TAR_ENTRIES {
            let what =
                format!("with {path} the pack has more than {PACK_BYTES} bytes or {TAR_ENTRIES} entries");
            return Err(ArchiveError::new(ErrorKind::ArchiveLimit, what).with_value(path));
        }
        let digest = Digest::of(&content);
        self.size = size;
        self.contents.entry(digest).or_insert(content);
        self.paths.insert(path.to_owned());
        self.entries.insert((path != PACKAGE_NAME, digest, path.to_owned()));
        Ok(())
    }

    /// The pack.
    pub fn finish(&self, container: PackContainer) -> Result<Vec<u8>> {
        match container {
            PackContainer::Tar => {
                let mut tar = memory::reserve(self.size + END.len() as u64)?;
                self.write_tar(|piece| {
                    tar.extend_from_slice(piece);
                    Ok(())
                })?;
                Ok(tar)
            }
            PackContainer::TarGzip => {
                let mut gzip = GzipWriter::new();
                self.write_tar(|piece| gzip.write(piece))?;
                gzip.finish()
            }
        }
    }

    fn write_tar(&self, mut write: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        for (_, digest, path) in &self.entries {
            let content = self.contents.get(digest).map(Vec::as_slice).unwrap_or_default();
            let padding = content.len().next_multiple_of(BLOCK) - content.len();
            write(&file_header(&format!("{}{path}", self.layout.prefix()), content.len() as u64))?;
            write(content)?;
            write(END.get(..padding).unwrap_or_default())?;
        }
        write(&END)
    }
}

fn check_name(layout: Layout, path: &str) -> Result<()> {
    let is_bad = |part: &str| matches!(part, "" | "." | "..");
    let why = if path.is_empty() {
        "is empty"
    } else if path.starts_with('/') {
        "is absolute"
    } else if path.split('/').any(is_bad) {
        "has a part that is empty, `.` or `..`"
    } else if path.contains('\0') {
        "contains NUL"
    } else if layout.prefix().len() + path.len() > PACK_NAME_BYTES {
        "is too long"
    } else {
        return Ok(());
    };
    let what = format!("the name {path:?} {why}");
    Err(ArchiveError::new(ErrorKind::PackName, what).with_value(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::Pack;
    use proptest::prelude::*;
    use std::borrow::Cow;

    fn pack_of(entries: &[(&str, &[u8])]) -> PackWriter {
        let mut writer = PackWriter::new();
        for (path, content) in entries {
            writer.add(path, content.to_vec()).unwrap();
        }
        writer
    }

    fn names(tar: &[u8]) -> Vec<String> {
        crate::tar::entries(tar).unwrap().into_iter().map(|(entry, _)| entry.name).collect()
    }

    #[test]
    fn the_program_comes_first_then_entries_by_content_and_path() {
        // SHA-256: "b" begins with 3e, "a" with ca.
        let entries: [(&str, &[u8]); 5] =
            [("z", b"a"), ("c", b"a"), ("package.json", b"a"), ("y", b"b"), ("d/e", b"a")];
        let tar = pack_of(&entries).finish(PackContainer::Tar).unwrap();
        assert_eq!(names(&tar), ["./package.json", "./y", "./c", "./d/e", "./z"]);
    }

    /// POSIX.1-2017, `pax`, "ustar Interchange Format", byte by byte.
    #[test]
    fn a_header_is_that_of_the_standard() {
        let tar = pack_of(&[("a/b", b"hello")]).finish(PackContainer::Tar).unwrap();
        let mut header = vec![0; 512];
        let mut put = |at: usize, text: &[u8]| header[at..at + text.len()].copy_from_slice(text);
        put(0, b"./a/b");
        put(100, b"0000644\x000000000\x000000000\x0000000000005\x0000000000000\0");
        put(148, b"007721\0 0");
        put(257, b"ustar\x0000");
        put(329, b"0000000\x000000000\0");
        let mut expected = header;
        expected.extend(b"hello");
        expected.resize(1024 + 1024, 0);
        assert_eq!(tar.escape_ascii().to_string(), expected.escape_ascii().to_string());
    }

    #[test]
    fn a_pack_without_entries_is_an_empty_tar() {
        assert_eq!(PackWriter::new().finish(PackContainer::Tar).unwrap(), [0; 1024]);
    }

    #[test]
    fn names_that_cannot_be_read_back_are_refused() {
        let longest = "a".repeat(97);
        let too_long = "a".repeat(98);
        let accented = "\u{e9}".repeat(49);
        let bad = ["", "/a", "a//b", "a/", "./a", "a/./b", "..", "a/../b", "a\0", &too_long, &accented];
        let mut writer = PackWriter::new();
        for path in bad {
            let error = writer.add(path, Vec::new()).unwrap_err();
            assert_eq!((error.code(), error.value()), ("PACK_NAME", Some(&path.into())), "{path:?}");
        }
        for path in [&longest, "...", ".a", "a b", "a+b", "a\\b"] {
            writer.add(path, Vec::new()).unwrap();
        }
    }

    /// The limit is on the name as it is written.
    #[test]
    fn inspektor_gadget_reads_names_without_the_dot() {
        let mut writer = PackWriter::for_layout(Layout::InspektorGadget);
        let longest = "a".repeat(99);
        writer.add(&longest, Vec::new()).unwrap();
        assert_eq!(names(&writer.finish(PackContainer::Tar).unwrap()), [longest]);
        assert_eq!(writer.add(&"a".repeat(100), Vec::new()).unwrap_err().code(), "PACK_NAME");
    }

    #[test]
    fn a_name_is_held_once() {
        let mut writer = pack_of(&[("a", b"1")]);
        assert_eq!(writer.add("a", b"2".to_vec()).unwrap_err().code(), "PACK_DUPLICATE");
        assert_eq!(
            writer.finish(PackContainer::Tar).unwrap(),
            pack_of(&[("a", b"1")]).finish(PackContainer::Tar).unwrap()
        );
    }

    #[test]
    fn a_pack_that_could_not_be_read_again_is_not_written() {
        // Room for one block of content, between its header and the end.
        let mut writer = PackWriter { size: PACK_BYTES - 4 * BLOCK as u64, ..PackWriter::new() };
        assert_eq!(writer.add("a", vec![0; 513]).unwrap_err().code(), "ARCHIVE_LIMIT");
        writer.add("a", vec![0; 512]).unwrap();
        assert_eq!(writer.add("b", Vec::new()).unwrap_err().code(), "ARCHIVE_LIMIT");
    }

    /// "300 entries of 40 KB in three variants" (formats.md, section 1) must not cost three hundred times 40 KB.
    #[test]
    fn entries_of_equal_content_compress_together() {
        let variant = |seed: u32| -> Vec<u8> {
            let next = |state: &mut u32| {
                *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                Some((*state >> 24) as u8)
            };
            std::iter::repeat_n(seed, 10_000).scan(seed, |state, _| next(state)).collect()
        };
        let mut writer = PackWriter::new();
        for number in 0..300 {
            writer.add(&format!("k{number}"), variant(number % 3)).unwrap();
        }
        let gzip = writer.finish(PackContainer::TarGzip).unwrap();
        assert!(gzip.len() < 80_000, "{}", gzip.len());
    }

    fn any_entries() -> impl Strategy<Value = BTreeMap<String, Vec<u8>>> {
        let content = proptest::collection::vec(any::<u8>(), 0..2000);
        proptest::collection::btree_map("[a-z]{1,8}(/[a-z+.~]{3,8}){0,3}", content, 0..12)
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(entries in any_entries()) {
            let mut writer = PackWriter::new();
            for (path, content) in &entries {
                writer.add(path, content.clone()).unwrap();
            }
            for container in [PackContainer::Tar, PackContainer::TarGzip] {
                let pack = Pack::open(Cow::Owned(writer.finish(container).unwrap())).unwrap();
                let read: BTreeMap<_, _> =
                    pack.entries().map(|entry| (entry.path.to_owned(), entry.content.to_vec())).collect();
                prop_assert_eq!(&read, &entries);
            }
        }

        #[test]
        fn the_order_of_adding_does_not_show(entries in any_entries()) {
            let (mut there, mut back) = (PackWriter::new(), PackWriter::new());
            for (path, content) in &entries {
                there.add(path, content.clone()).unwrap();
            }
            for (path, content) in entries.iter().rev() {
                back.add(path, content.clone()).unwrap();
            }
            prop_assert_eq!(there.finish(PackContainer::Tar).unwrap(), back.finish(PackContainer::Tar).unwrap());
        }
    }
}
