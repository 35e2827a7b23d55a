//! A BTF in the hands of a loader: what it is, how long it lives, what is refused.

#![allow(clippy::unwrap_used, clippy::panic, reason = "this is test code")]

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use bpfc_archive::limits::KERNEL_BYTES;
use bpfc_archive::{Digest, PackContainer, PackWriter};
use bpfc_btf::{Btf, Builder, Endian, IntEncoding};
use bpfc_loader::{CoreBtf, Form, LoaderError, Request, System};
use serde_json::{Value, json};
use tempfile::tempdir;

const RELEASE: &str = "5.4.0-26-generic";
const KEY: &str = "ubuntu/20.04/x86_64/5.4.0-26-generic";

fn ubuntu() -> System {
    System::from_parts("ID=ubuntu\nVERSION_ID=20.04", "x86_64", RELEASE).unwrap()
}

/// A BTF whose `long int` has so many bytes, which is what tells the size of a pointer.
fn btf(endian: Endian, long: u8) -> Vec<u8> {
    let mut builder = Builder::new(endian);
    builder.int(b"long int", u32::from(long), IntEncoding::Signed, u32::from(long) * 8);
    builder.finish().unwrap()
}

fn little() -> Vec<u8> {
    btf(Endian::Little, 8)
}

fn pack(content: &[u8], container: PackContainer) -> Vec<u8> {
    let mut writer = PackWriter::new();
    writer.add(&format!("btfhub-archive/{KEY}.btf"), content.to_vec()).unwrap();
    writer.add("btfhub-archive/ubuntu/20.04/x86_64/5.4.0-28-generic.btf", b"other".to_vec()).unwrap();
    writer.finish(container).unwrap()
}

fn tar() -> Vec<u8> {
    pack(&little(), PackContainer::Tar)
}

fn explained(core_btf: &CoreBtf) -> Value {
    serde_json::to_value(core_btf.explanation()).unwrap()
}

fn refusal(request: &Request, pack: &[u8], system: &System) -> LoaderError {
    request.ensure(pack, system).unwrap_err()
}

#[test]
fn by_default_it_is_sealed_memory_that_nothing_leaves_behind() {
    for container in [PackContainer::Tar, PackContainer::TarGzip] {
        let core_btf = Request::new().ensure(&pack(&little(), container), &ubuntu()).unwrap();
        let path = core_btf.path().unwrap().to_owned();
        assert!(path.starts_with("/proc/self/fd"), "{}", path.display());
        assert_eq!((fs::read(&path).unwrap(), core_btf.bytes()), (little(), Some(&*little())));
        assert!(fs::read_link(&path).unwrap().to_string_lossy().starts_with("/memfd:btf"));
        let inode = fs::metadata(&path).unwrap().ino();
        let sealed = fs::OpenOptions::new().write(true).open(&path).and_then(|mut file| file.write_all(b"x"));
        assert!(sealed.is_err());
        drop(core_btf);
        // Another test may have got the number by now.
        assert!(!fs::metadata(&path).is_ok_and(|file| file.ino() == inode));
    }
}

#[test]
fn a_temporary_file_is_its_owners_alone_and_goes_with_its_holder() {
    let core_btf = Request::new().form(Form::TemporaryFile).ensure(&tar(), &ubuntu()).unwrap();
    let path = core_btf.path().unwrap().to_owned();
    let file = fs::metadata(&path).unwrap();
    assert_eq!(file.mode() & 0o7777, 0o600);
    assert_eq!(fs::read(&path).unwrap(), little());
    drop(core_btf);
    assert!(!path.exists());
}

#[test]
fn two_of_one_pack_are_apart() {
    let first = Request::new().ensure(&tar(), &ubuntu()).unwrap();
    let second = Request::new().ensure(&tar(), &ubuntu()).unwrap();
    assert_ne!(first.path(), second.path());
    drop(first);
    assert_eq!(fs::read(second.path().unwrap()).unwrap(), little());
}

#[test]
fn where_it_is_from_is_told() {
    let core_btf = Request::new().ensure(&tar(), &ubuntu()).unwrap();
    assert_eq!(
        explained(&core_btf),
        json!({
            "source": "pack", "path": null, "key": KEY, "step": "exact",
            "sha256": Digest::of(&little()).to_string(),
            "tried": [{ "step": "exact", "key": KEY, "hits": 1 }], "error": null,
        })
    );
}

#[test]
fn where_the_kernel_has_btf_the_pack_is_not_read() {
    let system = ubuntu().with_native("/sys/kernel/btf/vmlinux");
    for pack in [&tar()[..], b"no pack", b""] {
        let core_btf = Request::new().ensure(pack, &system).unwrap();
        assert_eq!((core_btf.path(), core_btf.bytes()), (None, None));
        let told = explained(&core_btf);
        assert_eq!((&told["source"], &told["path"]), (&json!("native"), &json!("/sys/kernel/btf/vmlinux")));
    }
}

#[test]
fn a_file_that_is_asked_for_is_handed_on_as_it_is() {
    let folder = tempdir().unwrap();
    let raw = folder.path().join("raw");
    fs::write(&raw, little()).unwrap();
    let object =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packages/fixtures/objects/bpfel/fields.bpf.o");
    for path in [raw, object] {
        let core_btf = Request::new().btf(&path).ensure(b"no pack", &ubuntu()).unwrap();
        assert_eq!(core_btf.path(), Some(&*path));
        assert!(Btf::parse(core_btf.bytes().unwrap()).is_ok());
        assert_eq!(explained(&core_btf)["source"], json!("explicit"));
        drop(core_btf);
        assert!(path.exists());
    }
}

