//! What can be wrong with a BTF or with the ELF file that holds one.

use std::fmt;

/// Stable names of this crate's errors. A code is never reused for something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// `BTF_MAGIC`: the first two bytes are not BTF's magic in either byte order.
    Magic,
    /// `BTF_HEADER`: header length, section offsets or lengths contradict each other or the file.
    Header,
    /// `BTF_STRINGS`: the string section is empty, unterminated or does not start with NUL.
    Strings,
    /// `BTF_TYPES`: a type record is cut off by the end of the type section.
    Types,
    /// `BTF_KIND`: a kind this format does not define.
    Kind,
    /// `BTF_NAME`: a name offset outside the string section.
    Name,
    /// `BTF_REF`: a reference to a type id that does not exist, or of a kind that cannot stand there.
    Reference,
    /// `BTF_CYCLE`: modifiers and typedefs, or pointers without an end, that lead back to themselves, or a struct that is a
    /// part of itself.
    Cycle,
    /// `BTF_LIMIT`: more types or bytes than the format can address.
    Limit,
    /// `BTF_DUMP`: types that, written out, take far more than their bytes, or are nested deeper than compilers take.
    Dump,
    /// `ELF_NOT_ELF`: the file is not ELF.
    NotElf,
    /// `ELF_MALFORMED`: headers or tables of the ELF file contradict each other or the file.
    Malformed,
    /// `ELF_NO_BTF`: the ELF file has no `.BTF` section with contents.
    NoBtf,
    /// `ELF_BTF_BASE`: a module whose BTF is over a distilled base of its own.
    DistilledBase,
}

impl Code {
    /// Every code of this crate.
    pub const ALL: [Code; 14] = [
        Code::Magic,
        Code::Header,
        Code::Strings,
        Code::Types,
        Code::Kind,
        Code::Name,
        Code::Reference,
        Code::Cycle,
        Code::Limit,
        Code::Dump,
        Code::NotElf,
        Code::Malformed,
        Code::NoBtf,
        Code::DistilledBase,
    ];

    /// The code as users see it.
    pub fn name(self) -> &'static str {
        match self {
            Code::Magic => "BTF_MAGIC",
            Code::Header => "BTF_HEADER",
            Code::Strings => "BTF_STRINGS",
            Code::Types => "BTF_TYPES",
            Code::Kind => "BTF_KIND",
            Code::Name => "BTF_NAME",
            Code::Reference => "BTF_REF",
            Code::Cycle => "BTF_CYCLE",
            Code::Limit => "BTF_LIMIT",
            Code::Dump => "BTF_DUMP",
            Code::NotElf => "ELF_NOT_ELF",
            Code::Malformed => "ELF_MALFORMED",
            Code::NoBtf => "ELF_NO_BTF",
            Code::DistilledBase => "ELF_BTF_BASE",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Code::Magic => "not BTF: the file should start with 9f eb or eb 9f; is it the right file?",
            Code::Header => "the BTF header contradicts the file; was it cut off?",
            Code::Strings => "the BTF string section is malformed; is this split BTF without its base?",
            Code::Types => "a BTF type record does not fit its section; the file is damaged",
            Code::Kind => "unknown BTF kind; the file is damaged or newer than this tool",
            Code::Name => "a BTF name lies outside the strings; is this split BTF without its base?",
            Code::Reference => {
                "a BTF type refers to one that cannot be there; is this split BTF without its base?"
            }
            Code::Cycle => "BTF types lead in a circle or are a part of themselves; the file is damaged",
            Code::Limit => "more than the BTF format can address",
            Code::Dump => {
                "BTF types are nested so deeply, or repeated so often, that no compiler would take them; the file is damaged"
            }
            Code::NotElf => "not an ELF file; is it the right file?",
            Code::Malformed => "the ELF file is malformed; was it cut off?",
            Code::NoBtf => {
                "no .BTF section in the ELF file; compile with -g (objects) or CONFIG_DEBUG_INFO_BTF (kernels)"
            }
            Code::DistilledBase => {
                "the module's BTF is over a distilled base (.BTF.base), which is not read; take it from /sys/kernel/btf"
            }
        }
    }
}

/// Why a BTF was refused: what, where and the offending value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    code: Code,
    at: u64,
    value: u64,
}

impl Error {
    pub(crate) fn new(code: Code, at: usize, value: u64) -> Self {
        Error { code, at: at as u64, value }
    }

    /// An error at byte `at` of the input: for those who read the file around the BTF.
    pub fn at(code: Code, at: u64, value: u64) -> Self {
        Error { code, at, value }
    }

    /// What is wrong.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Byte offset in the input.
    pub fn offset(&self) -> u64 {
        self.at
    }

    /// The offending value, read at [`Error::at`].
    pub fn value(&self) -> u64 {
        self.value
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at byte {}, value {:#x})", self.code.text(), self.at, self.value)
    }
}

impl std::error::Error for Error {}
