//! What is read of an ELF object (libbpf: `bpf_object__elf_init`, `bpf_object__elf_collect`,
//! `bpf_object__add_programs`).

use bpfc_btf::Endian;
use bpfc_relo::{BpfObject, Error, Map, MapKind};

use crate::assembler::{self, Assembler, EM_BPF, EXECUTABLE, GLOBAL_FUNCTION, PROGBITS, Section, Symbol};
use crate::notation;

const EXIT: [u8; 8] = [0x95, 0, 0, 0, 0, 0, 0, 0];

fn section(name: &str, kind: u32, flags: u64, data: &[u8]) -> Section {
    Section { name: name.into(), kind, flags, data: data.to_vec() }
}

fn types(text: &str) -> Section {
    section(".BTF", PROGBITS, 0, &notation::btf(Endian::Little, text))
}

fn parse(sections: &[Section], symbols: &[Symbol]) -> Result<BpfObject, Error> {
    BpfObject::parse(&assembler::elf(Endian::Little, EM_BPF, sections, symbols))
}

fn code(sections: &[Section], symbols: &[Symbol]) -> &'static str {
    parse(sections, symbols).unwrap_err().code()
}

#[test]
fn an_object_without_relocations_or_programs_is_fine() {
    let object = parse(&[types("u32 int 4")], &[]).unwrap();
    assert!(object.programs().is_empty() && object.relocations().is_empty() && !object.has_ext());
    assert_eq!((object.btf().type_count(), object.license(), object.machine()), (2, None, None));
}

#[test]
fn both_byte_orders_and_no_machine_at_all_are_bpf() {
    for endian in [Endian::Little, Endian::Big] {
        for machine in [EM_BPF, 0] {
            let types = section(".BTF", PROGBITS, 0, &notation::btf(endian, "u32 int 4"));
            let object = BpfObject::parse(&assembler::elf(endian, machine, &[types], &[])).unwrap();
            assert_eq!(object.endian(), endian);
        }
    }
}

#[test]
fn another_machine_class_or_type_of_file_is_not_bpf() {
    let file = |machine| assembler::elf(Endian::Little, machine, &[types("")], &[]);
    for machine in [62, 183, 22] {
        let error = BpfObject::parse(&file(machine)).unwrap_err();
        assert_eq!((error.code(), error.value()), ("ELF_NOT_BPF", Some(u64::from(machine))));
    }
    for (at, value) in [(4, 1), (16, 2), (16, 3)] {
        let mut data = file(EM_BPF);
        data[at] = value;
        assert_eq!(BpfObject::parse(&data).unwrap_err().code(), "ELF_NOT_BPF", "byte {at} = {value}");
    }
}

#[test]
fn an_elf_file_of_no_known_class_or_byte_order_is_malformed() {
    for at in [4, 5] {
        let mut data = assembler::elf(Endian::Little, EM_BPF, &[types("")], &[]);
        data[at] = 9;
        assert_eq!(BpfObject::parse(&data).unwrap_err().code(), "ELF_MALFORMED", "byte {at}");
    }
}

#[test]
fn what_is_not_elf_or_has_no_btf_says_so() {
    for data in [&b""[..], b"\x7fEL", b"\x9f\xeb\x01\x00", b"int main(void) {}"] {
        assert_eq!(BpfObject::parse(data).unwrap_err().code(), "ELF_NOT_ELF");
    }
    assert_eq!(code(&[], &[]), "ELF_NO_BTF");
    assert_eq!(code(&[section(".BTF", PROGBITS, 0, b"")], &[]), "ELF_NO_BTF", "empty");
    assert_eq!(code(&[section(".BTF", 8, 0, b"")], &[]), "ELF_NO_BTF", "without bits");
    assert_eq!(code(&[section(".BTF", 3, 0, &types("").data)], &[]), "ELF_NO_BTF", "not PROGBITS");
    assert_eq!(code(&[section(".BTF", PROGBITS, 0, b"damaged")], &[]), "BTF_MAGIC");
}

#[test]
fn the_last_btf_section_wins() {
    let object = parse(&[types("u32 int 4"), types("u32 int 4; u64 int 8")], &[]).unwrap();
    assert_eq!(object.btf().type_count(), 3);
}

/// BPF's pointers have 8 bytes, whatever the object's own `long` says.
#[test]
fn the_objects_pointer_size_is_8() {
    let object = parse(&[types("long int 4; .p ptr void")], &[]).unwrap();
    assert_eq!(object.btf().pointer_size(), Some(8));
}

