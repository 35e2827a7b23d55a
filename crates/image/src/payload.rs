//! Where the formats that boot loaders start keep the kernel.

use crate::error::{ErrorKind, ImageError, Result};

/// What a boot loader's format says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boot<'a> {
    /// The machine, as `uname -m` prints it, where the format says it.
    pub machine: Option<&'static str>,
    /// The kernel inside, as a rule compressed. None where the image is the kernel itself or where the place of the
    /// payload is not said.
    pub payload: Option<&'a [u8]>,
}

impl<'a> Boot<'a> {
    /// Reads the header of `image`; nothing if it is in none of these formats. A payload that is not wholly there is
    /// `IMAGE_CORRUPT`.
    pub fn of(image: &'a [u8]) -> Result<Option<Self>> {
        if image.get(4..8) == Some(b"zimg") && image.starts_with(b"MZ") {
            return zboot(image).map(Some);
        }
        if image.get(0x38..0x3c) == Some(b"ARM\x64") {
            return Ok(Some(Self { machine: Some("aarch64"), payload: None }));
        }
        if image.get(0x202..0x206) == Some(b"HdrS") && image.get(0x1fe..0x200) == Some(&[0x55, 0xaa]) {
            return bz_image(image).map(Some);
        }
        // arch/s390/boot/head.S: `ep_offset` and the string that tells boot loaders of the entry point.
        if image.get(0x1_0008..0x1_000e) == Some(b"S390EP") {
            return Ok(Some(Self { machine: Some("s390x"), payload: None }));
        }
        Ok(None)
    }
}

/// Documentation/arch/x86/boot.rst of Linux, "The Real-Mode Kernel Header". Whether it is 32 or 64 bits, the kernel inside says.
fn bz_image(image: &[u8]) -> Result<Boot<'_>> {
    const SECTOR: u64 = 512;
    /// The first version with the fields of the payload.
    const WITH_PAYLOAD: u64 = 0x0208;
    let (version, setup_sectors) = (number(image, 0x206, 2)?, number(image, 0x1f1, 1)?);
    if version < WITH_PAYLOAD {
        let what =
            format!("boot protocol {}.{:02} does not say where the kernel is", version >> 8, version & 0xff);
        return Err(ImageError::at_byte(ErrorKind::ImageCorrupt, what, 0x206));
    }
    // 0 stands for 4, as in the oldest boot loaders.
    let setup = (if setup_sectors == 0 { 4 } else { setup_sectors } + 1) * SECTOR;
    let offset = setup + number(image, 0x248, 4)?;
    let payload = part(image, offset, number(image, 0x24c, 4)?, 0x248)?;
    Ok(Boot { machine: None, payload: Some(payload) })
}

/// drivers/firmware/efi/libstub/zboot-header.S of Linux; the machine is that of the PE header.
fn zboot(image: &[u8]) -> Result<Boot<'_>> {
    let payload = part(image, number(image, 8, 4)?, number(image, 12, 4)?, 8)?;
    let pe = number(image, 0x3c, 4)?;
    let machine = match usize::try_from(pe + 4).map(|at| number(image, at, 2)) {
        Ok(Ok(0xaa64)) => Some("aarch64"),
        Ok(Ok(0x8664)) => Some("x86_64"),
        Ok(Ok(0x6264)) => Some("loongarch64"),
        Ok(Ok(0x5064)) => Some("riscv64"),
        _ => None,
    };
    Ok(Boot { machine, payload: Some(payload) })
}

/// A little-endian number.
fn number(image: &[u8], at: usize, bytes: usize) -> Result<u64> {
    let end = at.saturating_add(bytes);
    let bytes = image.get(at..end).ok_or_else(|| {
        ImageError::at_byte(ErrorKind::ImageCorrupt, "the header is cut short", image.len() as u64)
    })?;
    Ok(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn part(image: &[u8], offset: u64, size: u64, said_at: u64) -> Result<&[u8]> {
    let range = usize::try_from(offset).ok().zip(usize::try_from(offset + size).ok());
    let bytes = range.and_then(|(start, end)| image.get(start..end)).ok_or_else(|| {
        let what = format!("the kernel inside, {size} bytes from byte {offset}, ends behind the file");
        ImageError::at_byte(ErrorKind::ImageCorrupt, what, said_at)
    })?;
    Ok(bytes)
}

#[cfg(test)]
pub(crate) mod testing {
    pub(crate) fn bz_image(payload: &[u8]) -> Vec<u8> {
        let mut image = vec![0; 3 * 512];
        let mut put = |at: usize, bytes: &[u8]| image[at..at + bytes.len()].copy_from_slice(bytes);
        put(0x1f1, &[1]);
        put(0x1fe, &[0x55, 0xaa]);
        put(0x202, b"HdrS\x0f\x02");
        put(0x248, &512_u32.to_le_bytes());
        put(0x24c, &(payload.len() as u32).to_le_bytes());
        image.extend(payload);
        image.extend(b"what follows");
        image
    }

    pub(crate) fn zboot(payload: &[u8]) -> Vec<u8> {
        let mut image = vec![0; 512];
        let mut put = |at: usize, bytes: &[u8]| image[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, b"MZ\0\0zimg");
        put(8, &512_u32.to_le_bytes());
        put(12, &(payload.len() as u32).to_le_bytes());
        put(0x3c, &64_u32.to_le_bytes());
        put(64, b"PE\0\0\x64\xaa");
        image.extend(payload);
        image
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{bz_image, zboot};
    use super::*;

    #[test]
    fn formats_are_told_apart() {
        let boot = |machine, payload| Some(Boot { machine, payload });
        assert_eq!(Boot::of(&bz_image(b"kernel")).unwrap(), boot(None, Some(&b"kernel"[..])));
        assert_eq!(Boot::of(&zboot(b"kernel")).unwrap(), boot(Some("aarch64"), Some(&b"kernel"[..])));
        let mut arm = vec![0; 64];
        arm[0x38..0x3c].copy_from_slice(b"ARM\x64");
        assert_eq!(Boot::of(&arm).unwrap(), boot(Some("aarch64"), None));
        assert_eq!(Boot::of(b"anything else").unwrap(), None);
    }

    #[test]
    fn no_setup_sectors_are_four() {
        let mut image = bz_image(b"");
        image[0x1f1] = 0;
        image[0x24c] = 6;
        image.truncate(6 * 512);
        image.resize(6 * 512, 0);
        image.extend(b"kernel");
        assert_eq!(Boot::of(&image).unwrap().unwrap().payload, Some(&b"kernel"[..]));
    }

    #[test]
    fn a_payload_behind_the_end_is_an_error_that_says_where() {
        for image in [bz_image(b"kernel"), zboot(b"kernel")] {
            let mut image = image;
            image.truncate(image.len() - 13);
            let cut = Boot::of(&image[..image.len().min(3 * 512)]).map(|_| ());
            let code = cut.map_err(|error| error.code());
            assert!(matches!(code, Err("IMAGE_CORRUPT")), "{code:?}");
        }
    }

    #[test]
    fn the_oldest_protocols_do_not_say_it() {
        let mut image = bz_image(b"kernel");
        image[0x206] = 7;
        assert_eq!(Boot::of(&image).unwrap_err().code(), "IMAGE_CORRUPT");
    }
}
