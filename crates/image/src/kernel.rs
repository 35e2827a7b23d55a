//! A kernel, in whatever form it is shipped.

use std::borrow::Cow;

use bpfc_archive::{Container, sniff, unwrap_kernel};
use bpfc_btf::{Btf, Header, elf as btf_elf};
use object::read::ReadRef;

use crate::banner::Banner;
use crate::decode::{Compression, places};
use crate::elf;
use crate::error::{ErrorKind, ImageError, Result};
use crate::flat::find_btf;
use crate::limits::{IMAGE_BYTES, LAYERS};
use crate::payload::Boot;

/// What a kernel says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kernel {
    /// Its BTF, raw and valid.
    pub btf: Option<Vec<u8>>,
    /// Whether the kernel carries that BTF itself: a running one shows it as `/sys/kernel/btf/vmlinux`.
    pub native: bool,
    /// Whether it has DWARF.
    pub dwarf: bool,
    /// Its first line, with the release.
    pub banner: Option<Banner>,
    /// The machine it is for, as `uname -m` prints it.
    pub machine: Option<&'static str>,
}

impl Kernel {
    /// Reads a vmlinuz, bzImage, EFI zboot image, `Image`, `Image.gz`, vmlinux, or a BTF raw or as the archive has it.
    ///
    /// # Errors
    /// `IMAGE_FORMAT` for anything else; `IMAGE_CORRUPT`, `IMAGE_COMPRESSION`, `IMAGE_LIMIT`; those of the
    /// formats inside. A kernel without BTF is none.
    pub fn read(image: &[u8]) -> Result<Self> {
        let mut machine = None;
        let mut bytes = Cow::Borrowed(image);
        for _ in 0..LAYERS {
            // A header of zeros is the end of a tar, and what some images start with.
            if sniff(&bytes) == Container::Tar && bytes.first() != Some(&0) {
                return Self::of_btf(unwrap_kernel(&bytes)?.into_owned());
            }
            if Header::sniff(&bytes) {
                return Self::of_btf(bytes.into_owned());
            }
            if btf_elf::sniff(&bytes) {
                return Self::of_elf(&bytes, machine);
            }
            let inside = match Compression::of(&bytes) {
                Some(compression) => compression.decode_start(&bytes, IMAGE_BYTES)?,
                None => {
                    let boot = Boot::of(&bytes)?;
                    machine = boot.as_ref().and_then(|boot| boot.machine).or(machine);
                    match boot.and_then(|boot| boot.payload) {
                        Some(payload) => payload.to_vec(),
                        None => return Self::of_flat(&bytes, machine),
                    }
                }
            };
            bytes = Cow::Owned(inside);
        }
        Err(ImageError::too_deep())
    }

    /// Reads a vmlinux that is not in memory: through [`object::ReadCache`], only its headers, `.BTF` and `.rodata`.
    ///
    /// # Errors
    /// Those of [`elf::contents`] and of the BTF.
    pub fn read_elf<'d>(file: impl ReadRef<'d>) -> Result<Self> {
        let elf::Contents { machine, btf, native, dwarf, banner } = elf::contents(file)?;
        if let Some(btf) = btf {
            Btf::parse(btf)?;
        }
        Ok(Self { btf: btf.map(<[u8]>::to_vec), native, dwarf, banner, machine })
    }

    fn of_btf(btf: Vec<u8>) -> Result<Self> {
        Btf::parse(btf.as_slice())?;
        Ok(Self { btf: Some(btf), ..Self::default() })
    }

    fn of_elf(bytes: &[u8], machine: Option<&'static str>) -> Result<Self> {
        let kernel = Self::read_elf(bytes)?;
        Ok(Self {
            banner: kernel.banner.or_else(|| Banner::find(bytes)),
            machine: kernel.machine.or(machine),
            ..kernel
        })
    }

    /// A kernel as memory holds it, or one with a decompressor of its own in front, as on s390x, whose header does not
    /// say where the payload is. Then it is looked for, as scripts/extract-vmlinux does.
    fn of_flat(bytes: &[u8], machine: Option<&'static str>) -> Result<Self> {
        let outside = Self::flat(bytes, machine);
        if let Some(kernel) = outside.as_ref().filter(|kernel| kernel.native) {
            return Ok(kernel.clone());
        }
        let inside = places(bytes).into_iter().find_map(|(at, compression)| {
            let unpacked = compression.decode_start(bytes.get(at..)?, IMAGE_BYTES).ok()?;
            match btf_elf::sniff(&unpacked) {
                true => Self::of_elf(&unpacked, machine).ok().filter(|kernel| kernel.banner.is_some()),
                false => Self::flat(&unpacked, machine),
            }
        });
        // Compressed text may be legible, so what is inside goes before a first line outside.
        let format =
            || ImageError::new(ErrorKind::ImageFormat, "this is no kernel in any form that is known");
        inside.or(outside).ok_or_else(format)
    }

    fn flat(bytes: &[u8], machine: Option<&'static str>) -> Option<Self> {
        let banner = Banner::find(bytes)?;
        let btf = find_btf(bytes).map(<[u8]>::to_vec);
        Some(Self { native: btf.is_some(), btf, dwarf: false, banner: Some(banner), machine })
    }
}

