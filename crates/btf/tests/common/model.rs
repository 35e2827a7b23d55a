//! A BTF as plain records that a test can take apart, change and write again.

use bpfc_btf::{Btf, Builder, Endian, Kind};

/// A word of a record behind its head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    Number(u32),
    Name(Vec<u8>),
    /// A type, by id.
    Type(u32),
}

/// One record. The words are in the order of the record, name and info left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub kind: Kind,
    pub name: Vec<u8>,
    pub kflag: bool,
    pub vlen: u32,
    /// Size or type, then what follows the head.
    pub words: Vec<Word>,
}

/// All records, with ids from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    pub records: Vec<Record>,
}

impl Model {
    /// All there is in `btf`, which has no base.
    pub fn read(btf: &Btf) -> Model {
        let name = |offset| Word::Name(btf.string(offset).to_vec());
        let records = btf.ids().map(|id| {
            let ty = btf.ty(id);
            let refers = !ty.target().is_void();
            let mut words =
                vec![if refers { Word::Type(ty.target().0) } else { Word::Number(ty.size_word()) }];
            match ty.kind() {
                Kind::Int => words.push(Word::Number(ty.int().0)),
                Kind::Var => words.push(Word::Number(ty.linkage())),
                Kind::DeclTag => words.push(Word::Number(ty.component().unwrap_or(u32::MAX))),
                Kind::Array => {
                    let array = ty.array();
                    words.extend([
                        Word::Type(array.element.0),
                        Word::Type(array.index.0),
                        Word::Number(array.length),
                    ]);
                }
                _ => {}
            }
            for member in ty.members() {
                let width = if ty.kflag() { member.bit_size << 24 } else { 0 };
                words.extend([
                    name(member.name),
                    Word::Type(member.ty.0),
                    Word::Number(width | member.bit_offset),
                ]);
            }
            for value in ty.enumerators() {
                words.extend([name(value.name), Word::Number(value.low)]);
                words.extend((ty.kind() == Kind::Enum64).then_some(Word::Number(value.high)));
            }
            for param in ty.params() {
                words.extend([name(param.name), Word::Type(param.ty.0)]);
            }
            for variable in ty.variables() {
                let [offset, size] = [variable.offset, variable.size].map(Word::Number);
                words.extend([Word::Type(variable.ty.0), offset, size]);
            }
            Record { kind: ty.kind(), name: btf.name(id).to_vec(), kflag: ty.kflag(), vlen: ty.vlen(), words }
        });
        Model { records: records.collect() }
    }

    /// The bytes of a BTF of these records.
    pub fn write(&self, endian: Endian) -> Vec<u8> {
        let mut builder = Builder::new(endian);
        for record in &self.records {
            let words = record.words.iter().map(|word| match word {
                Word::Number(number) | Word::Type(number) => *number,
                Word::Name(name) => builder.name(name),
            });
            let words: Vec<u32> = words.collect();
            builder.record(record.kind, &record.name, record.kflag, record.vlen, words[0], &words[1..]);
        }
        builder.finish().unwrap()
    }
}
