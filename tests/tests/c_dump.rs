//! Types as C: real kernels' dumped, compiled by clang, and made BTF again by pahole, say the same; BPF programs compile
//! against them. Types as a plain listing: as bpftool's. A sample of the kernels, one per series, and the running one; all
//! of them with `BPFC_FULL=1`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "this is test code")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, LazyLock};

use bpfc_btf::{Btf, Builder, Endian, IntEncoding, Kind, NewMember, TypeId, dump};
use bpfc_relo::BpfObject;
use bpfc_tests::findings;
use bpfc_tests::fixtures;
use bpfc_tests::kernels;
use bpfc_tests::modules;
use bpfc_tests::{Result, parallel};

const CLANG: &str = "clang-19";
const X86_64: &str = "x86_64-linux-gnu";
const ARM64: &str = "aarch64-linux-gnu";
const S390X: &str = "s390x-linux-gnu";
const RUNNING: &str = "/sys/kernel/btf/vmlinux";

/// Bytes beyond which a compressed kernel is compiled with `BPFC_FULL=1` only. CentOS 8.1's types are not deduplicated:
/// 87 MB of C.
const LARGEST: u64 = 2 << 20;

/// A kernel that was dumped, compiled and read again.
struct RoundTrip {
    kernel: String,
    /// Named structs, unions and enums.
    types: usize,
    /// What the round trip changed.
    differences: Vec<String>,
    /// Where our listing leaves bpftool's.
    listing: Option<String>,
}

/// One run answers all tests of this file about kernels.
static ROUND_TRIPS: LazyLock<Result<Vec<RoundTrip>>> = LazyLock::new(run);

#[test]
fn every_struct_of_every_kernel_keeps_its_size_and_every_member_its_place() {
    let trips = findings::of(&ROUND_TRIPS);
    for RoundTrip { kernel, types, differences, .. } in trips {
        println!("{kernel}: {} of {types} types kept", types - differences.len());
    }
    let differences: Vec<String> = trips
        .iter()
        .flat_map(|trip| trip.differences.iter().map(|text| format!("{}: {text}", trip.kernel)))
        .collect();
    findings::assert_none(&differences);
    assert!(trips.iter().all(|trip| trip.types > 5_000), "a kernel has thousands of types");
}

#[test]
fn the_listing_is_bpftools_byte_for_byte() {
    let differences: Vec<String> =
        findings::of(&ROUND_TRIPS).iter().filter_map(|trip| trip.listing.clone()).collect();
    findings::assert_none(&differences);
}

fn run() -> Result<Vec<RoundTrip>> {
    let mut kernels = kernels::sample()?;
    kernels.retain(|kernel| kernels::is_full() || kernel.compressed_size() <= LARGEST);
    // The largest take longest.
    kernels.sort_by_key(|kernel| std::cmp::Reverse(kernel.compressed_size()));
    let mut trips = parallel::map(&kernels, || (), |(), kernel| round_trip(&kernel.name, kernel.btf()?))?;
    if Path::new(RUNNING).exists() && kernels.iter().all(|kernel| kernel.name != "running") {
        trips.push(round_trip("running", fs::read(RUNNING)?)?);
    }
    Ok(trips)
}

fn round_trip(kernel: &str, bytes: Vec<u8>) -> Result<RoundTrip> {
    let btf = Btf::parse(bytes)?;
    // All kernels of the archive are for 64 bits; alignments and the order of bitfields are the machine's own.
    let target = match kernel {
        _ if kernel.contains("/s390x/") => S390X,
        _ if kernel.contains("/arm64/") => ARM64,
        _ => X86_64,
    };
    let again = compiled(&btf, target)?;
    let again = Btf::parse(again)?;
    let (before, after) = (Types::of(&btf), Types::of(&again));
    let listing = listing_difference(&btf)?.map(|difference| format!("{kernel}: {difference}"));
    Ok(RoundTrip {
        kernel: kernel.to_owned(),
        types: before.0.len(),
        differences: before.differences(&after),
        listing,
    })
}

