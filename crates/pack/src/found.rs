//! Which kernels' BTFs were found, and which kernel each is of.

use std::collections::BTreeMap;

use bpfc_archive::{Identity, endian_of_machine};
use serde::Deserialize;

use crate::paths::{base_name, resolve};
use crate::{CommandCode, CommandError, Problem, RUNNING_KERNEL, Result, System};

/// The clones below the cache, whose files the cache links to.
pub const CLONES: &str = "btfhub-archive-repos";

/// One place where BTFs were looked for: a file, or a folder with what is below it.
#[derive(Clone, Debug, Deserialize)]
pub struct Listing {
    /// As it was named.
    pub path: String,
    /// Whether it is a folder: then files of other names than kernels' are passed over.
    pub folder: bool,
    /// Every file, in any order.
    pub files: Vec<ListedFile>,
}

/// A file, by the path under which it is read.
#[derive(Clone, Debug, Deserialize)]
pub struct ListedFile {
    /// Its path.
    pub file: String,
    /// Whether it is the running kernel's own BTF, by this or another path.
    pub running: bool,
}

/// One kernel's BTF, not read yet.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundKernel {
    /// The file that holds it.
    pub file: String,
    /// The kernel.
    pub identity: Identity,
    /// Where it goes in a pack of the default layout.
    pub path: String,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// By path in the pack.
    pub kernels: Vec<FoundKernel>,
    /// Files that are of a kernel already found.
    pub duplicates: Vec<FoundKernel>,
    /// Where it was looked, for the summary.
    pub origin: String,
    /// Files that do not say which kernel they are of.
    pub warnings: Vec<Problem>,
}

/// The kernels of the places that were named, each with the name to call it by and its file: a file by its path, those of a
/// folder by `ID/VERSION/ARCH/RELEASE`. In the order in which they were named; none is left out for another.
///
/// # Errors
/// `SOURCE_EMPTY`: a folder without kernels.
pub fn kernels_named(listings: Vec<Listing>, arch: &str, system: &System) -> Result<Vec<(String, String)>> {
    let mut kernels = Vec::new();
    for listing in listings {
        if !listing.folder {
            kernels.push((listing.path.clone(), listing.path));
            continue;
        }
        let found = Found::among(vec![listing], arch, system)?;
        let all = found.kernels.into_iter().chain(found.duplicates);
        kernels.extend(all.map(|kernel| (kernel.identity.to_string(), kernel.file)));
    }
    Ok(kernels)
}

impl Found {
    /// The kernels of the places that were named; `arch` is for files whose path does not say. Of two files for one kernel
    /// the one named first counts.
    ///
    /// # Errors
    /// `SOURCE_EMPTY`: a folder without kernels.
    pub fn among(listings: Vec<Listing>, arch: &str, system: &System) -> Result<Found> {
        let origin: Vec<&str> = listings.iter().map(|listing| listing.path.as_str()).collect();
        let origin = origin.join(", ");
        let mut files = Vec::new();
        for listing in listings {
            let path = listing.path.clone();
            let found = kernel_files(listing);
            if found.is_empty() {
                let message = format!(
                    "{path}: no kernel's BTF in it; expected files named <release>.btf or <release>.btf.tar.xz"
                );
                return Err(CommandError::new(CommandCode::SourceEmpty, message).into());
            }
            files.extend(found);
        }
        identify(files, arch, origin, system)
    }

    /// The kernels in the cache; nothing when there are none.
    ///
    /// # Errors
    /// `IDENTITY_PART`, of the running kernel.
    pub fn in_cache(cache: Listing, arch: &str, system: &System) -> Result<Option<Found>> {
        let origin = cache.path.clone();
        let files = kernel_files(cache);
        if files.is_empty() { Ok(None) } else { identify(files, arch, origin, system).map(Some) }
    }

    /// The running kernel alone, if it `has_btf`. `cache` is where else it was looked.
    ///
    /// # Errors
    /// `SOURCE_EMPTY`: it has none; `IDENTITY_PART`: what the system says of itself is no part of a path.
    pub fn running(has_btf: bool, cache: &str, system: &System) -> Result<Found> {
        let why = format!("nothing in {cache}, which `btf-pack fetch` fills");
        if !has_btf {
            let message = format!(
                "{why}, and the running kernel has no BTF of its own ({RUNNING_KERNEL}); run `btf-pack fetch`, or name \
                 an archive with --from"
            );
            return Err(CommandError::new(CommandCode::SourceEmpty, message).into());
        }
        let file = ListedFile { file: RUNNING_KERNEL.into(), running: true };
        identify(vec![file], "", format!("{RUNNING_KERNEL}, the running kernel: {why}"), system)
    }
}

/// Of a kernel's `.btf` and `.btf.tar.xz` side by side the archive counts: the predecessor of this tool trimmed the
/// unpacked file in place.
fn kernel_files(Listing { folder, files, .. }: Listing) -> Vec<ListedFile> {
    if folder {
        let mut sorted = BTreeMap::new();
        for listed in files.into_iter().filter(|listed| kernel_stem(base_name(&listed.file)).is_some()) {
            sorted.insert((listed.file.ends_with(".btf"), listed.file.clone()), listed);
        }
        return sorted.into_values().collect();
    }
    files
}

fn identify(files: Vec<ListedFile>, arch: &str, origin: String, system: &System) -> Result<Found> {
    let mut first = BTreeMap::new();
    let mut found = Found { origin, ..Found::default() };
    for ListedFile { file, running } in files {
        let known = if running { Some(system.identity()?) } else { identity_of(&file, &system.current) };
        let is_known = known.is_some();
        let identity = match known {
            Some(identity) => identity,
            None => {
                let name = base_name(&file);
                Identity::new("unknown", "0", arch, kernel_stem(name).unwrap_or(name))?
            }
        };
        let path = identity.pack_path();
        if first.contains_key(&path) {
            found.duplicates.push(FoundKernel { file, identity, path });
            continue;
        }
        if !is_known {
            let message = format!(
                "{file}: the path does not say which kernel this is, packed as {identity}; name it \
                 .../ID/VERSION/ARCH/RELEASE.btf"
            );
            found.warnings.push(Problem::new(CommandCode::SourceUnknown, message));
        }
        first.insert(path.clone(), FoundKernel { file, identity, path });
    }
    found.kernels = first.into_values().collect();
    Ok(found)
}

/// Any four folders have the shape of an archive's path; the architecture tells which ones are.
fn identity_of(file: &str, current: &str) -> Option<Identity> {
    Identity::of_path(&resolve(current, file)).filter(|identity| endian_of_machine(identity.arch()).is_some())
}

/// What stands before `.btf`, `.btf.xz`, `.btf.tar.xz` and the same with `gz`; nothing for other names.
fn kernel_stem(name: &str) -> Option<&str> {
    let packed = name.strip_suffix(".xz").or_else(|| name.strip_suffix(".gz")).unwrap_or(name);
    let bare = packed.strip_suffix(".tar").unwrap_or(packed);
    bare.strip_suffix(".btf")
}