fn function(name: &str, section: u16, value: u64, size: u64) -> Symbol {
    Symbol { name: name.into(), info: GLOBAL_FUNCTION, section, value, size }
}

#[test]
fn programs_are_function_symbols_of_executable_sections_by_section_and_offset() {
    let two = [EXIT, EXIT].concat();
    let sections = [
        section(".text", PROGBITS, EXECUTABLE, &EXIT),
        section("xdp", PROGBITS, EXECUTABLE, &two),
        section("?tc", PROGBITS, EXECUTABLE, &EXIT),
        section(".data", PROGBITS, 3, &EXIT),
        section(".bss", 8, EXECUTABLE, b""),
        types(""),
    ];
    let mut data = function("data", 4, 0, 8);
    data.info = 0x11;
    let symbols = [
        function("second", 2, 8, 8),
        function("first", 2, 0, 8),
        function("optional", 3, 0, 8),
        function("helper", 1, 0, 8),
        function("not executable", 4, 0, 8),
        data,
    ];
    let object = parse(&sections, &symbols).unwrap();
    let programs = object.programs().iter();
    let programs: Vec<_> =
        programs.map(|p| (p.name.as_str(), p.section.as_str(), p.offset, p.autoload, p.subprogram)).collect();
    assert_eq!(
        programs,
        [
            ("helper", ".text", 0, true, true),
            ("first", "xdp", 0, true, false),
            ("second", "xdp", 8, true, false),
            ("optional", "?tc", 0, false, false),
        ]
    );
    assert_eq!(object.programs()[1].instructions, EXIT);
}

#[test]
fn a_function_that_does_not_fit_its_section_is_refused() {
    let sections = || [section("xdp", PROGBITS, EXECUTABLE, &[EXIT, EXIT].concat()), types("")];
    assert!(parse(&sections(), &[function("fits", 1, 8, 8)]).is_ok());
    for (why, value, size) in [
        ("ends behind the section", 8, 16),
        ("starts behind the section", 16, 8),
        ("wraps around", 8, u64::MAX),
        ("empty", 8, 0),
        ("starts inside an instruction", 4, 8),
        ("ends inside an instruction", 0, 12),
    ] {
        let error = parse(&sections(), &[function("f", 1, value, size)]).unwrap_err();
        assert_eq!((error.code(), error.at()), ("ELF_PROGRAM", Some(value)), "{why}");
    }
}

/// libbpf: "program is static and not supported".
#[test]
fn a_static_function_is_refused_outside_text() {
    for (name, accepted) in [(".text", true), ("xdp", false)] {
        let mut symbol = function("f", 1, 0, 8);
        symbol.info = 0x02;
        let parsed = parse(&[section(name, PROGBITS, EXECUTABLE, &EXIT), types("")], &[symbol]);
        assert_eq!(parsed.is_ok(), accepted, "{name}");
    }
}

#[test]
fn maps_are_the_variables_of_the_maps_section_then_sections_of_data() {
    let sections = [
        section(".rodata.str1.1", PROGBITS, 0x32, b"text"),
        section(".bss", PROGBITS, 3, b"0"),
        section(".data", PROGBITS, 3, b""),
        section(".database", PROGBITS, 3, b"no"),
        section(".kconfig", PROGBITS, 3, b"0"),
        section("maps", PROGBITS, 3, b"0"),
        types("m struct 8; events var m 1; counts var m 1; .maps datasec 16 events@0:8 counts@8:8"),
    ];
    let object = parse(&sections, &[]).unwrap();
    let map = |name: &str, section: &str, kind| Map { name: name.into(), section: section.into(), kind };
    assert_eq!(
        object.maps(),
        [
            map("events", ".maps", MapKind::Btf),
            map("counts", ".maps", MapKind::Btf),
            map(".rodata.str1.1", ".rodata.str1.1", MapKind::Data),
            map(".bss", ".bss", MapKind::Data),
            map(".kconfig", ".kconfig", MapKind::Data),
            map("maps", "maps", MapKind::Legacy),
        ]
    );
}

#[test]
fn the_license_ends_at_its_nul() {
    let license =
        |text: &[u8]| parse(&[section("license", PROGBITS, 3, text), types("")], &[]).unwrap().license();
    assert_eq!(license(b"Dual BSD/GPL\0junk"), Some("Dual BSD/GPL".into()));
    assert_eq!(license(b"GPL"), Some("GPL".into()));
}

