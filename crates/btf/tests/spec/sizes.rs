//! Sizes of types and pointers (libbpf: `btf__resolve_size`, `determine_ptr_size`).

use bpfc_btf::{Btf, Builder, Endian, IntEncoding};

use crate::common::notation;

fn sizes(text: &str, labels: &[&str]) -> Vec<Option<u32>> {
    let mut builder = Builder::new(Endian::Little);
    let ids = notation::write(&mut builder, text);
    let btf = builder.finish().unwrap();
    let btf = Btf::parse(&btf).unwrap();
    labels.iter().map(|&label| btf.size_of(ids[label], 8)).collect()
}

#[test]
fn size_by_kind() {
    let text = "i int 4; .p ptr i; s struct 12; u union 16; e enum 2; l enum64 8; d float 10; .bss datasec 100
                t typedef s; .c const t; .v volatile .c; .r restrict .v; g type_tag .r; v var g 0; w decl_tag v -1
                f fwd; .x proto i; fn func .x; nothing typedef void";
    let sized = ["i", ".p", "s", "u", "e", "l", "d", ".bss"];
    assert_eq!(sizes(text, &sized), [4, 8, 12, 16, 2, 8, 10, 100].map(Some));
    assert_eq!(sizes(text, &["t", ".c", ".v", ".r", "g", "v", "w"]), [Some(12); 7], "of what they refer to");
    assert_eq!(sizes(text, &["f", ".x", "fn", "nothing"]), [None; 4]);
}

#[test]
fn the_size_of_an_array_is_the_product_of_its_dimensions() {
    let text = "i int 4; .row array i 3; .table array .row 5; .none array i 0; .nothing array void 3; .rows array .none 7
                t typedef .table; .tables array t 2";
    let labels = [".row", ".table", ".none", ".nothing", ".rows", ".tables"];
    assert_eq!(sizes(text, &labels), [Some(12), Some(60), Some(0), None, Some(0), Some(120)]);
}

/// libbpf answers E2BIG.
#[test]
fn a_size_above_32_bits_is_none() {
    let text = "i int 4; .fits array i 0x3fffffff; .over array i 0x40000000
                .wide array i 0x10000; .square array .wide 0x10000; .zero array .square 0
                c int 1; .most array c 0xffffffff";
    let labels = [".fits", ".over", ".square", ".zero", ".most"];
    assert_eq!(sizes(text, &labels), [Some(0xffff_fffc), None, None, Some(0), Some(u32::MAX)]);
}

/// libbpf: `MAX_RESOLVE_DEPTH`, the type at the end included.
#[test]
fn a_size_is_looked_for_through_32_types() {
    let chain = |length: usize| {
        let typedefs = (1..length).map(|n| format!("t{n} typedef t{}\n", n + 1)).collect::<String>();
        sizes(&format!("{typedefs}t{length} int 4"), &["t1"])
    };
    assert_eq!((chain(32), chain(33)), (vec![Some(4)], vec![None]));
}

const SPELLINGS: [&str; 11] = [
    "long",
    "long int",
    "int long",
    "unsigned long",
    "long unsigned",
    "unsigned long int",
    "unsigned int long",
    "long unsigned int",
    "long int unsigned",
    "int unsigned long",
    "int long unsigned",
];

fn pointer_size(ints: &[(&str, u32)]) -> Option<u8> {
    let mut builder = Builder::new(Endian::Big);
    for &(name, size) in ints {
        builder.int(name.as_bytes(), size, IntEncoding::Unsigned, size * 8);
    }
    Btf::parse(builder.finish().unwrap()).unwrap().pointer_size()
}

#[test]
fn a_pointer_is_as_large_as_long_in_any_of_its_11_spellings() {
    for name in SPELLINGS {
        for size in [4, 8] {
            assert_eq!(pointer_size(&[("int", 4), (name, size)]), Some(size as u8), "{name}");
        }
        assert_eq!(pointer_size(&[(name, 2), (name, 16)]), None, "{name} of an impossible size");
    }
    for name in [
        "long long",
        "long  int",
        "Long",
        "long ",
        " long",
        "unsigned",
        "int",
        "long unsigned unsigned",
        "longint",
    ] {
        assert_eq!(pointer_size(&[(name, 8)]), None, "{name}");
    }
}

#[test]
fn the_first_long_decides() {
    assert_eq!(pointer_size(&[("long", 2), ("long int", 4), ("long", 8)]), Some(4));
}

#[test]
fn only_an_integer_is_a_long() {
    let btf = notation::btf(Endian::Little, "long struct 8; long#2 typedef long; long#3 float 8");
    assert_eq!(Btf::parse(btf).unwrap().pointer_size(), None);
}

#[test]
fn the_pointer_size_is_the_types_own_then_the_callers() {
    let btf = |text: &str| Btf::parse(notation::btf(Endian::Little, text)).unwrap();
    let size = |btf: &Btf| btf.size_of(btf.first_id(), 4);
    assert_eq!(size(&btf(".p ptr void")), Some(4), "none in the types: the caller's");
    assert_eq!(size(&btf(".p ptr void; long int 8")), Some(8), "the types' own");
    assert_eq!(size(&btf(".p ptr void; long int 4").with_pointer_size(8)), Some(8), "the one set");
}
