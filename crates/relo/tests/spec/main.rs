//! Objects in, trimmed BTF and reports out: the public face of the crate, rule by rule.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "this is test code")]

#[path = "../common/mod.rs"]
mod assembler;
#[path = "../../../btf/tests/common/model.rs"]
mod model;
#[path = "../../../btf/tests/common/notation.rs"]
mod notation;
#[path = "../../../btf/tests/common/random.rs"]
mod random;

mod bpftool;
mod canonical;
mod changes;
mod elf;
mod ext;
mod hostile;
mod instead;
mod laws;
mod modules;
mod odd_kernels;
mod relocation;
mod requirements;
mod trimming;

use std::sync::Arc;

use bpfc_btf::{Btf, Endian, Kind};
use bpfc_relo::{BpfObject, ReloKind, Trimmed, Trimmer};

use assembler::{Assembler, load_imm64};

/// An object that asks each `kind label access` in a program of its own that holds `value`.
fn object(local: &str, questions: &[(&str, u64)]) -> Arc<BpfObject> {
    let mut assembler = Assembler::new(Endian::Little, local);
    for (position, (question, value)) in questions.iter().enumerate() {
        let words: Vec<&str> = question.split(' ').collect();
        let kind = ReloKind::ALL.into_iter().find(|kind| kind.name() == words[0]).unwrap();
        let section = format!("kprobe/{position}");
        assembler.function(&section, &format!("p{position}"), &load_imm64(Endian::Little, *value));
        assembler.relocate(&section, 0, kind as u32, words[1], words[2]);
    }
    Arc::new(BpfObject::parse(&assembler.finish()).unwrap())
}

fn trim(objects: &[Arc<BpfObject>], target: &Btf) -> Trimmed {
    let mut trimmer = Trimmer::new();
    objects.iter().for_each(|object| trimmer.add(Arc::clone(object)));
    trimmer.trim(target).unwrap()
}

/// Trims `target` for one object of one question and lists what is left.
fn kept(local: &str, target: &str, questions: &[&str]) -> Vec<String> {
    let questions: Vec<(&str, u64)> = questions.iter().map(|&question| (question, 0)).collect();
    let target = Btf::parse(notation::btf(Endian::Little, target)).unwrap();
    let trimmed = trim(&[object(local, &questions)], &target);
    list(&Btf::parse(trimmed.btf).unwrap())
}

/// Each type on a line: kind, name, what it is made of.
fn list(btf: &Btf) -> Vec<String> {
    let text = |offset| String::from_utf8_lossy(btf.string(offset)).into_owned();
    let lines = btf.ids().map(|id| {
        let ty = btf.ty(id);
        let mut line = format!("{} {}", ty.kind().name(), text(ty.name_offset()));
        match ty.kind() {
            Kind::Struct | Kind::Union | Kind::Int | Kind::Enum | Kind::Enum64 | Kind::Float => {
                line += &format!(" {}", ty.size_word());
            }
            Kind::Array => line += &format!(" {} {}", btf.c_name(ty.array().element), ty.array().length),
            Kind::Func | Kind::FuncProto | Kind::Ptr | Kind::Typedef => {
                line += &format!(" {}", btf.c_name(ty.target()))
            }
            _ => {}
        }
        for member in ty.members() {
            line += &format!(" {}:{}@{}", text(member.name), btf.c_name(member.ty), member.bit_offset);
        }
        for value in ty.enumerators() {
            line += &format!(" {}={}", text(value.name), value.value(&ty));
        }
        for param in ty.params() {
            line += &format!(" {}", btf.c_name(param.ty));
        }
        line
    });
    lines.collect()
}
