//! Types as text, so that a test shows its types at a glance.
//!
//! One type per line or `;`, numbered from 1: a label, a kind and what the kind needs. Types refer
//! to each other by label, before or after its line; `void` is id 0. The label is the name: one
//! that starts with `.` belongs to an anonymous type, and `#` ends the name, so that `s#1` and
//! `s#2` are two types named `s`.
//!
//! ```text
//! u32 int 4                    .p ptr s                     .a array u32 16
//! s32 int 4 signed             .c const u32                 .f proto s32 .p u32
//! s struct 8 a:u32@0 b:u32@32:3 :.anonymous@35              t typedef s
//! e enum 4 signed A=0 B=-1     e64 enum64 8 A=0xffffffffff  declared fwd union
//! d float 8                    run func .f global           v var u32 1
//! .data datasec 8 v@0:4        note decl_tag s -1           user type_tag u32
//! ```

use std::collections::HashMap;

use bpfc_btf::{Builder, Endian, IntEncoding, Kind, NewMember, TypeId};

/// The labels of a text and the ids they stand for.
pub type Labels = HashMap<String, TypeId>;

/// The bytes of a BTF of these types.
pub fn btf(endian: Endian, text: &str) -> Vec<u8> {
    let mut builder = Builder::new(endian);
    write(&mut builder, text);
    builder.finish().unwrap()
}

/// Adds the types to `builder`, which must be empty of types.
pub fn write(builder: &mut Builder, text: &str) -> Labels {
    write_over(builder, text, &Labels::new(), 1)
}

/// As [`write`], for split BTF: `base` has the labels of the base, whose ids end before `first`.
pub fn write_over(builder: &mut Builder, text: &str, base: &Labels, first: u32) -> Labels {
    let lines: Vec<Vec<&str>> = text
        .split(['\n', ';'])
        .map(|line| line.split_whitespace().collect())
        .filter(|words: &Vec<&str>| !words.is_empty())
        .collect();
    let mut labels = base.clone();
    for (id, words) in (first..).zip(&lines) {
        labels.insert(words[0].to_string(), TypeId(id));
    }
    for words in &lines {
        line(builder, &labels, words);
    }
    labels
}

/// The name that a label stands for. (A section's name starts with a dot and is its label.)
fn name(label: &str) -> &[u8] {
    let name = label.split('#').next().unwrap_or(label);
    if name.starts_with('.') { b"" } else { name.as_bytes() }
}

fn number(text: &str) -> i64 {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let parsed = match digits.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16),
        None => digits.parse(),
    };
    sign * parsed.unwrap_or_else(|_| panic!("not a number: {text}")) as i64
}

fn line(builder: &mut Builder, labels: &Labels, words: &[&str]) {
    let (label, kind, args) = (words[0], words[1], &words[2..]);
    let id = |label: &str| match labels.get(label) {
        _ if label == "void" => TypeId::VOID,
        Some(&id) => id,
        None => panic!("no type labelled {label}"),
    };
    let kind = Kind::ALL
        .into_iter()
        .find(|known| known.name() == if kind == "proto" { "func_proto" } else { kind })
        .unwrap_or_else(|| panic!("no kind named {kind}"));
    let flag = |flag: &str| args.contains(&flag);
    match kind {
        Kind::Void => {}
        Kind::Int => {
            let bits =
                [("signed", IntEncoding::Signed), ("char", IntEncoding::Char), ("bool", IntEncoding::Bool)];
            let encoding =
                bits.into_iter().filter(|(word, _)| flag(word)).map(|(_, bit)| bit as u32).sum::<u32>();
            let size = number(args[0]) as u32;
            // An integer that is itself a bitfield, as compilers of old wrote them.
            let offset = args.iter().find_map(|word| word.strip_prefix("offset=")).map_or(0, number) as u32;
            let word = encoding << 24 | offset << 16 | (size * 8);
            builder.record(kind, name(label), false, 0, size, &[word]);
        }
        Kind::Ptr | Kind::Typedef | Kind::Volatile | Kind::Const | Kind::Restrict | Kind::TypeTag => {
            builder.reference(kind, name(label), id(args[0]));
        }
        Kind::Array => {
            let index = args.get(2).map_or(TypeId::VOID, |index| id(index));
            builder.array(id(args[0]), index, number(args[1]) as u32);
        }
        Kind::Struct | Kind::Union => {
            let members: Vec<NewMember> = args[1..].iter().map(|word| member(word, &id)).collect();
            builder.composite(kind, name(label), number(args[0]) as u32, &members);
        }
        Kind::Enum | Kind::Enum64 => {
            let values: Vec<(&[u8], u64)> = args[1..]
                .iter()
                .filter_map(|word| word.split_once('='))
                .map(|(name, value)| (name.as_bytes(), number(value) as u64))
                .collect();
            builder.enumeration(kind, name(label), number(args[0]) as u32, flag("signed"), &values);
        }
        Kind::Fwd => {
            builder.record(kind, name(label), flag("union"), 0, 0, &[]);
        }
        Kind::Func => {
            let linkage = ["static", "global", "extern"].iter().position(|linkage| flag(linkage));
            builder.record(kind, name(label), false, linkage.unwrap_or(0) as u32, id(args[0]).0, &[]);
        }
        Kind::FuncProto => {
            let params: Vec<(&[u8], TypeId)> = args[1..].iter().map(|param| (&b""[..], id(param))).collect();
            builder.prototype(id(args[0]), &params);
        }
        Kind::Var | Kind::DeclTag => {
            builder.record(kind, name(label), false, 0, id(args[0]).0, &[number(args[1]) as u32]);
        }
        Kind::Datasec => {
            let variables = args[1..].iter().flat_map(|word| {
                let (variable, place) = word.split_once('@').unwrap();
                let (offset, size) = place.split_once(':').unwrap();
                [id(variable).0, number(offset) as u32, number(size) as u32]
            });
            let variables: Vec<u32> = variables.collect();
            let count = variables.len() as u32 / 3;
            builder.record(kind, label.as_bytes(), false, count, number(args[0]) as u32, &variables);
        }
        Kind::Float => {
            builder.record(kind, name(label), false, 0, number(args[0]) as u32, &[]);
        }
    }
}

/// `name:type@bit_offset` or, for a bitfield, `name:type@bit_offset:bit_size`.
fn member<'n>(word: &'n str, id: &impl Fn(&str) -> TypeId) -> NewMember<'n> {
    let (name, rest) = word.split_once(':').unwrap();
    let (ty, place) = rest.split_once('@').unwrap();
    let (offset, size) = place.split_once(':').unwrap_or((place, "0"));
    NewMember {
        name: name.as_bytes(),
        ty: id(ty),
        bit_offset: number(offset) as u32,
        bit_size: number(size) as u32,
    }
}
