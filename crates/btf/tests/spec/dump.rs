//! Types as text: C, and bpftool's plain listing. That the C of real kernels and of random structs compiles, and keeps
//! every size and offset, is proved with clang and pahole in `tests/tests/c_dump.rs`.

use std::sync::Arc;

use bpfc_btf::{Btf, Builder, Code, Endian, Kind, NewMember, TypeId, dump};
use proptest::prelude::*;

use crate::ENDIANS;
use crate::common::{notation, random};

/// Types that C has under their names.
const BUILTIN: &str =
    "char int 1 signed; short int 2 signed; int int 4 signed; long int 8 signed; float float 4";

/// What stands between the header's beginning and its end.
pub(crate) fn body(header: &str) -> String {
    let (_, rest) = header.split_once("#endif\n\n").unwrap();
    let (body, _) = rest.split_once("#ifndef BPF_NO_PRESERVE_ACCESS_INDEX").unwrap();
    body.trim_end().to_owned()
}

fn refused(text: &str) -> Code {
    let bytes = notation::btf(Endian::Little, &format!("{text};{BUILTIN}"));
    dump::c(&Btf::parse(&bytes).unwrap(), None).unwrap_err().code()
}

/// The C of these types, the same in either byte order.
pub(crate) fn c(text: &str) -> String {
    let [little, big] = ENDIANS.map(|endian| {
        let bytes = notation::btf(endian, &format!("{text};{BUILTIN}"));
        body(&dump::c(&Btf::parse(&bytes).unwrap(), None).unwrap())
    });
    assert_eq!(little, big);
    little
}

#[test]
fn the_header_is_a_vmlinux_h() {
    let bytes = notation::btf(Endian::Little, BUILTIN);
    let expected = "\
#ifndef __VMLINUX_H__
#define __VMLINUX_H__

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
#endif

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif

#endif /* __VMLINUX_H__ */
";
    assert_eq!(dump::c(&Btf::parse(&bytes).unwrap(), None).unwrap(), expected);
}

/// Declarations.
mod declarations {
    use super::c;

    #[test]
    fn a_struct_has_its_members() {
        let text = "s struct 16 c:char@0 p:.p@64; .p ptr .k; .k const char";
        assert_eq!(c(text), "struct s {\n\tchar c;\n\tconst char *p;\n};");
    }

    #[test]
    fn arrays_and_function_pointers_are_read_from_the_name_outwards() {
        let text = "s struct 32 f:.a@0; .a array .p 4; .p ptr .f; .f proto int .g; .g ptr .h; .h proto void";
        assert_eq!(c(text), "struct s {\n\tint (*f[4])(void (*)(void));\n};");
        let text = "t typedef .p; .p ptr .a; .a array .pf 3; .pf ptr .f; .f proto .pg int; .pg ptr .g; .g proto .ps char; .ps ptr short";
        assert_eq!(c(text), "typedef short *(*(*(*t)[3])(int))(char);");
        let text = "m typedef .a; .a array .b 2; .b array int 3; n typedef .p; .p ptr .a";
        assert_eq!(c(text), "typedef int m[2][3];\n\ntypedef int (*n)[2][3];");
    }

    #[test]
    fn the_last_parameter_of_no_type_is_dots() {
        let text = "v typedef .p; .p proto int int void; w typedef .f; .f proto void void; x typedef .g; .g proto int";
        assert_eq!(c(text), "typedef int v(int, ...);\n\ntypedef void w(void);\n\ntypedef int x(void);");
    }

    #[test]
    fn qualifiers_stand_before_what_they_are_of_and_behind_a_pointer() {
        let text = "q typedef .c; .c const .p; .p ptr .k; .k const .v; .v volatile int; r typedef .r; .r restrict .p";
        let expected = "typedef volatile const int * const q;\n\ntypedef volatile const int * restrict r;";
        assert_eq!(c(text), expected);
    }

