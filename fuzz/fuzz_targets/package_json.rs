//! `package.json`: read, written and read again; and any bytes as the program inside.
#![no_main]

use bpfc_archive::Package;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(mut package) = Package::parse(data) {
        let _ = package.program();
        let again = Package::parse(&package.clone().into_json()).expect("what was written can be read");
        assert_eq!(again.fields(), package.fields());
        package.set_program(data).expect("a small program");
        let again = Package::parse(&package.into_json()).expect("what was written can be read");
        assert_eq!(again.program().expect("a program"), data);
    }
});
