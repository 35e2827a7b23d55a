//! Kernel images for JavaScript. Thin: every export converts, calls [`bpfc_image`] and converts back.

mod error;
mod file;

use bpfc_image::{Banner, Distribution, Package};
use object::ReadCache;
use wasm_bindgen::prelude::wasm_bindgen;

pub use error::Thrown;
use file::JsFile;

/// `Result` with what is thrown.
pub type Result<T> = std::result::Result<T, Thrown>;

/// What a kernel says of itself.
#[wasm_bindgen]
pub struct Kernel(bpfc_image::Kernel);

#[wasm_bindgen]
impl Kernel {
    /// A kernel in any form, in memory.
    pub fn read(image: &[u8]) -> Result<Kernel> {
        Ok(Kernel(bpfc_image::Kernel::read(image)?))
    }

    /// A vmlinux of `size` bytes, of which `read(offset, bytes)` gives parts.
    #[wasm_bindgen(js_name = readElf)]
    pub fn read_elf(size: f64, read: js_sys::Function) -> Result<Kernel> {
        let file = ReadCache::new(JsFile::new(size as u64, read));
        Ok(Kernel(bpfc_image::Kernel::read_elf(&file)?))
    }

    /// The BTF, raw; the first call alone gives it.
    #[wasm_bindgen(js_name = takeBtf)]
    pub fn take_btf(&mut self) -> Option<Vec<u8>> {
        self.0.btf.take()
    }

    /// Whether the kernel carries that BTF itself.
    #[wasm_bindgen(getter)]
    pub fn native(&self) -> bool {
        self.0.native
    }

    /// Whether it has DWARF.
    #[wasm_bindgen(getter)]
    pub fn dwarf(&self) -> bool {
        self.0.dwarf
    }

    /// The line that it says first.
    #[wasm_bindgen(getter)]
    pub fn banner(&self) -> Option<String> {
        self.0.banner.as_ref().map(|banner| banner.line.clone())
    }

    /// As `uname -r` prints it.
    #[wasm_bindgen(getter)]
    pub fn release(&self) -> Option<String> {
        self.0.banner.as_ref().map(|banner| banner.release.clone())
    }

    /// As `uname -m` prints it.
    #[wasm_bindgen(getter)]
    pub fn machine(&self) -> Option<String> {
        self.0.machine.map(str::to_owned)
    }
}

/// The split BTF of a module, `.ko` or compressed.
#[wasm_bindgen(js_name = moduleBtf)]
pub fn module_btf(module: &[u8]) -> Result<Option<Vec<u8>>> {
    Ok(bpfc_image::module_btf(module)?)
}

/// `ID` and `VERSION_ID` of the distribution whose kernel `release` is, by the line that it says first and by the
/// control fields of its package.
#[wasm_bindgen(js_name = distributionOf)]
pub fn distribution_of(
    release: &str,
    banner: Option<String>,
    control: Option<String>,
) -> Option<Vec<String>> {
    let banner = banner.and_then(|line| Banner::find(line.as_bytes()));
    let package = control.map(|text| Package::of_control(&text));
    let Distribution { id, version } = Distribution::of(release, banner.as_ref(), package.as_ref())?;
    Some(vec![id, version])
}

/// The machine that the control fields of a package say.
#[wasm_bindgen(js_name = machineOfControl)]
pub fn machine_of_control(control: &str) -> Option<String> {
    Package::of_control(control).machine().map(str::to_owned)
}

/// `RELEASE.btf.tar.xz`.
#[wasm_bindgen]
pub fn archive(release: &str, btf: Vec<u8>) -> Result<Vec<u8>> {
    Ok(bpfc_image::archive(release, btf)?)
}

/// xz or zstd that comes in pieces.
#[wasm_bindgen]
pub struct Stream(bpfc_image::Stream);

#[wasm_bindgen]
impl Stream {
    /// The decoder for data that starts so; none if it is neither.
    pub fn of(start: &[u8]) -> Option<Stream> {
        bpfc_image::Stream::of(start).map(Stream)
    }

    /// Gives the next piece.
    pub fn push(&mut self, piece: &[u8]) {
        self.0.push(piece);
    }

    /// The next of what is decoded; none when more has to be pushed.
    pub fn pull(&mut self) -> Result<Option<Vec<u8>>> {
        Ok(self.0.pull()?)
    }

    /// What is left when all has been pushed.
    pub fn finish(&mut self) -> Result<Vec<u8>> {
        Ok(self.0.finish()?)
    }
}
