//! Whether the environment may be believed.

use std::ffi::OsString;
use std::fs;

/// getauxval(3): this process has more rights than who started it.
const AT_SECURE: usize = 23;

/// A variable of the environment, as secure_getenv(3) reads it: nothing in a process that has more rights than who started
/// it. An empty one is not set.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    let value = std::env::var_os(name).filter(|value| !value.is_empty())?;
    (!is_privileged()).then_some(value)
}

/// Where the kernel does not let a process see its own auxiliary vector, it is one to be careful with.
fn is_privileged() -> bool {
    fs::read("/proc/self/auxv").map_or(true, |vector| has_at_secure(&vector))
}

fn has_at_secure(vector: &[u8]) -> bool {
    const WORD: usize = size_of::<usize>();
    let (words, _) = vector.as_chunks::<WORD>();
    let (pairs, _) = words.as_chunks::<2>();
    let value = pairs.iter().find(|[key, _]| usize::from_ne_bytes(*key) == AT_SECURE);
    value.is_none_or(|[_, value]| usize::from_ne_bytes(*value) != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(pairs: &[(usize, usize)]) -> Vec<u8> {
        pairs.iter().flat_map(|(key, value)| [key.to_ne_bytes(), value.to_ne_bytes()]).flatten().collect()
    }

    #[test]
    fn the_kernel_says_who_is_privileged() {
        assert!(!has_at_secure(&vector(&[(6, 4096), (AT_SECURE, 0), (0, 0)])));
        assert!(has_at_secure(&vector(&[(6, 4096), (AT_SECURE, 1), (0, 0)])));
        assert!(has_at_secure(&vector(&[(6, AT_SECURE), (0, 0)])), "what is not said is no permission");
        assert!(has_at_secure(b"short"));
    }

    #[test]
    fn this_test_is_not() {
        assert!(!is_privileged());
    }
}
