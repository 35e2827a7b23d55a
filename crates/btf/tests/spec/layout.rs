//! Where the members of a type lie, and what is between them. That holes and padding are pahole's is held against it in
//! `tests/tests/type_views.rs`.

use bpfc_btf::{Btf, Code, Endian, LayoutContent, LayoutPart, TypeId, TypeLayout, diff};
use proptest::prelude::*;

use crate::ENDIANS;
use crate::common::{notation, random};

const BUILTIN: &str = "char int 1 signed; short int 2; int int 4 signed; long int 8 signed";

fn parse(text: &str) -> Btf<'static> {
    Btf::parse(notation::btf(Endian::Little, &format!("{text};{BUILTIN}"))).unwrap()
}

fn layout(btf: &Btf) -> TypeLayout {
    btf.layout(TypeId(1)).unwrap().unwrap()
}

/// `a:int@0+32` for a member, `hole@32+8` and `padding@40+24` for gaps; indented by depth, `bits` for bitfields and what is
/// left of their integers, `>name` for a type to be opened.
fn told(btf: &Btf, part: &LayoutPart) -> String {
    let (what, open) = match &part.what {
        LayoutContent::Member { path, ty, open, .. } => (format!("{path}:{}", btf.c_name(*ty)), *open),
        LayoutContent::Hole => ("hole".into(), None),
        LayoutContent::Padding => ("padding".into(), None),
    };
    let indent = " ".repeat(part.depth);
    let bits = if part.bitfield { " bits" } else { "" };
    let open = open.map_or(String::new(), |id| format!(" >{}", String::from_utf8_lossy(btf.name(id))));
    format!("{indent}{what}@{}+{}{bits}{open}", part.bit_offset, part.bit_size)
}

/// The parts of the first of these types.
fn parts(text: &str) -> Vec<String> {
    let btf = parse(text);
    layout(&btf).parts.iter().map(|part| told(&btf, part)).collect()
}

#[test]
fn gaps_of_a_struct_are_holes_and_behind_its_last_member_padding() {
    let expected =
        ["hole@0+32", "a:char@32+8", "hole@40+24", "b:long@64+64", "c:short@128+16", "padding@144+48"];
    assert_eq!(parts("s struct 24 a:char@32 b:long@64 c:short@128"), expected);
    assert_eq!(parts("s struct 4 a:int@0"), ["a:int@0+32"]);
    assert_eq!(parts("s struct 4"), ["padding@0+32"]);
}

#[test]
fn what_is_left_of_a_bitfields_integer_is_a_gap_of_its_own() {
    let expected = [
        "a:int@0+4 bits",
        "hole@4+28 bits",
        "hole@32+32",
        "b:long@64+64",
        "c:int@128+9 bits",
        "padding@137+23 bits",
        "padding@160+32",
    ];
    assert_eq!(parts("s struct 24 a:int@0:4 b:long@64 c:int@128:9"), expected);
    // Up to the next member, and from the start of the next one's integer.
    let expected =
        ["a:int@0+4 bits", "hole@4+4 bits", "b:char@8+8", "hole@16+16", "hole@32+3 bits", "c:int@35+29 bits"];
    assert_eq!(parts("s struct 8 a:int@0:4 b:char@8 c:int@35:29"), expected);
}

/// As compilers wrote bitfields before there was a kind flag.
#[test]
fn integers_that_are_bitfields_themselves_lie_where_they_say() {
    assert_eq!(
        parts("s struct 4 a:part@0; part int 2 offset=4"),
        ["hole@0+4 bits", "a:part@4+16 bits", "padding@20+12 bits"]
    );
}

#[test]
fn unions_have_no_gaps_but_structs_in_them_have() {
    let text = "u union 8 a:int@0 :.s@0; .s struct 8 b:char@0 c:int@32";
    assert_eq!(
        parts(text),
        ["a:int@0+32", ":struct {...}@0+64", " b:char@0+8", " hole@8+24", " c:int@32+32"]
    );
}

#[test]
fn members_of_anonymous_types_follow_theirs_from_the_start_of_the_outermost() {
    let text = "s struct 24 a:long@0 :.u@64 v:.c@128; .u union 8 b:int@0 w:.w@0; .w struct 4 d:short@0; .c const .k; .k struct 8 e:int@0";
    let expected = [
        "a:long@0+64",
        ":union {...}@64+64",
        " b:int@64+32",
        " w:struct {...}@64+32",
        "  w.d:short@64+16",
        "  padding@80+16",
        "v:struct {...}@128+64",
        " v.e:int@128+32",
        " padding@160+32",
    ];
    assert_eq!(parts(text), expected);
}

#[test]
fn types_with_a_name_can_be_opened_those_behind_pointers_and_arrays_are_not_looked_into() {
    let text = "s struct 40 a:.c@0 b:t@32 p:.p@64 q:.q@128 x:.a@192 o:.o@256 e:e@288; in struct 4 i:int@0; .c const in; t typedef .s; .s struct 4 i:int@0; .p ptr in; .q ptr .s; .a array in 2; .o array .s 1; e enum 4";
    let expected = [
        "a:struct in@0+32 >in",
        "b:t@32+32 >",
        "p:struct in *@64+64",
        "q:struct {...} *@128+64",
        "x:struct in[2]@192+64",
        "o:struct {...}[1]@256+32",
        "e:enum e@288+32",
    ];
    assert_eq!(parts(text), expected);
}

