//! Kernels that no compiler writes and libbpf takes all the same: trimming keeps the answers of
//! these too, or refuses them by name.

use std::sync::Arc;

use bpfc_btf::{Btf, Endian};
use bpfc_relo::{BpfObject, Error, Failure, Refusal, Trimmed, Trimmer};

use crate::{list, notation, object, trim};

/// A question and the value that the compiler wrote.
type Question<'q> = (&'q str, u64);

/// Types from text, in which `unsigned_long` stands for `unsigned long`.
fn btf(text: &str) -> Btf<'static> {
    let mut bytes = notation::btf(Endian::Little, text);
    for at in 0..bytes.len() {
        if bytes[at..].starts_with(b"_long") {
            bytes[at] = b' ';
        }
    }
    Btf::parse(bytes).unwrap()
}

/// Trims and checks that the result agrees with the kernel about pointers and that trimming it
/// changes neither bytes nor reports.
fn settled(object: &Arc<BpfObject>, target: &Btf) -> Trimmed {
    let trimmed = trim(std::slice::from_ref(object), target);
    let small = Btf::parse(trimmed.btf.clone()).unwrap();
    assert!(small.pointer_size().is_none_or(|size| Some(size) == target.pointer_size()));
    let again = trim(std::slice::from_ref(object), &small);
    assert_eq!(list(&Btf::parse(again.btf.clone()).unwrap()), list(&small));
    assert_eq!((&again.btf, &again.reports), (&trimmed.btf, &trimmed.reports));
    trimmed
}

/// What is left of `target`, and the code of the report.
fn left(local: &str, target: &str, questions: &[Question]) -> (Vec<String>, Option<&'static str>) {
    let trimmed = settled(&object(local, questions), &btf(target));
    let code = trimmed.reports[0].error.map(|refusal| refusal.failure.code());
    (list(&Btf::parse(trimmed.btf).unwrap()), code)
}

/// What comes of one question: a code of the report, of an error, or that all is fine.
fn outcome(local: &str, target: &str, question: Question) -> Result<(), Result<Refusal, Error>> {
    let mut trimmer = Trimmer::new();
    trimmer.add(object(local, &[question]));
    let trimmed = trimmer.trim(&btf(target)).map_err(Err)?;
    trimmed.reports[0].error.map_or(Ok(()), |refusal| Err(Ok(refusal)))
}

mod pointer_sizes {
    use super::*;

    const LOCAL: &str = "long int 8; .p ptr void; s struct 16 l:long@0 p:.p@64";
    const QUESTIONS: [Question; 2] = [("field_exists s 0:0", 1), ("field_byte_size s 0:1", 8)];

    /// libbpf takes it from the first `long` of 4 or 8 bytes (`determine_ptr_size`).
    #[test]
    fn the_long_that_tells_it_stays_before_one_of_another_size() {
        let target = "long int 4; long#2 int 8; .p ptr void; s struct 16 l:long#2@0 p:.p@64";
        let lines = ["int long 4", "int long 8", "ptr  void", "struct s 16 l:long@0 p:void *@64"];
        assert_eq!(left(LOCAL, target, &QUESTIONS), (lines.map(Into::into).to_vec(), None));
    }

    /// Its name alone would put it behind the other.
    #[test]
    fn it_stays_before_one_of_another_spelling() {
        let target = "unsigned_long int 4; long int 8; .p ptr void; s struct 16 l:long@0 p:.p@64";
        let lines = ["int unsigned long 4", "ptr  void", "int long 8", "struct s 16 l:long@0 p:void *@64"];
        assert_eq!(left(LOCAL, target, &QUESTIONS), (lines.map(Into::into).to_vec(), None));
    }

    /// The first of several candidates tells the size of what is loaded.
    #[test]
    fn candidates_of_its_name_stay_in_the_kernels_order() {
        let local = "long int 8; a struct 8 l:long@0; .p ptr void; s struct 8 p:.p@0";
        let target = "long___x int 8; long int 4; int_long int 8; a struct 8 l:int_long@0
            .p ptr void; s struct 8 p:.p@0";
        let questions =
            [("field_byte_offset long 0", 0), ("field_exists a 0:0", 1), ("field_byte_size s 0:0", 8)];
        let (lines, code) = left(local, target, &questions);
        assert_eq!(lines[..2], ["int long___x 8", "int long 4"]);
        assert_eq!(code, None);
    }

