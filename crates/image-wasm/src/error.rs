//! The one place where errors cross the border: as data, not as text alone.

use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;

use bpfc_image::ImageError;

/// `{ code, message, at }`, thrown as it is; `@bpfc/image` makes a `BpfcError` of it.
pub struct Thrown(ImageError);

impl From<ImageError> for Thrown {
    fn from(error: ImageError) -> Self {
        Self(error)
    }
}

impl From<Thrown> for JsValue {
    fn from(Thrown(error): Thrown) -> JsValue {
        let object = Object::new();
        let set = |key: &str, value: JsValue| {
            // Setting a field of a fresh object cannot fail.
            let _ = Reflect::set(&object, &key.into(), &value);
        };
        set("code", error.code().into());
        set("message", error.to_string().into());
        set("at", error.at().map_or(JsValue::UNDEFINED, |at| JsValue::from_f64(at as f64)));
        object.into()
    }
}
