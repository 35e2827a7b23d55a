//! The identity of a running system, from the text of its os-release. Source: os-release(5) of systemd.

use crate::error::Result;
use crate::identity::Identity;

/// What os-release(5) says ID is where it is not set.
pub(crate) const DEFAULT_ID: &str = "linux";

/// Stands for the version of a distribution that has none, as rolling ones do: a path needs a component.
pub(crate) const NO_VERSION: &str = "0";

/// The identity of a system from the text of its os-release and what `uname -m` and `uname -r` print there.
///
/// ID and VERSION_ID are lower-case by os-release(5) and are made so where they are not.
pub fn system_identity(os_release: &str, machine: &str, release: &str) -> Result<Identity> {
    let lower_case = |key| value(os_release, key).map(|value| value.to_ascii_lowercase());
    let id = lower_case("ID").unwrap_or_else(|| DEFAULT_ID.to_owned());
    let version = lower_case("VERSION_ID").unwrap_or_else(|| NO_VERSION.to_owned());
    Identity::new(&id, &version, machine, release)
}

/// The value of a key of os-release, nothing if it is not set or empty. The file may be sourced by a shell, so of several
/// assignments the last counts.
pub fn value(os_release: &str, key: &str) -> Option<String> {
    let mut assignments = os_release.lines().filter_map(|line| line.trim_start().split_once('='));
    let last = assignments.rfind(|(name, _)| *name == key);
    last.map(|(_, value)| unquote(value)).filter(|value| !value.is_empty())
}

/// One word of a Bourne shell, without expansions: single quotes keep everything, double quotes all but a backslash
/// before one of `$`, `"`, `\` and `` ` ``; unquoted, a backslash keeps the next character and a blank ends the word.
fn unquote(text: &str) -> String {
    let mut value = String::new();
    let mut quote = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (None, ' ' | '\t' | '\r') => break,
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), _) if character == open => quote = None,
            (None, '\\') => value.extend(characters.next()),
            (Some('"'), '\\') => match characters.next_if(|next| "$\"\\`".contains(*next)) {
                Some(escaped) => value.push(escaped),
                None => value.push('\\'),
            },
            _ => value.push(character),
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(os_release: &str) -> String {
        system_identity(os_release, "x86_64", "5.4.0").unwrap().to_string()
    }

    /// As the distributions write it (formats.md, section 2).
    #[test]
    fn real_files_name_their_system() {
        let ubuntu = "NAME=\"Ubuntu\"\nVERSION=\"20.04.6 LTS (Focal Fossa)\"\nID=ubuntu\nID_LIKE=debian\n\
                      VERSION_ID=\"20.04\"\nVERSION_CODENAME=focal\n";
        let table = [
            (ubuntu, "ubuntu/20.04/x86_64/5.4.0"),
            ("ID=fedora\nVERSION_ID=31\n", "fedora/31/x86_64/5.4.0"),
            ("ID=\"centos\"\nVERSION_ID=\"7\"", "centos/7/x86_64/5.4.0"),
            ("ID='ol'\r\nVERSION_ID='7.9'\r\n", "ol/7.9/x86_64/5.4.0"),
            ("VERSION_ID=\"2018.03\"\nID=\"amzn\"\n", "amzn/2018.03/x86_64/5.4.0"),
            ("ID=arch\nBUILD_ID=rolling\n", "arch/0/x86_64/5.4.0"),
            ("", "linux/0/x86_64/5.4.0"),
        ];
        for (os_release, expected) in table {
            assert_eq!(identity(os_release), expected);
        }
    }

    #[test]
    fn comments_blank_lines_and_other_keys_are_passed_over() {
        assert_eq!(
            identity("\n# ID=no\n  #ID=no\nXID=no\nID_LIKE=no\nno\n ID=a\nVERSION_ID=1 # 2\n"),
            "a/1/x86_64/5.4.0"
        );
    }

    #[test]
    fn the_last_assignment_counts() {
        assert_eq!(identity("ID=a\nVERSION_ID=1\nID=b\n"), "b/1/x86_64/5.4.0");
    }

    #[test]
    fn names_become_lower_case() {
        assert_eq!(identity("ID=\"Debian\"\nVERSION_ID=Bookworm"), "debian/bookworm/x86_64/5.4.0");
    }

    #[test]
    fn the_machine_is_normalised() {
        assert_eq!(system_identity("", "arm64", "6.1").unwrap().arch(), "aarch64");
    }

    /// sh(1), "Quoting".
    #[test]
    fn quoting_is_that_of_the_shell() {
        let table = [
            (r#""a \"b\" \\ \$c \`d""#, r#"a "b" \ $c `d"#),
            (r#""a\nb""#, r"a\nb"),
            (r"'a \ b'", r"a \ b"),
            (r"a\ b\'c d", "a b'c"),
            (r#"a"b"'c'"#, "abc"),
            (r#""unterminated"#, "unterminated"),
            (r"a\", "a"),
            (r#""a\"#, r"a\"),
            ("a=b", "a=b"),
        ];
        for (quoted, expected) in table {
            assert_eq!(value(&format!("KEY={quoted}\n"), "KEY").as_deref(), Some(expected), "{quoted}");
        }
        assert_eq!(value("KEY=\"\"", "KEY"), None);
    }

    #[test]
    fn a_value_that_leads_out_of_the_archive_is_refused() {
        assert_eq!(system_identity("ID=../../etc", "x86_64", "5.4.0").unwrap_err().code(), "IDENTITY_PART");
    }
}
