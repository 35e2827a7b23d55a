//! Kernel images: as they are, as modules, and as the payload of each format around them; compressed data in pieces.
#![no_main]

use bpfc_image::{Banner, Distribution, Kernel, Package, Stream, module_btf};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    read(data);
    let _ = module_btf(data);
    for boot in [bz_image, zboot] {
        read(&boot(data));
    }
    read(&[b"a decompressor", data].concat());
    in_pieces(data);
});

fn read(image: &[u8]) {
    let Ok(kernel) = Kernel::read(image) else { return };
    if let Some(btf) = &kernel.btf {
        assert!(bpfc_btf::Btf::parse(btf.as_slice()).is_ok(), "what is found is valid");
    }
    if let Some(banner @ Banner { release, .. }) = &kernel.banner {
        let package = Package::of_control(&String::from_utf8_lossy(image));
        let _ = Distribution::of(release, Some(banner), Some(&package));
    }
}

/// Pieces of any size give what the whole gives.
fn in_pieces(data: &[u8]) {
    let decode = |size: usize| {
        let mut stream = Stream::of(data)?;
        let mut decoded = Vec::new();
        for piece in data.chunks(size) {
            stream.push(piece);
            while let Some(more) = stream.pull().ok()? {
                decoded.extend(more);
            }
            if decoded.len() > 1 << 24 {
                return None;
            }
        }
        decoded.extend(stream.finish().ok()?);
        Some(decoded)
    };
    let whole = decode(data.len().max(1));
    assert!(whole.is_none() || decode(7) == whole, "the same in pieces");
}

/// The header of x86's images, around a payload.
fn bz_image(payload: &[u8]) -> Vec<u8> {
    let mut image = vec![0; 1024];
    image[0x1f1] = 1;
    image[0x1fe..0x200].copy_from_slice(&[0x55, 0xaa]);
    image[0x202..0x208].copy_from_slice(b"HdrS\x0f\x02");
    image[0x24c..0x250].copy_from_slice(&(payload.len() as u32).to_le_bytes());
    image.extend(payload);
    image
}

/// The header of EFI zboot images, around a payload.
fn zboot(payload: &[u8]) -> Vec<u8> {
    let mut image = vec![0; 64];
    image[..8].copy_from_slice(b"MZ\0\0zimg");
    image[8..12].copy_from_slice(&64_u32.to_le_bytes());
    image[12..16].copy_from_slice(&(payload.len() as u32).to_le_bytes());
    image.extend(payload);
    image
}
