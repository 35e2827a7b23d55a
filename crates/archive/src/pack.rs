//! Reading packs: those that [`crate::PackWriter`] writes, older ones, and tars that other people made.

use crate::container::{Container, peek, sniff, zstd};
use crate::decompress::Decompressor;
use crate::digest::Digest;
use crate::error::{ArchiveError, ErrorKind, Result};
use crate::identity::Identity;
use crate::limits::{KERNEL_BYTES, PACK_BYTES};
use crate::memory;
use crate::package::{PACKAGE_NAME, Package};
use crate::tar::{EntryKind, TarEntry, TarReader, content};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// An opened pack: its bytes as plain tar, and an index of them.
#[derive(Debug)]
pub struct Pack<'a> {
    tar: Cow<'a, [u8]>,
    files: BTreeMap<String, TarEntry>,
    skipped: Vec<TarEntry>,
}

/// A file of a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackEntry<'a> {
    /// Its path, without the `./` that the tar may have in front.
    pub path: &'a str,
    /// Its content.
    pub content: &'a [u8],
}

impl PackEntry<'_> {
    /// The kernel that the path names, if it names one.
    pub fn identity(&self) -> Option<Identity> {
        Identity::of_path(self.path)
    }

    /// The SHA-256 of the content.
    pub fn digest(&self) -> Digest {
        Digest::of(self.content)
    }
}

impl<'a> Pack<'a> {
    /// Opens a tar, plain or compressed with gzip or xz. A plain tar is not copied.
    pub fn open(bytes: Cow<'a, [u8]>) -> Result<Self> {
        let tar = match sniff(&bytes) {
            Container::Tar => bytes,
            Container::Gzip => Cow::Owned(Decompressor::gzip(&bytes, PACK_BYTES).read_all()?),
            Container::Xz => Cow::Owned(Decompressor::xz(&bytes, PACK_BYTES).read_all()?),
            Container::Zstd => return Err(zstd()),
            Container::Raw => return Err(not_a_pack("the bytes are no tar, gzip or xz")),
        };
        if sniff(&tar) != Container::Tar {
            return Err(not_a_pack("what is compressed is no tar"));
        }
        let (files, skipped) = index(&tar, |_| true)?;
        Ok(Self { tar, files, skipped })
    }

    /// As [`Pack::open`], for a reader who wants few of its files: there is only what has a path that `wanted` accepts. Of a
    /// compressed pack nothing else is kept in memory, and a file has at most [`KERNEL_BYTES`].
    pub fn open_some(bytes: &'a [u8], wanted: impl Fn(&str) -> bool) -> Result<Self> {
        match sniff(bytes) {
            Container::Gzip => gather(Decompressor::gzip(bytes, PACK_BYTES), wanted),
            Container::Xz => gather(Decompressor::xz(bytes, PACK_BYTES), wanted),
            Container::Tar => {
                let (files, skipped) = index(bytes, wanted)?;
                Ok(Self { tar: Cow::Borrowed(bytes), files, skipped })
            }
            Container::Zstd | Container::Raw => Self::open(Cow::Borrowed(bytes)),
        }
    }

    /// The files, by path.
    pub fn entries(&self) -> impl Iterator<Item = PackEntry<'_>> {
        self.files.keys().filter_map(|path| Some(PackEntry { path, content: self.read(path)? }))
    }

    /// The content of a file, by its path without `./`.
    pub fn read(&self, path: &str) -> Option<&[u8]> {
        let entry = self.files.get(path)?;
        content(&self.tar, entry).ok()
    }

    /// The program's `package.json`, if there is one.
    pub fn package(&self) -> Option<Result<Package>> {
        self.read(PACKAGE_NAME).map(Package::parse)
    }

    /// What is in the tar and not among the files: links, devices, and files whose path leads out of the pack.
    /// Directories are not named.
    pub fn skipped(&self) -> &[TarEntry] {
        &self.skipped
    }
}

/// The wanted files of a tar by path, and the rest of what is wanted. Of several files of one path the last counts, as when
/// it is extracted.
fn index(tar: &[u8], wanted: impl Fn(&str) -> bool) -> Result<(BTreeMap<String, TarEntry>, Vec<TarEntry>)> {
    let mut reader = TarReader::new(tar);
    let mut files = BTreeMap::new();
    let mut skipped = Vec::new();
    while let Some(entry) = reader.next_entry()? {
        let path = normalise(&entry.name);
        if !is_wanted(&entry, path.as_deref(), &wanted) {
            continue;
        }
        match (entry.kind, path) {
            (EntryKind::File, Some(path)) => {
                files.insert(path, entry);
            }
            _ => skipped.push(entry),
        }
    }
    Ok((files, skipped))
}

