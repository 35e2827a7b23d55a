//! Texts that name kernels, separated by NUL: os-release, machine, release, glob, path.
#![no_main]

use bpfc_archive::{Glob, Identity, endian_of_machine, machine_of_arch, system_identity};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut texts = data.splitn(5, |&byte| byte == 0).map(String::from_utf8_lossy);
    let mut next = || texts.next().unwrap_or_default();
    let (os_release, machine, release, pattern, path) = (next(), next(), next(), next(), next());
    let _ = endian_of_machine(machine_of_arch(&machine));
    let glob = Glob::new(&pattern);
    let system = system_identity(&os_release, &machine, &release).ok();
    for identity in system.into_iter().chain(Identity::of_path(&path)) {
        let _ = glob.matches(&identity);
        assert!(Glob::new("*").matches(&identity));
        assert!(
            Glob::new(&identity.to_string()).matches(&identity) || identity.to_string().contains(['*', '?'])
        );
        let again = Identity::of_path(&identity.pack_path());
        assert!(again.is_none() || again.as_ref() == Some(&identity), "{identity} {again:?}");
    }
    if let Some(identity) = Identity::of_path(&path) {
        assert_eq!(Identity::of_path(&identity.pack_path()).as_ref(), Some(&identity));
    }
});
