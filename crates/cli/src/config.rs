//! `btf-pack.toml` beside the program: what would otherwise be said on every command line. Flags win.

use std::fs;
use std::io::ErrorKind;

use bpfc_archive::Layout;
use bpfc_pack::paths::{folder_of, join, resolve};
use bpfc_pack::{CommandCode, CommandError, Error, Result};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::{files, platform};

const NAME: &str = "btf-pack.toml";

/// The keys of the file, in the order in which they are named to a user.
const KEYS: [&str; 7] = ["objects", "kernels", "arch", "from", "modules", "output", "layout"];

/// What the file says. Paths are relative to its folder; here they are resolved.
#[derive(Debug, Default, PartialEq)]
pub struct Config {
    /// Compiled CO-RE objects.
    pub objects: Option<Vec<String>>,
    /// Globs, as `--kernels`.
    pub kernels: Option<Vec<String>>,
    /// As `--arch`.
    pub arch: Option<Vec<String>>,
    /// As `--from`.
    pub from: Option<Vec<String>>,
    /// As `--modules`.
    pub modules: Option<String>,
    /// As `-o`.
    pub output: Option<String>,
    /// As `--layout`.
    pub layout: Option<Layout>,
}

impl Config {
    /// Reads the file beside `program`, or, where no program is named, in the current folder. Without one: nothing set.
    ///
    /// # Errors
    /// `CONFIG_INVALID` with file and line.
    pub fn beside(program: Option<&String>) -> Result<Config> {
        let file = program.map_or(NAME.to_owned(), |program| join(folder_of(program), NAME));
        match fs::read(&file) {
            Ok(bytes) => Config::parse(&file, &String::from_utf8_lossy(&bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Config::default()),
            Err(error) => Err(files::io_error(CommandCode::Read, &file, &error)),
        }
    }

    fn parse(file: &str, text: &str) -> Result<Config> {
        let table = DeTable::parse(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let message = error.message().lines().next().unwrap_or_default();
            invalid(file, text, at, &format!("Invalid TOML document: {message}"))
        })?;
        let mut entries: Vec<_> = table.get_ref().iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let mut config = Config::default();
        for (key, value) in entries {
            let wrong = |why: String| invalid(file, text, key.span().start, &why);
            let name: &str = key.get_ref();
            if !KEYS.contains(&name) {
                return Err(wrong(format!("unknown key '{name}'; there are {}", KEYS.join(", "))));
            }
            let known = config.set(name, value.get_ref(), folder_of(file));
            known.map_err(|expected| wrong(format!("'{name}' has to be {expected}")))?;
        }
        Ok(config)
    }

    /// Fails with what the value has to be.
    fn set(&mut self, key: &str, value: &DeValue, folder: &str) -> std::result::Result<(), String> {
        let paths = || Some(texts(value)?.iter().map(|path| in_folder(folder, path)).collect());
        let path = || Some(in_folder(folder, value.as_str()?));
        let missing = |expected: &str| expected.to_owned();
        match key {
            "objects" => self.objects = Some(paths().ok_or_else(|| missing("a list of paths"))?),
            "from" => self.from = Some(paths().ok_or_else(|| missing("a list of paths"))?),
            "kernels" => self.kernels = Some(texts(value).ok_or_else(|| missing("a list of globs"))?),
            "arch" => self.arch = Some(texts(value).ok_or_else(|| missing("a list of architectures"))?),
            "modules" => self.modules = Some(path().ok_or_else(|| missing("a path"))?),
            "output" => self.output = Some(path().ok_or_else(|| missing("a path"))?),
            _ => {
                let names = Layout::ALL.map(Layout::name).join(", ");
                let layout = value.as_str().and_then(Layout::named);
                self.layout = Some(layout.ok_or(format!("one of {names}"))?);
            }
        }
        Ok(())
    }
}

fn texts(value: &DeValue) -> Option<Vec<String>> {
    let text = |item: &Spanned<DeValue>| item.get_ref().as_str().map(str::to_owned);
    value.as_array()?.iter().map(text).collect()
}

/// A `/` at the end, which makes an output a folder, stays.
fn in_folder(folder: &str, path: &str) -> String {
    let current = platform::current_folder();
    let here = resolve(&current, folder) == resolve(&current, ".");
    if path.starts_with('/') || here { path.to_owned() } else { join(folder, path) }
}

fn invalid(file: &str, text: &str, at: usize, message: &str) -> Error {
    let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
    CommandError::new(CommandCode::Config, format!("{file}:{line}: {message}")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_read_and_paths_are_relative_to_the_file() {
        let text = "objects = ['a.o']\nfrom = ['/abs', 'b']\nkernels = ['*']\narch = ['arm64']\n\
                    modules = 'm'\noutput = 'out/'\nlayout = 'flat'\n";
        let owned = |text: &str| Some(vec![text.to_owned()]);
        assert_eq!(
            Config::parse("dir/btf-pack.toml", text).unwrap(),
            Config {
                objects: owned("dir/a.o"),
                from: Some(vec!["/abs".into(), "dir/b".into()]),
                kernels: owned("*"),
                arch: owned("arm64"),
                modules: Some("dir/m".into()),
                output: Some("dir/out/".into()),
                layout: Some(Layout::Flat),
            }
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, message) in [
            (
                "from = ['a']\n\nkernel = 'x'\n",
                "btf-pack.toml:3: unknown key 'kernel'; there are objects, kernels",
            ),
            ("arch = ['x86_64']\n[pack]\nfrom = ['a']\n", "btf-pack.toml:2: unknown key 'pack'"),
            ("\noutput = 1\n", "btf-pack.toml:2: 'output' has to be a path"),
            ("objects = [1]\n", "btf-pack.toml:1: 'objects' has to be a list of paths"),
            ("layout = 'zip'\n", "btf-pack.toml:1: 'layout' has to be one of bpf-compatible, bcc, ig, flat"),
            ("arch = ['x']\nfrom = [\n", "btf-pack.toml:2: Invalid TOML document: "),
        ] {
            let error = Config::parse("btf-pack.toml", text).unwrap_err();
            assert_eq!(error.code(), "CONFIG_INVALID");
            assert!(error.to_string().starts_with(message), "{error}");
        }
    }
}
