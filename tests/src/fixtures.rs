//! The files of `packages/fixtures`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bpfc_btf::Endian;
use bpfc_relo::{BpfObject, Trimmer};

use crate::Result;

/// A compiled BPF program.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// Its name, such as `execsnoop`.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// What is in it.
    pub object: Arc<BpfObject>,
    /// Trims kernels for this object alone.
    pub trimmer: Trimmer,
}

/// A path in `packages/fixtures`.
pub fn path(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../packages/fixtures").join(relative)
}

/// Every compiled fixture of a byte order, by name.
pub fn objects(endian: Endian) -> Result<Vec<Fixture>> {
    let folder = path(match endian {
        Endian::Little => "objects/bpfel",
        Endian::Big => "objects/bpfeb",
    });
    let mut fixtures = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(name) = file.strip_suffix(".bpf.o") {
            let object = BpfObject::parse(&fs::read(&path)?).map_err(|error| format!("{file}: {error}"))?;
            let object = Arc::new(object);
            let trimmer = trimmer_for([&object]);
            fixtures.push(Fixture { name: name.to_owned(), path, object, trimmer });
        }
    }
    if fixtures.is_empty() {
        return Err(format!("no objects in {}", folder.display()).into());
    }
    fixtures.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(fixtures)
}

/// Trims kernels for several objects at once.
pub fn trimmer_for<'o>(objects: impl IntoIterator<Item = &'o Arc<BpfObject>>) -> Trimmer {
    let mut trimmer = Trimmer::new();
    for object in objects {
        trimmer.add(Arc::clone(object));
    }
    trimmer
}
