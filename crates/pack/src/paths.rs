//! Paths as text, told apart without looking at the disk.

/// The absolute path that `path` is in the folder `current`, without `.`, `..` and doubled slashes.
pub fn resolve(current: &str, path: &str) -> String {
    let mut parts = Vec::new();
    let from = if path.starts_with('/') { "" } else { current };
    for part in from.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// `name` in `folder`, without `.`, doubled slashes, and `..` after a folder; a slash at the end stays.
pub fn join(folder: &str, name: &str) -> String {
    let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if path.starts_with('/') => {}
            _ => parts.push(part),
        }
    }
    let start = if path.starts_with('/') { "/" } else { "" };
    let end = if path.ends_with('/') && !parts.is_empty() { "/" } else { "" };
    let joined = format!("{start}{}{end}", parts.join("/"));
    if joined.is_empty() { ".".into() } else { joined }
}

/// The folder that a path is in: `.` for a bare name.
pub fn folder_of(path: &str) -> &str {
    match path.trim_end_matches('/').rsplit_once('/') {
        None => ".",
        Some(("", _)) => "/",
        Some((folder, _)) => folder,
    }
}

/// What follows the last slash of a path, which is no folder.
pub(crate) fn base_name(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_resolved_as_text() {
        for (path, resolved) in [
            ("a.o", "/home/me/a.o"),
            ("./b//a.o", "/home/me/b/a.o"),
            ("../../../a.o", "/a.o"),
            ("/x/../a.o/", "/a.o"),
            ("", "/home/me"),
        ] {
            assert_eq!(resolve("/home/me", path), resolved, "{path}");
        }
    }

    #[test]
    fn names_are_put_into_folders() {
        for (folder, name, path) in [
            (".", "a.o", "a.o"),
            ("./x//y/", "a/", "x/y/a/"),
            ("../x", "../../a", "../../a"),
            ("/x", "../../a", "/a"),
            ("x", "..", "."),
        ] {
            assert_eq!(join(folder, name), path, "{folder} {name}");
        }
    }

    #[test]
    fn a_path_is_in_a_folder() {
        for (path, folder) in [("a.o", "."), ("x/a.o", "x"), ("/a.o", "/"), ("x/y/", "x")] {
            assert_eq!(folder_of(path), folder, "{path}");
        }
    }
}
