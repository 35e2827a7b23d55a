//! A kernel trimmed together with its modules: one BTF, since libbpf takes one (`btf_custom_path`)
//! and then looks at no module's.

use std::collections::BTreeSet;

use bpfc_btf::{Btf, merge};

use super::{Trimmed, Trimmer};
use crate::Error;

impl Trimmer {
    /// Trims a kernel with the types of its modules: a module's type answers where the kernel has
    /// none of that name and kind, as on a machine that has loaded the modules (libbpf:
    /// `bpf_core_find_cands`). `modules` are split BTFs over `kernel`; where several have a type,
    /// those of the first come first, as of the module that was loaded first.
    ///
    /// The result answers so on machines without these modules too: their types exist in it.
    ///
    /// # Errors
    /// As [`Trimmer::trim`]; `BTF_REF` when a module extends another BTF.
    pub fn trim_with_modules(&self, kernel: &Btf, modules: &[Btf]) -> Result<Trimmed, Error> {
        let found = self.wanted.find(kernel);
        let provides = |module: &Btf| {
            let theirs = self.wanted.find(module);
            theirs.iter().zip(&found).any(|(theirs, kernels)| kernels.is_empty() && !theirs.is_empty())
        };
        let positions: Vec<usize> =
            modules.iter().enumerate().filter(|(_, module)| provides(module)).map(|(at, _)| at).collect();
        if positions.is_empty() {
            return self.trim_among(kernel, &found, BTreeSet::new());
        }
        let providers: Vec<&Btf> = positions.iter().filter_map(|&position| modules.get(position)).collect();
        let merged = Btf::parse(merge(kernel, &providers)?)?;
        let mut candidates = self.wanted.find(&merged);
        let mut hidden = BTreeSet::new();
        for list in &mut candidates {
            let own = list.partition_point(|id| id.0 < kernel.type_count());
            if own > 0 {
                hidden.extend(list.drain(own..));
            }
        }
        let trimmed = self.trim_among(&merged, &candidates, hidden)?;
        Ok(Trimmed { modules: positions, ..trimmed })
    }
}