    /// GCC writes such, with no meaning of their own.
    #[test]
    fn qualifiers_of_arrays_and_functions_are_left_out() {
        let text = "a typedef .ca; .ca const .a; .a array int 2; f typedef .p; .p ptr .vf; .vf volatile .f; .f proto void";
        assert_eq!(c(text), "typedef int a[2];\n\ntypedef void (*f)(void);");
    }

    #[test]
    fn type_tags_are_attributes() {
        let text =
            "v typedef .p; .p ptr user; user type_tag .k; .k const int; w typedef rcu; rcu type_tag .p";
        let user = "typedef const int __attribute__((btf_type_tag(\"user\"))) *";
        let rcu = " __attribute__((btf_type_tag(\"rcu\"))) w;";
        assert_eq!(c(text), format!("{user}v;\n\n{user}{rcu}"));
    }

    /// Into a string, or an attribute with the kind flag, everything could be written.
    #[test]
    fn type_tags_that_would_end_the_attribute_are_left_out() {
        assert_eq!(c("v typedef .p; .p ptr a\"b; a\"b type_tag int"), "typedef int *v;");
        assert_eq!(c("v typedef .p; .p ptr a)b; a)b type_tag int"), "typedef int *v;");
    }

    #[test]
    fn flexible_arrays_have_length_0() {
        let text = "s struct 4 n:int@0 data:.a@32; .a array char 0";
        assert_eq!(c(text), "struct s {\n\tint n;\n\tchar data[0];\n};");
    }

    #[test]
    fn anonymous_structs_and_unions_stand_where_they_are_used() {
        let text = "s struct 8 :.u@0 x:.s@32; .u union 4 a:int@0 b:char@0; .s struct 4 c:int@0; t typedef .s";
        let expected = "\
struct s {
	union {
		int a;
		char b;
	};
	struct {
		int c;
	} x;
};

typedef struct {
	int c;
} t;";
        assert_eq!(c(text), expected);
    }

    #[test]
    fn the_compilers_own_list_of_arguments_is_not_declared() {
        let text = "__builtin_va_list typedef .a; .a array long 3; __gnuc_va_list typedef void";
        assert_eq!(c(text), "typedef __builtin_va_list __gnuc_va_list;");
    }
}

/// Which types are written, and in which order.
mod order {
    use super::*;

    #[test]
    fn structs_that_point_to_each_other_are_declared_first() {
        let text =
            "a struct 8 b:.pb@0; .pb ptr b; b struct 8 a:.pa@0; .pa ptr a; s struct 8 next:.ps@0; .ps ptr s";
        let expected = "\
struct b;

struct a {
	struct b *b;
};

struct b {
	struct a *a;
};

struct s {
	struct s *next;
};";
        assert_eq!(c(text), expected);
    }

    #[test]
    fn what_is_a_part_is_defined_before() {
        let text =
            "a struct 8 b:t@0; t typedef .k; .k const b; b struct 8 c:.a@0; .a array d 2; d struct 4 x:int@0";
        let order = ["struct d {", "struct b {", "typedef const struct b t;", "struct a {"];
        let text = c(text);
        let places: Vec<usize> = order.iter().map(|definition| text.find(definition).unwrap()).collect();
        assert!(places.is_sorted(), "{text}");
    }

    #[test]
    fn an_array_needs_the_definition_of_its_elements_even_behind_a_pointer() {
        let text = "a struct 8 p:.p@0; .p ptr .a; .a array b 2; b struct 4 x:int@0";
        assert!(c(text).starts_with("struct b {"), "{}", c(text));
    }

    /// The declaration inside a prototype would be another type.
    #[test]
    fn a_struct_is_declared_before_a_prototype_that_names_it() {
        let text =
            "b struct 16 next:.pb@0 end:.pe@64; .pb ptr b; .pe ptr end; end typedef .f; .f proto void .pb";
        assert_eq!(
            c(text),
            "struct b;\n\ntypedef void end(struct b *);\n\nstruct b {\n\tstruct b *next;\n\tend *end;\n};"
        );
    }

