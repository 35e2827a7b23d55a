//! The essential-name rule: what is left of a name when its flavor is cut off.

/// `name` without its flavor suffix (libbpf: `bpf_core_essential_name_len`).
///
/// The cut is at the **last** place where three underscores stand between two characters that are
/// not underscores: `task_struct___old` is `task_struct`, `a___b___c` is `a___b`, and `a____b`,
/// `___x` and `foo___` have no flavor.
pub fn essential_name(name: &[u8]) -> &[u8] {
    let cut = name.windows(5).rposition(
        |window| matches!(window, [before, b'_', b'_', b'_', after] if *before != b'_' && *after != b'_'),
    );
    // The window's first byte still belongs to the essential name.
    cut.and_then(|at| name.get(..=at)).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::essential_name;

    /// Verified against libbpf (semantics of `bpf_core_essential_name_len`).
    #[test]
    fn the_last_flavor_is_cut() {
        let cases = [
            ("task_struct", "task_struct"),
            ("task_struct___old", "task_struct"),
            ("a___b___c", "a___b"),
            ("a____b", "a____b"),
            ("a_____b", "a_____b"),
            ("foo___", "foo___"),
            ("___x", "___x"),
            ("a___b_", "a"),
            ("foo___bar___", "foo"),
            ("", ""),
            ("_", "_"),
        ];
        for (name, expected) in cases {
            assert_eq!(essential_name(name.as_bytes()), expected.as_bytes(), "{name}");
        }
    }
}
