//! What no pack serves (libbpf: `obj_needs_vmlinux_btf`, `bpf_object__collect_externs`,
//! `bpf_object__reloc_code`, `section_defs`).

use bpfc_btf::Endian;
use bpfc_relo::{BpfObject, Error, RequirementKind};

use crate::assembler::{Assembler, PROGBITS, REL, Section, Symbol, instruction, load_imm64};

const LITTLE: Endian = Endian::Little;
/// `bpf_get_current_task_btf`, `bpf_d_path`, `bpf_map_lookup_elem`
const TASK_BTF: u32 = 158;
const D_PATH: u32 = 147;
const LOOKUP: u32 = 1;
/// STB_GLOBAL and STB_WEAK with STT_NOTYPE.
const GLOBAL: u8 = 0x10;
const WEAK: u8 = 0x20;

fn exit(endian: Endian) -> Vec<u8> {
    instruction(endian, 0x95, (0, 0), 0, 0)
}

fn helper(endian: Endian, number: u32) -> Vec<u8> {
    [instruction(endian, 0x85, (0, 0), 0, number), exit(endian)].concat()
}

/// A call `distance` instructions on, counted from the one after it.
fn call(endian: Endian, distance: i32) -> Vec<u8> {
    [instruction(endian, 0x85, (0, 1), 0, distance as u32), exit(endian)].concat()
}

/// A symbol that the kernel has to define.
fn kernel_symbol(assembler: &mut Assembler, name: &str, info: u8) {
    assembler.symbols.push(Symbol { name: name.into(), info, section: 0, value: 0, size: 0 });
}

/// Makes the instruction at `offset` in `section` refer to a symbol, as the compiler does.
fn refer(assembler: &mut Assembler, section: &str, offset: u32, symbol: &str) {
    let symbol = assembler.symbols.iter().position(|known| known.name == symbol).unwrap();
    refer_to_number(assembler, section, offset, symbol as u32 + 1);
}

fn refer_to_number(assembler: &mut Assembler, section: &str, offset: u32, symbol: u32) {
    let words = match assembler.endian {
        Endian::Little => [offset, 0, 10, symbol],
        Endian::Big => [0, offset, symbol, 10],
    };
    let record = words.into_iter().flat_map(|word| assembler.endian.bytes32(word));
    let name = format!(".rel{section}");
    match assembler.sections.iter_mut().find(|known| known.name == name) {
        Some(known) => known.data.extend(record),
        None => assembler.sections.push(Section { name, kind: REL, flags: 0, data: record.collect() }),
    }
}

fn parse(assembler: Assembler) -> Result<BpfObject, Error> {
    BpfObject::parse(&assembler.finish())
}

/// Each as `program kind what`; `-` for what is missing, `?` behind what does not count by default.
fn listed(object: &BpfObject) -> Vec<String> {
    let line = |it: &bpfc_relo::Requirement| {
        let program = it.program.map_or("-", |program| object.programs()[program].name.as_str());
        let what = it.what.as_deref().unwrap_or("-");
        format!("{program} {} {what}{}", it.kind.name(), if it.autoload { "" } else { " ?" })
    };
    object.requirements().iter().map(line).collect()
}

fn requirements(assembler: Assembler) -> Vec<String> {
    listed(&parse(assembler).unwrap())
}

/// Of a program in a section that does nothing.
fn of_section(section: &str) -> Vec<String> {
    let mut assembler = Assembler::new(LITTLE, "");
    assembler.function(section, "f", &exit(LITTLE));
    requirements(assembler)
}

#[test]
fn programs_that_attach_by_the_kernels_btf_need_it() {
    for (section, expected) in [
        ("fentry/do_unlinkat", "f fentry do_unlinkat"),
        ("fentry.s/do_unlinkat", "f fentry do_unlinkat"),
        ("fexit/do_unlinkat", "f fexit do_unlinkat"),
        ("fexit.s/do_unlinkat", "f fexit do_unlinkat"),
        ("fmod_ret/bpf_modify_return_test", "f fmod_ret bpf_modify_return_test"),
        ("fmod_ret.s/bpf_modify_return_test", "f fmod_ret bpf_modify_return_test"),
        ("fsession/vfs_read", "f fsession vfs_read"),
        ("fsession.s/vfs_read", "f fsession vfs_read"),
        ("tp_btf/sched_switch", "f tp_btf sched_switch"),
        ("lsm/file_open", "f lsm file_open"),
        ("lsm.s/file_open", "f lsm file_open"),
        ("lsm_cgroup/socket_bind", "f lsm socket_bind"),
        ("iter/task", "f iterator task"),
        ("iter.s/task", "f iterator task"),
        ("struct_ops/init", "f struct_ops init"),
        ("struct_ops.s/init", "f struct_ops init"),
        ("fentry/nf_nat:nf_nat_setup_info", "f fentry nf_nat:nf_nat_setup_info"),
    ] {
        assert_eq!(of_section(section), [expected], "{section}");
    }
}

