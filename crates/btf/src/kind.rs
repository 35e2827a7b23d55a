//! The 19 kinds of type records (include/uapi/linux/btf.h, `BTF_KIND_*`).

use std::fmt;

/// Number of a type. 0 is `void`; the records of a BTF are numbered from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeId(pub u32);

impl TypeId {
    /// `void`, which has no record.
    pub const VOID: TypeId = TypeId(0);

    /// Whether this is `void`.
    pub fn is_void(self) -> bool {
        self == TypeId::VOID
    }
}

impl fmt::Display for TypeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! kinds {
    ($($number:literal $kind:ident $name:literal $fixed:literal $element:literal, $doc:literal;)*) => {
        /// What a type record describes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Kind {
            /// `void`, id 0, the only type without a record (`BTF_KIND_UNKN`).
            Void = 0,
            $(#[doc = $doc] $kind = $number,)*
        }

        impl Kind {
            /// Every kind that has records.
            pub const ALL: [Kind; 19] = [$(Kind::$kind),*];

            /// The kind numbered `number`; none for 0 and for numbers beyond ENUM64.
            #[inline]
            pub fn from_number(number: u8) -> Option<Kind> {
                match number {
                    $($number => Some(Kind::$kind),)*
                    _ => None,
                }
            }

            /// Lower-case name, as `bpftool btf dump` prints it in capitals.
            pub fn name(self) -> &'static str {
                match self {
                    Kind::Void => "void",
                    $(Kind::$kind => $name,)*
                }
            }

            /// 32-bit words after the 12-byte record head: once, and per element (`vlen` times).
            #[inline(always)]
            pub(crate) fn payload(self) -> (usize, usize) {
                match self {
                    Kind::Void => (0, 0),
                    $(Kind::$kind => ($fixed, $element),)*
                }
            }
        }
    };
}

kinds! {
    1 Int "int" 1 0, "Integer, char or bool.";
    2 Ptr "ptr" 0 0, "Pointer.";
    3 Array "array" 3 0, "Array of a fixed number of elements; 0 for a flexible one.";
    4 Struct "struct" 0 3, "Struct.";
    5 Union "union" 0 3, "Union.";
    6 Enum "enum" 0 2, "Enum with 32-bit values.";
    7 Fwd "fwd" 0 0, "Forward declaration of a struct or union.";
    8 Typedef "typedef" 0 0, "Typedef.";
    9 Volatile "volatile" 0 0, "`volatile` qualifier.";
    10 Const "const" 0 0, "`const` qualifier.";
    11 Restrict "restrict" 0 0, "`restrict` qualifier.";
    12 Func "func" 0 0, "Function; its type is a function prototype.";
    13 FuncProto "func_proto" 0 2, "Function prototype.";
    14 Var "var" 1 0, "Global variable.";
    15 Datasec "datasec" 0 3, "ELF section of variables.";
    16 Float "float" 0 0, "Floating-point number.";
    17 DeclTag "decl_tag" 1 0, "Tag on a declaration or on one of its components.";
    18 TypeTag "type_tag" 0 0, "Tag on a type, such as `__user` or `__rcu`.";
    19 Enum64 "enum64" 0 3, "Enum with 64-bit values.";
}

impl Kind {
    /// `const`, `volatile`, `restrict` or a type tag (libbpf: `btf_is_mod`).
    #[inline]
    pub fn is_modifier(self) -> bool {
        matches!(self, Kind::Volatile | Kind::Const | Kind::Restrict | Kind::TypeTag)
    }

    /// Struct or union (libbpf: `btf_is_composite`).
    #[inline]
    pub fn is_composite(self) -> bool {
        matches!(self, Kind::Struct | Kind::Union)
    }

    /// Enum of either width (libbpf: `btf_is_any_enum`).
    #[inline]
    pub fn is_enum(self) -> bool {
        matches!(self, Kind::Enum | Kind::Enum64)
    }

    /// Whether CO-RE takes one for the other: equal, or both enums (libbpf: `btf_kind_core_compat`).
    #[inline]
    pub fn core_compatible(self, other: Kind) -> bool {
        self == other || (self.is_enum() && other.is_enum())
    }

    /// Whether the third word of the record is a type id rather than a size.
    #[inline]
    pub(crate) fn refers(self) -> bool {
        matches!(
            self,
            Kind::Ptr
                | Kind::Typedef
                | Kind::Volatile
                | Kind::Const
                | Kind::Restrict
                | Kind::Func
                | Kind::FuncProto
                | Kind::Var
                | Kind::DeclTag
                | Kind::TypeTag
        )
    }
}

/// Encoding bits of an integer (`BTF_INT_*`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum IntEncoding {
    /// No bit set.
    Unsigned = 0,
    /// `BTF_INT_SIGNED`
    Signed = 1,
    /// `BTF_INT_CHAR`
    Char = 2,
    /// `BTF_INT_BOOL`
    Bool = 4,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_kinds_are_one_to_one() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_number(kind as u8), Some(kind));
        }
        assert_eq!(Kind::from_number(0), None);
        assert_eq!(Kind::from_number(20), None);
    }

    #[test]
    fn only_enums_are_interchangeable() {
        assert!(Kind::Enum.core_compatible(Kind::Enum64));
        assert!(!Kind::Struct.core_compatible(Kind::Union));
        assert!(!Kind::Typedef.core_compatible(Kind::Struct));
    }
}
