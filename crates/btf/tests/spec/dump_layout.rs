//! Sizes, offsets and alignments of types as C.

use bpfc_btf::{Btf, Endian, dump};

use crate::common::notation;
use crate::dump::{body, c};

#[test]
fn gaps_that_compilers_leave_are_not_filled() {
    assert_eq!(c("s struct 16 a:char@0 b:long@64"), "struct s {\n\tchar a;\n\tlong b;\n};");
    assert_eq!(c("s struct 8 a:int@0:4 b:char@32"), "struct s {\n\tint a: 4;\n\tint: 28;\n\tchar b;\n};");
}

#[test]
fn gaps_in_the_middle_and_at_the_end_are_filled() {
    let text = "s struct 24 a:long@0 b:char@160";
    assert_eq!(c(text), "struct s {\n\tlong a;\n\tlong long: 64;\n\tint: 32;\n\tchar b;\n};");
    let text = "s struct 24 a:long@0";
    assert_eq!(c(text), "struct s {\n\tlong a;\n\tlong long: 64;\n\tlong long: 64;\n};");
}

/// Else the struct would be aligned to it on arm64.
#[test]
fn gaps_are_filled_by_types_that_do_not_raise_the_alignment() {
    let text = "s struct 10 a:char@0 b:short@64";
    let expected =
        "struct s {\n\tchar a;\n\tchar: 8;\n\tshort: 16;\n\tshort: 16;\n\tshort: 16;\n\tshort b;\n};";
    assert_eq!(c(text), expected);
}

#[test]
fn large_gaps_are_arrays() {
    let text = "s struct 4004 a:int@0 b:int@32000; t struct 4294967295";
    let expected = "\
struct s {
	int a;
	char __padding_1[3996];
	int b;
};

struct t {
	char __padding_2[4294967295];
};";
    assert_eq!(c(text), expected);
}

/// Also those of unnamed structs inside are members of the struct.
#[test]
fn padding_is_called_like_no_member() {
    let text = "s struct 4004 __padding_1:int@0 b:.u@32000; .u union 4 __padding_2:int@0";
    assert!(c(text).contains("\tchar __padding_3[3996];\n"), "{}", c(text));
}

#[test]
fn bitfields_have_their_width_and_a_new_unit_where_the_last_was_left() {
    let text = "s struct 12 a:int@0:3 b:int@3:5 c:int@32:1 d:char@40:2 e:int@64:32";
    let expected = "\
struct s {
	int a: 3;
	int b: 5;
	int: 24;
	int c: 1;
	char: 7;
	char d: 2;
	int e: 32;
};";
    assert_eq!(c(text), expected);
}

#[test]
fn integers_that_are_bitfields_themselves_are_written_as_such() {
    let text = "s struct 4 a:whole@0; whole int 4 offset=0; t struct 4 b:part@0; part int 2 offset=4; u struct 1 c:flag@0; flag int 1 bool";
    let expected = "\
struct s {
	whole a;
};

typedef short unsigned int part;

struct t {
	char: 4;
	part b: 16;
} __attribute__((packed, aligned(2)));

typedef _Bool flag;

struct u {
	flag c;
};";
    assert_eq!(c(text).strip_prefix("typedef unsigned int whole;\n\n"), Some(expected));
}

#[test]
fn members_off_their_alignment_make_a_struct_packed() {
    let text = "s struct 6 a:char@0 b:int@8 c:char@40; t struct 5 a:int@0 b:char@32";
    let expected = "\
struct s {
	char a;
	int b;
	char c;
} __attribute__((packed));

struct t {
	int a;
	char b;
} __attribute__((packed));";
    assert_eq!(c(text), expected);
    let text = "s struct 8 a:int@0:30 b:int@30:30";
    assert!(c(text).ends_with("\tint b: 30;\n} __attribute__((packed));"), "{}", c(text));
}

#[test]
fn a_size_beyond_the_last_member_is_an_alignment() {
    assert_eq!(c("s struct 64 a:int@0"), "struct s {\n\tint a;\n} __attribute__((aligned(64)));");
    assert_eq!(c("u union 16 a:char@0"), "union u {\n\tchar a;\n} __attribute__((aligned(16)));");
    let packed = "struct s {\n\tchar a;\n\tint b;\n} __attribute__((packed, aligned(4)));";
    assert_eq!(c("s struct 8 a:char@0 b:int@8"), packed);
}