/// libbpf: `sec_def_matches`. A program of `freplace` takes the BTF of the program it replaces.
#[test]
fn others_do_not_also_when_their_section_starts_alike() {
    for section in [
        "kprobe/fentry",
        "tp/sched/sched_switch",
        "raw_tp/sched_switch",
        "freplace/f",
        "xdp",
        "fentry_f",
        "fentryx/f",
        "fentry.x/f",
        "lsm_/f",
        "tp_btf_/f",
        "iter.task",
        "??fentry/f",
        " fentry/f",
        "",
    ] {
        assert_eq!(of_section(section), [""; 0], "{section:?}");
    }
}

#[test]
fn an_optional_program_does_not_count_by_default() {
    assert_eq!(of_section("?fentry/do_unlinkat"), ["f fentry do_unlinkat ?"]);
    assert_eq!(of_section("?lsm.s/file_open"), ["f lsm file_open ?"]);
}

#[test]
fn the_target_may_be_left_to_the_loader() {
    assert_eq!(of_section("fentry"), ["f fentry -"]);
    assert_eq!(of_section("fentry/"), ["f fentry -"]);
    assert_eq!(of_section("struct_ops"), ["f struct_ops -"]);
}

/// A function in .text is no program, and its section no attachment.
#[test]
fn functions_that_no_program_calls_count_for_none() {
    let mut assembler = Assembler::new(LITTLE, "");
    assembler.function(".text", "unused", &helper(LITTLE, TASK_BTF));
    assembler.function("kprobe/f", "plain", &exit(LITTLE));
    assert_eq!(requirements(assembler), [""; 0]);
}

#[test]
fn helpers_with_typed_pointers_need_it_and_others_do_not() {
    for endian in [Endian::Little, Endian::Big] {
        let mut assembler = Assembler::new(endian, "");
        for (program, number) in [("typed", TASK_BTF), ("path", D_PATH), ("plain", LOOKUP), ("unknown", 9999)]
        {
            assembler.function("kprobe/f", program, &helper(endian, number));
        }
        assembler.function(
            "?kprobe/f",
            "optional",
            &[helper(endian, D_PATH), helper(endian, D_PATH)].concat(),
        );
        let expected =
            ["typed helper get_current_task_btf", "path helper d_path", "optional helper d_path ?"];
        assert_eq!(requirements(assembler), expected, "{endian:?}");
    }
}

/// The second slot of `r1 = imm64` may hold anything, a helper's number as well.
#[test]
fn only_calls_call_helpers() {
    let mut assembler = Assembler::new(LITTLE, "");
    let second = instruction(LITTLE, 0x85, (0, 0), 0, D_PATH);
    let mut load = load_imm64(LITTLE, 0);
    load.truncate(8);
    assembler.function("kprobe/f", "immediate", &[load, second, exit(LITTLE)].concat());
    assembler.function("kprobe/f", "sum", &instruction(LITTLE, 0x07, (1, 0), 0, D_PATH));
    assembler.function("kprobe/f", "subprogram", &call(LITTLE, D_PATH as i32));
    assert_eq!(requirements(assembler), [""; 0]);
}

