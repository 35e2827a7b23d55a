//! `package.json`: the program of a pack, in the form that ecc writes and ecli runs.

use crate::deflate::zlib;
use crate::error::{ArchiveError, ErrorKind, Result};
use crate::limits::PROGRAM_BYTES;
use crate::memory;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use flate2::bufread::ZlibDecoder;
use serde_json::{Map, Value};
use std::io::Read;

/// The name of a pack's program.
pub const PACKAGE_NAME: &str = "package.json";

/// The eBPF object, as base64 of zlib, and its size in bytes.
const OBJECT: &str = "bpf_object";
const OBJECT_SIZE: &str = "bpf_object_size";

/// Base64 as ecc writes it; padding that someone cut off is not missed.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A `package.json`. Fields that are not known here keep their values and their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Package {
    fields: Map<String, Value>,
}

impl Package {
    /// The package of the eBPF object `program`, with what ecc says about it: maps, programs, exported types.
    pub fn new(program: &[u8], meta: Value) -> Result<Self> {
        let mut package = Self { fields: Map::new() };
        package.set_program(program)?;
        package.fields.insert("meta".to_owned(), meta);
        Ok(package)
    }

    /// Reads the text of a `package.json`. What it says is looked at when it is asked for.
    pub fn parse(json: &[u8]) -> Result<Self> {
        let fields = serde_json::from_slice(json)
            .map_err(|error| malformed(format!("it is not a JSON object: {error}")))?;
        Ok(Self { fields })
    }

    /// The eBPF object.
    pub fn program(&self) -> Result<Vec<u8>> {
        let text = self.fields.get(OBJECT).and_then(Value::as_str);
        let text = text.ok_or_else(|| malformed(format!("{OBJECT} is not a text")))?;
        let size = self.fields.get(OBJECT_SIZE).and_then(Value::as_u64);
        let size = size.ok_or_else(|| malformed(format!("{OBJECT_SIZE} is not a size")))?;
        if size > PROGRAM_BYTES {
            let what = format!("{OBJECT_SIZE} is above {PROGRAM_BYTES}");
            return Err(malformed(what).with_value(size));
        }
        let compressed =
            BASE64.decode(text).map_err(|error| malformed(format!("{OBJECT} is not base64: {error}")))?;
        inflate(&compressed, size)
    }

    /// Replaces the eBPF object, and nothing else.
    pub fn set_program(&mut self, program: &[u8]) -> Result<()> {
        if program.len() as u64 > PROGRAM_BYTES {
            let what = format!("the program has more than {PROGRAM_BYTES} bytes");
            return Err(malformed(what).with_value(program.len() as u64));
        }
        let text = BASE64.encode(zlib(program)?);
        self.fields.insert(OBJECT.to_owned(), text.into());
        self.fields.insert(OBJECT_SIZE.to_owned(), program.len().into());
        Ok(())
    }

    /// Every field of the file.
    pub fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// The text of the file.
    pub fn into_json(self) -> Vec<u8> {
        Value::Object(self.fields).to_string().into_bytes()
    }
}

/// Decompresses to exactly `size` bytes.
fn inflate(compressed: &[u8], size: u64) -> Result<Vec<u8>> {
    let mut program = memory::reserve(size)?;
    let mut decoder = ZlibDecoder::new(compressed);
    // One byte more shows that there is more; reading to the end verifies the checksum.
    let read = decoder.by_ref().take(size + 1).read_to_end(&mut program);
    read.map_err(|error| malformed(format!("{OBJECT} is not zlib: {error}")))?;
    if program.len() as u64 != size {
        let what = format!("{OBJECT} does not have the {size} bytes that {OBJECT_SIZE} says");
        return Err(malformed(what).with_value(size));
    }
    match decoder.into_inner().len() {
        0 => Ok(program),
        rest => Err(malformed(format!("{rest} bytes follow the zlib data of {OBJECT}"))),
    }
}

