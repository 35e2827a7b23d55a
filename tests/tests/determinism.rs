//! What a trimmed BTF depends on: the types, and nothing of their order but that of candidates of one name. On a sample
//! of the kernels, one per series; on all of them with `BPFC_FULL=1`.

use bpfc_btf::{Btf, Endian};
use bpfc_tests::fixtures;
use bpfc_tests::kernels;
use bpfc_tests::shuffle::shuffle;
use bpfc_tests::{Result, parallel};

/// Runs `check` on every sampled kernel, with the fixtures of its byte order and with all of them together.
fn on_every_kernel(check: impl Fn(&Btf, &[(String, bpfc_relo::Trimmer)]) -> Result<()> + Sync) -> Result<()> {
    let trimmers = |endian| -> Result<Vec<_>> {
        let fixtures = fixtures::objects(endian)?;
        let together = fixtures::trimmer_for(fixtures.iter().map(|fixture| &fixture.object));
        let each = fixtures.into_iter().map(|fixture| (fixture.name, fixture.trimmer));
        Ok(each.chain([("all together".to_owned(), together)]).collect())
    };
    let (little, big) = (trimmers(Endian::Little)?, trimmers(Endian::Big)?);
    let kernels = kernels::sample()?;
    let work = |(): &mut (), kernel: &kernels::Kernel| -> Result<()> {
        let bytes = kernel.btf()?;
        let btf = Btf::parse(&bytes)?;
        let trimmers = if btf.endian() == Endian::Little { &little } else { &big };
        check(&btf, trimmers).map_err(|error| format!("{}: {error}", kernel.name).into())
    };
    parallel::map(&kernels, || (), work).map(|_| ())
}

#[test]
fn the_order_of_types_does_not_show() -> Result<()> {
    on_every_kernel(|btf, trimmers| {
        for seed in [1, 2] {
            let shuffled = shuffle(btf, seed)?;
            let shuffled = Btf::parse(&shuffled)?;
            for (name, trimmer) in trimmers {
                if trimmer.trim(btf)?.btf != trimmer.trim(&shuffled)?.btf {
                    return Err(format!("{name}: another trimmed BTF with the types in order {seed}").into());
                }
            }
        }
        Ok(())
    })
}

#[test]
fn trimming_twice_gives_the_same() -> Result<()> {
    on_every_kernel(|btf, trimmers| {
        for (name, trimmer) in trimmers {
            let (first, second) = (trimmer.trim(btf)?, trimmer.trim(btf)?);
            if (first.btf, first.types, first.reports) != (second.btf, second.types, second.reports) {
                return Err(format!("{name}: another result the second time").into());
            }
        }
        Ok(())
    })
}

#[test]
fn a_trimmed_btf_is_trimmed_already() -> Result<()> {
    on_every_kernel(|btf, trimmers| {
        for (name, trimmer) in trimmers {
            let trimmed = trimmer.trim(btf)?;
            let again = trimmer.trim(&Btf::parse(trimmed.btf.as_slice())?)?;
            if (&trimmed.btf, &trimmed.reports) != (&again.btf, &again.reports) {
                return Err(format!("{name}: trimmed again it is another").into());
            }
        }
        Ok(())
    })
}