    #[test]
    fn a_long_is_not_kept_for_the_size_alone() {
        let target = "long int 4; unsigned_long int 8; .p ptr void; s struct 16 l:long@0 p:.p@64";
        let lines = ["int long 4", "struct s 16 l:long@0"].map(String::from);
        assert_eq!(left(LOCAL, target, &QUESTIONS[..1]), (lines.to_vec(), None));
        let lines = ["ptr  void", "struct s 16 p:void *@64"].map(String::from);
        assert_eq!(left(LOCAL, target, &QUESTIONS[1..]), (lines.to_vec(), None), "the machine tells");
    }

    /// Whoever reads it, libbpf or not, takes pointers for what they are in the kernel.
    #[test]
    fn it_is_the_kernels_even_where_no_answer_needs_it() {
        let target = "long int 4; long#2 int 8; s struct 16 l:long#2@0";
        let lines = ["int long 4", "int long 8", "struct s 16 l:long@0"].map(String::from);
        assert_eq!(left(LOCAL, target, &QUESTIONS[..1]), (lines.to_vec(), None));
    }
}

mod sizes {
    use super::*;

    /// `links` typedefs and modifiers in a row, from `.c0` to `end`.
    fn chain(links: usize, end: &str) -> String {
        let label = |n: usize| match n {
            _ if n == links => end.to_string(),
            _ if n.is_multiple_of(2) => format!(".c{n}"),
            _ => format!("c{n}"),
        };
        let kind = |n: usize| if n.is_multiple_of(2) { "const" } else { "typedef" };
        (0..links).map(|n| format!("{} {} {}\n", label(n), kind(n), label(n + 1))).collect()
    }

    const LOCAL: &str =
        "u32 int 4; .a array u32 3; s struct 12 m:.a@0; t typedef u32; .p ptr void; q struct 8 p:.p@0";

    /// libbpf: MAX_RESOLVE_DEPTH of `btf__resolve_size`, which counts typedefs and modifiers.
    #[test]
    fn a_size_behind_more_than_32_types_stays_an_error() {
        let target =
            |links| format!("u32 int 4\n.a array .c0 3\ns struct 12 m:.a@0\n{}", chain(links, "u32"));
        let question = [("field_byte_size s 0:0", 12)];
        let (lines, code) = left(LOCAL, &target(30), &question);
        assert_eq!((lines.len(), code), (3, None), "32 types: the array, 30 links, the integer");
        let (lines, code) = left(LOCAL, &target(31), &question);
        assert_eq!((lines.len(), code), (3 + 31, Some("RELO_SIZE")));
    }

    #[test]
    fn so_does_that_of_a_typedef() {
        let target = |links| format!("u32 int 4\nt typedef .c0\n{}", chain(links, "u32"));
        let question = [("type_size t 0", 4)];
        assert_eq!(
            left(LOCAL, &target(30), &question),
            (vec!["typedef t u32".into(), "int u32 4".into()], None)
        );
        assert_eq!(left(LOCAL, &target(31), &question).1, Some("RELO_SIZE"));
    }

    /// Sizes of elements are looked for while the path is followed, whatever is asked.
    #[test]
    fn so_does_that_of_an_element() {
        let local = "u32 int 4; .b array u32 2; .a array .b 3; s struct 24 m:.a@0";
        let target = |links| {
            let arrays = "u32 int 4\n.b array .c0 2\n.a array .b 3\ns struct 24 m:.a@0";
            format!("{arrays}\n{}", chain(links, "u32"))
        };
        let question = [("field_exists s 0:0:1:1", 1)];
        assert_eq!(left(local, &target(30), &question).1, None);
        assert_eq!(left(local, &target(31), &question).1, Some("RELO_SIZE"));
    }

    /// Another candidate, kept without its pointees until then, is not doubled by it.
    #[test]
    fn other_candidates_stay_one() {
        let target = format!(
            "u32 int 4\n.a array .c0 3\ns struct 12 m:.a@0\n.p ptr x\nx struct 4\nq struct 8 p:.p@0 s:s@64\n
            ptr#1 ptr x\n{}",
            chain(31, "u32")
        );
        let questions = [("field_byte_size s 0:0", 12), ("field_exists q 0:0", 1)];
        let (lines, code) = left(LOCAL, &target, &questions);
        assert_eq!(lines.iter().filter(|line| line.starts_with("struct q")).count(), 1);
        assert_eq!(code, Some("RELO_SIZE"));
    }
}

mod bitfields {
    use super::*;