fn malformed(why: String) -> ArchiveError {
    ArchiveError::new(ErrorKind::PackPackage, format!("{PACKAGE_NAME} cannot be used: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn code_of(package: &Value) -> &'static str {
        Package::parse(package.to_string().as_bytes()).unwrap().program().unwrap_err().code()
    }

    /// `bpf_object` as Python's `base64.b64encode(zlib.compress(b"\x7fELF program", 6))` writes it.
    #[test]
    fn the_program_of_another_writer_is_read() {
        let json = br#"{"bpf_object":"eJyrd/VxUygoyk8vSswFABttBG8=","bpf_object_size":12}"#;
        assert_eq!(Package::parse(json).unwrap().program().unwrap(), b"\x7fELF program");
    }

    /// Found by fuzzing: read to the nearest number and no nearer, it came out as its neighbour.
    #[test]
    fn numbers_of_any_size_survive() {
        let json = br#"{"bpf_object":"","bpf_object_size":315111111111111111111111111111111111111111111111}"#;
        let package = Package::parse(json).unwrap();
        let again = Package::parse(&package.clone().into_json()).unwrap();
        assert_eq!(again.fields(), package.fields());
    }

    #[test]
    fn unknown_fields_survive_in_their_order() {
        let json = r#"{"z":[1,{"y":null,"x":1.5}],"bpf_object_size":0,"a":"\u00e9","bpf_object":"","meta":{"b":1,"a":2}}"#;
        let mut package = Package::parse(json.as_bytes()).unwrap();
        package.set_program(b"abc").unwrap();
        let written = String::from_utf8(package.into_json()).unwrap();
        let object = BASE64.encode(zlib(b"abc").unwrap());
        let expected = format!(
            r#"{{"z":[1,{{"y":null,"x":1.5}}],"bpf_object_size":3,"a":"é","bpf_object":"{object}","meta":{{"b":1,"a":2}}}}"#
        );
        assert_eq!(written, expected);
    }

    #[test]
    fn a_new_package_has_object_size_and_meta() {
        let package = Package::new(b"abc", json!({"poll_timeout_ms": 100})).unwrap();
        let keys: Vec<_> = package.fields().keys().collect();
        assert_eq!(keys, ["bpf_object", "bpf_object_size", "meta"]);
    }

    #[test]
    fn what_is_no_package_is_refused() {
        for text in ["", "[]", "null", "{", "\"x\"", "{\"a\":1}x", "\u{fffd}"] {
            assert_eq!(Package::parse(text.as_bytes()).unwrap_err().code(), "PACK_PACKAGE", "{text}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(Package::parse(deep.as_bytes()).unwrap_err().code(), "PACK_PACKAGE");
    }

    #[test]
    fn a_program_that_is_not_what_it_says_is_refused() {
        let object = BASE64.encode(zlib(b"abc").unwrap());
        let trailing = BASE64.encode([zlib(b"abc").unwrap(), b"x".to_vec()].concat());
        let cut = BASE64.encode(&zlib(b"abc").unwrap()[..8]);
        let table = [
            json!({}),
            json!({"bpf_object": object}),
            json!({"bpf_object": object, "bpf_object_size": "3"}),
            json!({"bpf_object": object, "bpf_object_size": -3}),
            json!({"bpf_object": object, "bpf_object_size": 2}),
            json!({"bpf_object": object, "bpf_object_size": 4}),
            json!({"bpf_object": object, "bpf_object_size": PROGRAM_BYTES + 1}),
            json!({"bpf_object": object, "bpf_object_size": u64::MAX}),
            json!({"bpf_object": 3, "bpf_object_size": 3}),
            json!({"bpf_object": "%", "bpf_object_size": 3}),
            json!({"bpf_object": "AAAA", "bpf_object_size": 3}),
            json!({"bpf_object": "", "bpf_object_size": 0}),
            json!({"bpf_object": trailing, "bpf_object_size": 3}),
            json!({"bpf_object": cut, "bpf_object_size": 3}),
        ];
        for package in table {
            assert_eq!(code_of(&package), "PACK_PACKAGE", "{package}");
        }
    }

    proptest! {
        #[test]
        fn a_program_comes_back_as_it_went_in(program in proptest::collection::vec(any::<u8>(), 0..3000)) {
            let json = Package::new(&program, Value::Null).unwrap().into_json();
            prop_assert_eq!(Package::parse(&json).unwrap().program().unwrap(), program);
        }

        #[test]
        fn any_text_is_a_package_or_an_error(object in "[A-Za-z0-9+/=]{0,60}", size in 0_u64..100) {
            let json = json!({"bpf_object": object, "bpf_object_size": size}).to_string();
            if let Err(error) = Package::parse(json.as_bytes()).and_then(|package| package.program()) {
                prop_assert_eq!(error.code(), "PACK_PACKAGE");
            }
        }
    }
}
