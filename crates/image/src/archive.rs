//! A kernel's BTF as BTFHub's archive has it.

use bpfc_archive::{Layout, PackContainer, PackWriter, compress_xz};

use crate::error::Result;

/// `RELEASE.btf.tar.xz`: one file, `RELEASE.btf`. Equal input gives equal bytes.
///
/// # Errors
/// `PACK_NAME` for a release that cannot be a file's name.
pub fn archive(release: &str, btf: Vec<u8>) -> Result<Vec<u8>> {
    let mut tar = PackWriter::for_layout(Layout::Flat);
    tar.add(&format!("{release}.btf"), btf)?;
    Ok(compress_xz(&tar.finish(PackContainer::Tar)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::testing::btf;
    use bpfc_archive::unwrap_kernel;
    use bpfc_btf::Endian;

    #[test]
    fn it_is_read_as_the_archives_files_are() {
        let raw = btf(Endian::Little, 5);
        let packed = archive("6.1.0-test", raw.clone()).unwrap();
        assert_eq!(unwrap_kernel(&packed).unwrap(), raw);
        assert_eq!(archive("6.1.0-test", raw.clone()).unwrap(), packed);
        assert_eq!(archive("../x", raw).unwrap_err().code(), "PACK_NAME");
    }
}