/// The split BTF of a module, `.ko` or compressed; none if it has none. Its types are numbered on from the kernel's, so
/// without these it cannot be checked.
pub fn module_btf(module: &[u8]) -> Result<Option<Vec<u8>>> {
    let unpacked = match Compression::of(module) {
        Some(compression) => Cow::Owned(compression.decode_start(module, IMAGE_BYTES)?),
        None => Cow::Borrowed(module),
    };
    Ok(elf::contents(&*unpacked)?.btf.map(<[u8]>::to_vec))
}

#[cfg(test)]
pub(crate) mod testing {
    use bpfc_btf::{Builder, Endian, IntEncoding};

    pub(crate) const BANNER: &str = "Linux version 6.1.0-test (a@b) (gcc) #1 SMP Debian 6.1.9-1";

    /// A BTF of so many integers.
    pub(crate) fn btf(endian: Endian, ints: usize) -> Vec<u8> {
        let mut builder = Builder::new(endian);
        for number in 0..ints {
            builder.int(format!("int{number}").as_bytes(), 4, IntEncoding::Signed, 32);
        }
        builder.finish().unwrap()
    }

    /// A kernel as memory holds it.
    pub(crate) fn flat(btf: &[u8]) -> Vec<u8> {
        [
            b"\x90\x90code",
            BANNER.as_bytes(),
            b"\n\0",
            btf,
            b"the rest of the kernel, with 300 zeros",
            &[0; 300],
        ]
        .concat()
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{BANNER, btf, flat};
    use super::*;
    use crate::decode::testing::{all, gzip};
    use crate::payload::testing::{bz_image, zboot};
    use bpfc_btf::Endian;
    use proptest::prelude::*;

    fn check(image: &[u8], machine: Option<&str>, name: &str) {
        let kernel = Kernel::read(image).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(kernel.btf == Some(btf(Endian::Little, 5)) && kernel.native && !kernel.dwarf, "{name}");
        let banner = kernel.banner.unwrap();
        assert_eq!((banner.release.as_str(), banner.line.as_str()), ("6.1.0-test", BANNER), "{name}");
        assert_eq!(kernel.machine, machine, "{name}");
    }

    #[test]
    fn every_form_around_every_compression_gives_the_kernel() {
        let kernel = flat(&btf(Endian::Little, 5));
        check(&kernel, None, "flat");
        for (name, packed) in all(&kernel) {
            check(&packed, None, name);
            check(&bz_image(&packed), None, &format!("bzImage, {name}"));
            check(&zboot(&packed), Some("aarch64"), &format!("zboot, {name}"));
            check(&gzip(&zboot(&packed)), Some("aarch64"), &format!("zboot in gzip, {name}"));
            let unknown = [b"a decompressor", packed.as_slice(), b"its data"].concat();
            check(&unknown, None, &format!("somewhere, {name}"));
        }
    }

    #[test]
    fn s390x_keeps_its_kernel_somewhere_and_has_none_of_its_btf() {
        let mut image = vec![0; 0x1_0010];
        image[0x1_0008..0x1_000e].copy_from_slice(b"S390EP");
        image.extend(gzip(&flat(b"")));
        let kernel = Kernel::read(&image).unwrap();
        assert_eq!((kernel.machine, kernel.btf, kernel.native), (Some("s390x"), None, false));
        assert_eq!(kernel.banner.unwrap().release, "6.1.0-test");
    }

    #[test]
    fn btf_alone_says_nothing_of_its_kernel() {
        let raw = btf(Endian::Big, 5);
        for (name, image) in all(&raw).into_iter().chain([("raw", raw.clone())]) {
            let kernel = Kernel::read(&image).unwrap();
            assert_eq!(kernel, Kernel { btf: Some(raw.clone()), ..Kernel::default() }, "{name}");
        }
    }

    #[test]
    fn what_is_no_kernel_says_so() {
        assert_eq!(Kernel::read(b"").unwrap_err().code(), "IMAGE_FORMAT");
        assert_eq!(Kernel::read(b"a text").unwrap_err().code(), "IMAGE_FORMAT");
        assert_eq!(Kernel::read(&btf(Endian::Little, 5)[..40]).unwrap_err().code(), "BTF_HEADER");
        let nested = gzip(&gzip(&gzip(&gzip(&gzip(b"kernel")))));
        assert_eq!(Kernel::read(&nested).unwrap_err().code(), "IMAGE_LIMIT");
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_kernel_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let _ = Kernel::read(&bytes);
            let _ = module_btf(&bytes);
        }

        #[test]
        fn what_is_damaged_is_a_kernel_or_an_error(
            form in 0_usize..4, at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()
        ) {
            let (_, packed) = all(&flat(&btf(Endian::Little, 5)))[form].clone();
            for mut image in [packed.clone(), bz_image(&packed), zboot(&packed)] {
                let at = at.index(image.len());
                image[at] = byte;
                let _ = Kernel::read(&image);
                image.truncate(cut.index(image.len()));
                let _ = Kernel::read(&image);
            }
        }
    }
}