/// A global function is called through its symbol, a static one through that of its section, and
/// within a section nothing but the distance says where to.
#[test]
fn a_program_counts_with_the_subprograms_it_calls() {
    for endian in [Endian::Little, Endian::Big] {
        let mut assembler = Assembler::new(endian, "");
        assembler.function(".text", "outer", &call(endian, 1));
        assembler.function(".text", "inner", &helper(endian, TASK_BTF));
        let info = 0x03; // STB_LOCAL, STT_SECTION
        assembler.symbols.push(Symbol { name: "text".into(), info, section: 1, value: 0, size: 0 });
        for (program, symbol, immediate) in
            [("by_symbol", Some("inner"), -1), ("by_section", Some("text"), 1), ("none", None, 0)]
        {
            let section = format!("kprobe/{program}");
            let at = assembler.function(&section, program, &call(endian, immediate));
            if let Some(symbol) = symbol {
                refer(&mut assembler, &section, at, symbol);
            }
        }
        let at = assembler.function("?kprobe/twice", "twice", &call(endian, -1));
        refer(&mut assembler, "?kprobe/twice", at, "outer");
        assembler.function("kprobe/plain", "plain", &exit(endian));
        let expected = [
            "by_symbol helper get_current_task_btf",
            "by_section helper get_current_task_btf",
            // Without a relocation libbpf counts from the start of .text: here it is `outer`.
            "none helper get_current_task_btf",
            "twice helper get_current_task_btf ?",
        ];
        assert_eq!(requirements(assembler), expected, "{endian:?}");
    }
}

#[test]
fn a_function_whose_address_is_taken_counts_as_called() {
    let mut assembler = Assembler::new(LITTLE, "");
    assembler.function(".text", "first", &exit(LITTLE));
    assembler.function(".text", "callback", &helper(LITTLE, D_PATH));
    assembler.symbols.push(Symbol { name: "text".into(), info: 3, section: 1, value: 0, size: 0 });
    for (program, symbol, immediate) in
        [("global", "callback", 0), ("local", "text", 8), ("other", "first", 0)]
    {
        let section = format!("kprobe/{program}");
        let at = assembler.function(&section, program, &load_imm64(LITTLE, immediate));
        refer(&mut assembler, &section, at, symbol);
    }
    assert_eq!(requirements(assembler), ["global helper d_path", "local helper d_path"]);
}

#[test]
fn calls_in_a_circle_end() {
    let mut assembler = Assembler::new(LITTLE, "");
    assembler.function(".text", "a", &call(LITTLE, 1));
    assembler.function(".text", "b", &[call(LITTLE, -3), call(LITTLE, -3), helper(LITTLE, D_PATH)].concat());
    let at = assembler.function("xdp", "f", &call(LITTLE, -1));
    refer(&mut assembler, "xdp", at, "a");
    assert_eq!(requirements(assembler), ["f helper d_path"]);
}

/// Types of the kernel symbols below.
const KSYMS: &str = "
    int int 4; .const const int; .void const void; alias typedef .void; .proto proto int
    typed var .const 2; untyped var alias 2; kernel_function func .proto extern
    unused var int 2; CONFIG_HZ var int 2; defined var int 1; nowhere var int 2
    .ksyms datasec 0 typed@0:4 untyped@0:0 kernel_function@0:0 unused@0:4 defined@0:4
    .kconfig datasec 4 CONFIG_HZ@0:4
";

fn with_kernel_symbols(endian: Endian, uses: &[(&str, &str)]) -> Vec<String> {
    let mut assembler = Assembler::new(endian, KSYMS);
    for (info, name) in [
        (GLOBAL, "typed"),
        (WEAK, "untyped"),
        (WEAK, "kernel_function"),
        (WEAK, "unused"),
        (GLOBAL, "CONFIG_HZ"),
        (GLOBAL, "defined"),
        (GLOBAL, "nowhere"),
        (GLOBAL, "unknown"),
    ] {
        if name != "unused" || uses.is_empty() {
            kernel_symbol(&mut assembler, name, info);
        }
    }
    for (position, (section, symbol)) in uses.iter().enumerate() {
        let code = match *symbol {
            "kernel_function" => call(endian, -1),
            _ => load_imm64(endian, 0),
        };
        let at = assembler.function(section, &format!("f{position}"), &code);
        refer(&mut assembler, section, at, symbol);
    }
    requirements(assembler)
}

/// Weak or not: libbpf loads the kernel's BTF before it looks for the symbol. And whatever is
/// loaded: it does not ask which program uses it.
#[test]
fn typed_kernel_symbols_count_whoever_uses_them() {
    for endian in [Endian::Little, Endian::Big] {
        assert_eq!(
            with_kernel_symbols(
                endian,
                &[
                    ("xdp", "typed"),
                    ("?xdp", "typed"),
                    ("tc", "kernel_function"),
                    ("tcx/egress", "untyped"),
                    ("tc/egress", "CONFIG_HZ"),
                    ("tc/ingress", "defined"),
                    ("xdp/cpumap", "nowhere"),
                    ("xdp/devmap", "unknown"),
                ]
            ),
            ["f0 ksym typed", "f1 ksym typed", "f2 kfunc kernel_function"],
            "{endian:?}"
        );
        let unused = with_kernel_symbols(endian, &[]);
        assert_eq!(unused, ["- ksym typed", "- ksym unused", "- kfunc kernel_function"], "{endian:?}");
    }
}

