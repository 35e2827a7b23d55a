//! Choosing kernels by a pattern over `ID/VERSION/ARCH/RELEASE`.

use crate::identity::Identity;
use crate::machine::arch_of_machine;

/// A pattern over `ID/VERSION/ARCH/RELEASE`: `*` stands for any characters, `/` among them, `?` for one; everything else
/// for itself (`+` and `[` occur in releases). A machine matches by either of its names: `*/arm64/*` and `*/aarch64/*` are the
/// same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    pattern: Vec<char>,
}

impl Glob {
    /// The pattern in `pattern`; every text is one.
    pub fn new(pattern: &str) -> Self {
        Self { pattern: pattern.chars().collect() }
    }

    /// Whether the pattern matches the whole of the kernel's `ID/VERSION/ARCH/RELEASE`.
    pub fn matches(&self, kernel: &Identity) -> bool {
        let matches = |arch: &str| {
            let text = [kernel.id(), kernel.version(), arch, kernel.release()].join("/");
            self.matches_text(&text)
        };
        matches(kernel.arch()) || arch_of_machine(kernel.arch()).is_some_and(matches)
    }

    /// Matches without recursion. It is enough to remember the last `*`: whatever an earlier one could still take, the
    /// last can take as well. So the time is at most the product of the lengths.
    fn matches_text(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut pattern_at, mut text_at) = (0, 0);
        let mut retry: Option<(usize, usize)> = None;
        while let Some(&character) = text.get(text_at) {
            match self.pattern.get(pattern_at) {
                Some('*') => {
                    pattern_at += 1;
                    retry = Some((pattern_at, text_at));
                }
                Some(&expected) if expected == '?' || expected == character => {
                    pattern_at += 1;
                    text_at += 1;
                }
                _ => {
                    let Some((after_star, taken_to)) = retry else { return false };
                    (pattern_at, text_at) = (after_star, taken_to + 1);
                    retry = Some((pattern_at, text_at));
                }
            }
        }
        self.pattern.iter().skip(pattern_at).all(|&character| character == '*')
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::{Duration, Instant};

    fn matches(pattern: &str, path: &str) -> bool {
        let [id, version, arch, release] = path.split('/').collect::<Vec<_>>()[..] else { panic!("{path}") };
        Glob::new(pattern).matches(&Identity::new(id, version, arch, release).unwrap())
    }

    #[test]
    fn patterns_match_the_whole_path() {
        let ubuntu = "ubuntu/20.04/x86_64/5.4.0-26-generic";
        let debian = "debian/12/x86_64/6.12.107+deb12-amd64";
        let arm = "debian/12/arm64/6.1.0-47-arm64";
        let table = [
            ("*", ubuntu, true),
            ("", ubuntu, false),
            ("ubuntu/20.04/x86_64/5.4.0-26-generic", ubuntu, true),
            ("ubuntu/20.04", ubuntu, false),
            ("ubuntu/*", ubuntu, true),
            ("ubuntu*generic", ubuntu, true),
            ("*/5.4.0-2?-*", ubuntu, true),
            ("*/5.4.0-?-*", ubuntu, false),
            ("ubuntu?20.04*", ubuntu, true),
            ("ubuntu/20x04/*", ubuntu, false),
            ("*+deb12*", debian, true),
            ("*07+*", debian, true),
            ("*7++*", debian, false),
            ("*/amd64/*", debian, true),
            ("*/x86_64/*", debian, true),
            ("*/aarch64/*", arm, true),
            ("*/arm64/*", arm, true),
            ("*/aarch64/*-aarch64", arm, false),
            ("*[0-9]*", arm, false),
            ("***", arm, true),
        ];
        for (pattern, path, expected) in table {
            assert_eq!(matches(pattern, path), expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn a_question_mark_is_one_character_not_one_byte() {
        assert!(Glob::new("a?c").matches_text("a\u{e9}c"));
    }

    #[test]
    fn many_stars_do_not_blow_up() {
        let start = Instant::now();
        assert!(!Glob::new(&"*a".repeat(500)).matches_text(&"a".repeat(499)));
        assert!(!Glob::new(&format!("{}b", "*a".repeat(500))).matches_text(&"a".repeat(2000)));
        assert!(start.elapsed() < Duration::from_secs(5));
    }

    /// The definition of the pattern, word for word.
    fn oracle(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            (['*', rest @ ..], _) => (0..=text.len()).any(|taken| oracle(rest, &text[taken..])),
            (['?', pattern @ ..], [_, text @ ..]) => oracle(pattern, text),
            ([expected, pattern @ ..], [found, text @ ..]) => expected == found && oracle(pattern, text),
            _ => false,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn the_definition_agrees(pattern in "[ab*?/]{0,9}", text in "[ab/]{0,9}") {
            let characters = |text: &str| text.chars().collect::<Vec<_>>();
            let expected = oracle(&characters(&pattern), &characters(&text));
            prop_assert_eq!(Glob::new(&pattern).matches_text(&text), expected);
        }
    }
}
