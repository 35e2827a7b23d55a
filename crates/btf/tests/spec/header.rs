//! The header (libbpf: `btf_parse_hdr`).

use bpfc_btf::{Btf, Code, Endian, Header};

use crate::{ENDIANS, file, refusal};

#[test]
fn the_smallest_btf_is_a_header_and_one_nul() {
    for endian in ENDIANS {
        let data = file(endian, &[24, 0, 0, 0, 1], &[], &[0]);
        let btf = Btf::parse(&data).unwrap();
        assert_eq!((btf.endian(), btf.type_count(), btf.ids().len()), (endian, 1, 0));
        assert_eq!(btf.bytes(), data);
    }
}

#[test]
fn the_first_two_bytes_alone_tell_the_byte_order() {
    assert!(Header::sniff(&[0x9f, 0xeb]));
    assert!(Header::sniff(&[0xeb, 0x9f]));
    for not_btf in [&b""[..], &[0x9f], &[0x9f, 0x9f], b"\x7fELF"] {
        assert!(!Header::sniff(not_btf), "{not_btf:?}");
    }
}

#[test]
fn version_and_flags_are_not_checked() {
    let mut data = file(Endian::Little, &[24, 0, 0, 0, 1], &[], &[0]);
    (data[2], data[3]) = (7, 0xff);
    assert!(Btf::parse(data).is_ok());
}

#[test]
fn trailing_bytes_are_let_through() {
    let mut data = file(Endian::Little, &[24, 0, 0, 0, 1], &[], &[0]);
    data.extend(b"something else");
    assert!(Btf::parse(data).is_ok());
}

#[test]
fn offsets_count_from_the_end_of_the_header_and_gaps_are_fine() {
    for endian in ENDIANS {
        // 40-byte header whose last words mean nothing to us; a gap before the types and before the
        // strings.
        let header = [40, 4, 12, 20, 5, 0, 0, 0xdead, 0xbeef];
        let types = [0, 1, crate::info(false, 7, 0), 0, 0];
        let data = file(endian, &header, &types, b"\0fwd\0");
        let btf = Btf::parse(&data).unwrap();
        assert_eq!(btf.type_count(), 2);
        assert_eq!(btf.name(btf.first_id()), b"fwd");
        assert_eq!(btf.header().types, 44..56);
    }
}

#[test]
fn a_32_byte_header_is_read_in_both_byte_orders() {
    for endian in ENDIANS {
        // layout_off and layout_len; the layout describes kinds 0 and 1 and is not needed here.
        let header = [32, 0, 0, 8, 1, 0, 8];
        let data = file(endian, &header, &[0, 4 << 16], &[0]);
        let btf = Btf::parse(&data).unwrap();
        assert_eq!((btf.header().len, btf.header().strings.clone()), (32, 40..41));
    }
}

/// Each line breaks one rule: header words, and the byte offset of the field that is to blame.
#[test]
fn a_header_that_contradicts_itself_or_the_file_is_refused() {
    let cases: [(&str, &[u32], u64); 12] = [
        ("no header length", &[], 4),
        ("header shorter than 24 bytes", &[23, 0, 0, 0, 1], 4),
        ("header length 0", &[0, 0, 0, 0, 1], 4),
        ("header longer than the file", &[26, 0, 0, 0, 0], 4),
        ("header length near 2^32", &[u32::MAX, 0, 0, 0, 1], 4),
        ("strings beyond the end", &[24, 0, 0, 0, 2], 16),
        ("string offset and length overflow 32 bits", &[24, 0, 0, u32::MAX, 2], 16),
        ("types reach into the strings", &[24, 0, 4, 0, 1], 8),
        ("types start behind the strings", &[24, 4, 0, 0, 1], 8),
        ("type offset not a multiple of 4", &[24, 2, 0, 1, 0], 8),
        ("type offset and length overflow 32 bits", &[24, u32::MAX - 3, 8, 0, 1], 8),
        ("fields cut off", &[24, 0, 0], 4),
    ];
    for endian in ENDIANS {
        for (rule, header, at) in cases {
            assert_eq!(refusal(&file(endian, header, &[], &[0])), (Code::Header, at), "{rule}");
        }
    }
}

/// libbpf: `btf_parse_layout_sec` and the layout rules of `btf_parse_hdr` (1.8).
#[test]
fn a_layout_section_lies_aligned_between_types_and_strings() {
    let parse = |layout_off: u32, layout_len: u32| {
        let header = [32, 0, 4 * 4, 4 * 4 + 8, 1, layout_off, layout_len];
        let types = [0, crate::info(false, 1, 0), 4, 32, 0, 0];
        Btf::parse(file(Endian::Little, &header, &types, &[0])).map(|btf| btf.type_count())
    };
    assert_eq!(parse(16, 8), Ok(2));
    assert_eq!(parse(20, 4), Ok(2), "a gap before it");
    assert_eq!(parse(3, 0), Ok(2), "an empty one may be anywhere");
    for (rule, offset, length) in [
        ("unaligned", 18, 4),
        ("inside the types", 12, 4),
        ("inside the strings", 24, 4),
        ("overflow", 16, u32::MAX),
    ] {
        let error = parse(offset, length).unwrap_err();
        assert_eq!((error.code(), error.offset()), (Code::Header, 24), "{rule}");
    }
}
