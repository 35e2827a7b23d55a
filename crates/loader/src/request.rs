//! What a caller asks for, and the rule that finds it.

use std::path::PathBuf;

use bpfc_archive::{Identity, Pack, Selector, release_of_path};

use crate::core_btf::{CoreBtf, Form};
use crate::error::{ErrorKind, LoaderError, LoaderResult};
use crate::privilege::variable;
use crate::selection::{Selection, Source, Step, Tried};
use crate::system::System;

/// Names the BTF to be used, in place of the kernel's own and of a pack's.
pub const BTF_VARIABLE: &str = "BTF_FILE_PATH";

/// Which BTF is wanted, if not simply the right one, and in which form.
///
/// ```no_run
/// use bpfc_loader::{Request, System};
///
/// let pack = std::fs::read("tool.tar")?;
/// let core_btf = Request::from_environment().nearest(true).ensure(&pack, &System::current()?)?;
/// println!("{:?}", core_btf.explanation());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Request {
    btf: Option<PathBuf>,
    key: Option<String>,
    nearest: bool,
    form: Form,
}

impl Request {
    /// The right BTF, whatever the environment says.
    pub fn new() -> Self {
        Self::default()
    }

    /// The right BTF, or the one that `BTF_FILE_PATH` names; privileged processes do not read it (secure_getenv(3)).
    pub fn from_environment() -> Self {
        Self { btf: variable(BTF_VARIABLE).map(PathBuf::from), ..Self::default() }
    }

    /// The BTF at this path.
    pub fn btf(mut self, path: impl Into<PathBuf>) -> Self {
        self.btf = Some(path.into());
        self
    }

    /// This entry of the pack: `ID/VERSION/ARCH/RELEASE`, or its path in the pack.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Where nothing else is found, the nearest release of the same distribution, flavor and series. Its types may differ.
    pub fn nearest(mut self, nearest: bool) -> Self {
        self.nearest = nearest;
        self
    }

    /// How the BTF is handed over.
    pub fn form(mut self, form: Form) -> Self {
        self.form = form;
        self
    }

    /// Where the BTF for `system` comes from, by the first of these that is there:
    ///
    /// 1. the path or the entry that is asked for, and nothing else;
    /// 2. the kernel's own BTF;
    /// 3. the entry that [`Selector::select`] finds.
    ///
    /// # Errors
    /// `LOADER_MACHINE`: the entry asked for is another machine's.
    pub fn select<'p>(&self, pack: &'p Pack, system: &System) -> LoaderResult<Selection<'p>> {
        let outside = self.outside(system);
        match &self.key {
            _ if outside.source.is_some() => Ok(outside),
            Some(key) => by_key(pack, key, system),
            None => Ok(by_names(pack, system, self.nearest, outside.tried)),
        }
    }

    /// Hands over the BTF for `system` from the bytes of a pack, which are not read where its kernel has BTF.
    ///
    /// # Errors
    /// - `PACK_NO_MATCH`: the pack has none for this kernel; `LOADER_NO_PACK`: it is empty;
    /// - `PACK_FORMAT` and the other codes of `bpfc-archive`: the bytes are no pack;
    /// - `LOADER_MACHINE`: the BTF asked for is another machine's;
    /// - `LOADER_FILE`: neither memory nor a temporary file could be had, or the file asked for cannot be read;
    /// - the codes of `bpfc-btf`: the BTF is damaged.
    pub fn ensure(&self, pack: &[u8], system: &System) -> LoaderResult<CoreBtf> {
        let outside = self.outside(system);
        if let Some(source) = &outside.source {
            return CoreBtf::new(source, outside.tried, system, self.form);
        }
        let key = self.key.as_deref().map(Key::new);
        let wanted = |path: &str| match &key {
            Some(key) => key.names(path),
            None if self.nearest => true,
            None => release_of_path(path).is_some_and(|release| system.names.may_be(release)),
        };
        let open = || Ok(Pack::open_some(pack, wanted)?);
        let pack = if pack.is_empty() { Err(ErrorKind::NoPack.into()) } else { open() };
        let pack = pack.map_err(|error: LoaderError| error.with_tried(outside.tried))?;
        let selection = self.select(&pack, system)?;
        CoreBtf::new(selection.require()?, selection.tried.clone(), system, self.form)
    }

    /// [`Request::ensure`] for the running system, of which no more is asked than is needed: nothing is known of its
    /// distribution where its kernel has BTF, or where a path is asked for.
    ///
    /// # Errors
    /// Those of [`Request::ensure`] and of [`System::current`].
    pub fn ensure_here(&self, pack: &[u8]) -> LoaderResult<CoreBtf> {
        let system = if self.btf.is_some() { System::kernel() } else { System::current() };
        self.ensure(pack, &system?)
    }

    /// What takes no pack.
    fn outside(&self, system: &System) -> Selection<'static> {
        let mut selection = Selection::default();
        if let Some(path) = &self.btf {
            selection.tried.push(Tried::path(Step::Path, path, true));
            selection.source = Some(Source::Explicit(path.clone()));
        } else if self.key.is_none() {
            let native = system.native();
            let places = system.places.iter();
            selection.tried.extend(
                places.map(|place| Tried::path(Step::Native, place, native == Some(place.as_path()))),
            );
            selection.source = native.map(|path| Source::Native(path.to_owned()));
        }
        selection
    }
}

