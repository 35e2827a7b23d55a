//! Which kernel each file is of.

#![allow(clippy::unwrap_used, missing_docs, reason = "this is test code")]

use bpfc_pack::{Found, FoundKernel, ListedFile, Listing, RUNNING_KERNEL, System};

fn folder(path: &str, files: &[&str]) -> Listing {
    let listed = |file: &&str| ListedFile { file: format!("{path}/{file}"), running: false };
    Listing { path: path.into(), folder: true, files: files.iter().map(listed).collect() }
}

fn file(path: &str) -> Listing {
    let files = vec![ListedFile { file: path.into(), running: path == RUNNING_KERNEL }];
    Listing { path: path.into(), folder: false, files }
}

fn system() -> System {
    System {
        os_release: "ID=debian\nVERSION_ID=12\n".into(),
        machine: "x86_64".into(),
        release: "6.1.0".into(),
        current: "/a/debian/12".into(),
    }
}

fn among(listings: Vec<Listing>) -> Found {
    Found::among(listings, "s390x", &system()).unwrap()
}

fn files(kernels: &[FoundKernel]) -> Vec<&str> {
    kernels.iter().map(|kernel| kernel.file.as_str()).collect()
}

#[test]
fn a_folder_in_the_archives_layout_names_its_kernels_and_other_files_are_passed_over() {
    let archive = folder(
        "/a",
        &[
            "ubuntu/20.04/x86_64/5.4.0-26-generic.btf.tar.xz",
            "debian/12/arm64/6.1.0-47-arm64.btf",
            "README.md",
        ],
    );
    let found = among(vec![archive]);
    let paths: Vec<_> = found.kernels.iter().map(|kernel| kernel.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "btfhub-archive/debian/12/aarch64/6.1.0-47-arm64.btf",
            "btfhub-archive/ubuntu/20.04/x86_64/5.4.0-26-generic.btf",
        ]
    );
    assert_eq!(found.warnings, []);
}

#[test]
fn the_same_kernel_as_archive_and_unpacked_is_read_from_the_archive_which_nothing_trims_in_place() {
    let found = among(vec![folder("/a", &["ol/8/x86_64/5.4.17.btf", "ol/8/x86_64/5.4.17.btf.tar.xz"])]);
    assert_eq!(files(&found.kernels), ["/a/ol/8/x86_64/5.4.17.btf.tar.xz"]);
    assert_eq!(files(&found.duplicates), ["/a/ol/8/x86_64/5.4.17.btf"]);
}

#[test]
fn of_two_sources_with_one_kernel_the_one_named_first_counts() {
    let found = among(vec![folder("/b", &["a/1/x86_64/r.btf"]), folder("/a", &["a/1/x86_64/r.btf.tar.xz"])]);
    assert_eq!(files(&found.kernels), ["/b/a/1/x86_64/r.btf"]);
    assert_eq!(found.origin, "/b, /a");
}

#[test]
fn a_file_whose_path_says_nothing_is_unknown_with_a_warning_that_names_it() {
    for (path, stem) in
        [("/x/vmlinux.btf", "vmlinux"), ("/home/me/kernels/mine.btf.xz", "mine"), ("vm", "vm")]
    {
        let found = among(vec![file(path)]);
        let identity: Vec<_> = found.kernels.iter().map(|kernel| kernel.identity.to_string()).collect();
        assert_eq!(identity, [format!("unknown/0/s390x/{stem}")]);
        let [warning] = found.warnings.as_slice() else { unreachable!("one file, one warning") };
        assert_eq!(warning.code, "SOURCE_UNKNOWN");
        assert!(warning.message.starts_with(&format!("{path}: ")), "{}", warning.message);
    }
}

#[test]
fn a_relative_path_is_seen_from_the_current_folder() {
    let found = among(vec![file("x86_64/6.1.btf")]);
    assert_eq!(found.kernels.first().unwrap().identity.to_string(), "debian/12/x86_64/6.1");
}

#[test]
fn the_running_kernel_has_the_identity_of_this_machine() {
    let found = Found::running(true, "/cache", &system()).unwrap();
    assert_eq!(found.kernels.first().unwrap().identity.to_string(), "debian/12/x86_64/6.1.0");
    assert!(found.origin.contains("/cache"), "{}", found.origin);
    assert_eq!(among(vec![file(RUNNING_KERNEL)]).warnings, []);
}

#[test]
fn nothing_there_is_an_error_that_names_the_place_but_not_for_the_cache() {
    let empty = || folder("/a", &["README.md"]);
    let error = Found::among(vec![empty()], "s390x", &system()).unwrap_err();
    assert_eq!(error.code(), "SOURCE_EMPTY");
    assert!(error.to_string().starts_with("/a: "), "{error}");
    assert!(Found::in_cache(empty(), "s390x", &system()).unwrap().is_none());
    assert_eq!(Found::running(false, "/cache", &system()).unwrap_err().code(), "SOURCE_EMPTY");
}
