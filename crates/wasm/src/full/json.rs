//! Values that cross the border as JSON text.

use bpfc_pack::{CommandCode, CommandError, Error};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Result, Thrown};

pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(internal)
}

pub(crate) fn to_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(internal)
}

/// As it is printed.
pub(crate) fn pretty(value: &impl Serialize) -> Result<String> {
    serde_json::to_string_pretty(value).map_err(internal)
}

/// `@bpfc/core` and this module belong together.
fn internal(error: serde_json::Error) -> Thrown {
    let message = format!("not the JSON of this version: {error}");
    Error::from(CommandError::new(CommandCode::Internal, message)).into()
}