/// The name of an entry, read once for all entries.
struct Key<'k> {
    text: &'k str,
    identity: Option<Identity>,
}

impl<'k> Key<'k> {
    fn new(text: &'k str) -> Self {
        Self { text, identity: Identity::of_path(&format!("{text}.btf")) }
    }

    /// Whether it is that of the entry at this path.
    fn names(&self, path: &str) -> bool {
        path == self.text || self.identity.is_some() && Identity::of_path(path) == self.identity
    }
}

fn by_key<'p>(pack: &'p Pack, key: &str, system: &System) -> LoaderResult<Selection<'p>> {
    let named = Key::new(key);
    let entry = pack.entries().find(|entry| named.names(entry.path));
    let tried = vec![Tried { step: Step::Key, key: key.to_owned(), hits: usize::from(entry.is_some()) }];
    if let Some(identity) = entry.and_then(|entry| entry.identity())
        && identity.arch() != system.machine()
    {
        let what = format!("{identity} is no kernel of this machine, {}", system.machine());
        return Err(LoaderError::from(ErrorKind::Machine(what)).with_tried(tried));
    }
    Ok(Selection { source: entry.map(|entry| Source::Pack { entry, step: Step::Key }), tried })
}

fn by_names<'p>(pack: &'p Pack, system: &System, nearest: bool, mut tried: Vec<Tried>) -> Selection<'p> {
    let selection = Selector::new(pack).select(&system.names, nearest);
    let here =
        |it: bpfc_archive::select::Tried| Tried { step: Step::Names(it.step), key: it.key, hits: it.hits };
    tried.extend(selection.tried.into_iter().map(here));
    let source = selection.answer.map(|it| Source::Pack { entry: it.entry, step: Step::Names(it.step) });
    Selection { source, tried }
}

/// Where the BTF for `system` comes from: [`Request::select`] without wishes.
pub fn select<'p>(pack: &'p Pack, system: &System) -> Selection<'p> {
    let outside = Request::new().outside(system);
    match outside.source {
        Some(_) => outside,
        None => by_names(pack, system, false, outside.tried),
    }
}

/// The BTF of the running kernel from the bytes of a pack: [`Request::ensure_here`] with what the environment says.
///
/// ```no_run
/// let pack = std::fs::read("tool.tar")?;
/// let core_btf = bpfc_loader::ensure_core_btf(&pack)?;
/// if let Some(path) = core_btf.path() {
///     // libbpf: bpf_object_open_opts.btf_custom_path, while `core_btf` lives
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of [`Request::ensure_here`].
pub fn ensure_core_btf(pack: &[u8]) -> LoaderResult<CoreBtf> {
    Request::from_environment().ensure_here(pack)
}
