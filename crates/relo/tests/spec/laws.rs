//! Laws of trimming, over random kernels and random objects.

use std::collections::BTreeMap;
use std::sync::Arc;

use bpfc_btf::{Btf, Endian, Kind, TypeId};
use bpfc_relo::{BpfObject, Error, ReloKind, Report, Trimmer, essential_name};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::assembler::{Assembler, load_imm64};
use crate::list;
use crate::model::{Model, Record, Word};
use crate::random::{self, Records};

const LITTLE: Endian = Endian::Little;

/// Where to take the relocation kind and the root from, and an access string.
type Question = (Index, Index, &'static str);

fn questions() -> impl Strategy<Value = Vec<Question>> {
    let access = select(vec!["0", "0:0", "0:1", "0:2", "0:0:0", "0:1:0", "0:0:1", "1", "2"]);
    vec((any::<Index>(), any::<Index>(), access), 1..8)
}

/// Random types, at least one of which can be asked about.
fn local() -> impl Strategy<Value = Records> {
    let askable = |records: &Records| records.iter().any(|record| !record.name.is_empty());
    random::records(16).prop_filter("nothing with a name", askable)
}

/// An object over random types, each question in a program of its own that libbpf does not load by
/// itself, so that each gets its own warning.
fn object(records: &Records, questions: &[Question], avoid: Option<ReloKind>) -> Arc<BpfObject> {
    let mut assembler = Assembler::new(LITTLE, "");
    for record in records {
        random::write_record(&mut assembler.types, record, records);
    }
    let named = (1u32..).zip(records).filter(|(_, record)| !record.name.is_empty());
    let named: Vec<_> = named.collect();
    for (position, (kind, root, access)) in questions.iter().enumerate() {
        let (id, record) = *root.get(&named);
        let kinds = ReloKind::ALL.into_iter().filter(|kind| match record.kind {
            Kind::Struct | Kind::Union => !kind.is_enumerator(),
            Kind::Enum | Kind::Enum64 => !kind.is_field(),
            Kind::Typedef => true,
            _ => kind.is_type(),
        });
        let kinds: Vec<ReloKind> = kinds.filter(|kind| Some(*kind) != avoid).collect();
        let kind = *kind.get(&kinds);
        let access = match access.split(':').next() {
            Some(first) if kind.is_enumerator() => first,
            _ if kind.is_type() => "0",
            _ => access,
        };
        let section = format!("?kprobe/{position}");
        assembler.function(&section, &format!("p{position}"), &load_imm64(LITTLE, 1));
        assembler.labels.insert("root".into(), TypeId(id));
        assembler.relocate(&section, 0, kind as u32, "root", access);
    }
    Arc::new(BpfObject::parse(&assembler.finish()).unwrap())
}

/// A reference that changes: which, to which type, and behind how many typedefs and modifiers.
type Change = (Index, Index, usize);

/// libbpf looks for a size through 32 types.
fn changes() -> impl Strategy<Value = Vec<Change>> {
    vec((any::<Index>(), any::<Index>(), prop_oneof![4 => Just(0), 1 => 1usize..40]), 0..4)
}

/// A kernel that has the object's types and others, with a few references changed, and with `long`
/// in two spellings.
fn kernel(local: &BpfObject, other: &Records, changes: &[Change]) -> Model {
    let mut model = Model::read(local.btf());
    model.append(Model::read(&Btf::parse(random::write(LITTLE, other)).unwrap()));
    let count = model.records.len();
    for (of, to, links) in changes {
        let position = of.index(count);
        let mut to = to.index(count + 1) as u32;
        for link in 0..*links {
            let (kind, name) = if link % 2 == 0 { (Kind::Typedef, "a") } else { (Kind::Const, "") };
            let (name, words) = (name.into(), vec![Word::Type(to)]);
            model.records.push(Record { kind, name, kflag: false, vlen: 0, words });
            to = model.records.len() as u32;
        }
        // A function must go on referring to a prototype.
        if model.records[position].kind != Kind::Func {
            let mut one = Model { records: vec![model.records[position].clone()] };
            one.redirect(|_| to);
            model.records[position] = one.records.remove(0);
        }
    }
    for record in &mut model.records {
        if record.kind == Kind::Int && record.name == b"a_b" {
            record.name = b"unsigned long".into();
        }
    }
    model
}

/// Bytes and reports; of an error its code, for the id in it follows the order of types.
type Outcome = Result<(Vec<u8>, Vec<Report>), &'static str>;

fn trim(object: &Arc<BpfObject>, target: &Btf) -> Outcome {
    let mut trimmer = Trimmer::new();
    trimmer.add(Arc::clone(object));
    let trimmed = trimmer.trim(target).map_err(|error: Error| error.code())?;
    Ok((trimmed.btf, trimmed.reports))
}

/// What a failing law is to be understood by.
fn show(object: &Arc<BpfObject>, target: &Btf) -> String {
    let ask = object.specs().iter().map(|spec| {
        format!("{:?} {} {:?}", spec.kind(), spec.root(), String::from_utf8_lossy(spec.access()))
    });
    format!(
        "local {:#?}\nasks {:#?}\ntarget {:#?}",
        list(object.btf()),
        ask.collect::<Vec<_>>(),
        list(target)
    )
}

fn trim_model(object: &Arc<BpfObject>, model: &Model) -> Outcome {
    trim(object, &Btf::parse(model.write(LITTLE)).unwrap())
}

/// A shuffle by random keys that leaves types of one essential name in their order, and those that
/// may tell the size of pointers.
fn shuffled(model: &Model, keys: &[u32]) -> Model {
    let mut order: Vec<usize> = (0..model.records.len()).collect();
    order.sort_by_key(|&position| keys[position % keys.len()].wrapping_mul(position as u32 * 2 + 1));
    let mut slots: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
    for (slot, &position) in order.iter().enumerate() {
        let name = essential_name(&model.records[position].name);
        let name = if name == b"unsigned long" { b"long" } else { name };
        if !name.is_empty() {
            slots.entry(name).or_default().push(slot);
        }
    }
    for slots in slots.into_values() {
        let mut positions: Vec<usize> = slots.iter().map(|&slot| order[slot]).collect();
        positions.sort_unstable();
        slots.iter().zip(positions).for_each(|(&slot, position)| order[slot] = position);
    }
    model.reordered(&order)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Trimmed types answer as the full ones do, and trimming them again changes nothing.
    #[test]
    fn trimming_is_idempotent(
        local in local(),
        other in random::records(16),
        changes in changes(),
        questions in questions(),
    ) {
        let object = object(&local, &questions, None);
        let target = Btf::parse(kernel(&object, &other, &changes).write(LITTLE)).unwrap();
        let once = trim(&object, &target);
        prop_assert_ne!(once.as_ref().err(), Some(&"TRIM_UNSTABLE"), "{}", show(&object, &target));
        if let Ok((bytes, reports)) = once {
            let trimmed = Btf::parse(bytes.as_slice()).unwrap();
            let trimmed = trimmed.with_pointer_size(target.pointer_size().unwrap_or(8));
            let again = trim(&object, &trimmed);
            prop_assert_eq!(again, Ok((bytes.clone(), reports)), "{}\ntrimmed {:#?}", show(&object, &target), list(&trimmed));
        }
    }

    /// Law 2: trimmed BTF depends on the types, on the order of types of one essential name, and on
    /// which `long` is the first.
    #[test]
    fn the_order_of_types_does_not_matter(
        local in local(),
        other in random::records(16),
        changes in changes(),
        questions in questions(),
        keys in vec(any::<u32>(), 40),
    ) {
        let object = object(&local, &questions, None);
        let model = kernel(&object, &other, &changes);
        let (straight, turned) = (trim_model(&object, &model), trim_model(&object, &shuffled(&model, &keys)));
        prop_assert_eq!(straight, turned, "{}", show(&object, &Btf::parse(model.write(LITTLE)).unwrap()));
    }

    /// Law 2: equal duplicates collapse, whichever of them a type refers to. (Not where a
    /// TYPE_ID_TARGET counts them.)
    #[test]
    fn equal_copies_do_not_matter(
        local in local(),
        other in random::records(16),
        changes in changes(),
        questions in questions(),
        redirected in vec(any::<bool>(), 64),
    ) {
        let object = object(&local, &questions, Some(ReloKind::TypeIdTarget));
        let model = kernel(&object, &other, &changes);
        let mut doubled = model.clone();
        doubled.append(model.clone());
        let count = model.records.len() as u32;
        let mut redirected = redirected.iter().cycle();
        doubled.redirect(|id| match id {
            0 => 0,
            _ if *redirected.next().unwrap() => (id + count - 1) % (2 * count) + 1,
            _ => id,
        });
        let (once, twice) = (trim_model(&object, &model), trim_model(&object, &doubled));
        prop_assert_eq!(once, twice, "{}", show(&object, &Btf::parse(doubled.write(LITTLE)).unwrap()));
    }
}
