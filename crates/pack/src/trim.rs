//! One kernel trimmed, from the bytes it comes in to bytes and report.

use std::sync::Arc;

use bpfc_btf::Btf;
use bpfc_relo::{BpfObject, Trimmer};
use serde_json::Value;

use crate::{Error, KernelSource, Result, describe};

/// Objects to trim kernels for, prepared once.
#[derive(Default)]
pub struct KernelTrimmer {
    trimmer: Trimmer,
    objects: Vec<Arc<BpfObject>>,
}

/// A trimmed kernel.
pub struct TrimmedKernel {
    /// Raw BTF in the kernel's byte order.
    pub btf: Vec<u8>,
    /// See [`describe::trim_report`].
    pub report: Value,
}

impl KernelTrimmer {
    /// Adds an object.
    pub fn add(&mut self, object: Arc<BpfObject>) {
        self.trimmer.add(object.clone());
        self.objects.push(object);
    }

    /// Trims a kernel, with its modules where there are any; each in a form that [`KernelSource`] reads.
    ///
    /// # Errors
    /// What is no kernel's BTF, or no module's over it; `RELO_ENDIAN`.
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
        let report = describe::trim_report(&kernel, &trimmed, self.objects.iter().map(Arc::as_ref));
        Ok(TrimmedKernel { btf: trimmed.btf, report })
    }
}