/// x86 and arm64 builds are the same file but for the registers they name.
#[test]
fn the_machine_shows_in_the_registers() {
    let machine = |text: &str| parse(&[types(&format!("u64 int 8; {text}"))], &[]).unwrap().machine();
    assert_eq!(machine("pt_regs struct 168 di:u64@896"), Some("x86_64"));
    assert_eq!(machine("pt_regs___mine struct 168 di:u64@896"), Some("x86_64"));
    assert_eq!(machine("user_pt_regs struct 272 pstate:u64@0"), Some("aarch64"));
    assert_eq!(machine("pt_regs struct 168"), None);
    assert_eq!(machine("pt_regs struct 8 di:u64@0; user_pt_regs struct 8 pstate:u64@0"), None, "both");
}

#[test]
fn an_object_of_another_byte_order_than_the_kernel_is_an_error_of_its_own() {
    let object = BpfObject::parse(&Assembler::new(Endian::Big, "s struct 8").finish()).unwrap();
    let kernel = bpfc_btf::Btf::parse(notation::btf(Endian::Little, "s struct 8")).unwrap();
    let mut trimmer = bpfc_relo::Trimmer::new();
    trimmer.add(std::sync::Arc::new(object));
    let error = trimmer.trim(&kernel).unwrap_err();
    assert_eq!(error.code(), "RELO_ENDIAN");
    assert!(error.to_string().contains("-target bpfel"), "{error}");
}

/// Symbols may overlap, so that a small file could ask for any amount of memory: each program keeps
/// its instructions.
#[test]
fn overlapping_programs_are_bounded_in_bytes_and_in_number() {
    let programs = |count: u32, size: u64| {
        let sections = [types(""), section("kprobe/f", PROGBITS, EXECUTABLE, &EXIT.repeat(1 << 13))];
        let symbols: Vec<Symbol> =
            (0..count).map(|number| function(&format!("f{number}"), 2, 0, size)).collect();
        parse(&sections, &symbols).map(|object| object.programs().len()).map_err(|error| error.code())
    };
    assert_eq!(programs(256, 1 << 16), Ok(256), "16 MiB");
    assert_eq!(programs(257, 1 << 16), Err("ELF_PROGRAM"));
    assert_eq!(programs(4096, 8), Ok(4096));
    assert_eq!(programs(4097, 8), Err("ELF_PROGRAM"));
}

/// Names of symbols may overlap, and the whole string table be one of them.
#[test]
fn a_symbols_name_is_cut() {
    let name = "n".repeat(1 << 20);
    let sections = [types(""), section("kprobe/f", PROGBITS, EXECUTABLE, &EXIT)];
    let object = parse(&sections, &[function(&name, 2, 0, 8)]).unwrap();
    assert_eq!(object.programs()[0].name.len(), 4096);
}

/// A section of a hostile object can name one variable any number of times.
#[test]
fn a_map_counts_once_and_there_are_at_most_16384() {
    let object = |variables: usize, each: usize| {
        let all: Vec<String> = (0..variables * each).map(|n| format!("m{}@0:8", n % variables)).collect();
        let definitions: String = (0..variables).map(|n| format!("m{n} var int 1\n")).collect();
        let types = format!("int int 4\n{definitions}.maps datasec 8 {}", all.join(" "));
        BpfObject::parse(&Assembler::new(Endian::Little, &types).finish())
    };
    assert_eq!(object(2, 1000).unwrap().maps().len(), 2);
    assert_eq!(object(1 << 14, 1).unwrap().maps().len(), 1 << 14);
    assert_eq!(object((1 << 14) + 1, 1).unwrap_err().code(), "ELF_PROGRAM");
}

/// Strings may overlap as well: of a section's name and of an access string only what can mean
/// something is read, 4096 and 1024 bytes.
#[test]
fn names_as_long_as_the_file_are_not_kept() {
    let mut object = Assembler::new(Endian::Little, "int int 4");
    let offset = object.function("kprobe/f", "f", &EXIT);
    object.relocate("kprobe/f", offset, 2, "int", &"0:".repeat(1 << 19));
    object.relocate(&"long".repeat(1 << 18), offset, 2, "int", "0");
    let object = BpfObject::parse(&object.finish()).unwrap();
    assert!(object.specs().iter().all(|spec| spec.access().len() <= 1024));
    let sections = object.relocations().iter().filter_map(|relocation| relocation.section.as_ref());
    assert!(sections.into_iter().all(|section| section.len() <= 4096));
    assert_eq!(object.relocations().len(), 2);
}