/// The same number that calls a helper: with a relocation it is a symbol's.
#[test]
fn a_call_of_a_kernel_function_is_not_taken_for_a_helper() {
    let mut assembler = Assembler::new(LITTLE, KSYMS);
    kernel_symbol(&mut assembler, "kernel_function", WEAK);
    let at = assembler.function("xdp", "f", &helper(LITTLE, D_PATH));
    refer(&mut assembler, "xdp", at, "kernel_function");
    assert_eq!(requirements(assembler), ["f kfunc kernel_function"]);
}

/// libbpf does not ask whether the map is created, so `?` changes nothing.
#[test]
fn struct_ops_maps_count_whatever_is_loaded() {
    for (section, expected) in [
        (".struct_ops", true),
        (".struct_ops.link", true),
        ("?.struct_ops", true),
        ("?.struct_ops.link", true),
        (".struct_ops2", false),
    ] {
        let types = format!("ops struct 8; mine var ops 1; {section} datasec 8 mine@0:8");
        let mut assembler = Assembler::new(LITTLE, &types);
        let data = vec![0; 8];
        assembler.sections.push(Section { name: section.into(), kind: PROGBITS, flags: 3, data });
        assembler.function("?struct_ops/init", "init", &exit(LITTLE));
        let map = expected.then_some("- struct_ops mine");
        let expected: Vec<&str> = ["init struct_ops init ?"].into_iter().chain(map).collect();
        assert_eq!(requirements(assembler), expected, "{section}");
    }
}

#[test]
fn ids_of_kernel_types_are_named_with_the_program_that_asks() {
    let mut assembler = Assembler::new(LITTLE, "task struct 8; t typedef task");
    let load = load_imm64(LITTLE, 0);
    let sub = assembler.function(".text", "sub", &load);
    assembler.function(".text", "unused", &load);
    let at = assembler.function("xdp", "f", &[load.clone(), load.clone(), call(LITTLE, -1)].concat());
    refer(&mut assembler, "xdp", at + 32, "sub");
    assembler.relocate(".text", sub, 7, "t", "0");
    assembler.relocate(".text", sub + 16, 7, "task", "0");
    assembler.relocate("xdp", at, 7, "task", "0");
    assembler.relocate("xdp", at + 16, 6, "t", "0");
    assembler.relocate("gone", 0, 7, "task", "0");
    assert_eq!(requirements(assembler), ["f type_id_target struct task", "f type_id_target t"]);
}

#[test]
fn a_programs_needs_are_listed_once_by_kind_and_name() {
    let mut assembler = Assembler::new(LITTLE, "task struct 8");
    let code =
        [load_imm64(LITTLE, 0), helper(LITTLE, TASK_BTF), helper(LITTLE, D_PATH), helper(LITTLE, D_PATH)];
    let at = assembler.function("lsm/file_open", "f", &code.concat());
    assembler.relocate("lsm/file_open", at, 7, "task", "0");
    let expected = [
        "f lsm file_open",
        "f helper d_path",
        "f helper get_current_task_btf",
        "f type_id_target struct task",
    ];
    assert_eq!(requirements(assembler), expected);
}

#[test]
fn kinds_have_names_of_their_own() {
    let mut names: Vec<&str> = RequirementKind::ALL.iter().map(|kind| kind.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), RequirementKind::ALL.len());
}

/// libbpf refuses these objects, for reasons that are not asked about here.
#[test]
fn relocations_that_lead_nowhere_are_no_requirements() {
    for (why, offset, symbol) in [
        ("no such symbol", 0, 99),
        ("the null symbol", 0, 0),
        ("inside an instruction", 4, 2),
        ("behind the section", 1 << 20, 2),
        ("the end of the numbers", u32::MAX, u32::MAX),
    ] {
        let mut assembler = Assembler::new(LITTLE, KSYMS);
        assembler.function(
            "xdp",
            "f",
            &[load_imm64(LITTLE, 0), call(LITTLE, i32::MIN), call(LITTLE, i32::MAX)].concat(),
        );
        kernel_symbol(&mut assembler, "typed", GLOBAL);
        refer_to_number(&mut assembler, "xdp", offset, symbol);
        assert_eq!(requirements(assembler), ["- ksym typed"], "{why}");
    }
}

