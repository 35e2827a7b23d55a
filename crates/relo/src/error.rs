//! What can be wrong with an object, and where libbpf refuses a relocation.

use std::fmt;

use bpfc_btf as btf;

/// Why an object cannot be used, or cannot be used with a kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The BTF of the object or of the kernel is refused; or the ELF file around it.
    Btf(btf::Error),
    /// `ELF_NOT_BPF`: ELF, but not a relocatable 64-bit BPF object. The value is `e_machine`.
    NotBpf {
        /// Machine of the ELF file.
        machine: u16,
    },
    /// `ELF_PROGRAM`: a symbol or section of programs contradicts the file.
    Program {
        /// Symbol or section.
        name: String,
        /// Byte offset in its section.
        at: u64,
    },
    /// `BTFEXT_HEADER`: the header of `.BTF.ext` is malformed.
    ExtHeader {
        /// Byte offset in `.BTF.ext`.
        at: u64,
        /// What was read there.
        value: u64,
    },
    /// `BTFEXT_RECORD`: a record of `.BTF.ext` does not fit.
    ExtRecord {
        /// Byte offset in `.BTF.ext`.
        at: u64,
        /// What was read there.
        value: u64,
    },
    /// `RELO_ENDIAN`: object and kernel differ in byte order.
    Endian {
        /// Byte order of the kernel.
        kernel: btf::Endian,
    },
    /// The kernel's types make libbpf hang or crash; the code is the failure's.
    Malformed {
        /// What is wrong with them.
        failure: Failure,
        /// The candidate.
        ty: u32,
    },
    /// `TRIM_MODULE`: an answer rests on the name of a module's type, and the kernel has another type of that name.
    Module {
        /// The type whose answers differ, in kernel and modules taken together.
        ty: u32,
    },
    /// `TRIM_UNSTABLE`: the trimmed BTF would answer differently than the full one.
    Unstable {
        /// The type whose answers differ.
        ty: u32,
    },
}

impl Error {
    /// Codes this crate adds to those of `bpfc-btf`.
    pub const CODES: [&'static str; 7] = [
        "ELF_NOT_BPF",
        "ELF_PROGRAM",
        "BTFEXT_HEADER",
        "BTFEXT_RECORD",
        "RELO_ENDIAN",
        "TRIM_MODULE",
        "TRIM_UNSTABLE",
    ];

    /// Stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Btf(error) => error.code().name(),
            Error::NotBpf { .. } => "ELF_NOT_BPF",
            Error::Program { .. } => "ELF_PROGRAM",
            Error::ExtHeader { .. } => "BTFEXT_HEADER",
            Error::ExtRecord { .. } => "BTFEXT_RECORD",
            Error::Endian { .. } => "RELO_ENDIAN",
            Error::Malformed { failure, .. } => failure.code(),
            Error::Module { .. } => "TRIM_MODULE",
            Error::Unstable { .. } => "TRIM_UNSTABLE",
        }
    }

    /// Byte offset in the input, where there is one.
    pub fn at(&self) -> Option<u64> {
        match self {
            Error::Btf(error) => Some(error.offset()),
            Error::Program { at, .. } | Error::ExtHeader { at, .. } | Error::ExtRecord { at, .. } => {
                Some(*at)
            }
            Error::NotBpf { .. }
            | Error::Endian { .. }
            | Error::Malformed { .. }
            | Error::Module { .. }
            | Error::Unstable { .. } => None,
        }
    }

    /// The offending value, where there is one.
    pub fn value(&self) -> Option<u64> {
        match self {
            Error::Btf(error) => Some(error.value()),
            Error::NotBpf { machine } => Some(u64::from(*machine)),
            Error::ExtHeader { value, .. } | Error::ExtRecord { value, .. } => Some(*value),
            Error::Malformed { ty, .. } | Error::Module { ty } | Error::Unstable { ty } => {
                Some(u64::from(*ty))
            }
            Error::Program { .. } | Error::Endian { .. } => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Btf(error) => error.fmt(f),
            Error::NotBpf { machine } => write!(
                f,
                "not a BPF object: ELF machine {machine}; compile with clang -target bpf (relocatable, 64-bit)"
            ),
            Error::Program { name, at } => {
                write!(f, "program {name} at byte {at} of its section does not fit it; the object is damaged")
            }
            Error::ExtHeader { at, value } => {
                write!(f, ".BTF.ext is malformed (at byte {at}, value {value:#x}); the object is damaged")
            }
            Error::ExtRecord { at, value } => {
                write!(
                    f,
                    "a record of .BTF.ext is malformed (at byte {at}, value {value:#x}); the object is damaged"
                )
            }
            Error::Endian { kernel } => write!(
                f,
                "the kernel is {}-endian and the object is not; compile it with -target {}",
                kernel.name(),
                if *kernel == btf::Endian::Big { "bpfeb" } else { "bpfel" }
            ),
            Error::Malformed { failure, ty } => {
                write!(f, "type {ty} of the kernel: {failure}; the file is damaged")
            }
            Error::Module { ty } => write!(
                f,
                "type {ty}: an answer rests on a module's type of a name that the kernel gives another type; leave the module out"
            ),
            Error::Unstable { ty } => {
                write!(f, "trimming changes the answer for type {ty}; please report this with both files")
            }
        }
    }
}

