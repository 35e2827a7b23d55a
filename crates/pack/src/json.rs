//! JSON that is told. A value keeps its fields as they are named in the code, without hashing or copying names, and takes a
//! quarter of the code of `serde_json::Value` in the module that pages load.

use std::fmt::{self, Display, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

/// A value, made by [`json!`].
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Json {
    /// `null`
    #[default]
    Null,
    /// `true`, `false`
    Bool(bool),
    /// All that is told in numbers is counted.
    Number(u64),
    /// A text.
    Text(String),
    /// In order.
    List(Vec<Json>),
    /// By name, in the order in which they are told.
    Object(Vec<(&'static str, Json)>),
}

/// An object of fields, `json!({ "name": value, ... })`, or what [`Json::from`] makes of a value.
#[macro_export]
macro_rules! json {
    ({ $($name:literal : $value:expr),* $(,)? }) => {
        $crate::Json::Object(vec![$(($name, $crate::Json::from($value))),*])
    };
    ($value:expr) => {
        $crate::Json::from($value)
    };
}

impl Json {
    /// Adds fields to an object.
    pub fn extend(&mut self, more: Json) {
        if let (Json::Object(fields), Json::Object(more)) = (self, more) {
            fields.extend(more);
        }
    }

    /// Takes a field out of an object.
    pub fn remove(&mut self, name: &str) {
        if let Json::Object(fields) = self {
            fields.retain(|(field, _)| *field != name);
        }
    }

    /// Bytes as text, about.
    pub(crate) fn size(&self) -> usize {
        /// A number, or what stands around a value.
        const AROUND: usize = 8;
        AROUND
            + match self {
                Json::Text(text) => text.len(),
                Json::List(values) => values.iter().map(Json::size).sum(),
                Json::Object(fields) => fields.iter().map(|(name, value)| name.len() + value.size()).sum(),
                Json::Null | Json::Bool(_) | Json::Number(_) => 0,
            }
    }
}

macro_rules! from {
    ($($number:ty),*) => {
        $(impl From<$number> for Json {
            fn from(number: $number) -> Json {
                Json::Number(number as u64)
            }
        })*
    };
}

from!(u8, u32, u64, usize);

impl From<bool> for Json {
    fn from(value: bool) -> Json {
        Json::Bool(value)
    }
}

impl From<String> for Json {
    fn from(text: String) -> Json {
        Json::Text(text)
    }
}

impl From<&String> for Json {
    fn from(text: &String) -> Json {
        Json::Text(text.clone())
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Json {
        Json::Text(text.to_owned())
    }
}

impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Json {
        value.map_or(Json::Null, T::into)
    }
}

impl<T: Into<Json>> From<Vec<T>> for Json {
    fn from(values: Vec<T>) -> Json {
        values.into_iter().collect()
    }
}

impl<T: Into<Json>> FromIterator<T> for Json {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Json {
        Json::List(values.into_iter().map(T::into).collect())
    }
}

/// Types that are serialized as the [`Json`] that is made of them.
macro_rules! serialize_as_json {
    ($($ty:ty),+) => {
        $(impl serde::Serialize for $ty {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
                serde::Serialize::serialize(&$crate::Json::from(self), serializer)
            }
        })+
    };
}

pub(crate) use serialize_as_json;

/// As text without spaces.
impl Display for Json {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Json::Null => out.write_str("null"),
            Json::Bool(value) => Display::fmt(value, out),
            Json::Number(number) => Display::fmt(number, out),
            Json::Text(text) => write_text(text, out),
            Json::List(values) => {
                let mut before = '[';
                for value in values {
                    out.write_char(before)?;
                    value.fmt(out)?;
                    before = ',';
                }
                out.write_str(if values.is_empty() { "[]" } else { "]" })
            }
            Json::Object(fields) => {
                let mut before = '{';
                for (name, value) in fields {
                    out.write_char(before)?;
                    write_text(name, out)?;
                    out.write_char(':')?;
                    value.fmt(out)?;
                    before = ',';
                }
                out.write_str(if fields.is_empty() { "{}" } else { "}" })
            }
        }
    }
}

/// In quotes, with what has to be escaped (RFC 8259, section 7) and nothing else.
fn write_text(text: &str, out: &mut fmt::Formatter) -> fmt::Result {
    out.write_char('"')?;
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.write_str(text.get(plain..at).unwrap_or_default())?;
        plain = at + 1;
        match byte {
            b'"' => out.write_str("\\\"")?,
            b'\\' => out.write_str("\\\\")?,
            b'\n' => out.write_str("\\n")?,
            b'\r' => out.write_str("\\r")?,
            b'\t' => out.write_str("\\t")?,
            8 => out.write_str("\\b")?,
            12 => out.write_str("\\f")?,
            _ => write!(out, "\\u{byte:04x}")?,
        }
    }
    out.write_str(text.get(plain..).unwrap_or_default())?;
    out.write_char('"')
}

/// For what shows parts of it.
impl From<Json> for Value {
    fn from(told: Json) -> Value {
        match told {
            Json::Null => Value::Null,
            Json::Bool(value) => value.into(),
            Json::Number(number) => number.into(),
            Json::Text(text) => text.into(),
            Json::List(values) => values.into_iter().map(Value::from).collect(),
            Json::Object(fields) => Value::Object(
                fields.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect(),
            ),
        }
    }
}

/// For what is printed in lines, and for what derives its JSON.
impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Null => serializer.serialize_unit(),
            Json::Bool(value) => serializer.serialize_bool(*value),
            Json::Number(number) => serializer.serialize_u64(*number),
            Json::Text(text) => serializer.serialize_str(text),
            Json::List(values) => serializer.collect_seq(values),
            Json::Object(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (name, value) in fields {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fields_stand_in_the_order_in_which_they_are_told() {
        let mut told = json!({ "z": 1_u8, "a": None::<u32>, "list": vec![true], "none": json!({}) });
        told.extend(json!({ "more": "x" }));
        told.remove("a");
        assert_eq!(told.to_string(), r#"{"z":1,"list":[true],"none":{},"more":"x"}"#);
    }

    proptest! {
        #[test]
        fn texts_are_written_as_serde_json_writes_them(text in "[\\x00-\\x7f\u{80}-\u{fff}\u{fffd}]{0,40}", number in any::<u64>()) {
            let told = json!({ "text": &text, "list": vec![number], "empty": Vec::<bool>::new() });
            prop_assert_eq!(told.to_string(), serde_json::to_string(&told).unwrap());
            prop_assert_eq!(Value::from(told), serde_json::json!({ "text": text, "list": [number], "empty": [] }));
        }
    }
}
