//! Writes the seeds of every target into the folder given: made from the fixtures, so that none of
//! them has to be kept.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bpfc_archive::{PackContainer, PackWriter};
use bpfc_fuzz::fixtures::{FIXTURES, Fixture, files, section};
use bpfc_relo::Trimmer;
use flate2::{Compression, write::GzEncoder};
use lzma_rust2::{CheckType, XzOptions, XzWriter};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Larger files slow the fuzzer down and teach it nothing.
const LARGEST: u64 = 32 << 10;

const KERNEL: &str = "btfhub-archive/ubuntu/20.04/x86_64/5.4.0-26-generic.btf";

fn main() -> Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("usage: seeds FOLDER")?);
    for (position, fixture) in FIXTURES.iter().enumerate() {
        of_fixture(&folder, fixture, position as u8)?;
    }
    hostile(&folder, "kernel", &["btf", "elf", "image", "tar", "xz_gzip"])?;
    hostile(&folder, "object", &["object", "elf"])?;
    Ok(())
}

fn of_fixture(folder: &Path, fixture: &Fixture, position: u8) -> Result<()> {
    let name = fixture.name.replace('/', "-");
    let write = |target: &str, bytes: &[u8]| seed(folder, target, &name, bytes);
    let Fixture { bytes, object, .. } = fixture;
    let btf = object.btf().bytes();
    write("object", bytes)?;
    write("elf", bytes)?;
    write("btf", btf)?;
    let ext = section(bytes, object.endian(), ".BTF.ext").unwrap_or(&[]);
    write("btf_ext", &[&[position], ext].concat())?;
    // The object's own types are a kernel on which it loads; five bytes are one edit of them.
    write("trim", &[position, 1, 3, 1, 0, 2, 0, 4, 1, 0, 0, 0])?;
    write("relocate", &[position, 1, 9, 0, 1, 0, 3, 1, 0, 2, 0])?;
    write("dump", &[position, 1, 1, 3, 1, 0, 2, 0, 4, 1, 0, 0, 0])?;
    let mut trimmer = Trimmer::new();
    trimmer.add(Arc::clone(object));
    let Ok(trimmed) = trimmer.trim(object.btf()) else { return Ok(()) };
    seed(folder, "btf", &format!("{name}-trimmed"), &trimmed.btf)?;
    seed(folder, "dump", &format!("{name}-trimmed"), &[&[position, 0, 1], trimmed.btf.as_slice()].concat())?;
    seed(folder, "trim", &format!("{name}-trimmed"), &[&[position, 0], trimmed.btf.as_slice()].concat())?;

    let json = bpfc_pack::package_json(object, &bytes[..bytes.len().min(4096)], &name)?.json;
    write("package_json", &json)?;
    let mut pack = PackWriter::new();
    pack.add("package.json", json)?;
    pack.add(KERNEL, trimmed.btf)?;
    let tar = pack.finish(PackContainer::Tar)?;
    write("tar", &tar)?;
    seed(folder, "xz_gzip", &format!("{name}.tar.xz"), &xz(&tar)?)?;
    seed(folder, "xz_gzip", &format!("{name}.xz"), &xz(btf)?)?;
    let banner = b"Linux version 6.1.0-fuzz (a@b) (gcc) #1 SMP Debian 6.1.9-1\n\0";
    let kernel = [banner.as_slice(), btf].concat();
    write("image", &kernel)?;
    seed(folder, "image", &format!("{name}.xz"), &xz(&kernel)?)?;
    let zstd = compress_to_vec(kernel.as_slice(), CompressionLevel::Fastest);
    seed(folder, "image", &format!("{name}.zst"), &zstd)?;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(&kernel)?;
    seed(folder, "image", &format!("{name}.gz"), &gzip.finish()?)?;
    let lz4 = lz4_flex::block::compress(&kernel);
    let frame = [&[2, 0x21, 0x4c, 0x18], (lz4.len() as u32).to_le_bytes().as_slice(), &lz4].concat();
    seed(folder, "image", &format!("{name}.lz4"), &frame)?;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(&tar)?;
    seed(folder, "xz_gzip", &format!("{name}.tar.gz"), &gzip.finish()?)
}

/// Without a checksum of the content, which mutations would only break.
fn xz(content: &[u8]) -> Result<Vec<u8>> {
    let mut options = XzOptions::with_preset(6);
    options.set_check_sum_type(CheckType::None);
    let mut writer = XzWriter::new(Vec::new(), options)?;
    writer.write_all(content)?;
    Ok(writer.finish()?)
}

fn hostile(folder: &Path, form: &str, targets: &[&str]) -> Result<()> {
    for path in files(&format!("hostile/{form}")) {
        if fs::metadata(&path)?.len() <= LARGEST {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            for target in targets {
                seed(folder, target, &name, &fs::read(&path)?)?;
            }
        }
    }
    Ok(())
}

fn seed(folder: &Path, target: &str, name: &str, bytes: &[u8]) -> Result<()> {
    let folder = folder.join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(name), bytes)?;
    Ok(())
}