    #[test]
    fn forward_declarations_stand_for_themselves() {
        assert_eq!(
            c("s fwd; u fwd union; t typedef .p; .p ptr s"),
            "struct s;\n\nunion u;\n\ntypedef struct s *t;"
        );
    }

    #[test]
    fn anonymous_enums_are_written_once() {
        let text = ".a enum 4 A=0 B=1; .b enum 4 C=0; s struct 4 c:.b@0; .lost struct 4 a:int@0";
        let expected = "enum {\n\tA = 0,\n\tB = 1,\n};\n\nstruct s {\n\tenum {\n\t\tC = 0,\n\t} c;\n};";
        assert_eq!(c(text), expected);
    }

    fn chosen(text: &str, label: &str) -> String {
        let mut builder = Builder::new(Endian::Little);
        let labels = notation::write(&mut builder, &format!("{text};{BUILTIN}"));
        let bytes = builder.finish().unwrap();
        body(&dump::c(&Btf::parse(&bytes).unwrap(), Some(&[labels[label]])).unwrap())
    }

    #[test]
    fn chosen_types_come_with_what_they_need() {
        let text = "a struct 16 b:b@0 c:.pc@64; b struct 8 x:long@0; c struct 8 y:long@0; .pc ptr c; d struct 4 z:int@0; t typedef d; run func .f; .f proto int .pc; v var b 1; .u union 4 i:int@0";
        assert_eq!(chosen(text, "d"), "struct d {\n\tint z;\n};");
        assert_eq!(chosen(text, "t"), "struct d {\n\tint z;\n};\n\ntypedef struct d t;");
        let a = "struct b {\n\tlong x;\n};\n\nstruct c;\n\nstruct a {\n\tstruct b b;\n\tstruct c *c;\n};";
        assert_eq!(chosen(text, "a"), a);
        assert_eq!(chosen(text, "run"), "struct c;\n\nint run(struct c *);");
        assert_eq!(chosen(text, "v"), "struct b {\n\tlong x;\n};\n\nextern struct b v;");
        assert_eq!(chosen(text, ".u"), "union {\n\tint i;\n};");
        assert_eq!(chosen(text, ".pc"), "struct c;");
        assert_eq!(chosen(text, "long"), "");
    }

    #[test]
    fn of_a_split_btf_the_own_types_are_written_with_what_they_need_of_the_base() {
        for endian in ENDIANS {
            let text = "int int 4; s struct 4 a:int@0; t struct 4 b:int@0; .p ptr t; lost struct 4 c:int@0";
            let mut builder = Builder::new(endian);
            let labels = notation::write(&mut builder, text);
            let base = Arc::new(Btf::parse(builder.finish().unwrap()).unwrap());
            // All its names are the base's: `c`, `a`, `b`.
            let own = [13, 4 << 24 | 2, 16, 5, labels["s"].0, 0, 9, labels[".p"].0, 64];
            let btf = Btf::parse_split(crate::records(endian, &own, b""), base).unwrap();
            let expected = "\
struct s {
	int a;
};

struct t;

struct c {
	struct s a;
	struct t *b;
};";
            assert_eq!(body(&dump::c(&btf, None).unwrap()), expected);
            let raw = dump::raw(&btf, None).unwrap();
            assert!(raw.starts_with("[6] STRUCT 'c' size=16 vlen=2\n") && raw.lines().count() == 3, "{raw}");
        }
    }
}

/// What C calls things.
mod names {
    use super::c;

    #[test]
    fn enums_without_enumerators_have_a_type_and_share_the_name_of_a_definition() {
        let text = "e enum 8; .x enum 2 signed; s struct 16 e:e@0 x:.x@64; f enum 4; f#2 enum 4 F=0";
        let expected = "\
enum e : long long unsigned int;

struct s {
	enum e e;
	short int x;
};

enum f {
	F = 0,
};";
        assert_eq!(c(text), expected);
    }

