//! `package.json`: the program of a pack, in the form that ecc writes and ecli runs.

use std::borrow::Cow;

use crate::deflate::zlib;
use crate::error::{ArchiveError, ErrorKind, Result};
use crate::json;
use crate::limits::PROGRAM_BYTES;
use crate::memory;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};

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

/// The text of a `package.json` for the eBPF object `program`; `meta` is the JSON of what ecc says about it: maps, programs,
/// exported types.
pub fn package_json(program: &[u8], meta: &str) -> Result<String> {
    if program.len() as u64 > PROGRAM_BYTES {
        let what = format!("the program has more than {PROGRAM_BYTES} bytes");
        return Err(malformed(what).with_value(program.len() as u64));
    }
    let (object, size) = (BASE64.encode(zlib(program)?), program.len());
    Ok(format!(r#"{{"{OBJECT}":"{object}","{OBJECT_SIZE}":{size},"meta":{meta}}}"#))
}

/// What a `package.json` says of its program; other fields are passed over.
#[derive(Clone, Debug)]
pub struct Package {
    object: Option<String>,
    size: Option<u64>,
}

impl Package {
    /// Reads the text of a `package.json`. What it says is looked at when it is asked for; of a field that is there twice the
    /// last counts.
    pub fn parse(text: &[u8]) -> Result<Self> {
        let fields = std::str::from_utf8(text).ok().and_then(json::fields);
        let fields = fields.ok_or_else(|| malformed("it is not a JSON object".to_owned()))?;
        let last = |name| fields.iter().rev().find(|field| field.0 == name).map(|field| field.1);
        let object = last(OBJECT).and_then(json::text).map(Cow::into_owned);
        Ok(Self { object, size: last(OBJECT_SIZE).and_then(|size| size.parse().ok()) })
    }

    /// The eBPF object.
    pub fn program(&self) -> Result<Vec<u8>> {
        let text = self.object.as_ref().ok_or_else(|| malformed(format!("{OBJECT} is not a text")))?;
        let size = self.size.ok_or_else(|| malformed(format!("{OBJECT_SIZE} is not a size")))?;
        if size > PROGRAM_BYTES {
            let what = format!("{OBJECT_SIZE} is above {PROGRAM_BYTES}");
            return Err(malformed(what).with_value(size));
        }
        let compressed =
            BASE64.decode(text).map_err(|error| malformed(format!("{OBJECT} is not base64: {error}")))?;
        inflate(&compressed, size)
    }
}

/// Decompresses to exactly `size` bytes.
fn inflate(compressed: &[u8], size: u64) -> Result<Vec<u8>> {
    let mut program = memory::reserve(size)?;
    program.resize(size as usize, 0);
    let flags = inflate_flags::TINFL_FLAG_PARSE_ZLIB_HEADER
        | inflate_flags::TINFL_FLAG_COMPUTE_ADLER32
        | inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let mut decoder = Box::<DecompressorOxide>::default();
    let (status, read, written) = decompress(&mut decoder, compressed, &mut program, 0, flags);
    let exact = status == TINFLStatus::Done && written as u64 == size;
    match status {
        TINFLStatus::Done | TINFLStatus::HasMoreOutput if !exact => {
            let what = format!("{OBJECT} does not have the {size} bytes that {OBJECT_SIZE} says");
            Err(malformed(what).with_value(size))
        }
        TINFLStatus::Done => match compressed.len() - read {
            0 => Ok(program),
            rest => Err(malformed(format!("{rest} bytes follow the zlib data of {OBJECT}"))),
        },
        TINFLStatus::FailedCannotMakeProgress => {
            Err(malformed(format!("{OBJECT} is not zlib: it is cut short")))
        }
        TINFLStatus::Adler32Mismatch => {
            Err(malformed(format!("{OBJECT} is not zlib: its checksum is another")))
        }
        _ => Err(malformed(format!("{OBJECT} is not zlib"))),
    }
}

fn malformed(why: String) -> ArchiveError {
    ArchiveError::new(ErrorKind::PackPackage, format!("{PACKAGE_NAME} cannot be used: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn code_of(package: &Value) -> &'static str {
        Package::parse(package.to_string().as_bytes()).unwrap().program().unwrap_err().code()
    }

    /// `bpf_object` as Python's `base64.b64encode(zlib.compress(b"\x7fELF program", 6))` writes it.
    #[test]
    fn the_program_of_another_writer_is_read() {
        let json = br#"{"bpf_object":"eJyrd/VxUygoyk8vSswFABttBG8=","bpf_object_size":12}"#;
        assert_eq!(Package::parse(json).unwrap().program().unwrap(), b"\x7fELF program");
    }

    #[test]
    fn other_fields_are_passed_over_and_of_two_the_last_counts() {
        let object = BASE64.encode(zlib(b"abc").unwrap()).replace('/', "\\/");
        let json = format!(
            r#"{{"z":[1,{{"y":null,"x":1e999}}],"bpf_object":3,"bpf_object_size":0,"bpf_obj\u0065ct":"{object}","bpf_object_size":3}}"#
        );
        assert_eq!(Package::parse(json.as_bytes()).unwrap().program().unwrap(), b"abc");
    }

    #[test]
    fn a_new_package_has_object_size_and_meta() {
        let object = BASE64.encode(zlib(b"abc").unwrap());
        let expected =
            format!(r#"{{"bpf_object":"{object}","bpf_object_size":3,"meta":{{"poll_timeout_ms":100}}}}"#);
        assert_eq!(package_json(b"abc", r#"{"poll_timeout_ms":100}"#).unwrap(), expected);
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
            let json = package_json(&program, "null").unwrap();
            prop_assert_eq!(Package::parse(json.as_bytes()).unwrap().program().unwrap(), program);
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
