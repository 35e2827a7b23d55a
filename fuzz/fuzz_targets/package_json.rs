//! `package.json`: any bytes as one, and any bytes as the program inside.
#![no_main]

use bpfc_archive::{Package, package_json};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(package) = Package::parse(data) {
        let _ = package.program();
    }
    let json = package_json(data, "null").expect("a small program");
    let again = Package::parse(json.as_bytes()).expect("what was written can be read");
    assert_eq!(again.program().expect("a program"), data);
});
