//! A distribution as sparse buckets, and its percentiles.
//!
//! Whoever records uses a histogram of the HDR kind (G. Tene), whose buckets are at most a
//! thousandth of their values wide. What is left here is the list of those that hold something, so that the
//! file stays small and percentiles stay as exact as they were recorded.
//!
//! - **J4** Buckets are in ascending order of their values, each value once, no count zero.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// Values with how often each occurred.
///
/// In JSON it is a list of pairs `[value, count]`.
///
/// ```
/// use gc_report::Histogram;
///
/// let pauses = Histogram::of_values([100, 300, 100, 900]);
/// assert_eq!(pauses.count(), 4);
/// assert_eq!(pauses.quantile(0.5), Some(100));
/// assert_eq!(pauses.max(), Some(900));
/// assert_eq!(serde_json::to_string(&pauses).unwrap(), "[[100,2],[300,1],[900,1]]");
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Histogram {
    buckets: Vec<(u64, u64)>,
}

impl Histogram {
    /// From values with their counts, in any order. The value of a bucket is its upper end, or the greatest
    /// value recorded where that is less.
    ///
    /// From the `hdrhistogram` crate: `iter_recorded()` gives `(value_iterated_to(),
    /// count_at_value())`.
    #[must_use]
    pub fn of_buckets(buckets: impl IntoIterator<Item = (u64, u64)>) -> Self {
        let mut buckets: Vec<(u64, u64)> = buckets.into_iter().filter(|&(_, count)| count > 0).collect();
        buckets.sort_unstable();
        buckets.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                kept.1 = kept.1.saturating_add(later.1);
            }
            same
        });
        Self { buckets }
    }

    /// Counts each value, exactly.
    #[must_use]
    pub fn of_values(values: impl IntoIterator<Item = u64>) -> Self {
        Self::of_buckets(values.into_iter().map(|value| (value, 1)))
    }

    /// All that any of `parts` has counted.
    #[must_use]
    pub fn sum_of<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        Self::of_buckets(parts.into_iter().flat_map(|part| part.buckets.iter().copied()))
    }

    /// Values and their counts, ascending.
    #[must_use]
    pub fn buckets(&self) -> &[(u64, u64)] {
        &self.buckets
    }

    /// Whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buckets.is_empty()
    }

    /// How many values were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.iter().fold(0, |sum, &(_, count)| sum.saturating_add(count))
    }

    /// The greatest value.
    #[must_use]
    pub fn max(&self) -> Option<u64> {
        self.buckets.last().map(|&(value, _)| value)
    }

    /// The sum of all values; as exact as the buckets are.
    #[must_use]
    pub fn total(&self) -> u128 {
        let parts = self.buckets.iter().map(|&(value, count)| u128::from(value) * u128::from(count));
        parts.fold(0, u128::saturating_add)
    }

    /// The least value that at least the share `q` of all values does not exceed: 0.5 for the median, 1 for
    /// the maximum. `None` if nothing was counted. Takes time proportional to the number of buckets.
    ///
    /// # Panics
    /// If `q` is not within 0 and 1.
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<u64> {
        assert!((0.0..=1.0).contains(&q), "{q} is no quantile: it must be within 0 and 1");
        // Rounding must not ask for one value more than there are: 0.999 × 1000 is a little above 999.
        let wanted = q * self.count() as f64;
        let rank = (wanted - wanted * 4.0 * f64::EPSILON).ceil().max(1.0) as u64;
        let mut seen = 0_u64;
        let found = self.buckets.iter().find(|&&(_, count)| {
            seen = seen.saturating_add(count);
            seen >= rank
        });
        found.or(self.buckets.last()).map(|&(value, _)| value)
    }
}

impl fmt::Debug for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.buckets.iter().copied()).finish()
    }
}

impl<'de> Deserialize<'de> for Histogram {
    /// Keeps **J4** whoever wrote the file.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::of_buckets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_exact_order_statistics() {
        let histogram = Histogram::of_values(1..=1000);
        for (q, expected) in [(0.0, 1), (0.001, 1), (0.5, 500), (0.5001, 501), (0.99, 990), (0.999, 999), (1.0, 1000)] {
            assert_eq!(histogram.quantile(q), Some(expected), "at {q}");
        }
        assert_eq!(Histogram::default().quantile(0.5), None);
    }

    #[test]
    fn a_count_weighs_as_much_as_as_many_values() {
        let histogram = Histogram::of_buckets([(7, 99), (1000, 1)]);
        assert_eq!(histogram.quantile(0.99), Some(7));
        assert_eq!(histogram.quantile(0.991), Some(1000));
        assert_eq!((histogram.count(), histogram.total(), histogram.max()), (100, 1693, Some(1000)));
    }

    #[test]
    fn a_sum_counts_what_its_parts_counted() {
        let parts = [Histogram::of_values([1, 2, 2]), Histogram::of_values([2, 3])];
        assert_eq!(Histogram::sum_of(&parts).buckets(), [(1, 1), (2, 3), (3, 1)]);
    }

    #[test]
    fn buckets_are_put_in_order_when_read() {
        let read: Histogram = serde_json::from_str("[[9,1],[3,0],[1,2],[9,4]]").unwrap();
        assert_eq!(read.buckets(), [(1, 2), (9, 5)]);
    }
}