#[test]
fn paths_are_those_of_a_diff() {
    let text = |at: u32| {
        let [b, v] = [at + 32, at + 64];
        format!(
            "s struct 16 a:int@{at} :.u@{b} v:.v@{v}; .u union 4 b:int@0; .v struct 4 c:int@0 :.w@0; .w struct 4 d:int@0"
        )
    };
    let (old, new) = (parse(&text(0)), parse(&text(8)));
    let moved: Vec<String> =
        diff(&old, &new, &["s"]).unwrap().remove(0).parts.into_iter().map(|part| part.name).collect();
    let paths = layout(&old).parts.into_iter().filter_map(|part| match part.what {
        LayoutContent::Member { path, .. } if !path.is_empty() => Some(path),
        _ => None,
    });
    assert_eq!(paths.collect::<Vec<_>>(), moved);
    assert_eq!(moved, ["a", "b", "v", "v.c", "v.d"]);
}

#[test]
fn members_stand_by_offset_and_those_that_overlap_leave_no_hole() {
    let expected = ["a:int@0+32", "over:int@16+32", "b:char@64+8", "far:int@96+32"];
    let mut told = parts("s struct 12 far:int@96 b:char@64 over:int@16 a:int@0");
    told.retain(|part| !part.contains("hole"));
    assert_eq!(told, expected);
    assert_eq!(
        parts("s struct 8 none:void@0 flexible:.a@64; .a array int 0"),
        ["none:void@0+0", "hole@0+64", "flexible:int[0]@64+0"]
    );
}

#[test]
fn the_alignment_is_that_of_the_members_unless_the_size_tells_another() {
    let align = |text: &str| layout(&parse(text)).align;
    assert_eq!(align("s struct 8 a:int@0 b:char@32"), 4);
    assert_eq!(align("s struct 5 a:int@0 b:char@32"), 1);
    assert_eq!(align("s struct 64 a:int@0"), 64);
    assert_eq!(align("u union 8 a:char@0 b:long@0"), 8);
}

#[test]
fn typedefs_are_laid_out_as_what_they_are_and_other_kinds_not_at_all() {
    let btf = parse("t typedef .c; .c const s; s struct 4 a:int@0; .p ptr s; f fwd");
    assert_eq!(layout(&btf).id, TypeId(3));
    for id in [0, 4, 5, 6, 99] {
        assert_eq!(btf.layout(TypeId(id)), Ok(None));
    }
}

#[test]
fn what_no_compiler_writes_is_refused() {
    let refused = |text: &str| parse(text).layout(TypeId(1)).unwrap_err().code();
    assert_eq!(refused("s struct 4 a:s@0"), Code::Cycle);
    assert_eq!(refused("t typedef u; u typedef t"), Code::Cycle);
    let nested = |count: usize, members: &str| {
        let one = |n: usize| format!(".s{n} struct 0 {};", members.replace('M', &(n + 1).to_string()));
        (0..count).map(one).collect::<String>() + &format!(".s{count} struct 0")
    };
    assert_eq!(refused(&nested(17, "a:.sM@0")), Code::Dump);
    assert_eq!(parts(&nested(16, "a:.sM@0")).len(), 16);
    assert_eq!(refused(&nested(15, "a:.sM@0 b:.sM@0 c:.sM@0 d:.sM@0")), Code::Dump);
}

proptest! {
    #[test]
    fn every_bit_of_a_struct_is_in_members_or_in_one_gap(records in random::records(40), big in any::<bool>()) {
        let btf = Btf::parse(random::write(ENDIANS[usize::from(big)], &records)).unwrap();
        for id in btf.ids().filter(|&id| btf.ty(id).kind().is_composite()) {
            let layout = match btf.layout(id) {
                Ok(layout) => layout.unwrap(),
                Err(error) => {
                    prop_assert!([Code::Cycle, Code::Dump].contains(&error.code()));
                    continue;
                }
            };
            let is_struct = btf.ty(id).kind() == bpfc_btf::Kind::Struct;
            let mut end = 0;
            for part in layout.parts.iter().filter(|part| part.depth == 0) {
                match &part.what {
                    LayoutContent::Member { .. } => prop_assert!(!is_struct || part.bit_offset <= end),
                    _ => prop_assert!(is_struct && part.bit_offset == end && part.bit_size > 0),
                }
                end = end.max(part.bit_offset + part.bit_size);
            }
            prop_assert!(!is_struct || end >= u64::from(btf.ty(id).size_word()) * 8);
        }
    }

    #[test]
    fn inside_an_anonymous_type_is_its_own_layout(records in random::records(40)) {
        let btf = Btf::parse(random::write(Endian::Little, &records)).unwrap();
        for id in btf.ids() {
            let Ok(Some(layout)) = btf.layout(id) else { continue };
            for (at, part) in layout.parts.iter().enumerate() {
                let LayoutContent::Member { ty, open: None, .. } = part.what else { continue };
                let Ok(Some(inner)) = btf.layout(ty) else { continue };
                let inside = &layout.parts[at + 1..at + 1 + inner.parts.len()];
                for (inside, own) in inside.iter().zip(&inner.parts) {
                    prop_assert_eq!(inside.bit_offset, part.bit_offset + own.bit_offset);
                    prop_assert_eq!(inside.bit_size, own.bit_size);
                    prop_assert_eq!(inside.depth, part.depth + 1 + own.depth);
                }
            }
        }
    }
}
