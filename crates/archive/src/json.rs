//! Reading JSON (RFC 8259) as far as `package.json` takes it: the fields of one object, each value as it stands in the text.

use std::borrow::Cow;

/// Objects and arrays inside one another; more than any writer's.
const MAX_DEPTH: usize = 128;

/// The names and values of the object that `json` is, in their order; nothing where it is none.
pub(crate) fn fields(json: &str) -> Option<Vec<(Cow<'_, str>, &str)>> {
    let mut fields = Vec::new();
    let mut reader = Reader { json, at: 0 };
    reader.space();
    reader.items(b'{', b'}', &mut |reader| {
        fields.push((text(reader.name()?)?, reader.value(1)?));
        Some(())
    })?;
    reader.space();
    (reader.at == json.len()).then_some(fields)
}

/// The text that a value is; nothing where it is another value, or has half of a surrogate pair.
pub(crate) fn text(value: &str) -> Option<Cow<'_, str>> {
    let mut rest = value.strip_prefix('"')?.strip_suffix('"')?;
    if !rest.contains('\\') {
        return Some(Cow::Borrowed(rest));
    }
    let mut text = String::new();
    while let Some((plain, escape)) = rest.split_once('\\') {
        text.push_str(plain);
        let mut escape = escape.chars();
        let code = escape.next()?;
        rest = escape.as_str();
        text.push(match code {
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => escaped(&mut rest)?,
            itself => itself,
        });
    }
    text.push_str(rest);
    Some(Cow::Owned(text))
}

/// What stands behind `\u`: a unit of UTF-16, or the first of two.
fn escaped(rest: &mut &str) -> Option<char> {
    let first = unit(rest)?;
    if let Some(char) = char::from_u32(first.into()) {
        return Some(char);
    }
    *rest = rest.strip_prefix("\\u")?;
    char::decode_utf16([first, unit(rest)?]).next()?.ok()
}

fn unit(rest: &mut &str) -> Option<u16> {
    let (digits, after) = rest.split_at_checked(4)?;
    *rest = after;
    u16::from_str_radix(digits, 16).ok()
}

struct Reader<'j> {
    json: &'j str,
    at: usize,
}

impl<'j> Reader<'j> {
    fn peek(&self) -> Option<u8> {
        self.json.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        self.any(&[byte]).then_some(())
    }

    /// Whether one of these comes, which is passed.
    fn any(&mut self, bytes: &[u8]) -> bool {
        let comes = self.peek().is_some_and(|byte| bytes.contains(&byte));
        self.at += usize::from(comes);
        comes
    }

    fn space(&mut self) {
        while self.any(b" \t\n\r") {}
    }

    fn digits(&mut self) -> Option<()> {
        let from = self.at;
        while self.any(b"0123456789") {}
        (self.at > from).then_some(())
    }

    /// The name of a field, with the quotes.
    fn name(&mut self) -> Option<&'j str> {
        let from = self.at;
        self.string()?;
        let name = self.json.get(from..self.at);
        self.space();
        self.eat(b':')?;
        self.space();
        name
    }

    fn value(&mut self, depth: usize) -> Option<&'j str> {
        let from = self.at;
        match self.peek()? {
            b'{' | b'[' if depth == MAX_DEPTH => return None,
            b'{' => self.items(b'{', b'}', &mut |reader| {
                reader.name()?;
                reader.value(depth + 1).map(drop)
            })?,
            b'[' => self.items(b'[', b']', &mut |reader| reader.value(depth + 1).map(drop))?,
            b'"' => self.string()?,
            b'a'..=b'z' => {
                let rest = self.json.get(from..)?;
                self.at += ["true", "false", "null"].iter().find(|word| rest.starts_with(**word))?.len();
            }
            _ => self.number()?,
        }
        self.json.get(from..self.at)
    }

    fn items(&mut self, open: u8, close: u8, item: &mut dyn FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.eat(open)?;
        self.space();
        if self.any(&[close]) {
            return Some(());
        }
        loop {
            item(self)?;
            self.space();
            if self.any(&[close]) {
                return Some(());
            }
            self.eat(b',')?;
            self.space();
        }
    }

    fn string(&mut self) -> Option<()> {
        self.eat(b'"')?;
        loop {
            if self.any(b"\"") {
                return Some(());
            }
            if !self.any(b"\\") {
                // A control character has to be escaped.
                self.peek().filter(|byte| *byte >= b' ')?;
                self.at += 1;
            } else if self.any(b"u") {
                (0..4).all(|_| self.any(b"0123456789abcdefABCDEF")).then_some(())?;
            } else {
                self.any(b"\"\\/bfnrt").then_some(())?;
            }
        }
    }

    fn number(&mut self) -> Option<()> {
        self.any(b"-");
        if !self.any(b"0") {
            self.digits()?;
        }
        if self.any(b".") {
            self.digits()?;
        }
        if self.any(b"eE") {
            self.any(b"+-");
            self.digits()?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn named(json: &str) -> Option<Vec<(String, String)>> {
        Some(fields(json)?.into_iter().map(|(name, value)| (name.into_owned(), value.to_owned())).collect())
    }

    #[test]
    fn values_stand_as_they_are_written_without_the_space_around() {
        let json = " {\"a\" : [1, {\"b\":null}] ,\"\\u0062\\n\":-1.50e+7,\"a\":\"\\\"\"}\n";
        let expected = [("a", "[1, {\"b\":null}]"), ("b\n", "-1.50e+7"), ("a", "\"\\\"\"")];
        assert_eq!(named(json).unwrap(), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(named("{}").unwrap(), []);
    }

    #[test]
    fn escapes_are_read_and_half_a_pair_is_none() {
        let table = [
            (r#""plain""#, Some("plain")),
            (r#""\"\\\/\b\f\n\r\tz""#, Some("\"\\/\x08\x0c\n\r\tz")),
            (r#""\u00e9 \ud83d\ude00.""#, Some("é 😀.")),
            (r#""\ud83d""#, None),
            (r#""\ud83d\u0041""#, None),
            (r#""\ude00""#, None),
            ("3", None),
        ];
        for (value, expected) in table {
            assert_eq!(text(value).as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn nesting_ends_somewhere() {
        let nested = |depth| format!("{{\"a\":{}1{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(fields(&nested(MAX_DEPTH - 1)).is_some());
        assert!(fields(&nested(MAX_DEPTH)).is_none());
        assert!(fields(&"{\"a\":".repeat(100_000)).is_none());
    }

    proptest! {
        /// Of serde_json, but for half surrogate pairs and numbers out of range, which nobody asks for here.
        #[test]
        fn what_is_json_is_decided_as_by_serde_json(json in r#"\{("a":)?([\[\]{}",:\\ 0-9eE.+\-au]|"a"|null|true|\\n|\\u00e9){0,12}\}"#) {
            let theirs: Result<serde_json::Map<String, Value>, _> = serde_json::from_str(&json);
            prop_assert_eq!(fields(&json).is_some(), theirs.is_ok(), "{}", json);
        }

        #[test]
        fn texts_are_read_as_serde_json_writes_them(content in any::<String>()) {
            let written = Value::from(content.as_str()).to_string();
            prop_assert_eq!(text(&written).unwrap(), content);
        }
    }
}
