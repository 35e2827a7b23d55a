//! What `--btf-compat` cannot say in BTF for libbpf before 1.0.

use serde::Serialize;

use crate::describe::Loss;

/// Something that is lost, and where.
#[derive(Clone, Debug, Serialize)]
pub struct LostInPack {
    /// What; its id differs from kernel to kernel and is not told.
    #[serde(flatten)]
    pub loss: Loss,
    /// Paths in the pack.
    pub kernels: Vec<String>,
}

/// `hmm_pfn_flags: without HMM_PFN_VALID = 9223372036854775808, which does not fit 32 bits`
pub fn lost_text(loss: &Loss) -> String {
    let ty = if loss.ty.is_empty() { "(anonymous)" } else { &loss.ty };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let value = format!("{} = {}", text(&loss.enumerator), text(&loss.value));
    match loss.change.as_str() {
        "left_out" => format!("{ty}: without {value}, which does not fit 32 bits"),
        "extended" => format!("{ty}: {value} is right as a 32-bit value only"),
        _ => format!("{ty}: this {} cannot be found, it is an anonymous {}", text(&loss.was), text(&loss.is)),
    }
}

/// Gathers what kernels lose: once each, with all kernels that lose it.
#[derive(Default)]
pub(crate) struct LostParts(Vec<LostInPack>);

impl LostParts {
    pub(crate) fn add(&mut self, path: &str, losses: &[Loss]) {
        for loss in losses {
            let loss = Loss { id: None, ..loss.clone() };
            match self.0.iter_mut().find(|part| part.loss == loss) {
                None => self.0.push(LostInPack { loss, kernels: vec![path.to_owned()] }),
                Some(part) if part.kernels.last().is_none_or(|last| last != path) => {
                    part.kernels.push(path.to_owned());
                }
                Some(_) => {}
            }
        }
    }

    pub(crate) fn list(self) -> Vec<LostInPack> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(ty: &str, change: &str, enumerator: &str, value: &str) -> Loss {
        let (enumerator, value) = (Some(enumerator.into()), Some(value.into()));
        Loss { id: Some(1), ty: ty.into(), change: change.into(), enumerator, value, was: None, is: None }
    }

    #[test]
    fn each_change_says_what_an_old_libbpf_does_not_get_to_see() {
        let (was, is) = (Some("float".into()), Some("struct".into()));
        let replaced = Loss { was, is, enumerator: None, value: None, ..value("double", "replaced", "", "") };
        let left_out = value("hmm_pfn_flags", "left_out", "HMM_PFN_VALID", "4294967296");
        let lost = [left_out, value("", "extended", "A", "-1"), replaced];
        assert_eq!(
            lost.each_ref().map(lost_text),
            [
                "hmm_pfn_flags: without HMM_PFN_VALID = 4294967296, which does not fit 32 bits",
                "(anonymous): A = -1 is right as a 32-bit value only",
                "double: this float cannot be found, it is an anonymous struct",
            ]
        );
    }

    #[test]
    fn what_several_kernels_lose_is_there_once_whatever_the_ids_and_another_value_is_another_loss() {
        let loss = |id, text: &str| Loss { id: Some(id), ..value("flags", "left_out", "VALID", text) };
        let mut parts = LostParts::default();
        parts.add("a", &[loss(1, "4294967296"), loss(2, "4294967296")]);
        parts.add("b", &[]);
        parts.add("c", &[loss(7, "4294967296"), loss(9, "8589934592")]);
        let kernels: Vec<_> = parts.list().into_iter().map(|part| part.kernels).collect();
        assert_eq!(kernels, [vec!["a", "c"], vec!["c"]]);
    }
}