    #[test]
    fn types_of_one_name_are_numbered() {
        let text = "s struct 4 a:int@0; s#2 struct 4 b:int@0; s#3 union 4 c:int@0; p struct 16 a:.1@0 b:.2@64; .1 ptr s; .2 ptr s#2";
        let expected = "\
struct s {
	int a;
};

struct s___2 {
	int b;
};

union s___3 {
	int c;
};

struct p {
	struct s *a;
	struct s___2 *b;
};";
        assert_eq!(c(text), expected);
    }

    #[test]
    fn typedefs_and_enumerators_share_names_but_not_with_tags() {
        let text = "s struct 4 a:int@0; s#t typedef s; e enum 4 s=0 A=1; A typedef int; f enum 4 A=2";
        let expected = "\
struct s {
	int a;
};

typedef struct s s;

enum e {
	s___2 = 0,
	A = 1,
};

typedef int A___2;

enum f {
	A___3 = 2,
};";
        assert_eq!(c(text), expected);
    }

    #[test]
    fn a_number_that_is_taken_is_left_out() {
        let text = "s struct 1 a:char@0; s___2 struct 1 b:char@0; s#2 struct 1 c:char@0";
        assert!(c(text).ends_with("struct s___3 {\n\tchar c;\n};"), "{}", c(text));
    }

    #[test]
    fn a_forward_declaration_of_another_kind_is_another_type() {
        assert_eq!(
            c("s struct 0; s#f fwd; t typedef .p; .p ptr s#f"),
            "struct s {};\n\nstruct s;\n\ntypedef struct s *t;"
        );
        assert_eq!(
            c("s struct 0; s#f fwd union; t typedef .p; .p ptr s#f"),
            "struct s {};\n\nunion s___2;\n\ntypedef union s___2 *t;"
        );
    }

    #[test]
    fn what_is_only_declared_is_told_apart_from_other_kinds_too() {
        let text =
            "s struct 4 a:int@0; t struct 16 p:.p@0 q:.q@64; .p ptr s#u; .q ptr s; s#u union 4 a:int@0";
        let mut builder = super::Builder::new(super::Endian::Little);
        let labels = super::notation::write(&mut builder, &format!("{text};int int 4"));
        let bytes = builder.finish().unwrap();
        let chosen = [labels["s"], labels["t"]];
        let text = super::dump::c(&super::Btf::parse(&bytes).unwrap(), Some(&chosen)).unwrap();
        assert!(text.contains("union s___2;\n\nstruct t {\n\tunion s___2 *p;\n\tstruct s *q;\n};"), "{text}");
    }

    #[test]
    fn names_that_c_cannot_have_are_changed() {
        let text = "Option<i32> struct 4 0:int@0; while struct 4 do:int@0; int#t typedef int";
        let expected =
            "struct Option_i32_ {\n\tint _0;\n};\n\nstruct while_ {\n\tint do_;\n};\n\ntypedef int int_;";
        assert_eq!(c(text), expected);
    }

    #[test]
    fn the_keywords_of_gnu_c_are_no_names_in_any_spelling() {
        for word in [
            "__const",
            "__inline__",
            "__typeof__",
            "__asm__",
            "__thread",
            "__signed__",
            "_Float16",
            "__builtin_offsetof",
        ] {
            let text = format!("{word} typedef int; s struct 4 {word}:int@0");
            let expected = format!("typedef int {word}_;\n\nstruct s {{\n\tint {word}_;\n}};");
            assert_eq!(c(&text), expected);
        }
    }
}

/// What no compiler wrote: an error with the type's id, or a text of bounded length.
mod hostile {
    use super::*;

