//! Integers and floating-point numbers: those that C has under their name, and what stands for the others.

use crate::{Btf, IntEncoding, Kind, Type};

/// Whether C has a type of this INT's or FLOAT's name and size. Others, such as Rust's `u32` or one that a hostile file
/// calls `int` and makes 3 bytes large, are declared by a typedef.
pub(super) fn is_builtin(btf: &Btf, ty: &Type, pointer_size: u32) -> bool {
    // The longest, `long long unsigned int`, has 22 bytes.
    let name = btf.string_start(ty.name_offset(), 32);
    let size = match ty.kind() {
        Kind::Int => integer_size(name, pointer_size),
        _ => match name {
            b"_Float16" | b"__fp16" | b"__bf16" => Some(2),
            b"float" => Some(4),
            b"double" => Some(8),
            // 8, 12 or 16 bytes.
            b"long double" => Some(ty.size_word()),
            b"_Float128" | b"__float128" => Some(16),
            _ => None,
        },
    };
    size == Some(ty.size_word())
}

/// Size in bytes of the C integer type that these words name, in any order.
fn integer_size(name: &[u8], pointer_size: u32) -> Option<u32> {
    let (mut base, mut longs, mut signs) = (None, 0, 0);
    for word in name.split(|&byte| byte == b' ') {
        let size = match word {
            b"char" | b"_Bool" => 1,
            b"short" => 2,
            // As in `short int` and `long int`, where the other word tells the size.
            b"int" => 4,
            b"__int128" => 16,
            b"long" => {
                longs += 1;
                continue;
            }
            b"signed" | b"unsigned" => {
                signs += 1;
                continue;
            }
            _ => return None,
        };
        base = match base {
            None => Some(size),
            // `int` beside `short`, in either order.
            Some(other) if size.min(other) == 2 && size.max(other) == 4 => Some(2),
            Some(_) => return None,
        };
    }
    match (base, longs, signs) {
        (None | Some(4), 1, 0 | 1) => Some(pointer_size),
        (None | Some(4), 2, 0 | 1) => Some(8),
        (None, 0, 1) => Some(4),
        (Some(size), 0, 0 | 1) => Some(size),
        _ => None,
    }
}

/// The C type of the size and encoding of one that C does not have by its name; none where there is no such.
/// (libbpf: `missing_base_types` for GCC's `__Poly8_t`.)
pub(super) fn stand_in(ty: &Type) -> Option<&'static str> {
    let int = ty.int();
    Some(match (ty.kind(), ty.size_word(), int.signed()) {
        (Kind::Int, 1, _) if int.encoding() & IntEncoding::Bool as u32 != 0 => "_Bool",
        (Kind::Int, 1, true) => "signed char",
        (Kind::Int, 1, false) => "unsigned char",
        (Kind::Int, 2, true) => "short int",
        (Kind::Int, 2, false) => "short unsigned int",
        (Kind::Int, 4, true) => "int",
        (Kind::Int, 4, false) => "unsigned int",
        (Kind::Int, 8, true) => "long long int",
        (Kind::Int, 8, false) => "long long unsigned int",
        (Kind::Int, 16, true) => "__int128",
        (Kind::Int, 16, false) => "unsigned __int128",
        (Kind::Float, 2, _) => "_Float16",
        (Kind::Float, 4, _) => "float",
        (Kind::Float, 8, _) => "double",
        (Kind::Float, 16, _) => "long double",
        _ => return None,
    })
}

/// The integer type of an enum that has nothing else.
pub(super) fn of_enum(ty: &Type) -> &'static str {
    match (ty.size_word(), ty.kflag()) {
        (1, true) => "signed char",
        (1, false) => "unsigned char",
        (2, true) => "short int",
        (2, false) => "short unsigned int",
        (8, true) => "long long int",
        (8, false) => "long long unsigned int",
        (_, true) => "int",
        (_, false) => "unsigned int",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_c_in_any_order_have_a_size() {
        let size = |name: &str| integer_size(name.as_bytes(), 8);
        for (name, bytes) in [
            ("char", 1),
            ("signed char", 1),
            ("unsigned char", 1),
            ("_Bool", 1),
            ("short int", 2),
            ("short unsigned int", 2),
            ("unsigned short", 2),
            ("int", 4),
            ("unsigned", 4),
            ("unsigned int", 4),
            ("long", 8),
            ("long unsigned int", 8),
            ("long long int", 8),
            ("unsigned long long", 8),
            ("__int128 unsigned", 16),
            ("unsigned __int128", 16),
        ] {
            assert_eq!(size(name), Some(bytes), "{name}");
        }
        assert_eq!(integer_size(b"unsigned long", 4), Some(4));
    }

    #[test]
    fn what_is_no_c_has_none() {
        for name in
            ["", "u32", "int int", "long long long", "long char", "unsigned signed int", "short short"]
        {
            assert_eq!(integer_size(name.as_bytes(), 8), None, "{name}");
        }
    }
}