    /// libbpf takes a bitfield's container from the third word of its type, which of a pointer is
    /// the id of another: its answer follows the order of types, and trimming gives a new one.
    #[test]
    fn of_pointers_are_refused() {
        let kinds = [(".m ptr void", ".m ptr u32"), (".m array u32 2", ".m array u32 2"), ("m fwd", "m fwd")];
        for (ours, theirs) in kinds {
            let ours = format!("u32 int 4\n{ours}\ns struct 8 f:{}@0", ours.split(' ').next().unwrap());
            let theirs =
                format!("u32 int 4\n{theirs}\ns struct 8 f:{}@0:3", theirs.split(' ').next().unwrap());
            for kind in ["field_byte_size", "field_signed", "field_lshift_u64", "field_rshift_u64"] {
                let outcome = outcome(&ours, &theirs, (&format!("{kind} s 0:0"), 8));
                if ours.contains("fwd") {
                    // The object's own has no size, which is found first.
                    assert_eq!(outcome.unwrap_err().unwrap().failure, Failure::Size, "{kind} {theirs}");
                } else {
                    let error = outcome.unwrap_err().unwrap_err();
                    assert_eq!(
                        error,
                        Error::Malformed { failure: Failure::Container, ty: 3 },
                        "{kind} {theirs}"
                    );
                }
            }
            assert_eq!(outcome(&ours, &theirs, ("field_exists s 0:0", 1)), Ok(()), "{theirs}");
        }
    }

    /// Nobody numbers the object's types anew.
    #[test]
    fn of_pointers_in_the_object_are_computed_as_libbpf_does() {
        let local =
            |pointee| format!("u32 int 4\n.b array u32 1\nx struct 0\n.p ptr {pointee}\ns struct 8 f:.p@0:9");
        let target = "u32 int 4; .p ptr u32; s struct 8 f:.p@0";
        // Containers of 2 and 3 bytes, one of 0 doubled for ever by libbpf.
        for (pointee, expected) in [(".b", None), ("x", None), ("void", Some(Failure::Container))] {
            let outcome = outcome(&local(pointee), target, ("field_byte_size s 0:0", 8));
            assert_eq!(outcome.err().map(|refusal| refusal.unwrap().failure), expected, "{pointee}");
        }
    }
}

mod circles {
    use super::*;

    const CIRCLE: &str =
        "t typedef .p; .p ptr x; x typedef .c; .c const x; s struct 8 m:x@0; u struct 8 :s@0";
    const FINE: &str =
        "t typedef .p; .p ptr x; x typedef .c; .c const .i; .i int 4; s struct 8 m:x@0; u struct 8 :s@0";

    /// libbpf hangs on either; which file is damaged is told apart.
    #[test]
    fn of_the_object_are_reported_for_the_object_and_of_the_kernel_for_the_kernel() {
        let refusal = Refusal { relocation: 0, failure: Failure::Cycle };
        for question in [
            "type_exists t 0",
            "type_id_target t 0",
            "type_matches t 0",
            "type_matches s 0",
            "field_exists s 0:0",
        ] {
            let ours = outcome(CIRCLE, FINE, (question, 1)).unwrap_err();
            assert_eq!(ours, Ok(refusal), "{question}: the object's");
            let theirs = outcome(FINE, CIRCLE, (question, 1)).unwrap_err();
            assert!(
                matches!(theirs, Err(Error::Malformed { failure: Failure::Cycle, .. })),
                "{question}: {theirs:?}"
            );
            let both = outcome(CIRCLE, CIRCLE, (question, 1)).unwrap_err();
            assert_eq!(both, Ok(refusal), "{question}: the object's is met first");
        }
    }

    /// Without a candidate libbpf does not look at the object's type, and does not hang.
    #[test]
    fn of_the_object_do_no_harm_where_they_are_not_met() {
        assert_eq!(outcome(CIRCLE, "u struct 8", ("type_exists t 0", 1)), Ok(()));
        assert_eq!(left(CIRCLE, FINE, &[("type_exists s 0", 1)]), (vec!["struct s 8".into()], None));
    }

    /// The other objects are trimmed for all the same.
    #[test]
    fn of_one_object_do_not_keep_others_from_being_trimmed_for() {
        let objects = [object(CIRCLE, &[("type_exists t 0", 1)]), object(FINE, &[("field_exists s 0:0", 1)])];
        let reports = trim(&objects, &btf(FINE)).reports;
        assert_eq!(reports[0].error, Some(Refusal { relocation: 0, failure: Failure::Cycle }));
        assert_eq!(reports[1].error, None);
    }
}
