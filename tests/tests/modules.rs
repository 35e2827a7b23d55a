//! Modules: a pack's one BTF against a machine with the kernel's BTF and its modules' (`oracle.c` gives libbpf both).

#![allow(clippy::panic, reason = "this is test code")]

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use bpfc_btf::{Btf, Endian};
use bpfc_relo::{RequirementKind, relocate};
use bpfc_tests::Result;
use bpfc_tests::fixtures;
use bpfc_tests::kernels;
use bpfc_tests::loaded::{deviation, difference};
use bpfc_tests::modules;
use bpfc_tests::oracle::{Mode, Oracle, Outcome, Request};

#[test]
fn a_trimmed_btf_with_modules_means_the_same_as_the_machine_that_has_loaded_them() -> Result<()> {
    let files = modules::files()?;
    if files.is_empty() {
        return Ok(());
    }
    let kernel = kernels::all()?.into_iter().find(|kernel| kernel.name == modules::KERNEL);
    let kernel = Arc::new(Btf::parse(kernel.ok_or("the archive lacks the modules' kernel")?.btf()?)?);
    let split = |file: &PathBuf| Ok(Btf::parse_split(fs::read(file)?, Arc::clone(&kernel))?);
    let splits = files.iter().map(split).collect::<Result<Vec<Btf>>>()?;

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
        let trimmed = fixture.trimmer.trim_with_modules(&kernel, &splits)?;
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
    let files = modules::files()?;
    if files.is_empty() {
        return Ok(());
    }
    let kernel = kernels::all()?.into_iter().find(|kernel| kernel.name == modules::KERNEL);
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