    #[test]
    fn types_that_are_a_part_of_themselves_are_refused() {
        for text in [
            "s struct 8 a:s@0",
            "s struct 8 a:.a@0; .a array t 1; t typedef s",
            "a struct 8 b:b@0; b union 8 a:a@0",
            "t typedef u; u typedef t",
            "t typedef .p; .p ptr .p",
            "t typedef .f; .f proto .p; .p ptr .f",
            "s struct 8 a:.a@0; .a struct 8 b:.p@0; .p ptr .a",
            "t typedef .c; .c const .v; .v volatile .c",
        ] {
            assert_eq!(refused(text), Code::Cycle, "{text}");
        }
    }

    /// The types of `text`, each line of which is written `count` times with its number for `N` and the next for `M`.
    fn repeated(count: usize, text: &str) -> String {
        (0..count)
            .map(|n| text.replace('N', &n.to_string()).replace('M', &(n + 1).to_string()) + ";")
            .collect()
    }

    #[test]
    fn prototypes_and_structs_that_double_on_every_level_are_refused() {
        let prototypes = repeated(50, ".fN proto void .fM .fM") + ".f50 proto void; t typedef .f0";
        assert_eq!(refused(&prototypes), Code::Dump);
        let structs = repeated(50, ".sN struct 0 a:.sM@0 b:.sM@0") + ".s50 struct 0; t typedef .s0";
        assert_eq!(refused(&structs), Code::Dump);
    }

    #[test]
    fn nesting_deeper_than_compilers_take_is_refused() {
        let structs =
            |depth| repeated(depth, ".sN struct 0 a:.sM@0") + &format!(".s{depth} struct 0; t typedef .s0");
        assert!(c(&structs(64)).ends_with("} t;"));
        assert_eq!(refused(&structs(65)), Code::Dump);
        assert_eq!(refused(&structs(20_000)), Code::Dump);
        let pointers = |count| repeated(count, ".pN ptr .pM") + &format!(".p{count} ptr int; t typedef .p0");
        assert!(c(&pointers(250)).ends_with("*t;"));
        assert_eq!(refused(&pointers(256)), Code::Dump);
        assert_eq!(refused(&pointers(20_000)), Code::Dump);
        // Structs by their name are as deep as they like to be.
        let named = repeated(20_000, "sN struct 0 a:sM@0") + "s20000 struct 0";
        assert!(c(&named).ends_with("struct s0 {\n\tstruct s1 a;\n};"));
    }

    #[test]
    fn long_names_are_cut() {
        let long = "n".repeat(600);
        let text = c(&format!("{long} struct 4 {long}:int@0; {long}#2 struct 4"));
        assert!(text.starts_with(&format!("struct {} {{\n", &long[..512])), "{text}");
        assert!(text.contains(&format!("struct {}___2 {{", &long[..512])), "{text}");
    }

    #[test]
    fn a_listing_that_repeats_a_long_name_is_refused() {
        let mut builder = Builder::new(Endian::Little);
        let long = vec![b'n'; 100_000];
        let member = NewMember { name: &long, ty: TypeId::VOID, bit_offset: 0, bit_size: 0 };
        builder.composite(Kind::Struct, b"s", 4, &vec![member; 2_000]);
        let bytes = builder.finish().unwrap();
        let btf = Btf::parse(&bytes).unwrap();
        let error = dump::raw(&btf, None).unwrap_err();
        assert_eq!((error.code(), error.offset(), error.value()), (Code::Dump, 24, 1));
        assert!(dump::c(&btf, None).unwrap().len() < 2 << 20);
    }

    proptest! {
        #[test]
        fn random_types_give_a_text_or_an_error(records in random::records(40), big in any::<bool>(), id in 0u32..45) {
            let bytes = random::write(ENDIANS[usize::from(big)], &records);
            let btf = Btf::parse(&bytes).unwrap();
            let most = bytes.len() * 64 + (65 << 10);
            for types in [None, Some(&[TypeId(id)][..])] {
                prop_assert!(dump::raw(&btf, types).unwrap().len() < most);
                match dump::c(&btf, types) {
                    Ok(text) => prop_assert!(text.len() < most && text.is_ascii()),
                    Err(error) => prop_assert!([Code::Cycle, Code::Dump].contains(&error.code())),
                }
            }
        }
    }
}

