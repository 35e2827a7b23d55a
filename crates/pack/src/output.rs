//! What a pack is written as, and for whom.

use bpfc_archive::{Form, Layout, PackContainer, PackWriter};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::programs::program_name;
use crate::{CommandCode, CommandError, Result, System, c_header, linkable_object, paths};

/// What holds a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Container {
    /// A plain tar.
    #[serde(rename = "tar")]
    Tar,
    /// A gzipped tar.
    #[serde(rename = "tar.gz")]
    TarGz,
    /// A folder of files.
    #[serde(rename = "folder")]
    Folder,
    /// An ELF object to be linked, with a gzipped tar in it.
    #[serde(rename = "object")]
    Object,
    /// A C header to be included, with a gzipped tar in it.
    #[serde(rename = "header")]
    Header,
}

use Container::{Folder, Header, Object, Tar, TarGz};

impl Container {
    /// What the name of an output is like.
    fn example(self) -> &'static str {
        match self {
            Tar => "OUT.tar",
            TarGz => "OUT.tar.gz",
            Folder => "a folder DIR/",
            Object => "OUT.o",
            Header => "OUT.h",
        }
    }

    pub(crate) fn form(self) -> Form {
        if self == Folder { Form::Folder } else { Form::Tar }
    }
}

/// Where a pack goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// As it was named.
    pub path: String,
    /// What holds it.
    pub container: Container,
    /// The reader it is for.
    #[serde(serialize_with = "layout_name", deserialize_with = "layout_named")]
    pub layout: Layout,
}

impl Output {
    /// The output at `path`, whose name says its form; `is_folder` where a folder is there already.
    ///
    /// # Errors
    /// `CLI_USAGE`: a name of no form, or one that the layout's reader does not take.
    pub fn at(path: &str, is_folder: bool, layout: Layout) -> Result<Output> {
        let container = match path {
            _ if is_folder || path.ends_with('/') => Folder,
            _ if path.ends_with(".tar") => Tar,
            _ if path.ends_with(".tar.gz") || path.ends_with(".tgz") => TarGz,
            _ if path.ends_with(".o") => Object,
            _ if path.ends_with(".h") => Header,
            _ => {
                let message = format!(
                    "-o {path}: the name says the form: .tar, .tar.gz, .o, .h, or a folder with / at the end"
                );
                return Err(CommandError::new(CommandCode::Usage, message).into());
            }
        };
        let taken = taken_by(layout);
        if taken.contains(&container) {
            return Ok(Output { path: path.to_owned(), container, layout });
        }
        let names: Vec<&str> = taken.iter().map(|container| container.example()).collect();
        let message =
            format!("-o {path}: the reader of --layout {} takes {}", layout.name(), names.join(", "));
        Err(CommandError::new(CommandCode::Usage, message).into())
    }

    /// The name of an output for a program, where none is given.
    pub fn default_path(program: &str, layout: Layout) -> String {
        let ending = if taken_by(layout).contains(&Tar) { "tar" } else { "tar.gz" };
        format!("{}.{ending}", program_name(program))
    }

    /// Refuses to overwrite an input: objects end as programs do.
    ///
    /// # Errors
    /// `CLI_USAGE`
    pub fn refuse_inputs(&self, inputs: &[String], system: &System) -> Result<()> {
        let resolved = |path: &str| paths::resolve(&system.current, path);
        if inputs.iter().all(|input| resolved(input) != resolved(&self.path)) {
            return Ok(());
        }
        let message = format!("-o {}: is the program itself; name another file", self.path);
        Err(CommandError::new(CommandCode::Usage, message).into())
    }

    /// The file that is written, of files by path; `machine` is that for which an object is linked.
    pub(crate) fn file<'f>(
        &self,
        files: impl IntoIterator<Item = (&'f str, &'f [u8])>,
        machine: &str,
    ) -> Result<Vec<u8>> {
        let mut writer = PackWriter::for_layout(self.layout);
        for (path, bytes) in files {
            writer.add(path, bytes.to_vec())?;
        }
        let container = if self.container == Tar { PackContainer::Tar } else { PackContainer::TarGzip };
        let pack = writer.finish(container)?;
        match self.container {
            Header => Ok(c_header(&pack).into_bytes()),
            Object => linkable_object(&pack, machine).ok_or_else(|| {
                let message = format!(
                    "-o {}: no linkable object can be written for {machine}; name another --target, or write OUT.h",
                    self.path
                );
                CommandError::new(CommandCode::Usage, message).into()
            }),
            Tar | TarGz | Folder => Ok(pack),
        }
    }
}

/// What each layout's reader takes.
fn taken_by(layout: Layout) -> &'static [Container] {
    match layout {
        Layout::BpfCompatible | Layout::Flat => &[Tar, TarGz, Folder, Object, Header],
        Layout::Bcc => &[TarGz, Object, Header],
        Layout::InspektorGadget => &[TarGz, Folder],
    }
}

fn layout_name<S: Serializer>(layout: &Layout, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(layout.name())
}

fn layout_named<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Layout, D::Error> {
    let name = String::deserialize(deserializer)?;
    Layout::named(&name).ok_or_else(|| serde::de::Error::custom("no layout of this name"))
}
