//! GNU tar, which every Debian has, as the second opinion: it lists what is written here, and what it writes is read.

use bpfc_archive::tar::{EntryKind, entries};
use bpfc_archive::{PackContainer, PackWriter};
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs tar with `input` on its standard input and gives its standard output. Its standard error must stay empty.
fn tar(options: &[&str], input: &[u8]) -> io::Result<Vec<u8>> {
    let mut command = Command::new("tar");
    let command = command.args(options).env("LC_ALL", "C").stdin(Stdio::piped());
    let mut tar = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = tar.stdin.take() {
        stdin.write_all(input)?;
    }
    let output = tar.wait_with_output()?;
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "tar {options:?}");
    Ok(output.stdout)
}

#[test]
fn gnu_tar_lists_what_is_written() {
    let path = format!("btfhub-archive/{}", "x".repeat(82));
    let mut writer = PackWriter::new();
    writer.add(&path, vec![7; 1000]).unwrap();
    writer.add("package.json", b"{}".to_vec()).unwrap();
    let expected = format!(
        "-rw-r--r-- 0/0               2 1970-01-01 00:00 ./package.json\n\
         -rw-r--r-- 0/0            1000 1970-01-01 00:00 ./{path}\n"
    );
    for (container, list) in [(PackContainer::Tar, "-tvf"), (PackContainer::TarGzip, "-tzvf")] {
        let listing =
            tar(&[list, "-", "--numeric-owner", "--utc"], &writer.finish(container).unwrap()).unwrap();
        assert_eq!(String::from_utf8(listing).unwrap(), expected);
    }
}

#[test]
fn every_format_that_gnu_tar_writes_is_read() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gnu_tar");
    let _ = fs::remove_dir_all(&directory);
    let deep = format!("{}/{}", "d".repeat(60), "e".repeat(60));
    let long = format!("{deep}/{}", "f".repeat(200));
    fs::create_dir_all(directory.join(&deep)).unwrap();
    fs::write(directory.join("a"), b"content").unwrap();
    fs::write(directory.join(&deep).join("b"), vec![7; 1000]).unwrap();
    fs::write(directory.join(&long), b"").unwrap();
    fs::hard_link(directory.join("a"), directory.join("hard")).unwrap();
    symlink("t".repeat(150), directory.join("symbolic")).unwrap();

    let short = [format!("./{deep}/b"), "./a".into(), "./hard".into()];
    let all = [short.as_slice(), &[format!("./{long}"), "./symbolic".into()]].concat();
    for (format, names) in
        [("v7", &short[1..]), ("ustar", &short), ("gnu", &all), ("oldgnu", &all), ("pax", &all)]
    {
        let mut options = vec!["-cf", "-", "--format", format, "-C", directory.to_str().unwrap()];
        options.extend(names.iter().map(String::as_str));
        let bytes = tar(&options, b"").unwrap();
        let read: Vec<_> = entries(&bytes)
            .unwrap()
            .into_iter()
            .map(|(entry, content)| (entry.name, entry.kind, content))
            .collect();
        let expected: Vec<_> = names
            .iter()
            .map(|name| match name.rsplit('/').next().unwrap() {
                "a" => (name.clone(), EntryKind::File, &b"content"[..]),
                "b" => (name.clone(), EntryKind::File, &[7; 1000][..]),
                "hard" => (name.clone(), EntryKind::HardLink, &[][..]),
                "symbolic" => (name.clone(), EntryKind::SymbolicLink, &[][..]),
                _ => (name.clone(), EntryKind::File, &[][..]),
            })
            .collect();
        assert_eq!(read, expected, "{format}");
    }
}
