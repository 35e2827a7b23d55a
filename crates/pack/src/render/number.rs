//! Numbers for people.

/// `41.3 KB`: three digits, powers of 1000.
pub fn size(bytes: u64) -> String {
    let mut units = ["KB", "MB", "GB"].into_iter();
    let mut value = bytes as f64;
    let mut unit = None;
    while value >= 999.5 {
        let Some(next) = units.next() else { break };
        value /= 1000.0;
        unit = Some(next);
    }
    match unit {
        None => format!("{bytes} bytes"),
        Some(unit) => format!("{} {unit}", three_digits(value)),
    }
}

/// `3 kernels`, `1 kernel`.
pub(crate) fn count(n: usize, one: &str) -> String {
    counted(n, one, &format!("{one}s"))
}

/// `1 entry`, `3 entries`.
pub(crate) fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

fn three_digits(value: f64) -> String {
    let decimals = if value < 10.0 {
        2
    } else if value < 100.0 {
        1
    } else {
        0
    };
    let text = rounded(value, decimals);
    // 9.996 has become 10.00.
    if text.len() > 4 && decimals > 0 { rounded(value, decimals - 1) } else { text }
}

/// `value`, which is not negative, to the nearest number of so many decimals, halves upwards. Rust's own formatting
/// takes halves to the even neighbour.
pub(crate) fn rounded(value: f64, decimals: usize) -> String {
    // A double has at most 52 binary digits behind the point where it is above 1, and so many decimal ones.
    let exact = format!("{value:.60}");
    let point = exact.find('.').unwrap_or(exact.len());
    let up = exact.as_bytes().get(point + 1 + decimals).is_some_and(|digit| *digit >= b'5');
    let digits: String = exact.chars().filter(char::is_ascii_digit).take(point + decimals).collect();
    let number = digits.parse::<u128>().unwrap_or_default() + u128::from(up);
    let digits = format!("{number:0>width$}", width = decimals + 1);
    let (whole, rest) = digits.split_at(digits.len() - decimals);
    if decimals == 0 { whole.to_owned() } else { format!("{whole}.{rest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_three_digits() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1000, "1.00 KB"),
            (1125, "1.13 KB"),
            (9994, "9.99 KB"),
            (9996, "10.0 KB"),
            (999_499, "999 KB"),
            (999_500, "1.00 MB"),
            (44_123_456, "44.1 MB"),
            (7_600_000_000, "7.60 GB"),
            (u64::MAX, "18446744074 GB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn halves_go_up() {
        for (value, decimals, text) in
            [(0.125, 2, "0.13"), (0.0, 2, "0.00"), (0.005, 2, "0.01"), (2.31, 2, "2.31"), (99.95, 0, "100")]
        {
            assert_eq!(rounded(value, decimals), text, "{value}");
        }
    }
}
