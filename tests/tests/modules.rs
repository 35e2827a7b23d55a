//! Modules: a pack's one BTF against a machine with the kernel's BTF and its modules' (`oracle.c` gives libbpf both).
//! `BPFC_MODULES` names a folder of module BTFs, by default `../shared/module-btf` beside the repository, in the layout
//! `ID/VERSION/ARCH/RELEASE/MODULE.btf`.

#![allow(clippy::panic, reason = "this is test code")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{env, fs};

use bpfc_btf::{Btf, Endian};
use bpfc_relo::{RequirementKind, relocate};
use bpfc_tests::Result;
use bpfc_tests::fixtures;
use bpfc_tests::kernels;
use bpfc_tests::loaded::{deviation, difference};
use bpfc_tests::oracle::{Mode, Oracle, Outcome, Request};

const KERNEL: &str = "debian/12/x86_64/6.1.0-47-amd64";

/// The modules' files, by name; none where there is no folder and nobody named one.
fn modules() -> Result<Vec<PathBuf>> {
    let named = env::var_os("BPFC_MODULES").map(PathBuf::from);
    let folder = named
        .clone()
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/module-btf"))
        .join(KERNEL);
    let archive = kernels::all()?.iter().any(|kernel| kernel.name == KERNEL);
    if named.is_none() && !archive && !folder.is_dir() {
        eprintln!("note: no module BTFs in {}: modules are not tested", folder.display());
        return Ok(Vec::new());
    }
    let mut files: Vec<PathBuf> =
        fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.sort();
    Ok(files)
}

#[test]
fn a_trimmed_btf_with_modules_means_the_same_as_the_machine_that_has_loaded_them() -> Result<()> {
    let files = modules()?;
    if files.is_empty() {
        return Ok(());
    }
    let kernel = kernels::all()?.into_iter().find(|kernel| kernel.name == KERNEL);
    let kernel = Arc::new(Btf::parse(kernel.ok_or("the archive lacks the modules' kernel")?.btf()?)?);
    let split = |file: &PathBuf| Ok(Btf::parse_split(fs::read(file)?, Arc::clone(&kernel))?);
    let modules = files.iter().map(split).collect::<Result<Vec<Btf>>>()?;

    let folder = tempfile::tempdir()?;
    let full = folder.path().join("vmlinux.btf");
    fs::write(&full, kernel.bytes())?;
    let trimmed_file = folder.path().join("trimmed.btf");
    let mut oracle = Oracle::native()?;
    let mut merged = Vec::new();
    for fixture in fixtures::objects(Endian::Little)? {
        // Symbols of the kernel are looked up in its own BTF, which only the machine has.
        let mut needs = fixture.object.requirements().iter();
        if needs.any(|need| matches!(need.kind, RequirementKind::Ksym | RequirementKind::Kfunc)) {
            continue;
        }
        let trimmed = fixture.trimmer.trim_with_modules(&kernel, &modules)?;
        fs::write(&trimmed_file, &trimmed.btf)?;
        let small = Btf::parse(trimmed.btf)?;
        for mode in [Mode::Default, Mode::All] {
            let place = format!("{}, {mode:?}", fixture.name);
            let request = |btf, modules| Request { mode, object: &fixture.path, btf, modules };
            let outcomes = oracle.ask_all(&[request(&full, &files), request(&trimmed_file, &[])])?;
            let [machine, pack] = outcomes.as_slice() else { return Err("two answers are missing".into()) };
            assert_eq!(difference(&fixture.object, machine, pack), None, "{place}");
            let ours = relocate(&fixture.object, &small, |program| mode == Mode::All || program.autoload)?;
            assert_eq!(deviation(&fixture.object, &ours, pack), None, "{place}");
            assert!(!matches!(machine, Outcome::Crashed(_)), "{place}");
        }
        if !trimmed.modules.is_empty() {
            let names = trimmed.modules.iter().filter_map(|&position| files.get(position)?.file_stem());
            let names: Vec<_> = names.map(|name| name.to_string_lossy().into_owned()).collect();
            merged.push((fixture.name, names));
        }
    }
    println!("merged: {merged:?}");
    let all = merged.iter().find(|(fixture, _)| fixture == "modules");
    assert_eq!(
        all.map(|(_, names)| names.as_slice()),
        Some(&["ext4", "kvm", "nf_conntrack"].map(String::from)[..])
    );
    Ok(())
}

/// That the oracle does give libbpf the modules: without them the program's accesses are poison.
#[test]
fn the_oracle_has_the_modules() -> Result<()> {
    let files = modules()?;
    if files.is_empty() {
        return Ok(());
    }
    let kernel = kernels::all()?.into_iter().find(|kernel| kernel.name == KERNEL);
    let bytes = kernel.ok_or("the archive lacks the modules' kernel")?.btf()?;
    let folder = tempfile::tempdir()?;
    let full = folder.path().join("vmlinux.btf");
    fs::write(&full, bytes)?;
    let object = fixtures::path("objects/bpfel/modules.bpf.o");
    let request = |modules| Request { mode: Mode::All, object: &object, btf: &full, modules };
    let outcomes = Oracle::native()?.ask_all(&[request(&files), request(&[])])?;
    let poison = |outcome: &Outcome| {
        let Outcome::Loaded(programs) = outcome else { panic!("{outcome:?}") };
        let slots = programs.iter().flat_map(|program| program.instructions.as_chunks::<8>().0);
        slots.filter(|slot| slot.ends_with(&[0x10, 0x23, 0xad, 0x0b])).count()
    };
    let [with, without] = outcomes.as_slice() else { return Err("two answers are missing".into()) };
    assert_eq!(poison(with), 0);
    assert!(poison(without) > 5, "{}", poison(without));
    Ok(())
}
