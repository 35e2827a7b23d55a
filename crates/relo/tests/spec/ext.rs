//! The `.BTF.ext` section (libbpf: `btf_ext_parse`, `btf_ext_parse_sec_info`).

use bpfc_btf::Endian;
use bpfc_relo::{BpfObject, Error, SourceLine};

use crate::assembler::{self, Assembler, PROGBITS, Section, load_imm64};

/// An object with one program of one 64-bit load and this `.BTF.ext`; 1 is the type `s`, string 1
/// is `kprobe`, string 8 is `0`.
fn object(endian: Endian, ext: &[u8]) -> Result<BpfObject, Error> {
    let mut assembler = Assembler::new(endian, ".s struct 8");
    assert_eq!((assembler.types.name(b"kprobe"), assembler.types.name(b"0")), (1, 8));
    assembler.function("kprobe", "program", &load_imm64(endian, 1));
    let data = ext.to_vec();
    assembler.sections.push(Section { name: ".BTF.ext".into(), kind: PROGBITS, flags: 0, data });
    BpfObject::parse(&assembler.finish())
}

/// One relocation record of the program.
const RECORD: [u32; 4] = [0, 1, 8, 6];

fn core_relo(endian: Endian, words: &[u32]) -> Result<BpfObject, Error> {
    let header = [32, 0, 0, 0, 0, 0, words.len() as u32 * 4];
    object(endian, &assembler::ext(endian, &header, words))
}

fn refusal(ext: &[u8]) -> (&'static str, Option<u64>) {
    let error = object(Endian::Little, ext).unwrap_err();
    (error.code(), error.at())
}

#[test]
fn records_are_read_in_both_byte_orders() {
    for endian in [Endian::Little, Endian::Big] {
        let mut words = vec![16, 1, 2];
        words.extend([RECORD, [8, 1, 8, 6]].concat());
        let object = core_relo(endian, &words).unwrap();
        let offsets: Vec<u32> = object.relocations().iter().map(|relocation| relocation.offset).collect();
        assert_eq!(offsets, [0, 8]);
        assert_eq!(object.relocations()[0].section.as_deref(), Some("kprobe"));
        assert_eq!(object.specs().len(), 1);
        assert!(object.has_ext());
    }
}

/// `.BTF.ext` has a byte order of its own; then its records must have exactly the known size.
#[test]
fn the_other_byte_order_is_read_when_records_have_the_least_size() {
    let words = |size: u32| {
        let mut words = vec![size, 1, 1];
        words.extend(RECORD);
        words.extend(vec![0; size as usize / 4 - 4]);
        assembler::ext(Endian::Big, &[32, 0, 0, 0, 0, 0, words.len() as u32 * 4], &words)
    };
    assert_eq!(object(Endian::Little, &words(16)).unwrap().relocations().len(), 1);
    assert_eq!(refusal(&words(20)), ("BTFEXT_RECORD", Some(32)));
}

#[test]
fn longer_records_are_read_by_their_size() {
    let mut words = vec![24, 1, 2];
    words.extend([0, 1, 8, 6, 77, 77, 8, 1, 8, 6, 77, 77]);
    let object = core_relo(Endian::Little, &words).unwrap();
    let offsets: Vec<u32> = object.relocations().iter().map(|relocation| relocation.offset).collect();
    assert_eq!(offsets, [0, 8]);
}

#[test]
fn an_object_has_at_most_262144_relocations() {
    let relocations = |count: u32| {
        let mut words = vec![16, 1, count];
        words.extend(RECORD.repeat(count as usize));
        core_relo(Endian::Little, &words).map(|object| object.relocations().len())
    };
    assert_eq!(relocations(1 << 18).unwrap(), 1 << 18);
    assert_eq!(relocations((1 << 18) + 1).unwrap_err().code(), "BTFEXT_RECORD");
}

#[test]
fn blocks_follow_each_other_and_may_repeat_a_section() {
    let words = [&[16, 1, 1][..], &RECORD, &[1, 1], &RECORD, &[0, 1], &RECORD].concat();
    let object = core_relo(Endian::Little, &words).unwrap();
    let sections: Vec<_> =
        object.relocations().iter().map(|relocation| relocation.section.as_deref()).collect();
    assert_eq!(sections, [Some("kprobe"), Some("kprobe"), None]);
}

/// Headers of 24 bytes come from compilers before CO-RE.
#[test]
fn a_header_of_24_bytes_has_no_relocations() {
    let func_info = [8, 1, 1, 0, 1];
    let ext = assembler::ext(Endian::Little, &[24, 0, 20, 20, 0], &func_info);
    assert!(object(Endian::Little, &ext).unwrap().relocations().is_empty());
}

#[test]
fn an_empty_part_is_skipped_wherever_it_is_said_to_be() {
    let words = [&[16, 1, 1][..], &RECORD].concat();
    let header = [32, 0xffff_fff1, 0, 0xffff_ffff, 0, 0, words.len() as u32 * 4];
    assert!(object(Endian::Little, &assembler::ext(Endian::Little, &header, &words)).is_ok());
}

