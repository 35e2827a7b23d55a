//! Numbers for people.

/// `41.3 KB`: three digits, powers of 1000.
pub fn size(bytes: u64) -> String {
    let mut named = ("bytes", 1);
    for next in [("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000)] {
        // What would be rounded to 1000 is 1.00 of the next.
        if decimal(bytes, named.1, 0).parse::<u64>().is_ok_and(|value| value >= 1000) {
            named = next;
        }
    }
    let (unit, divisor) = named;
    let three_digits = || {
        let texts = [2, 1].map(|decimals| decimal(bytes, divisor, decimals));
        texts.into_iter().find(|text| text.len() <= 4).unwrap_or_else(|| decimal(bytes, divisor, 0))
    };
    format!("{} {unit}", if divisor == 1 { bytes.to_string() } else { three_digits() })
}

/// A fraction with so many decimals, halves upwards.
pub(crate) fn decimal(numerator: u64, denominator: u64, decimals: u32) -> String {
    let (denominator, scale) = (u128::from(denominator), 10_u128.pow(decimals));
    let scaled = (2 * u128::from(numerator) * scale + denominator) / (2 * denominator);
    let width = decimals as usize;
    match decimals {
        0 => scaled.to_string(),
        _ => format!("{}.{:0width$}", scaled / scale, scaled % scale),
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
        for (milliseconds, text) in
            [(0, "0.00"), (5, "0.01"), (125, "0.13"), (2310, "2.31"), (99_995, "100.00")]
        {
            assert_eq!(decimal(milliseconds, 1000, 2), text);
        }
    }
}
