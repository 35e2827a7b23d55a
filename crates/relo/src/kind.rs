//! The 13 kinds of CO-RE relocations (include/uapi/linux/bpf.h, `enum bpf_core_relo_kind`).

macro_rules! kinds {
    ($($number:literal $kind:ident $name:literal, $doc:literal;)*) => {
        /// What a relocation asks of the target kernel.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u32)]
        pub enum ReloKind {
            $(#[doc = $doc] $kind = $number,)*
        }

        impl ReloKind {
            /// Every kind, by number.
            pub const ALL: [ReloKind; 13] = [$(ReloKind::$kind),*];

            /// The kind numbered `number`.
            pub fn from_number(number: u32) -> Option<ReloKind> {
                match number {
                    $($number => Some(ReloKind::$kind),)*
                    _ => None,
                }
            }

            /// Lower-case name of the uapi constant, without `BPF_CORE_`.
            pub fn name(self) -> &'static str {
                match self {
                    $(ReloKind::$kind => $name,)*
                }
            }
        }
    };
}

kinds! {
    0 FieldByteOffset "field_byte_offset", "Offset of a field in bytes.";
    1 FieldByteSize "field_byte_size", "Size of a field in bytes.";
    2 FieldExists "field_exists", "Whether a field exists.";
    3 FieldSigned "field_signed", "Whether a field is signed.";
    4 FieldLshiftU64 "field_lshift_u64", "Left shift that brings a bitfield to the top of 64 bits.";
    5 FieldRshiftU64 "field_rshift_u64", "Right shift that brings it back to the bottom.";
    6 TypeIdLocal "type_id_local", "Id of a type in the object's own BTF.";
    7 TypeIdTarget "type_id_target", "Id of a type in the kernel's BTF.";
    8 TypeExists "type_exists", "Whether a type exists.";
    9 TypeSize "type_size", "Size of a type in bytes.";
    10 EnumvalExists "enumval_exists", "Whether an enumerator exists.";
    11 EnumvalValue "enumval_value", "Value of an enumerator.";
    12 TypeMatches "type_matches", "Whether a type matches the local definition.";
}

impl ReloKind {
    /// About a field (libbpf: `core_relo_is_field_based`).
    pub fn is_field(self) -> bool {
        (self as u32) < ReloKind::TypeIdLocal as u32
    }

    /// About an enumerator (libbpf: `core_relo_is_enumval_based`).
    pub fn is_enumerator(self) -> bool {
        matches!(self, ReloKind::EnumvalExists | ReloKind::EnumvalValue)
    }

    /// About a type (libbpf: `core_relo_is_type_based`).
    pub fn is_type(self) -> bool {
        !self.is_field() && !self.is_enumerator()
    }
}

#[cfg(test)]
mod tests {
    use super::ReloKind;

    #[test]
    fn every_kind_is_about_exactly_one_thing() {
        for (number, kind) in ReloKind::ALL.into_iter().enumerate() {
            assert_eq!(ReloKind::from_number(number as u32), Some(kind));
            let about = [kind.is_field(), kind.is_enumerator(), kind.is_type()];
            assert_eq!(about.iter().filter(|&&is| is).count(), 1, "{}", kind.name());
        }
        assert_eq!(ReloKind::from_number(13), None);
    }
}
