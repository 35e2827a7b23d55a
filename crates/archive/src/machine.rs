//! Machines, as `uname -m` prints them, and the other names the archives use.

/// Byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endian {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

use Endian::{Big, Little};

/// Machines by the name that `uname -m` prints (UTS_MACHINE in the kernel's arch/*/Makefile) with their byte order, where
/// the name tells (mips kernels of both orders print the same), and the bytes of a pointer.
const MACHINES: [(&str, Option<Endian>, u8); 24] = [
    ("aarch64", Some(Little), 8),
    ("aarch64_be", Some(Big), 8),
    ("alpha", Some(Little), 8),
    ("i386", Some(Little), 4),
    ("i486", Some(Little), 4),
    ("i586", Some(Little), 4),
    ("i686", Some(Little), 4),
    ("ia64", Some(Little), 8),
    ("loongarch64", Some(Little), 8),
    ("m68k", Some(Big), 4),
    ("mips", None, 4),
    ("mips64", None, 8),
    ("parisc", Some(Big), 4),
    ("parisc64", Some(Big), 8),
    ("ppc", Some(Big), 4),
    ("ppc64", Some(Big), 8),
    ("ppc64le", Some(Little), 8),
    ("riscv32", Some(Little), 4),
    ("riscv64", Some(Little), 8),
    ("s390", Some(Big), 4),
    ("s390x", Some(Big), 8),
    ("sparc", Some(Big), 4),
    ("sparc64", Some(Big), 8),
    ("x86_64", Some(Little), 8),
];

/// Machines whose architecture Debian, Go and BTFHub call otherwise: (machine, architecture).
const ALIASES: [(&str, &str); 2] = [("aarch64", "arm64"), ("x86_64", "amd64")];

/// The name that `uname -m` prints for `arch`: `aarch64` for `arm64`, `x86_64` for `amd64`, others unchanged.
pub fn machine_of_arch(arch: &str) -> &str {
    ALIASES.iter().find(|(_, alias)| *alias == arch).map_or(arch, |(machine, _)| machine)
}

/// The other name of a machine, if it has one: `arm64` for `aarch64`, `amd64` for `x86_64`.
pub fn arch_of_machine(machine: &str) -> Option<&'static str> {
    ALIASES.iter().find(|(name, _)| *name == machine).map(|(_, alias)| *alias)
}

/// The byte order of a machine, by either of its names; nothing if the machine is unknown or its name does not tell.
pub fn endian_of_machine(machine: &str) -> Option<Endian> {
    lookup(machine)?.0
}

/// Bytes of a pointer on a machine, by either of its names; nothing if the machine is unknown.
pub fn pointer_size_of_machine(machine: &str) -> Option<u8> {
    Some(lookup(machine)?.1)
}

/// Whether this names a machine, by either of its names.
pub fn is_machine(name: &str) -> bool {
    lookup(name).is_some()
}

fn lookup(name: &str) -> Option<(Option<Endian>, u8)> {
    let machine = machine_of_arch(name);
    let listed =
        MACHINES.iter().find(|(name, ..)| *name == machine).map(|(_, endian, size)| (*endian, *size));
    listed.or_else(|| arm(machine))
}

/// 32-bit ARM prints its version and its byte order (arch/arm/kernel/setup.c): `armv7l`, `armv5tejl`, `armv6b`.
fn arm(machine: &str) -> Option<(Option<Endian>, u8)> {
    let version = machine.strip_prefix("armv")?;
    version.starts_with(|c: char| c.is_ascii_digit()).then_some(())?;
    match version.as_bytes() {
        [.., b'l'] => Some((Some(Little), 4)),
        [.., b'b'] => Some((Some(Big), 4)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn architectures_become_what_uname_prints() {
        let table =
            [("arm64", "aarch64"), ("amd64", "x86_64"), ("aarch64", "aarch64"), ("s390x", "s390x"), ("", "")];
        for (arch, machine) in table {
            assert_eq!(machine_of_arch(arch), machine);
        }
    }

    #[test]
    fn the_other_name_is_found_from_the_machine_alone() {
        assert_eq!(arch_of_machine("aarch64"), Some("arm64"));
        assert_eq!(arch_of_machine("x86_64"), Some("amd64"));
        assert_eq!(arch_of_machine("arm64"), None);
        assert_eq!(arch_of_machine("s390x"), None);
    }

    #[test]
    fn byte_order_follows_the_machine() {
        let table = [
            ("x86_64", Some(Little)),
            ("amd64", Some(Little)),
            ("arm64", Some(Little)),
            ("aarch64_be", Some(Big)),
            ("armv7l", Some(Little)),
            ("armv5tejl", Some(Little)),
            ("armv6b", Some(Big)),
            ("ppc64", Some(Big)),
            ("ppc64le", Some(Little)),
            ("s390x", Some(Big)),
            ("mips64", None),
            ("armv7", None),
            ("armvl", None),
            ("vax", None),
        ];
        for (machine, endian) in table {
            assert_eq!(endian_of_machine(machine), endian, "{machine}");
        }
    }

    #[test]
    fn pointers_are_as_wide_as_the_machine() {
        let table =
            [("amd64", Some(8)), ("i686", Some(4)), ("armv7l", Some(4)), ("s390x", Some(8)), ("vax", None)];
        for (machine, size) in table {
            assert_eq!(pointer_size_of_machine(machine), size, "{machine}");
        }
    }

    #[test]
    fn a_machine_may_be_known_without_its_byte_order() {
        assert!(is_machine("mips"));
        assert!(is_machine("arm64"));
        assert!(!is_machine("20.04"));
        assert!(!is_machine("armada"));
    }
}
