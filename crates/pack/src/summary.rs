//! What `pack` has to tell, as data: `--json` prints it as it is. Sizes are bytes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bpfc_archive::{Digest, Identity};
use bpfc_btf::Btf;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::describe::{self, LoadFailure, Requirement, type_sizes};
use crate::{LeftOut, LostInPack, Output, Problem, Program, Result};

/// The summary of one run.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PackSummary {
    /// What was written.
    pub output: WrittenOutput,
    /// The programs it is for.
    pub programs: Vec<ProgramSummary>,
    /// Where the kernels came from.
    pub origin: String,
    /// What is in it.
    pub kernels: Vec<PackedKernel>,
    /// Second names of packed kernels, for readers that join os-release naively.
    pub aliases: Vec<Alias>,
    /// Sums over the kernels.
    pub totals: Totals,
    /// Where asked for, the different BTFs, the largest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sizes: Option<Vec<BtfSize>>,
    /// What `--btf-compat` could not keep, each once with its kernels; empty without it.
    pub lost: Vec<LostInPack>,
    /// Kernels on which libbpf refuses a program, with the trimmed BTF as with the full one. They are packed.
    pub would_not_load: Vec<RefusedKernel>,
    /// Entries that could not be read. They are not packed.
    pub broken: Vec<BrokenEntry>,
    /// Kernels that were found and not wanted.
    pub left_out: Vec<LeftOut>,
    /// What else is to be known.
    pub warnings: Vec<Problem>,
    /// What is to be known of the generated `package.json`.
    pub notes: Vec<String>,
    /// Threads.
    pub jobs: usize,
    /// From the beginning of trimming to the pack in place.
    pub milliseconds: u64,
}

/// What was written.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WrittenOutput {
    /// Where.
    #[serde(flatten)]
    pub output: Output,
    /// Of the file; of a folder, its files together.
    pub bytes: usize,
    /// Is there a `package.json` in it?
    pub package_json: bool,
}

/// A program in the summary.
#[derive(Clone, Debug, Serialize)]
pub struct ProgramSummary {
    /// As it was named.
    pub file: String,
    /// Of the ELF file.
    pub sha256: String,
    /// `little` or `big`.
    pub endian: &'static str,
    /// The architecture its types prove, or null.
    pub arch: Option<&'static str>,
    /// CO-RE relocations.
    pub relocations: usize,
    /// Names of the programs of `SEC("?...")`, which libbpf loads only when asked to.
    pub optional: Vec<String>,
    /// What no pack serves: needs of the running kernel's own BTF, and ids of types in it.
    pub requirements: Vec<Requirement>,
    /// What a user should know before shipping it.
    pub notes: Vec<&'static str>,
}

/// A kernel that is in the pack.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PackedKernel {
    /// In the pack.
    pub path: String,
    /// Which kernel.
    #[serde(serialize_with = "identity_json")]
    pub identity: Identity,
    /// The file it was read from.
    pub source: String,
    /// Of the raw BTF.
    pub bytes_in: usize,
    /// Of the trimmed BTF.
    pub bytes_out: usize,
    /// Types kept.
    pub types: u32,
    /// Of the trimmed BTF.
    pub sha256: String,
    /// Names of the modules whose types are in it.
    pub modules: Vec<String>,
}

/// A second name of a packed kernel.
#[derive(Clone, Debug, Serialize)]
pub struct Alias {
    /// In the pack.
    pub path: String,
    /// Path of the kernel whose BTF it has.
    pub kernel: String,
}

/// Sums over all kernels.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// How many there are.
    pub kernels: usize,
    /// How many different BTFs they have.
    pub different_btfs: usize,
    /// Of the raw BTFs.
    pub bytes_in: usize,
    /// Of the trimmed BTFs.
    pub bytes_out: usize,
}

