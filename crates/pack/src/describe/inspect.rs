//! A file from outside: what it is, and what is in it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bpfc_archive::{Container, Digest, Identity, Pack, PackEntry, sniff};
use bpfc_btf::{Btf, Kind, elf};
use bpfc_relo::BpfObject;

use super::{btf_info, identity, list, object_info};
use crate::{Json, KernelSource, Result, json};

/// What a file is: `{ is: "pack" | "btf" | "object", size, sha256, container, ... }`, `container` being `tar`, `gzip`, `xz`,
/// `elf` or `raw`.
///
/// - A pack adds `{ program, kernels, groups, files, skipped }`: [`object_info`] of the program in `package.json`, or null;
///   how many kernels it serves; the different BTFs in it, `[{ sha256, size, types, endian, error, kernels, paths }]`, those
///   for most kernels first; the other files, `[{ path, size }]`; names of what is in the tar and no file.
/// - A BTF adds `{ btf, kinds }`: [`btf_info`], and how many types of each kind.
/// - An object adds `{ object }`: [`object_info`].
///
/// # Errors
/// What is broken, or none of these.
pub fn inspect(bytes: &[u8]) -> Result<Json> {
    let container = match sniff(bytes) {
        Container::Xz => "xz",
        Container::Gzip => "gzip",
        Container::Zstd => "zstd",
        Container::Tar => "tar",
        Container::Raw if elf::sniff(bytes) => "elf",
        Container::Raw => "raw",
    };
    let (is, rest) = match container {
        "elf" => match BpfObject::parse(bytes) {
            // Of another machine: a kernel, or one of its modules.
            Err(bpfc_relo::Error::NotBpf { .. }) => ("btf", types(bytes)?),
            object => ("object", json!({ "object": object_info(&object?, bytes)? })),
        },
        "raw" => ("btf", types(bytes)?),
        // A pack of several files, or a kernel's BTF in a tar of its own.
        _ => match Pack::open(Cow::Borrowed(bytes)) {
            Ok(pack) if !is_kernel(&pack) => ("pack", contents(&pack)?),
            _ => ("btf", types(bytes)?),
        },
    };
    let mut told = json!({
        "is": is,
        "size": bytes.len(),
        "sha256": Digest::of(bytes).to_string(),
        "container": container,
    });
    told.extend(rest);
    Ok(told)
}

/// Whether a tar is one kernel's, as the archive has it: `RELEASE.btf` alone, without a folder.
fn is_kernel(pack: &Pack) -> bool {
    let mut entries = pack.entries();
    pack.skipped().is_empty()
        && matches!((entries.next(), entries.next()), (Some(entry), None) if !entry.path.contains('/') && entry.path != "package.json")
}

fn types(bytes: &[u8]) -> Result<Json> {
    let source = KernelSource::open(bytes)?;
    let btf = source.parse()?;
    let mut kinds: Vec<(Kind, u32)> = Vec::new();
    for (_, kind) in btf.kinds() {
        match kinds.iter_mut().find(|known| known.0 == kind) {
            Some((_, types)) => *types += 1,
            None => kinds.push((kind, 1)),
        }
    }
    kinds.sort_by_key(|(kind, _)| kind.name());
    let kinds = kinds.into_iter().map(|(kind, types)| (kind.name(), types.into())).collect();
    Ok(json!({ "btf": btf_info(&btf), "kinds": Json::Object(kinds) }))
}

fn contents(pack: &Pack) -> Result<Json> {
    let program = match pack.package() {
        None => None,
        Some(package) => {
            let bytes = package?.program()?;
            Some(object_info(&BpfObject::parse(&bytes)?, &bytes)?)
        }
    };
    let is_btf = |entry: &PackEntry| entry.path.ends_with(".btf");
    let mut groups: BTreeMap<Digest, Vec<PackEntry>> = BTreeMap::new();
    for entry in pack.entries().filter(is_btf) {
        groups.entry(entry.digest()).or_default().push(entry);
    }
    let mut groups: Vec<(Digest, Vec<PackEntry>)> = groups.into_iter().collect();
    groups.sort_by_key(|(digest, entries)| (std::cmp::Reverse(entries.len()), *digest));
    let kernels: usize = groups.iter().map(|(_, entries)| entries.len()).sum();
    let files = pack.entries().filter(|entry| !is_btf(entry));
    let files = files.map(|entry| json!({ "path": entry.path, "size": entry.content.len() }));
    let skipped = pack.skipped().iter().map(|entry| entry.name.as_str().into());
    Ok(json!({
        "program": program,
        "kernels": kernels,
        "groups": list(groups.iter().map(|(digest, entries)| group(digest, entries)))?,
        "files": list(files)?,
        "skipped": list(skipped)?,
    }))
}

/// Entries of equal content.
fn group(digest: &Digest, entries: &[PackEntry]) -> Json {
    let content = entries.first().map_or(&[][..], |entry| entry.content);
    let btf = Btf::parse(content);
    let identities: Vec<Identity> = entries.iter().filter_map(PackEntry::identity).collect();
    json!({
        "sha256": digest.to_string(),
        "size": content.len(),
        "types": btf.as_ref().ok().map(|btf| btf.ids().len()),
        "endian": btf.as_ref().ok().map(|btf| btf.endian().name()),
        "error": btf.err().map(|error| json!({ "code": error.code().name(), "message": error.to_string() })),
        "kernels": identities.iter().map(identity).collect::<Vec<_>>(),
        "paths": entries.iter().map(|entry| entry.path).collect::<Vec<_>>(),
    })
}