/// Of a split BTF the own types, in C with what they need of the kernel's.
#[test]
fn modules_keep_their_types_too() {
    let files = modules::files().unwrap();
    if files.is_empty() {
        return;
    }
    let kernel = kernels::all().unwrap().into_iter().find(|kernel| kernel.name == modules::KERNEL).unwrap();
    let kernel = Arc::new(Btf::parse(kernel.btf().unwrap()).unwrap());
    for file in files {
        let module = Btf::parse_split(fs::read(&file).unwrap(), Arc::clone(&kernel)).unwrap();
        let again = Btf::parse(compiled(&module, X86_64).unwrap()).unwrap();
        let types = Types::of(&module);
        println!("{}: {} types", file.display(), types.0.len());
        findings::assert_none(&types.differences(&Types::of(&again)));
        assert_eq!(listing_difference(&module).unwrap(), None, "{}", file.display());
    }
}

/// The BTF that pahole makes of what clang makes of the dump.
fn compiled(btf: &Btf, target: &str) -> Result<Vec<u8>> {
    let folder = tempfile::tempdir()?;
    let [header, source, object, again] =
        ["vmlinux.h", "types.c", "types.o", "types.btf"].map(|name| folder.path().join(name));
    fs::write(&header, dump::c(btf, None)?)?;
    // Only BPF's compiler knows the attribute.
    fs::write(&source, "#define BPF_NO_PRESERVE_ACCESS_INDEX\n#include \"vmlinux.h\"\n")?;
    let mut clang = Command::new(CLANG);
    clang.args([
        "-target",
        target,
        "-g",
        "-fno-eliminate-unused-debug-types",
        "-Wall",
        "-Werror",
        "-c",
        "-o",
    ]);
    output(clang.arg(&object).arg(&source))?;
    let mut pahole = Command::new("pahole");
    pahole.arg("--btf_gen_floats").arg(format!("--btf_encode_detached={}", again.display()));
    output(pahole.arg(&object))?;
    Ok(fs::read(&again)?)
}

/// The first line in which our listing and bpftool's differ.
fn listing_difference(btf: &Btf) -> Result<Option<String>> {
    let folder = tempfile::tempdir()?;
    let [file, base] = ["types.btf", "base.btf"].map(|name| folder.path().join(name));
    fs::write(&file, btf.bytes())?;
    let mut bpftool = Command::new("bpftool");
    // Debian has it where only root's PATH leads.
    bpftool.env("PATH", format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default()));
    if let Some(kernel) = btf.base() {
        fs::write(&base, kernel.bytes())?;
        bpftool.arg("-B").arg(&base);
    }
    let theirs = output(bpftool.args(["btf", "dump", "file"]).arg(&file))?;
    let ours = dump::raw(btf, None)?;
    if ours.as_bytes() == theirs {
        return Ok(None);
    }
    let theirs = String::from_utf8_lossy(&theirs);
    let mut lines = ours.lines().zip(theirs.lines());
    Ok(Some(format!("{:?}", lines.find(|(ours, theirs)| ours != theirs))))
}