/// The wanted files of a compressed pack, which is read to its end: its checksums stand there.
fn gather(stream: Decompressor<'_>, wanted: impl Fn(&str) -> bool) -> Result<Pack<'static>> {
    let (is_tar, stream) = peek(stream)?;
    if !is_tar {
        return Err(not_a_pack("what is compressed is no tar"));
    }
    let mut reader = TarReader::new(stream);
    let mut pack = Pack { tar: Cow::default(), files: BTreeMap::new(), skipped: Vec::new() };
    let contents = pack.tar.to_mut();
    while let Some(mut entry) = reader.next_entry()? {
        let path = normalise(&entry.name);
        if !is_wanted(&entry, path.as_deref(), &wanted) {
            continue;
        }
        match (entry.kind, path) {
            (EntryKind::File, Some(path)) => {
                entry.offset = contents.len() as u64;
                memory::append(contents, &reader.read_content(KERNEL_BYTES)?)?;
                pack.files.insert(path, entry);
            }
            _ => pack.skipped.push(entry),
        }
    }
    reader.finish()?;
    Ok(pack)
}

/// Directories are of no use; what has no path in the pack goes by its name.
fn is_wanted(entry: &TarEntry, path: Option<&str>, wanted: impl Fn(&str) -> bool) -> bool {
    entry.kind != EntryKind::Directory && wanted(path.unwrap_or(&entry.name))
}

/// A path without its `.` parts; nothing if it is absolute, leads upwards, or ends nowhere.
fn normalise(name: &str) -> Option<String> {
    if name.starts_with('/') {
        return None;
    }
    let parts: Vec<_> = name.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    (!parts.is_empty() && !parts.contains(&"..")).then(|| parts.join("/"))
}

fn not_a_pack(what: &str) -> ArchiveError {
    ArchiveError::new(ErrorKind::PackFormat, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package_json;
    use crate::tar::header::file_header;
    use crate::tar::testing::{Builder, xz};
    use crate::writer::{PackContainer, PackWriter};

    fn open(tar: &[u8]) -> Pack<'_> {
        Pack::open(Cow::Borrowed(tar)).unwrap()
    }

    fn paths(pack: &Pack) -> Vec<String> {
        pack.entries().map(|entry| entry.path.to_owned()).collect()
    }

    fn gzip_of(content: &[u8]) -> Vec<u8> {
        let mut gzip = crate::deflate::GzipWriter::new();
        gzip.write(content).unwrap();
        gzip.finish().unwrap()
    }

    const KERNEL: &str = "btfhub-archive/ubuntu/20.04/x86_64/5.4.0-26-generic.btf";

    #[test]
    fn entries_have_path_content_digest_and_identity() {
        let mut writer = PackWriter::new();
        writer.add(KERNEL, b"btf".to_vec()).unwrap();
        writer.add("README", b"text".to_vec()).unwrap();
        let tar = writer.finish(PackContainer::Tar).unwrap();
        let pack = open(&tar);
        let [readme, kernel] = pack.entries().collect::<Vec<_>>()[..] else { panic!() };
        assert_eq!((kernel.path, kernel.content, kernel.digest()), (KERNEL, &b"btf"[..], Digest::of(b"btf")));
        assert_eq!(kernel.identity().unwrap().to_string(), "ubuntu/20.04/x86_64/5.4.0-26-generic");
        assert_eq!((readme.path, readme.identity()), ("README", None));
        assert_eq!(pack.read("./README"), None);
    }

    #[test]
    fn gzip_and_xz_hold_the_same_pack() {
        let mut writer = PackWriter::new();
        writer.add(KERNEL, vec![7; 3000]).unwrap();
        let tar = writer.finish(PackContainer::Tar).unwrap();
        for compressed in [writer.finish(PackContainer::TarGzip).unwrap(), xz(&tar)] {
            assert_eq!(open(&compressed).read(KERNEL), Some(&[7; 3000][..]));
        }
    }

    #[test]
    fn of_a_pack_some_files_are_read() {
        let mut writer = PackWriter::new();
        writer.add(KERNEL, vec![7; 3000]).unwrap();
        writer.add("a", vec![8; 100]).unwrap();
        let tar = writer.finish(PackContainer::Tar).unwrap();
        let gzip = writer.finish(PackContainer::TarGzip).unwrap();
        let compressed = xz(&tar);
        let open = |bytes| Pack::open_some(bytes, |path| path.ends_with(".btf")).unwrap();
        for pack in [open(&tar), open(&gzip), open(&compressed)] {
            assert_eq!((pack.read(KERNEL), paths(&pack)), (Some(&[7; 3000][..]), vec![KERNEL.to_owned()]));
        }
        assert_eq!(open(&gzip).tar.len(), 3000);
    }

    #[test]
    fn what_all_files_are_refused_for_some_are() {
        let twice = Builder::new().file("a", b"1").entry("l", b'2', b"").file("./a", b"2").end();
        let twice = gzip_of(&twice);
        let pack = Pack::open_some(&twice, |_| true).unwrap();
        assert_eq!((pack.read("a"), pack.skipped().len()), (Some(&b"2"[..]), 1));
        assert!(Pack::open_some(&twice, |_| false).unwrap().skipped().is_empty());
        let whole = gzip_of(&Builder::new().file("a", &[1; 9000]).end());
        let table = [
            (gzip_of(b"\x7fELF"), "PACK_FORMAT"),
            (gzip_of(b""), "PACK_FORMAT"),
            (b"\x7fELF".to_vec(), "PACK_FORMAT"),
            (whole[..whole.len() - 1].to_vec(), "GZIP_CORRUPT"),
            (gzip_of(&Builder::new().file("a", &[1; 600]).end()[..1100]), "TAR_CORRUPT"),
        ];
        for (bytes, code) in table {
            assert_eq!(Pack::open_some(&bytes, |_| false).unwrap_err().code(), code, "{bytes:?}");
        }
        let claim = gzip_of(&Builder::new().edited("a", KERNEL_BYTES + 1, |_| {}, b"").bytes());
        assert_eq!(Pack::open_some(&claim, |_| true).unwrap_err().code(), "ARCHIVE_LIMIT");
    }

    #[test]
    fn a_plain_pack_is_not_copied() {
        let tar = Builder::new().file("a", b"content").end();
        let content = open(&tar).read("a").unwrap().as_ptr();
        assert_eq!(content, tar[512..].as_ptr());
    }

    /// `tar cf pack.tar .` writes `./` and directories, `tar cf pack.tar package.json btfhub-archive` does not.
    #[test]
    fn names_are_found_with_or_without_the_dot_in_any_order() {
        let with = Builder::new()
            .entry("./", b'5', b"")
            .entry("./d/", b'5', b"")
            .file("./d/k", b"1")
            .file("./package.json", b"2");
        let without = Builder::new().file("package.json", b"2").entry("d/", b'5', b"").file("d/k", b"1");
        for tar in [with.end(), without.end()] {
            let pack = open(&tar);
            assert_eq!(paths(&pack), ["d/k", "package.json"]);
            assert_eq!(pack.read("d/k"), Some(&b"1"[..]));
            assert!(pack.skipped().is_empty());
        }
    }

    #[test]
    fn links_devices_and_paths_that_lead_out_are_skipped_and_reported() {
        let bad = [
            ("l", b'1'),
            ("s", b'2'),
            ("c", b'3'),
            ("b", b'4'),
            ("f", b'6'),
            ("/etc/x", b'0'),
            ("a/../../x", b'0'),
        ];
        let mut builder = Builder::new();
        for (name, type_flag) in bad {
            builder = builder.entry(name, type_flag, b"");
        }
        let tar = builder.file("a", b"1").end();
        let pack = open(&tar);
        let skipped: Vec<_> = pack.skipped().iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!((paths(&pack), skipped), (vec!["a".to_owned()], bad.map(|(name, _)| name).to_vec()));
    }

    #[test]
    fn of_two_files_of_one_path_the_last_counts() {
        let tar = Builder::new().file("a", b"1").file("./a", b"2").end();
        let pack = open(&tar);
        assert_eq!((paths(&pack), pack.read("a")), (vec!["a".to_owned()], Some(&b"2"[..])));
    }

    #[test]
    fn the_program_is_in_package_json() {
        let mut writer = PackWriter::new();
        writer.add("package.json", package_json(b"\x7fELF", "{}").unwrap().into_bytes()).unwrap();
        let tar = writer.finish(PackContainer::Tar).unwrap();
        assert_eq!(open(&tar).package().unwrap().unwrap().program().unwrap(), b"\x7fELF");
        assert!(open(&[0; 1024]).package().is_none());
        let broken = Builder::new().file("package.json", b"[]").end();
        assert_eq!(open(&broken).package().unwrap().unwrap_err().code(), "PACK_PACKAGE");
    }

    #[test]
    fn what_is_no_pack_is_refused() {
        let cut = &Builder::new().file("a", &[1; 600]).end()[..1100];
        let table: [(&[u8], &str); 7] = [
            (b"", "PACK_FORMAT"),
            (b"\x7fELF", "PACK_FORMAT"),
            (&gzip_of(b"\x7fELF"), "PACK_FORMAT"),
            (&gzip_of(b"")[..15], "GZIP_CORRUPT"),
            (&xz(b"x")[..20], "XZ_CORRUPT"),
            (b"\x28\xb5\x2f\xfd", "ARCHIVE_ZSTD"),
            (cut, "TAR_CORRUPT"),
        ];
        for (bytes, code) in table {
            assert_eq!(Pack::open(Cow::Borrowed(bytes)).unwrap_err().code(), code, "{bytes:?}");
        }
    }

    #[test]
    fn headers_without_end_are_a_limit_of_their_own() {
        let header = file_header("a", 0);
        let tar = header.repeat(crate::limits::TAR_ENTRIES + 1);
        let error = Pack::open(Cow::Owned(tar)).unwrap_err();
        assert_eq!((error.code(), error.at()), ("ARCHIVE_LIMIT", Some(512 << 18)));
    }
}
