//! One run over all kernels that answers several tests.

#![allow(clippy::panic, reason = "a test fails by it")]

use std::sync::LazyLock;

use crate::Result;

/// What the run found; panics where it could not be made.
pub fn of<T>(run: &'static LazyLock<Result<T>>) -> &'static T {
    match &**run {
        Ok(findings) => findings,
        Err(error) => panic!("{error}"),
    }
}

/// Panics with the first of the differences found.
pub fn assert_none(differences: &[String]) {
    let first: Vec<&str> = differences.iter().take(10).map(String::as_str).collect();
    assert!(differences.is_empty(), "{} differences, the first:\n{}", differences.len(), first.join("\n"));
}
