//! A file that JavaScript reads.

use js_sys::{Function, Uint8Array};
use std::io::{self, Read, Seek, SeekFrom};
use wasm_bindgen::JsValue;

/// Reads by calling `read(offset, bytes)`, which gives a `Uint8Array`, empty at the end.
pub(crate) struct JsFile {
    size: u64,
    at: u64,
    read: Function,
}

impl JsFile {
    pub(crate) fn new(size: u64, read: Function) -> Self {
        Self { size, at: 0, read }
    }
}

impl Read for JsFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (offset, bytes) = (JsValue::from_f64(self.at as f64), JsValue::from_f64(buffer.len() as f64));
        let failed = |error: JsValue| io::Error::other(format!("{error:?}"));
        let part = Uint8Array::from(self.read.call2(&JsValue::NULL, &offset, &bytes).map_err(failed)?);
        let count = (part.length() as usize).min(buffer.len());
        if let Some(start) = buffer.get_mut(..count) {
            part.subarray(0, count as u32).copy_to(start);
        }
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for JsFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