/// A kernel on which libbpf refuses a program.
#[derive(Clone, Debug, Serialize)]
pub struct RefusedKernel {
    /// In the pack.
    pub path: String,
    /// Which kernel.
    #[serde(serialize_with = "identity_json")]
    pub identity: Identity,
    /// The program's file.
    pub program: String,
    /// Why.
    pub failure: LoadFailure,
}

/// A file that could not be read.
#[derive(Clone, Debug, Serialize)]
pub struct BrokenEntry {
    /// The file.
    pub source: String,
    /// What is wrong with it.
    #[serde(flatten)]
    pub problem: Problem,
}

/// One of the different trimmed BTFs.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BtfSize {
    /// Of the trimmed BTF.
    pub sha256: String,
    /// Of the trimmed BTF.
    pub bytes: usize,
    /// Paths of the kernels that have it.
    pub kernels: Vec<String>,
    /// The largest first, names included.
    pub biggest_types: Vec<BigType>,
}

/// A type among the largest of a BTF.
#[derive(Clone, Debug, Serialize)]
pub struct BigType {
    /// In C terms.
    #[serde(rename = "type")]
    pub ty: String,
    /// Of its record and names.
    pub bytes: usize,
}

/// Types that are named of a BTF.
const BIGGEST: usize = 5;

impl ProgramSummary {
    pub(crate) fn of(Program { file, bytes, object }: &Program) -> ProgramSummary {
        let optional = object.programs().iter().filter(|program| !program.autoload);
        let relocations =
            object.relocations().iter().filter(|relocation| object.specs().get(relocation.spec).is_some());
        ProgramSummary {
            file: file.clone(),
            sha256: Digest::of(bytes).to_string(),
            endian: object.endian().name(),
            arch: object.machine(),
            relocations: relocations.count(),
            optional: optional.map(|program| program.name.clone()).collect(),
            requirements: describe::requirements(object),
            notes: describe::notes(object),
        }
    }
}

impl Totals {
    pub(crate) fn of(kernels: &[PackedKernel]) -> Totals {
        let digests: HashSet<&str> = kernels.iter().map(|kernel| kernel.sha256.as_str()).collect();
        Totals {
            kernels: kernels.len(),
            different_btfs: digests.len(),
            bytes_in: kernels.iter().map(|kernel| kernel.bytes_in).sum(),
            bytes_out: kernels.iter().map(|kernel| kernel.bytes_out).sum(),
        }
    }
}

/// Which kernels and which of their types cost the bytes of a pack, whose BTFs are found by digest: the different BTFs, the
/// largest first.
pub(crate) fn sizes(kernels: &[PackedKernel], btfs: &HashMap<String, Arc<[u8]>>) -> Result<Vec<BtfSize>> {
    let mut sizes: Vec<BtfSize> = Vec::new();
    for PackedKernel { sha256, bytes_out, path, .. } in kernels {
        if let Some(known) = sizes.iter_mut().find(|size| size.sha256 == *sha256) {
            known.kernels.push(path.clone());
            continue;
        }
        let btf = Btf::parse(btfs.get(sha256).map(AsRef::as_ref).unwrap_or_default())?;
        let biggest_types =
            type_sizes(&btf, BIGGEST).into_iter().map(|size| BigType { ty: size.ty, bytes: size.bytes });
        let size = BtfSize {
            sha256: sha256.clone(),
            bytes: *bytes_out,
            kernels: vec![path.clone()],
            biggest_types: biggest_types.collect(),
        };
        sizes.insert(sizes.partition_point(|known| known.bytes >= size.bytes), size);
    }
    Ok(sizes)
}

/// `{ id, version, arch, release }`; `arch` as `uname -m` prints it.
pub fn identity_json<S: Serializer>(
    identity: &Identity,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    let mut fields = serializer.serialize_struct("Identity", 4)?;
    fields.serialize_field("id", identity.id())?;
    fields.serialize_field("version", identity.version())?;
    fields.serialize_field("arch", identity.arch())?;
    fields.serialize_field("release", identity.release())?;
    fields.end()
}
