//! The one place where errors cross the border: as data, not as text alone.

use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;

use bpfc_archive::ErrorValue;
use bpfc_pack::Error;

/// `{ code, message, at, value }`, thrown as it is; `@bpfc/core` makes a `BpfcError` of it.
pub struct Thrown {
    code: &'static str,
    message: String,
    at: Option<u64>,
    value: Option<ErrorValue>,
}

impl<E: Into<Error>> From<E> for Thrown {
    fn from(error: E) -> Self {
        let error = error.into();
        Thrown { code: error.code(), message: error.to_string(), at: error.at(), value: error.value() }
    }
}

impl From<Thrown> for JsValue {
    fn from(thrown: Thrown) -> JsValue {
        let object = Object::new();
        let set = |key: &str, value: JsValue| {
            // Setting a field of a fresh object cannot fail.
            let _ = Reflect::set(&object, &key.into(), &value);
        };
        set("code", thrown.code.into());
        set("message", thrown.message.into());
        set("at", thrown.at.map_or(JsValue::UNDEFINED, |at| JsValue::from_f64(at as f64)));
        set(
            "value",
            match thrown.value {
                Some(ErrorValue::Number(number)) => JsValue::from_f64(number as f64),
                Some(ErrorValue::Text(text)) => text.into(),
                None => JsValue::UNDEFINED,
            },
        );
        object.into()
    }
}
