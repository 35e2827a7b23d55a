//! Checksums set right, so that mutations reach what lies behind them.

const BLOCK: usize = 512;

/// A tar whose header checksums are right (POSIX ustar: the sum of the header's bytes, the checksum's
/// own taken as blanks). Headers are looked for where the sizes lead.
pub fn tar(data: &[u8]) -> Vec<u8> {
    let mut tar = data.to_vec();
    let mut at = 0;
    while let Some(header) = tar.get_mut(at..at + BLOCK) {
        if header.iter().any(|&byte| byte != 0) {
            header[148..156].fill(b' ');
            let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
            header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        }
        let size = header[124..136].iter().filter(|byte| (b'0'..b'8').contains(byte));
        let size =
            size.fold(0, |size: usize, byte| size.saturating_mul(8).saturating_add(usize::from(byte - b'0')));
        at = match size.div_ceil(BLOCK).checked_mul(BLOCK).and_then(|size| at.checked_add(BLOCK + size)) {
            Some(next) if next < tar.len() => next,
            _ => at + BLOCK,
        };
    }
    tar
}

/// An xz stream of one block whose CRC32s of header, block header, index and footer are right
/// (The .xz File Format 1.2, sections 2.1, 3.1 and 4).
pub fn xz(data: &[u8]) -> Vec<u8> {
    let mut xz = data.to_vec();
    seal(&mut xz, 6, 2, 8);
    // A block header says its length in units of 4 bytes, less one; its CRC32 is the last of them.
    if let Some(&units) = xz.get(12) {
        let length = usize::from(units) * 4;
        seal(&mut xz, 12, length, 12 + length);
    }
    if let Some(footer) = xz.len().checked_sub(12) {
        seal(&mut xz, footer + 4, 6, footer);
        // The footer says the index' length in the same way.
        let units = xz
            .get(footer + 4..)
            .and_then(|bytes| bytes.first_chunk())
            .map_or(0, |bytes| u32::from_le_bytes(*bytes));
        let length = (units as usize).saturating_mul(4);
        if let Some(index) = footer.checked_sub(4).and_then(|end| end.checked_sub(length)) {
            seal(&mut xz, index, length, footer - 4);
        }
    }
    xz
}

/// A gzip of deflate data as it comes: the checksum and length at its end are those of what it holds.
pub fn gzip(deflate: &[u8]) -> Vec<u8> {
    use std::io::Read;
    let mut content = Vec::new();
    let mut decoder = flate2::bufread::DeflateDecoder::new(deflate);
    // What is cut off or damaged is passed on as it is.
    let whole = decoder.by_ref().take(1 << 20).read_to_end(&mut content).is_ok();
    let used = if whole { decoder.total_in() as usize } else { deflate.len() };
    let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    gzip.extend_from_slice(deflate.get(..used).unwrap_or(deflate));
    gzip.extend(crc32fast::hash(&content).to_le_bytes());
    gzip.extend((content.len() as u32).to_le_bytes());
    gzip
}

/// Writes the CRC32 of `length` bytes from `start` on to `at`.
fn seal(bytes: &mut [u8], start: usize, length: usize, at: usize) {
    let sum = bytes.get(start..start.saturating_add(length)).map(crc32fast::hash);
    if let (Some(sum), Some(place)) = (sum, bytes.get_mut(at..at.saturating_add(4))) {
        place.copy_from_slice(&sum.to_le_bytes());
    }
}
