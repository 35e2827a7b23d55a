#![allow(missing_docs, clippy::panic, clippy::unwrap_used, reason = "this is test code")]
use bpfc_btf::{Btf, Endian, compat};
use bpfc_tests::fixtures;
use bpfc_tests::kernels;
use bpfc_tests::loaded::difference;
use bpfc_tests::oracle::{Mode, Oracle, Outcome, Request};
use std::fs;

#[test]
fn explore() {
    let mut new = Oracle::native().unwrap();
    let mut old = Oracle::old().unwrap();
    let little = fixtures::objects(Endian::Little).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for kernel in kernels::sample().unwrap() {
        let bytes = kernel.btf().unwrap();
        let btf = Btf::parse(&bytes).unwrap();
        if btf.endian() != Endian::Little {
            continue;
        }
        let w = |n: &str, b: &[u8]| {
            let p = folder.path().join(n);
            fs::write(&p, b).unwrap();
            p
        };
        let full = w("full", btf.bytes());
        let cfull = w("cfull", &compat(&btf).unwrap().bytes);
        println!("== {} lost {}", kernel.name, compat(&btf).unwrap().lost.len());
        for f in &little {
            let t = f.trimmer.trim(&btf).unwrap();
            let t = Btf::parse(t.btf.clone()).unwrap();
            let c = compat(&t).unwrap();
            let trim = w("trim", t.bytes());
            let ctrim = w("ctrim", &c.bytes);
            let r = |b| Request { mode: Mode::All, object: &f.path, btf: b, modules: &[] };
            let n = new.ask_all(&[r(&full), r(&ctrim), r(&cfull)]).unwrap();
            let o = old.ask_all(&[r(&full), r(&trim), r(&ctrim), r(&cfull)]).unwrap();
            let s = |o: &Outcome| match o {
                Outcome::Loaded(_) => "ok".to_owned(),
                Outcome::Refused { stage, errno, log } => {
                    format!("{stage} {errno} {}", log.lines().next().unwrap_or(""))
                }
                o => format!("{o:?}"),
            };
            let d = |a: &Outcome, b: &Outcome| {
                difference(&f.object, a, b).map(|mut s| {
                    s.truncate(150);
                    s
                })
            };
            println!(
                "{}: lost {:?}\n   new full~ctrim {:?} full~cfull {:?}\n   old full {} trim {} ctrim {} cfull {}\n    cfull~ctrim {:?}; full~ctrim {:?}\n   new full ~ old ctrim {:?}",
                f.name,
                c.lost.len(),
                d(&n[0], &n[1]),
                d(&n[0], &n[2]),
                s(&o[0]),
                s(&o[1]),
                s(&o[2]),
                s(&o[3]),
                d(&o[3], &o[2]),
                d(&o[0], &o[2]),
                d(&n[0], &o[2])
            );
        }
    }
}