/// bpftool prints so (`dump_btf_type`).
#[test]
fn the_listing_has_a_line_per_record_and_one_per_part() {
    let text = "int int 4 signed; c int 1 char; b int 1 bool; u int 2 offset=3; x int 4 signed bool; .p ptr int; .a array c 3 int
        s struct 8 a:int@0:3 :u@32; n struct 4 a:int@0; w fwd; v fwd union; t typedef s; .v volatile t; .c const t; .r restrict .p
        e enum 4 A=4294967295; f enum 4 signed B=-1; g enum64 8 C=0xffffffffffffffff; h enum64 8 signed D=-2
        .f proto int t .p; run func .f static; go func .f global; out func .f extern; var1 var int 0; var2 var int 7
        .data datasec 8 var1@4:4; d float 8; note decl_tag s -1; at decl_tag s 1; user type_tag int";
    let expected = "\
[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] INT 'c' size=1 bits_offset=0 nr_bits=8 encoding=CHAR
[3] INT 'b' size=1 bits_offset=0 nr_bits=8 encoding=BOOL
[4] INT 'u' size=2 bits_offset=3 nr_bits=16 encoding=(none)
[5] INT 'x' size=4 bits_offset=0 nr_bits=32 encoding=UNKN
[6] PTR '(anon)' type_id=1
[7] ARRAY '(anon)' type_id=2 index_type_id=1 nr_elems=3
[8] STRUCT 's' size=8 vlen=2
	'a' type_id=1 bits_offset=0 bitfield_size=3
	'(anon)' type_id=4 bits_offset=32
[9] STRUCT 'n' size=4 vlen=1
	'a' type_id=1 bits_offset=0
[10] FWD 'w' fwd_kind=struct
[11] FWD 'v' fwd_kind=union
[12] TYPEDEF 't' type_id=8
[13] VOLATILE '(anon)' type_id=12
[14] CONST '(anon)' type_id=12
[15] RESTRICT '(anon)' type_id=6
[16] ENUM 'e' encoding=UNSIGNED size=4 vlen=1
	'A' val=4294967295
[17] ENUM 'f' encoding=SIGNED size=4 vlen=1
	'B' val=-1
[18] ENUM64 'g' encoding=UNSIGNED size=8 vlen=1
	'C' val=18446744073709551615ULL
[19] ENUM64 'h' encoding=SIGNED size=8 vlen=1
	'D' val=-2LL
[20] FUNC_PROTO '(anon)' ret_type_id=1 vlen=2
	'(anon)' type_id=12
	'(anon)' type_id=6
[21] FUNC 'run' type_id=20 linkage=static
[22] FUNC 'go' type_id=20 linkage=global
[23] FUNC 'out' type_id=20 linkage=extern
[24] VAR 'var1' type_id=1, linkage=static
[25] VAR 'var2' type_id=1, linkage=(unknown)
[26] DATASEC '.data' size=8 vlen=1
	type_id=24 offset=4 size=4 (VAR 'var1')
[27] FLOAT 'd' size=8
[28] DECL_TAG 'note' type_id=8 component_idx=-1
[29] DECL_TAG 'at' type_id=8 component_idx=1
[30] TYPE_TAG 'user' type_id=1
";
    for endian in ENDIANS {
        let bytes = notation::btf(endian, text);
        let btf = Btf::parse(&bytes).unwrap();
        assert_eq!(dump::raw(&btf, None).unwrap(), expected);
        let chosen = dump::raw(&btf, Some(&[TypeId(27), TypeId(6)])).unwrap();
        assert_eq!(chosen, "[27] FLOAT 'd' size=8\n[6] PTR '(anon)' type_id=1\n");
    }
}