impl std::error::Error for Error {}

impl From<btf::Error> for Error {
    fn from(error: btf::Error) -> Self {
        Error::Btf(error)
    }
}

macro_rules! failures {
    ($($failure:ident $code:literal $text:literal, $doc:literal;)*) => {
        /// Why libbpf refuses one relocation, and with it the whole object.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Failure {
            $(#[doc = concat!("`", $code, "`: ", $doc)] $failure,)*
        }

        impl Failure {
            /// Whether libbpf does not answer at all: it hangs, divides by zero or takes exponential
            /// time. Only damaged or hostile types do that.
            pub(crate) fn is_malformed(self) -> bool {
                matches!(self, Failure::Cycle | Failure::Container | Failure::Steps)
            }

            /// Every failure.
            pub const ALL: &'static [Failure] = &[$(Failure::$failure),*];

            /// Stable name of the failure.
            pub fn code(self) -> &'static str {
                match self {
                    $(Failure::$failure => $code,)*
                }
            }
        }

        impl fmt::Display for Failure {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Failure::$failure => $text,)*
                })
            }
        }
    };
}

failures! {
    Kind "RELO_KIND" "unknown relocation kind", "the relocation kind is not one of the 13.";
    Root "RELO_TYPE" "the relocated type does not exist in the object", "no such type id in the object.";
    Anonymous "RELO_ANONYMOUS" "an anonymous type cannot be relocated", "the relocated type has no name.";
    Access "RELO_ACCESS" "malformed access string", "the access string does not fit the type.";
    Offset "RELO_OFFSET" "the relocation does not point at an instruction", "the instruction offset is off.";
    Section "RELO_SECTION" "the relocation's section has no name", "the section name is empty.";
    Depth "RELO_DEPTH" "types are nested too deep", "more than 64 path entries or 32 levels of types.";
    Cycle "RELO_CYCLE" "typedefs and modifiers lead in a circle", "libbpf would hang on it.";
    Steps "RELO_STEPS" "comparing the types takes too many steps", "bounded here, not in libbpf.";
    Size "RELO_SIZE" "a type has no size", "void, a function or a forward declaration.";
    Bitfield "RELO_BITFIELD" "a bitfield cannot be read with one 64-bit load", "no container of up to 8 bytes.";
    Container "RELO_CONTAINER" "a bitfield's type has no size", "libbpf divides by it, or takes an id for it.";
    Element "RELO_ELEMENT" "an array element has no sign and no shifts", "such a kind on `a[i]`.";
    Ambiguous "RELO_AMBIGUOUS" "several kernel types match and disagree", "candidates with different answers.";
    Instruction "RELO_INSN" "the instruction is not the one the compiler wrote", "value, size or class differ.";
    Range "RELO_RANGE" "the new offset does not fit the instruction", "an offset above 32767.";
}