#[test]
fn a_header_that_does_not_fit_is_refused() {
    let good = [&[16, 1, 1][..], &RECORD].concat();
    let good = assembler::ext(Endian::Little, &[32, 0, 0, 0, 0, 0, 28], &good);
    assert!(object(Endian::Little, &good).is_ok());
    let changed = |at: usize, value: u8| {
        let mut data = good.clone();
        data[at] = value;
        refusal(&data)
    };
    assert_eq!(refusal(b""), ("BTFEXT_HEADER", Some(0)));
    assert_eq!(refusal(&good[..1]), ("BTFEXT_HEADER", Some(0)));
    assert_eq!(refusal(&good[..6]), ("BTFEXT_HEADER", Some(4)));
    assert_eq!(refusal(&good[..32]), ("BTFEXT_HEADER", Some(4)), "no data");
    assert_eq!(changed(0, 0), ("BTFEXT_HEADER", Some(0)), "magic");
    assert_eq!(changed(2, 2), ("BTFEXT_HEADER", Some(2)), "version");
    assert_eq!(changed(3, 1), ("BTFEXT_HEADER", Some(2)), "flags");
    assert_eq!(changed(4, 20), ("BTFEXT_HEADER", Some(4)), "shorter than 24 bytes");
    assert_eq!(changed(4, 255), ("BTFEXT_HEADER", Some(4)), "longer than the section");
    assert_eq!(changed(7, 255), ("BTFEXT_HEADER", Some(4)), "near 2^32");
}

/// Each part breaks one rule; all three parts have the same form.
#[test]
fn a_part_that_does_not_fit_is_refused() {
    let whole = |least: u32| [vec![least, 1, 1], vec![0; least as usize / 4]].concat();
    // Two records that would fit if only their size were allowed.
    let uneven = |least: u32| [vec![least + 2, 1, 2], vec![0; least as usize / 2 + 1]].concat();
    let cases = |least: u32| {
        let size = 12 + least;
        [
            ("offset not a multiple of 4", 2, size, whole(least)),
            ("offset beyond the end", 400, size, whole(least)),
            ("offset near 2^32", 0xffff_fffc, size, whole(least)),
            ("length beyond the end", 0, size + 4, whole(least)),
            ("length near 2^32", 0, 0xffff_fff0, whole(least)),
            ("no room for a record size", 0, 3, whole(least)),
            ("records too small", 0, size, [vec![least - 4], whole(least)[1..].to_vec()].concat()),
            ("record size not a multiple of 4", 0, 12 + least * 2 + 4, uneven(least)),
            ("record size near 2^32", 0, size, [vec![0xffff_fffc], whole(least)[1..].to_vec()].concat()),
            ("no block", 0, 4, whole(least)),
            ("half a block", 0, 8, whole(least)),
            ("a block of no records", 0, 12, vec![least, 1, 0, 0]),
            (
                "more records than there are",
                0,
                size,
                [vec![least, 1, 2], vec![0; least as usize / 4]].concat(),
            ),
            ("2^32 - 1 records", 0, size, [vec![least, 1, u32::MAX], vec![0; least as usize / 4]].concat()),
            ("bytes behind the last record", 0, size + 4, [whole(least), vec![0]].concat()),
        ]
    };
    for (part, least) in [(0, 8), (1, 16), (2, 16)] {
        for (rule, offset, length, words) in cases(least) {
            let mut header = [32, 0, 0, 0, 0, 0, 0];
            (header[1 + part * 2], header[2 + part * 2]) = (offset, length);
            let ext = assembler::ext(Endian::Little, &header, &words);
            assert_eq!(refusal(&ext).0, "BTFEXT_RECORD", "part {part}: {rule}");
        }
    }
}

/// `struct bpf_line_info`, of which `line_col` holds the line above its lowest 10 bits.
#[test]
fn a_relocation_has_the_source_line_that_its_instruction_begins_in() {
    for endian in [Endian::Little, Endian::Big] {
        let source = |lines: &[[u32; 4]], offset: u32| {
            let mut words = vec![16, 1, lines.len() as u32];
            words.extend(lines.concat());
            let size = words.len() as u32 * 4;
            words.extend([16, 1, 1, offset, 1, 8, 6]);
            let ext = assembler::ext(endian, &[32, 0, 0, 0, size, size, 28], &words);
            let object = object(endian, &ext).unwrap();
            object.source_line(&object.relocations()[0])
        };
        let lines = [[8, 1, 8, 7 << 10 | 5], [0, 8, 1, 6 << 10]];
        let line = |file: &str, line, column, text: &str| {
            Some(SourceLine { file: file.into(), line, column, text: text.into() })
        };
        assert_eq!(source(&lines, 8), line("kprobe", 7, 5, "0"));
        assert_eq!(source(&lines, 0), line("0", 6, 0, "kprobe"), "lines may come in any order");
        assert_eq!(source(&lines[..1], 0), None, "no line begins before it");
        assert_eq!(source(&lines, 16), None, "no program holds it");
        assert_eq!(source(&[[0, 999, 999, 1 << 10]], 0), line("", 1, 0, ""), "names that lead nowhere");
    }
}
