//! Types by a part of their name.

use crate::named::asked;
use crate::place::MAX_NAME;
use crate::{Btf, Kind, TypeId};

/// How likely a name is the one that was meant.
#[derive(Clone, Copy)]
enum Match {
    Whole,
    Start,
    /// Where a word begins, behind `_`.
    Word,
    Inside,
}

/// How many ways there are.
const MATCHES: usize = Match::Inside as usize + 1;

impl Btf<'_> {
    /// Own types whose name contains the text, likeliest first: the name itself, names that begin with it, those with a word
    /// (behind `_`) that begins with it, the rest; of each the types before functions and variables, ids ascending. ASCII
    /// case does not matter.
    ///
    /// `struct x`, `union x`, `enum x`, `typedef x` and `func x` ask for that kind alone. An empty text is in every name.
    /// Attributes, which tags have for a name, are not searched, nor what begins behind a name's first 512 bytes.
    ///
    /// ```
    /// # use bpfc_btf::{Builder, Btf, Endian, Kind};
    /// # let mut builder = Builder::new(Endian::Little);
    /// let [a, b, c] = [b"mm_types", b"init_mm_", b"MM______"]
    ///     .map(|name| builder.composite(Kind::Struct, name, 0, &[]));
    /// # let bytes = builder.finish().unwrap();
    /// # let btf = Btf::parse(&bytes).unwrap();
    /// assert_eq!(btf.search("mm"), [a, c, b]);
    /// assert_eq!(btf.search("struct init"), [b]);
    /// ```
    pub fn search(&self, text: &str) -> Vec<TypeId> {
        let text = text.trim_start();
        let of_kind = text.split_once(' ').and_then(|(word, name)| Some((asked(word)?, name)));
        let (asked, name) = of_kind.unwrap_or((is_searched, text));
        let name = name.trim().as_bytes();
        // No name has a NUL, but one stands between two.
        if name.contains(&0) {
            return Vec::new();
        }
        let mut found: [[Vec<TypeId>; 2]; MATCHES] = Default::default();
        for (id, _) in self.kinds().filter(|&(_, kind)| asked(kind)) {
            let ty = self.ty(id);
            let place = find(self.string_tail(ty.name_offset()), name);
            let found = place.and_then(|place| found.get_mut(place as usize));
            if let Some([types, others]) = found {
                let list = if matches!(ty.kind(), Kind::Func | Kind::Var) { others } else { types };
                list.push(id);
            }
        }
        found.concat().concat()
    }
}

/// Whether the kind's names are those of types.
fn is_searched(kind: Kind) -> bool {
    !matches!(kind, Kind::DeclTag | Kind::TypeTag)
}

/// How the name at the start of `tail` contains the text.
fn find(tail: &[u8], text: &[u8]) -> Option<Match> {
    let Some(first) = text.first() else {
        return tail.first().filter(|&&byte| byte != 0).map(|_| Match::Inside);
    };
    let [lower, upper] = [first.to_ascii_lowercase(), first.to_ascii_uppercase()];
    let mut found = None;
    let mut before = None;
    for part in tail.windows(text.len()).take(MAX_NAME) {
        let Some(&byte) = part.first().filter(|&&byte| byte != 0) else { break };
        // Most places differ in their first byte.
        if (byte == lower || byte == upper) && part.eq_ignore_ascii_case(text) {
            match before {
                None if tail.get(text.len()).is_none_or(|&behind| behind == 0) => return Some(Match::Whole),
                None => return Some(Match::Start),
                Some(b'_') => return Some(Match::Word),
                Some(_) => found = Some(Match::Inside),
            }
        }
        before = Some(byte);
    }
    found
}