/// A symbol's value is 64 bits wide, and so may be a sum.
#[test]
fn subprograms_beyond_their_section_are_not_found() {
    for value in [16, u64::MAX, u64::MAX - 7, 1 << 63] {
        let mut assembler = Assembler::new(LITTLE, "");
        assembler.function(".text", "sub", &helper(LITTLE, D_PATH));
        assembler.symbols.push(Symbol { name: "far".into(), info: 0x10, section: 1, value, size: 0 });
        let at = assembler.function("xdp", "f", &[call(LITTLE, -1), load_imm64(LITTLE, 8)].concat());
        refer(&mut assembler, "xdp", at, "far");
        refer(&mut assembler, "xdp", at + 16, "far");
        assert_eq!(requirements(assembler), [""; 0], "{value:#x}");
    }
}

#[test]
fn a_damaged_object_is_refused_or_read_without_harm() {
    let mut assembler = Assembler::new(LITTLE, KSYMS);
    kernel_symbol(&mut assembler, "typed", WEAK);
    assembler.function(".text", "sub", &[helper(LITTLE, D_PATH), call(LITTLE, -3)].concat());
    let at = assembler.function("fentry/f", "f", &[load_imm64(LITTLE, 0), call(LITTLE, -1)].concat());
    refer(&mut assembler, "fentry/f", at, "typed");
    refer(&mut assembler, "fentry/f", at + 16, "sub");
    let whole = assembler.finish();
    assert_eq!(listed(&BpfObject::parse(&whole).unwrap()), ["f fentry f", "f ksym typed", "f helper d_path"]);
    let mut read = 0;
    for at in (0..whole.len() - 3).step_by(4) {
        for value in [0, 1, u32::MAX, u32::MAX - 7, 1 << 31] {
            let mut damaged = whole.clone();
            damaged[at..at + 4].copy_from_slice(&LITTLE.bytes32(value));
            if let Ok(object) = BpfObject::parse(&damaged) {
                read += 1;
                assert!(object.requirements().len() <= 4, "word {at} = {value:#x}: {:?}", listed(&object));
            }
        }
    }
    assert!(read > 100, "{read} were read");
}

/// Programs that share subprograms multiply what is followed and what is listed.
#[test]
fn what_is_followed_and_listed_is_bounded() {
    let object = |programs: usize, symbols: usize| {
        let names: Vec<String> = (0..symbols).map(|number| format!("k{number}")).collect();
        let types: String = names.iter().map(|name| format!("{name} var int 2; ")).collect();
        let placed: String = names.iter().map(|name| format!(" {name}@0:4")).collect();
        let mut assembler = Assembler::new(LITTLE, &format!("int int 4; {types} .ksyms datasec 0{placed}"));
        let loads = load_imm64(LITTLE, 0).repeat(symbols);
        let sub = assembler.function(".text", "sub", &loads);
        for (position, name) in names.iter().enumerate() {
            kernel_symbol(&mut assembler, name, WEAK);
            refer(&mut assembler, ".text", sub + position as u32 * 16, name);
        }
        for number in 0..programs {
            let at = assembler.function("xdp", &format!("f{number}"), &call(LITTLE, -1));
            refer(&mut assembler, "xdp", at, "sub");
        }
        parse(assembler).map(|object| object.requirements().len()).map_err(|error| error.code())
    };
    assert_eq!(object(64, 512), Ok(1 << 15));
    assert_eq!(object(65, 512), Err("ELF_PROGRAM"));
}

/// 2 Mi records fit; one section's may stand for several.
#[test]
fn relocations_of_instructions_are_bounded() {
    let object = |records: usize| {
        let mut assembler = Assembler::new(LITTLE, "");
        assembler.function("xdp", "f", &exit(LITTLE));
        refer(&mut assembler, "xdp", 0, "f");
        let section = assembler.sections.last_mut().unwrap();
        section.data = section.data.repeat(records);
        parse(assembler).map(|object| object.programs().len()).map_err(|error| error.code())
    };
    assert_eq!(object(1 << 21), Ok(1));
    assert_eq!(object((1 << 21) + 1), Err("ELF_PROGRAM"));
}
