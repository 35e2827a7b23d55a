//! How far one kernel release is from another.

use crate::machine::arch_of_machine;

/// A release in its parts: `5.4.0-26-generic` is the numbers 5, 4, 0, 26 and the word `generic`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shape<'r> {
    numbers: Vec<u64>,
    words: Vec<&'r str>,
}

/// Differences of the numbers, the first weighing most, then whether the other is newer: of two as far, the older is nearer.
pub(crate) type Distance = (Vec<u64>, bool);

impl<'r> Shape<'r> {
    /// A release of this machine, whose name at the end tells nothing.
    pub(crate) fn new(release: &'r str, machine: &str) -> Self {
        let names = [Some(machine), arch_of_machine(machine)].into_iter().flatten();
        let stem = names.filter_map(|name| release.strip_suffix(name)).next().unwrap_or(release);
        let mut shape = Shape { numbers: Vec::new(), words: Vec::new() };
        for part in stem.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty()) {
            match part.parse() {
                Ok(number) => shape.numbers.push(number),
                Err(_) => shape.words.push(part),
            }
        }
        shape
    }

    /// The distance to a kernel of the same flavor and series: the same words, and the same first two numbers, within
    /// which distributions keep structures as they are, or nearly. None to all others.
    pub(crate) fn distance(&self, other: &Shape) -> Option<Distance> {
        let series = |shape: &Shape| shape.numbers.get(..2).map(<[u64]>::to_vec);
        let same = self.words == other.words && series(self).is_some() && series(self) == series(other);
        let length = self.numbers.len().max(other.numbers.len());
        let padded = |shape: &Shape| {
            let mut numbers = shape.numbers.clone();
            numbers.resize(length, 0);
            numbers
        };
        let (own, others) = (padded(self), padded(other));
        let differences = own.iter().zip(&others).map(|(own, other)| own.abs_diff(*other));
        same.then(|| (differences.collect(), others > own))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance(own: &str, other: &str) -> Option<Distance> {
        Shape::new(own, "x86_64").distance(&Shape::new(other, "x86_64"))
    }

    #[test]
    fn nearer_numbers_are_nearer_and_the_first_weigh_most() {
        let order = |own: &str, near: &str, far: &str| {
            assert!(distance(own, near).unwrap() < distance(own, far).unwrap(), "{own}: {near}, then {far}");
        };
        order("5.4.0-30-generic", "5.4.0-29-generic", "5.4.0-32-generic");
        order("5.4.0-30-generic", "5.4.0-28-generic", "5.4.0-32-generic");
        order("4.18.0-193.13.2.el8_2.x86_64", "4.18.0-193.el8.x86_64", "4.18.0-147.13.2.el8_2.x86_64");
        order("5.3.7-301.fc31.x86_64", "5.3.8-1.fc31.x86_64", "5.3.16-301.fc31.x86_64");
    }

    #[test]
    fn other_flavors_and_series_are_no_neighbours() {
        for other in ["5.4.0-30-lowlatency", "5.5.0-30-generic", "5.4.0-30-generic-hwe", "generic", ""] {
            assert_eq!(distance("5.4.0-30-generic", other), None, "{other}");
        }
        assert_eq!(distance("generic", "generic"), None);
    }
}