#[test]
fn but_not_where_the_struct_lies_elsewhere_in_another() {
    let inner = "struct s {\n\tint a;\n\tint: 32;\n\tint: 32;\n\tint: 32;\n};";
    assert!(c("s struct 16 a:int@0; t struct 24 b:long@0 s:s@64").starts_with(inner));
    assert!(c("s struct 16 a:int@0; t struct 24 s:s@0 b:long@128").starts_with(inner));
    assert!(c("s struct 16 a:int@0; t struct 32 s:s@128").contains("aligned(16)"));
    // Nor where that lies elsewhere.
    let deep = "s struct 16 a:int@0; t struct 16 s:s@0; u struct 24 b:long@0 t:.a@64; .a array t 1";
    assert!(c(deep).starts_with(inner));
}

#[test]
fn unions_of_other_sizes_are_filled_by_a_member() {
    assert_eq!(c("u union 9 a:char@0"), "union u {\n\tchar a;\n\tchar __padding_1[9];\n};");
    let packed = "union u {\n\tint a;\n\tchar b[5];\n} __attribute__((packed));";
    assert_eq!(c("u union 5 a:int@0 b:.a@0; .a array char 5"), packed);
}

#[test]
fn members_are_written_in_the_order_of_their_offsets() {
    assert_eq!(c("s struct 8 b:int@32 a:int@0"), "struct s {\n\tint a;\n\tint b;\n};");
}

#[test]
fn what_c_cannot_have_is_a_comment() {
    let text = "s struct 8 a:int@0 over:int@16 none:void@32 big:long@32 wide:char@32:9 odd:char@33 self:float@32:3 b:int@32";
    let expected = "\
struct s {
	int a;
	/* over: at bit 16, where C can have no such member */
	/* none: at bit 32, where C can have no such member */
	/* big: at bit 32, where C can have no such member */
	/* wide: at bit 32, where C can have no such member */
	/* self: at bit 32, where C can have no such member */
	int b;
	/* odd: at bit 33, where C can have no such member */
};";
    assert_eq!(c(text), expected);
    let text = "u union 4 a:int@0 b:short@16";
    assert!(c(text).contains("\tint a;\n\t/* b: at bit 16, "), "{}", c(text));
}

/// 16 bytes are aligned to 16 on all little-endian machines of 64 bits, to 8 on s390x.
#[test]
fn where_machines_align_differently_the_struct_is_packed() {
    let text = "long int 8 signed; __int128 int 16 signed; s struct 32 a:long@0 b:__int128@128; t struct 24 a:long@0 b:__int128@64";
    let c = |endian| body(&dump::c(&Btf::parse(notation::btf(endian, text)).unwrap(), None).unwrap());
    let s = "struct s {\n\tlong a;\n\t__int128 b;\n};";
    let t = "struct t {\n\tlong a;\n\t__int128 b;\n} __attribute__((packed));";
    assert_eq!(c(Endian::Little), format!("{s}\n\n{t}"));
    let s = "struct s {\n\tlong a;\n\tlong long: 64;\n\t__int128 b;\n} __attribute__((packed));";
    assert_eq!(c(Endian::Big), format!("{s}\n\n{t}"));
}

#[test]
fn enums_have_their_size() {
    let text = "a enum 1 A=0 B=255; b enum 2 C=1; c enum 4 D=4294967295; d enum 4 signed E=-1; e enum 8 F=1; f enum64 8 G=0x100000000; g enum64 8 signed H=-1";
    let expected = "\
enum a {
	A = 0,
	B = 255,
} __attribute__((mode(byte)));

enum b {
	C = 1,
} __attribute__((mode(HI)));

enum c {
	D = 4294967295,
};

enum d {
	E = -1,
};

enum e {
	F = 1,
} __attribute__((mode(DI)));

enum f {
	G = 4294967296ULL,
} __attribute__((mode(DI)));

enum g {
	H = -1LL,
} __attribute__((mode(DI)));";
    assert_eq!(c(text), expected);
}

#[test]
fn numbers_that_c_does_not_have_are_typedefs() {
    let text = "u32 int 4; bool int 1 bool; int#3 int 3; f32 float 4; s struct 16 a:u32@0 b:bool@32 c:int#3@40 d:f32@64 e:float@96";
    let expected = "\
typedef unsigned int u32;

typedef _Bool bool;

typedef struct { char bytes[3]; } int_;

typedef float f32;

struct s {
	u32 a;
	bool b;
	int_ c;
	f32 d;
	float e;
} __attribute__((packed));";
    assert_eq!(c(text), expected);
}