/// Standard output of a command that succeeds.
fn output(command: &mut Command) -> Result<Vec<u8>> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("cannot run {name}: {error}"))?;
    match output.status.success() {
        true => Ok(output.stdout),
        false => Err(format!("{name} failed:\n{}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}

/// Fixtures that read what kernels of these years have, as they have it. Others are about what some lack.
const PROGRAMS: [&str; 12] = [
    "bitfields",
    "bootstrap",
    "cpu_v4",
    "execsnoop",
    "fentry_kprobe",
    "fields",
    "flavors",
    "memory_size",
    "missing",
    "no_core",
    "out_of_range",
    "requirements",
];

/// As programs are written that include a `vmlinux.h`: without the kernel's types that the fixtures declare themselves.
#[test]
fn programs_compile_with_the_dump_as_their_vmlinux_h() {
    let archive = kernels::all().unwrap();
    let archived = archive.iter().find(|kernel| kernel.name.starts_with("debian/12/x86_64/6.1."));
    let mut kernels = vec![archived.or(archive.first()).unwrap().btf().unwrap()];
    if Path::new(RUNNING).exists() {
        kernels.push(fs::read(RUNNING).unwrap());
    }
    for bytes in kernels {
        let header = dump::c(&Btf::parse(bytes).unwrap(), None).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("include")).unwrap();
        fs::write(folder.path().join("vmlinux.h"), &header).unwrap();
        for source in
            ["src", "src/include"].iter().flat_map(|folder| fs::read_dir(fixtures::path(folder)).unwrap())
        {
            let path = source.unwrap().path();
            if path.is_file() {
                let relative = path.strip_prefix(fixtures::path("src")).unwrap();
                let text = fs::read_to_string(&path).unwrap();
                fs::write(folder.path().join(relative), without_types_of(&header, &text)).unwrap();
            }
        }
        for name in PROGRAMS {
            program_compiles(folder.path(), name);
        }
    }
}

fn program_compiles(folder: &Path, name: &str) {
    let object = folder.join(format!("{name}.bpf.o"));
    let mut clang = Command::new(CLANG);
    clang.args(["-target", "bpfel", "-O2", "-g", "-include"]).arg(folder.join("vmlinux.h"));
    output(clang.args(["-c", "-o"]).arg(&object).arg(folder.join(format!("{name}.bpf.c")))).unwrap();
    let object = BpfObject::parse(&fs::read(&object).unwrap()).unwrap();
    let original = fs::read(fixtures::path(&format!("objects/bpfel/{name}.bpf.o"))).unwrap();
    let original = BpfObject::parse(&original).unwrap();
    assert_eq!(object.programs().len(), original.programs().len(), "{name}");
    // Every access is relocated, as by the fixture's own declarations.
    assert!(object.relocations().len() >= original.relocations().len(), "{name}");
}

/// A source without the types that `header` has: structs marked as the kernel's, enums and typedefs.
fn without_types_of(header: &str, source: &str) -> String {
    let mut kept = String::new();
    let mut lines = source.lines().peekable();
    while let Some(line) = lines.next() {
        let block =
            ["struct ", "union ", "enum "].iter().any(|tag| line.starts_with(tag)) && line.ends_with('{');
        if !block {
            let known = line.starts_with("typedef ")
                && line.ends_with(';')
                && header.contains(&format!(" {}\n", line.rsplit(' ').next().unwrap()));
            kept += if known { "" } else { line };
            kept += "\n";
            continue;
        }
        let mut text = line.to_owned() + "\n";
        for line in lines.by_ref() {
            text += line;
            text += "\n";
            if line.starts_with('}') {
                break;
            }
        }
        let known = header.contains(&format!("\n{line}\n"))
            && (text.contains("__kernel_type") || line.starts_with("enum"));
        kept += if known { "" } else { &text };
    }
    kept
}

#[test]
fn random_structs_keep_their_layout_on_every_machine() {
    for (endian, targets) in [(Endian::Little, &[X86_64, ARM64][..]), (Endian::Big, &[S390X])] {
        for seed in 0..4 {
            let bytes = random_structs(endian, seed);
            let btf = Btf::parse(&bytes).unwrap();
            for target in targets {
                let again = Btf::parse(compiled(&btf, target).unwrap()).unwrap();
                let differences = Types::of(&btf).differences(&Types::of(&again));
                assert!(differences.is_empty(), "{endian:?} {seed} {target}: {differences:#?}");
            }
            compiles_for_bpf(&btf, &assertions(&btf));
        }
    }
}

/// C that fails to compile where a size or offset is another.
fn assertions(btf: &Btf) -> String {
    let mut text = String::new();
    for id in btf.ids().filter(|&id| btf.ty(id).kind().is_composite() && !btf.name(id).is_empty()) {
        let ty = btf.ty(id);
        let name = format!("{} {}", ty.kind().name(), String::from_utf8_lossy(btf.name(id)));
        text += &format!("_Static_assert(sizeof({name}) == {}, \"{name}\");\n", ty.size_word());
        for member in ty.members().filter(|member| member.bit_size == 0) {
            let member_name = String::from_utf8_lossy(btf.string(member.name));
            if !member_name.is_empty() {
                let offset = member.bit_offset / 8;
                text += &format!(
                    "_Static_assert(__builtin_offsetof({name}, {member_name}) == {offset}, \"{name}\");\n"
                );
            }
        }
    }
    text
}

/// Compiles the dump, and what follows it, for BPF in the byte order of `btf`.
fn compiles_for_bpf(btf: &Btf, rest: &str) {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("types.c");
    fs::write(&source, dump::c(btf, None).unwrap() + rest).unwrap();
    let target = if btf.endian() == Endian::Little { "bpfel" } else { "bpfeb" };
    let mut clang = Command::new(CLANG);
    clang.args(["-target", target, "-g", "-Wall", "-Werror", "-c", "-o", "/dev/null"]);
    output(clang.arg(&source)).unwrap();
}

/// Structs and unions of members of all kinds, at their places or off them, with gaps, bitfields, and others of them
/// inside.
fn random_structs(endian: Endian, seed: u64) -> Vec<u8> {
    let mut random = Random(seed);
    let mut builder = Builder::new(endian);
    // Type and size in bytes.
    let mut types: Vec<(TypeId, u32)> = Vec::new();
    let scalars = [("char", 1), ("short", 2), ("int", 4), ("long", 8), ("unsigned int", 4), ("__int128", 16)];
    for (name, size) in scalars {
        types.push((builder.int(name.as_bytes(), size, IntEncoding::Signed, size * 8), size));
    }
    for size in [1, 2, 4, 8] {
        let [name, value] = ["e", "E"].map(|prefix| format!("{prefix}{size}"));
        let id = builder.enumeration(Kind::Enum, name.as_bytes(), size, false, &[(value.as_bytes(), 1)]);
        types.push((id, size));
    }
    // All of these may be bitfields but the one of 16 bytes, which clang does not take for BPF.
    let integers: Vec<(TypeId, u32)> = types.iter().copied().filter(|&(_, size)| size < 16).collect();
    types.push((builder.record(Kind::Float, b"double", false, 0, 8, &[]), 8));
    types.push((builder.reference(Kind::Ptr, b"", TypeId::VOID), 8));
    let mut names = 0;
    for number in 0..400 {
        let (kind, anonymous) = (random.below(5), random.below(4) == 0);
        let kind = if kind == 0 { Kind::Union } else { Kind::Struct };
        let (packed, spread) = (random.below(3) == 0, random.below(3) == 0);
        let mut members: Vec<(String, TypeId, u32, u32)> = Vec::new();
        let (mut end, mut largest) = (0_u32, 0);
        for _ in 0..random.below(7) {
            names += 1;
            let bitfield = random.below(3) == 0;
            let (ty, size) = if bitfield { random.pick(&integers) } else { random.pick(&types) };
            let gap = if spread { random.below(100) as u32 } else { 0 };
            let bits = if bitfield { 1 + random.below(size as usize * 8) as u32 } else { 0 };
            let at = match (kind, bitfield) {
                (Kind::Union, _) => 0,
                (_, true) => end + gap,
                // Off their alignment, in every third struct.
                (_, false) if packed => (end + gap).next_multiple_of(8),
                _ => (end + gap).next_multiple_of(size.clamp(1, 8).next_power_of_two() * 8),
            };
            end = at + if bitfield { bits } else { size * 8 };
            largest = end.max(largest);
            members.push((format!("m{names}"), ty, at, bits));
        }
        let round = 1 << random.below(if spread { 8 } else { 4 });
        let size = largest.div_ceil(8).next_multiple_of(round)
            + if spread { random.below(3) as u32 * round } else { 0 };
        let named: Vec<NewMember> = members
            .iter()
            .map(|(name, ty, bit_offset, bit_size)| NewMember {
                name: name.as_bytes(),
                ty: *ty,
                bit_offset: *bit_offset,
                bit_size: *bit_size,
            })
            .collect();
        let name = if anonymous { String::new() } else { format!("s{number}") };
        let id = builder.composite(kind, name.as_bytes(), size, &named);
        // Bit offsets of bitfields have 24 bits.
        if size < 4096 {
            types.push((id, size));
            if random.below(3) == 0 {
                let length = random.below(4) as u32;
                types.push((builder.array(id, types[2].0, length), size * length));
            }
        }
    }
    builder.finish().unwrap()
}

/// A linear congruential generator (Knuth's MMIX constants).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % limit
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}

/// What is compared: every named struct, union and enum, by kind and name, each with what it is made of.
struct Types(Vec<(String, Vec<String>)>);

impl Types {
    fn of(btf: &Btf) -> Types {
        let named = btf.ids().filter(|&id| {
            let ty = btf.ty(id);
            (ty.kind().is_composite() || ty.kind().is_enum() && ty.vlen() > 0) && !btf.name(id).is_empty()
        });
        let mut types: Vec<_> = named.map(|id| Types::one(btf, id)).collect();
        types.sort_unstable();
        Types(types)
    }

    fn one(btf: &Btf, id: TypeId) -> (String, Vec<String>) {
        let ty = btf.ty(id);
        let mut parts = vec![format!("{} bytes", ty.size_word())];
        members(btf, id, "", 0, &mut parts);
        for value in ty.enumerators() {
            let name = String::from_utf8_lossy(btf.string(value.name));
            parts.push(format!("{} = {:#x}", without_number(&name), value.bits64()));
        }
        let kind = if ty.kind() == Kind::Enum64 { Kind::Enum } else { ty.kind() };
        let name = String::from_utf8_lossy(btf.name(id)).into_owned();
        (format!("{} {}", kind.name(), without_number(&name)), parts)
    }

    /// Those that `after` has not, each with what is there instead.
    fn differences(&self, after: &Types) -> Vec<String> {
        let mut left: BTreeMap<&str, Vec<&Vec<String>>> = BTreeMap::new();
        for (name, parts) in &after.0 {
            left.entry(name).or_default().push(parts);
        }
        let mut differences = Vec::new();
        for (name, parts) in &self.0 {
            let same = left.get_mut(name.as_str()).and_then(|others| {
                let at = others.iter().position(|other| *other == parts)?;
                Some(others.swap_remove(at))
            });
            if same.is_none() {
                let other = left.get(name.as_str()).and_then(|others| others.first());
                let first = other.map(|other| {
                    let at = parts.iter().zip(other.iter()).position(|(a, b)| a != b);
                    at.map(|at| (parts[at].clone(), other[at].clone()))
                });
                differences.push(format!("{name}: {first:?}"));
            }
        }
        differences
    }
}

/// The members of a struct or union, and of anonymous ones in it: name, offset and size in bits. Not those that fill
/// gaps. By offset: a struct's members are written in that order.
fn members(btf: &Btf, id: TypeId, prefix: &str, start: u64, parts: &mut Vec<String>) {
    let mut found = Vec::new();
    for member in btf.members(id) {
        let name = String::from_utf8_lossy(btf.string(member.name));
        if name.starts_with("__padding_") {
            continue;
        }
        let name = format!("{prefix}{name}");
        let offset = start + u64::from(member.bit_offset);
        let mut at = member.ty;
        loop {
            let (inner, ty) = btf.skip_modifiers(at).unwrap();
            at = inner;
            if ty.kind() != Kind::Array {
                break;
            }
            at = ty.array().element;
        }
        let bits = match member.bit_size {
            0 => u64::from(btf.size_of(member.ty, 8).unwrap_or(0)) * 8,
            bits => u64::from(bits),
        };
        found.push((offset, format!("{name} at {offset}, {bits} bits")));
        if btf.ty(at).kind().is_composite() && btf.name(at).is_empty() {
            let mut inner = Vec::new();
            members(btf, at, &format!("{name}."), offset, &mut inner);
            found.extend(inner.into_iter().map(|text| (offset, text)));
        }
    }
    found.sort_by_key(|(offset, _)| *offset);
    parts.extend(found.into_iter().map(|(_, text)| text));
}

/// `name` of `name___2`.
fn without_number(name: &str) -> &str {
    match name.rsplit_once("___") {
        Some((name, number)) if !name.is_empty() && number.parse::<u32>().is_ok() => name,
        _ => name,
    }
}
