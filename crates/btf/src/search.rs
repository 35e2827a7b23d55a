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
    /// Attributes, which tags have for a name, are not searched, nor what begins behind a name's first 512 bytes. A longer
    /// text is in no name.
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
        if name.contains(&0) || name.len() > MAX_NAME {
            return Vec::new();
        }
        let pattern = Pattern::new(name);
        let mut found: [[Vec<TypeId>; 2]; MATCHES] = Default::default();
        for (id, _) in self.kinds().filter(|&(_, kind)| asked(kind)) {
            let ty = self.ty(id);
            let place = pattern.find(self.string_tail(ty.name_offset()));
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

/// A text that is looked for as Knuth, Morris and Pratt do: whatever it is, each byte of a name is read once.
struct Pattern {
    /// In lower case.
    text: Vec<u8>,
    /// For each start of the text how many bytes at its end are a shorter start of it.
    borders: Vec<usize>,
}

impl Pattern {
    fn new(text: &[u8]) -> Pattern {
        let mut pattern = Pattern { text: text.to_ascii_lowercase(), borders: vec![0] };
        let mut matched = 0;
        while let Some(&byte) = pattern.text.get(pattern.borders.len()) {
            matched = pattern.next(matched, byte);
            pattern.borders.push(matched);
        }
        pattern
    }

    /// How many bytes of the text end with `byte`, given how many ended before it.
    fn next(&self, mut matched: usize, byte: u8) -> usize {
        while self.text.get(matched) != Some(&byte) {
            let Some(longest) = matched.checked_sub(1) else { return 0 };
            matched = self.borders.get(longest).copied().unwrap_or(0);
        }
        matched + 1
    }

    /// How the name at the start of `tail` contains the text.
    fn find(&self, tail: &[u8]) -> Option<Match> {
        let size = self.text.len();
        let mut name = tail.iter().take_while(|&&byte| byte != 0);
        if size == 0 {
            return name.next().map(|_| Match::Inside);
        }
        let mut found = None;
        let mut matched = 0;
        // As far as a text reaches that begins at the last place.
        for (at, byte) in name.take(MAX_NAME + size - 1).enumerate() {
            matched = self.next(matched, byte.to_ascii_lowercase());
            if matched < size {
                continue;
            }
            match at.checked_sub(size).and_then(|before| tail.get(before)) {
                None if tail.get(size).is_none_or(|&behind| behind == 0) => return Some(Match::Whole),
                None => return Some(Match::Start),
                Some(b'_') => return Some(Match::Word),
                Some(_) => found = Some(Match::Inside),
            }
        }
        found
    }
}
