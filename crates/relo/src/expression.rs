//! What a relocation asks for, in C's own words.

use crate::access::Local;
use crate::{BpfObject, Spec};

/// Most bytes of a path; what is beyond is `...`. Every relocation of a hostile object can name 64 megabytes of names.
const MAX_LENGTH: usize = 512;

impl BpfObject {
    /// The local type and the way from it: `struct mm_struct.total_vm`, `struct sock_common[1].skc_addrpair`,
    /// `enum bpf_func_id::BPF_FUNC_ringbuf_output`, `struct task_struct`. Members of anonymous structs stand by their
    /// name, as in C. Where libbpf cannot follow the access string, it stands in brackets behind the type.
    pub fn expression(&self, spec: &Spec) -> String {
        let mut text = self.btf.c_name(spec.root);
        match &spec.local {
            Ok(local) => self.add_path(&mut text, local),
            Err(_) => {
                let access = spec.access.get(..MAX_LENGTH).unwrap_or(&spec.access);
                text.push_str(&format!(" ({})", String::from_utf8_lossy(access)));
            }
        }
        text
    }

    fn add_path(&self, text: &mut String, local: &Local) {
        let start = text.len();
        for (position, accessor) in local.path.accessors.iter().enumerate() {
            let step = match accessor.name {
                Some(name) => {
                    let name = String::from_utf8_lossy(self.btf.string_start(name, MAX_LENGTH));
                    format!("{}{name}", if local.kind.is_enumerator() { "::" } else { "." })
                }
                // The type itself is element 0 of where a pointer to it points.
                None if position == 0 && accessor.index == 0 => continue,
                None => format!("[{}]", accessor.index),
            };
            if text.len() - start + step.len() > MAX_LENGTH {
                text.push_str("...");
                return;
            }
            text.push_str(&step);
        }
    }
}