#[test]
fn what_is_another_machines_is_refused() {
    let table: [(Vec<u8>, &str); 3] = [
        (btf(Endian::Big, 8), "big-endian, and this machine x86_64"),
        (btf(Endian::Little, 4), "for pointers of 4 bytes, and this machine x86_64"),
        (btf(Endian::Big, 4), "big-endian"),
    ];
    let folder = tempdir().unwrap();
    for (content, text) in table {
        let file = folder.path().join("btf");
        fs::write(&file, &content).unwrap();
        let of_file = refusal(&Request::new().btf(file), b"", &ubuntu());
        let of_pack = refusal(&Request::new(), &pack(&content, PackContainer::Tar), &ubuntu());
        for error in [of_file, of_pack] {
            assert_eq!(error.code(), "LOADER_MACHINE");
            assert!(error.to_string().contains(text), "{error}");
        }
    }
    let big = System::from_parts("", "s390x", RELEASE).unwrap();
    let mut writer = PackWriter::new();
    writer.add("debian/12/s390x/5.4.0-26-generic.btf", btf(Endian::Big, 8)).unwrap();
    let tar = writer.finish(PackContainer::Tar).unwrap();
    assert_eq!(Request::new().ensure(&tar, &big).unwrap().bytes(), Some(&*btf(Endian::Big, 8)));
}

#[test]
fn what_cannot_be_had_is_an_error_with_a_code() {
    let missing = PathBuf::from("/nowhere/btf");
    let own = Request::new;
    let table: [(Request, Vec<u8>, &str); 8] = [
        (own(), pack(b"no BTF", PackContainer::Tar), "BTF_MAGIC"),
        (own(), pack(b"", PackContainer::TarGzip), "BTF_MAGIC"),
        (own(), b"no pack".to_vec(), "PACK_FORMAT"),
        (own(), Vec::new(), "LOADER_NO_PACK"),
        (own(), tar()[..700].to_vec(), "TAR_CORRUPT"),
        (own().key("debian/12/x86_64/6.1"), tar(), "PACK_NO_MATCH"),
        (own().btf(missing), tar(), "LOADER_FILE"),
        (own().btf("/proc/self/status"), tar(), "BTF_MAGIC"),
    ];
    for (number, (request, pack, code)) in table.iter().enumerate() {
        let error = refusal(request, pack, &ubuntu());
        assert_eq!(error.code(), *code, "row {number}: {error}");
        assert!(!error.to_string().is_empty());
    }
    let other = System::from_parts("", "x86_64", "1.0").unwrap();
    let error = refusal(&own(), &tar(), &other);
    assert_eq!(error.code(), "PACK_NO_MATCH");
    assert_eq!(error.tried().len(), 2);
}

/// As reports of errors print them: with all that stands behind them.
#[test]
fn an_error_says_its_cause_once() {
    let error = refusal(&Request::new().btf("/nowhere/btf"), b"", &ubuntu());
    assert_eq!(error.to_string(), "cannot read the BTF /nowhere/btf: No such file or directory (os error 2)");
    let errors = [error, refusal(&Request::new(), b"no pack", &ubuntu())];
    for error in errors {
        assert!(std::error::Error::source(&error).is_none(), "{error}");
    }
}

#[test]
fn a_path_that_is_no_text_is_told_as_far_as_it_is() {
    let folder = tempdir().unwrap();
    let path = folder.path().join(OsStr::from_bytes(b"btf-\xff"));
    fs::write(&path, little()).unwrap();
    let told = explained(&Request::new().btf(&path).ensure(b"", &ubuntu()).unwrap());
    assert_eq!(told["path"], json!(path.to_string_lossy()));
    assert_eq!(told["path"], told["tried"][0]["key"]);
}

/// What has more bytes than any kernel's BTF is refused when it is kept.
#[test]
fn of_a_compressed_pack_only_what_may_be_this_kernels_is_kept() {
    let mut writer = PackWriter::new();
    writer.add(&format!("{KEY}.btf"), little()).unwrap();
    let large = vec![0; usize::try_from(KERNEL_BYTES).unwrap() + 1];
    writer.add("ubuntu/20.04/x86_64/5.4.0-28-generic.btf", large).unwrap();
    let gzip = writer.finish(PackContainer::TarGzip).unwrap();
    drop(writer);
    assert_eq!(Request::new().ensure(&gzip, &ubuntu()).unwrap().bytes(), Some(&*little()));
    assert_eq!(Request::new().key(KEY).ensure(&gzip, &ubuntu()).unwrap().bytes(), Some(&*little()));
    let all = Request::new().nearest(true);
    assert_eq!(refusal(&all, &gzip, &ubuntu()).code(), "ARCHIVE_LIMIT");
}

#[test]
fn the_running_system_says_what_it_is() {
    let system = System::current().unwrap();
    let uname = rustix::system::uname();
    assert_eq!(system.release().as_bytes(), uname.release().to_bytes());
    assert_eq!(system.machine().as_bytes(), uname.machine().to_bytes());
    let shown = Path::new(bpfc_loader::SYSFS).exists();
    assert_eq!(system.native() == Some(Path::new(bpfc_loader::SYSFS)), shown);
}
