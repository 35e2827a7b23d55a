//! Whose a temporary is: its name says which process made it, and from that whether the process still runs. `btf-pack`
//! names its own alike.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use bpfc_archive::Digest;

use crate::platform;

static OWN: LazyLock<Own> = LazyLock::new(Own::find);

struct Own {
    /// A boot of a machine and in it a namespace of process ids.
    place: String,
    name: String,
}

/// The name of this process, as a part of a file's name: `PLACE-PID-START`, without dots. Process ids are given out again,
/// so the start goes with it, in clock ticks since the boot; and both mean something in one place only.
pub fn own_name() -> &'static str {
    &OWN.name
}

/// Whether a text looks like [`own_name`].
pub fn is_name(text: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = text.split('-').collect();
    let &[place, id, start] = parts.as_slice() else { return false };
    place.len() == 8
        && place.bytes().all(|byte| byte.is_ascii_hexdigit())
        && is_number(id)
        && is_number(start)
}

/// Whether the process of this name still runs; nothing where that cannot be told from here.
pub fn is_running(name: &str) -> Option<bool> {
    let mut parts = name.split('-');
    let (place, id, start) = (parts.next()?, parts.next()?, parts.next()?);
    if place != OWN.place {
        return None;
    }
    let id = id.parse().ok()?;
    if !platform::is_process(id) {
        return Some(false);
    }
    // Where /proc hides the processes of others (hidepid), kill(2) still knows that there is one.
    Some(stat_of(id).is_none_or(|stat| stat.start == start && !stat.ended))
}

impl Own {
    fn find() -> Own {
        let id = platform::process_id();
        // Where nothing can be told of processes, a place that no other has.
        let place =
            find_place(id).unwrap_or_else(|| format!("{:08x}", RandomState::new().hash_one(id) as u32));
        let start = stat_of(id).map_or("0".into(), |stat| stat.start);
        Own { name: format!("{place}-{id}-{start}"), place }
    }
}

/// Nothing where there is no /proc, or the one of another namespace, as in some containers.
fn find_place(id: u32) -> Option<String> {
    if fs::read_link("/proc/self").ok()?.as_os_str() != id.to_string().as_str() {
        return None;
    }
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let namespace = fs::read_link("/proc/self/ns/pid").ok()?;
    let digest = Digest::of(format!("{boot}{}", namespace.display()).as_bytes()).to_string();
    digest.get(..8).map(str::to_owned)
}

struct Stat {
    start: String,
    ended: bool,
}

/// From fields 3 and 22 of proc(5)'s stat. Field 2, the name in parentheses, may hold anything.
fn stat_of(id: u32) -> Option<Stat> {
    let text = fs::read(format!("/proc/{id}/stat")).ok()?;
    let text = String::from_utf8_lossy(&text);
    let (_, fields) = text.rsplit_once(") ")?;
    let mut fields = fields.split(' ');
    let state = fields.next()?;
    // A zombie runs no more, and without an init to wait for it stays.
    Some(Stat { start: fields.nth(18)?.to_owned(), ended: matches!(state, "Z" | "X") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_runs_and_has_a_name() {
        assert!(is_name(own_name()), "{}", own_name());
        assert_eq!(is_running(own_name()), Some(true));
    }

    #[test]
    fn an_earlier_process_of_the_same_id_does_not() {
        let earlier = format!("{}-{}-1", OWN.place, platform::process_id());
        assert_eq!(is_running(&earlier), Some(false));
    }

    #[test]
    fn of_another_place_nothing_is_known() {
        assert_eq!(is_running("00000000-1-1"), None);
    }

    #[test]
    fn names_have_three_parts() {
        for name in ["", "00000000-1", "0000000-1-1", "00000000-x-1", "00000000-1-1-1", "zzzzzzzz-1-1"] {
            assert!(!is_name(name), "{name}");
        }
    }
}
