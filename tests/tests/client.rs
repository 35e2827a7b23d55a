//! A real client: the published crate `bpf-compatible-rs` opens the packs written here.

use std::fs;

use bpf_compatible_rs::unpack_tar;
use bpfc_archive::{Identity, PackContainer, PackWriter};
use bpfc_btf::{Btf, Endian};
use bpfc_pack::package_json;
use bpfc_tests::{fixtures, kernels};

#[test]
fn unpack_tar_finds_the_program_and_the_btf_of_every_kernel() {
    let fixtures = fixtures::objects(Endian::Little).unwrap();
    let fixture = fixtures.iter().find(|fixture| fixture.name == "execsnoop").unwrap();
    let package =
        package_json(&fixture.object, &fs::read(&fixture.path).unwrap(), "execsnoop.bpf.o").unwrap().json;

    let mut kernels_btf = Vec::new();
    for kernel in kernels::sample().unwrap() {
        let bytes = kernel.btf().unwrap();
        let btf = Btf::parse(&bytes).unwrap();
        if btf.endian() == Endian::Little {
            // The identity by which the client asks: architectures as `uname -m` prints them.
            let identity = Identity::of_path(&format!("{}.btf", kernel.name))
                .unwrap_or_else(|| Identity::new("unknown", "0", "x86_64", &kernel.name).unwrap());
            kernels_btf.push((identity, fixture.trimmer.trim(&btf).unwrap().btf));
        }
    }
    assert!(!kernels_btf.is_empty());

    let mut writer = PackWriter::new();
    writer.add("package.json", package.clone()).unwrap();
    for (identity, btf) in &kernels_btf {
        writer.add(&identity.pack_path(), btf.clone()).unwrap();
    }
    let pack = writer.finish(PackContainer::Tar).unwrap();

    let (program, archive) = unpack_tar(&pack).unwrap();
    assert_eq!(program, package);
    let (folder, _guard) = archive.expect("the client finds no btfhub-archive/");
    for (identity, btf) in &kernels_btf {
        // As `get_current_system_btf_file` joins it.
        let path = format!(
            "{}/{}/{}/{}.btf",
            identity.id(),
            identity.version(),
            identity.arch(),
            identity.release()
        );
        assert_eq!(&fs::read(folder.join(&path)).unwrap(), btf, "{path}");
    }
}

#[test]
fn the_running_kernels_name_leads_the_client_to_its_btf() {
    let path = bpf_compatible_rs::generate_current_system_btf_archive_path().unwrap();
    let identity = Identity::of_path(&path).unwrap();
    let mut writer = PackWriter::new();
    writer.add("package.json", b"{}".to_vec()).unwrap();
    writer.add(&identity.pack_path(), b"its BTF".to_vec()).unwrap();
    let pack = writer.finish(PackContainer::Tar).unwrap();

    let (_, archive) = unpack_tar(&pack).unwrap();
    let (folder, _guard) = archive.unwrap();
    let found = bpf_compatible_rs::get_current_system_btf_file(folder).unwrap();
    assert_eq!(fs::read(found).unwrap(), b"its BTF");
}
