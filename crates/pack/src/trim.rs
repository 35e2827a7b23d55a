//! One kernel trimmed, from the bytes it comes in to bytes and report.

use std::sync::Arc;

use bpfc_btf::{Btf, Compat, compat};
use bpfc_relo::{BpfObject, Trimmer};

use crate::describe::TrimReport;
use crate::{Error, KernelSource, Result, describe};

/// Objects to trim kernels for, prepared once.
#[derive(Default)]
pub struct KernelTrimmer {
    trimmer: Trimmer,
    objects: Vec<Arc<BpfObject>>,
    compat: bool,
}

/// A trimmed kernel.
#[derive(Clone)]
pub struct TrimmedKernel {
    /// Raw BTF in the kernel's byte order, with [`KernelTrimmer::set_compat`] one that libbpf before 1.0 reads.
    pub btf: Vec<u8>,
    /// What there is to tell of it.
    pub report: TrimReport,
}

impl KernelTrimmer {
    /// Adds an object.
    pub fn add(&mut self, object: Arc<BpfObject>) {
        self.trimmer.add(object.clone());
        self.objects.push(object);
    }

    /// Whether BTFs are written for libbpf before 1.0 too ([`bpfc_btf::compat`](fn@compat)); at first they are not.
    pub fn set_compat(&mut self, compat: bool) {
        self.compat = compat;
    }

    /// Trims a kernel, with its modules where there are any; each in a form that [`KernelSource`] reads.
    ///
    /// # Errors
    /// What is no kernel's BTF, or no module's over it; `RELO_ENDIAN`; `BTF_LIMIT` for a type that libbpf before 1.0 has
    /// no room for, where it shall read it.
    pub fn trim(&self, kernel: &[u8], modules: &[Vec<u8>]) -> Result<TrimmedKernel> {
        let source = KernelSource::open(kernel)?;
        let kernel = Arc::new(source.parse()?);
        let split = |bytes: &Vec<u8>| -> Result<Btf<'_>> {
            Ok(Btf::parse_split(KernelSource::open(bytes)?.into_bytes()?, kernel.clone())?)
        };
        let modules = modules.iter().enumerate().map(|(position, bytes)| {
            split(bytes).map_err(|error| Error::Module { position, error: Box::new(error) })
        });
        let modules = modules.collect::<Result<Vec<_>>>()?;
        let trimmed = self.trimmer.trim_with_modules(&kernel, &modules)?;
        let objects = self.objects.iter().map(Arc::as_ref);
        if !self.compat {
            let report = describe::trim_report(&kernel, &trimmed, None, objects);
            return Ok(TrimmedKernel { btf: trimmed.btf, report });
        }
        let btf = Btf::parse(&trimmed.btf)?;
        let written = compat(&btf)?;
        let report = describe::trim_report(&kernel, &trimmed, Some(&written), objects);
        let Compat { bytes, .. } = written;
        Ok(TrimmedKernel { btf: bytes, report })
    }
}
