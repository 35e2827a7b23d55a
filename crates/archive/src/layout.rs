//! Where the readers of packs look for a kernel's BTF: each layout is the rule of one of them.

use crate::identity::Identity;
use crate::machine::arch_of_machine;

/// The directory that inspektor-gadget embeds into its binary, by architecture.
const GADGET_DIRECTORY: &str = "btfs";

/// The reader for which a pack is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// bpf-compatible, in Rust and C, and ecli: `btfhub-archive/ID/VERSION/MACHINE/RELEASE.btf`.
    #[default]
    BpfCompatible,
    /// bcc's libbpf-tools: `ID/VERSION/MACHINE/RELEASE.btf`. Source: `tar_file_start` in `libbpf-tools/btf_helpers.c`.
    Bcc,
    /// inspektor-gadget: as bcc; in a folder below `btfs/ARCHITECTURE`. Source: see [`Layout::path`].
    InspektorGadget,
    /// Loaders that know nothing but the release, for one distribution: `RELEASE.btf`.
    Flat,
}

/// What holds the files of a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A tar, compressed or not.
    Tar,
    /// A folder.
    Folder,
}

impl Layout {
    /// Every layout.
    pub const ALL: [Self; 4] = [Self::BpfCompatible, Self::Bcc, Self::InspektorGadget, Self::Flat];

    /// How it is named on the command line and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BpfCompatible => "bpf-compatible",
            Self::Bcc => "bcc",
            Self::InspektorGadget => "ig",
            Self::Flat => "flat",
        }
    }

    /// The layout of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layout| layout.name() == name)
    }

    /// Where the reader looks for the BTF of this kernel, without a leading `./`.
    ///
    /// inspektor-gadget has two rules. `getBTFFile` (`pkg/operators/btfgen`) searches the gzipped tar of a gadget image.
    /// `initialize` (`pkg/btfgen`) looks into a folder that is compiled in, below Go's name of the architecture,
    /// except that amd64 is `x86` there.
    pub fn path(self, identity: &Identity, form: Form) -> String {
        match (self, form) {
            (Self::BpfCompatible, _) => identity.pack_path(),
            (Self::InspektorGadget, Form::Folder) => {
                format!("{GADGET_DIRECTORY}/{}/{identity}.btf", gadget_architecture(identity.arch()))
            }
            (Self::Bcc, _) | (Self::InspektorGadget, Form::Tar) => format!("{identity}.btf"),
            (Self::Flat, _) => format!("{}.btf", identity.release()),
        }
    }

    /// What a tar has before every path. bcc and bpf-compatible's C library compare names with the `./` that GNU tar
    /// writes for `tar -c .`; inspektor-gadget compares them without.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::InspektorGadget => "",
            Self::BpfCompatible | Self::Bcc | Self::Flat => "./",
        }
    }
}

fn gadget_architecture(machine: &str) -> &str {
    match arch_of_machine(machine) {
        Some("amd64") => "x86",
        Some(arch) => arch,
        None => machine,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Form::{Folder, Tar};
    use Layout::{Bcc, BpfCompatible, Flat, InspektorGadget};

    fn path(arch: &str, layout: Layout, form: Form) -> String {
        layout.path(&Identity::new("debian", "12", arch, "6.1.0").unwrap(), form)
    }

    #[test]
    fn each_reader_finds_the_btf_where_it_looks() {
        let table = [
            (BpfCompatible, Tar, "btfhub-archive/debian/12/x86_64/6.1.0.btf"),
            (BpfCompatible, Folder, "btfhub-archive/debian/12/x86_64/6.1.0.btf"),
            (Bcc, Tar, "debian/12/x86_64/6.1.0.btf"),
            (InspektorGadget, Tar, "debian/12/x86_64/6.1.0.btf"),
            (InspektorGadget, Folder, "btfs/x86/debian/12/x86_64/6.1.0.btf"),
            (Flat, Tar, "6.1.0.btf"),
            (Flat, Folder, "6.1.0.btf"),
        ];
        for (layout, form, expected) in table {
            assert_eq!(path("amd64", layout, form), expected, "{layout:?} {form:?}");
        }
    }

    #[test]
    fn inspektor_gadget_has_its_own_names_of_architectures() {
        assert_eq!(path("aarch64", InspektorGadget, Folder), "btfs/arm64/debian/12/aarch64/6.1.0.btf");
        assert_eq!(path("s390x", InspektorGadget, Folder), "btfs/s390x/debian/12/s390x/6.1.0.btf");
    }

    #[test]
    fn every_path_but_a_flat_one_leads_back_to_its_kernel() {
        let identity = Identity::new("debian", "12", "x86_64", "6.1.0").unwrap();
        for layout in [BpfCompatible, Bcc, InspektorGadget] {
            for form in [Tar, Folder] {
                assert_eq!(Identity::of_path(&layout.path(&identity, form)).as_ref(), Some(&identity));
            }
        }
    }
}
