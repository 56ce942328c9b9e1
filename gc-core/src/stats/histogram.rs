//! A histogram with three significant digits in fixed memory.
//!
//! The layout of HdrHistogram (G. Tene): values below 2,048 have a bucket each; above, every power of two is
//! cut into 1,024 buckets of equal width, so that a bucket is never wider than a thousandth of
//! its values. The index of a value is two shifts and an addition.
//!
//! - **S1** Buckets are in ascending order, touch, and cover 0 to `u64::MAX`: the last one takes
//!   all that is too large (2^40 ns is 18 minutes).
//! - **S2** Recording never allocates. The table is 248 KiB of zeroed memory, of which the system
//!   backs only the pages that are used: a few for most programs.

#![forbid(unsafe_code)]

const HALF_BITS: u32 = 10;
const HALF: usize = 1 << HALF_BITS;
const MAX_BITS: u32 = 40;
const BUCKETS: usize = (MAX_BITS - HALF_BITS + 1) as usize * HALF;

/// Counts values with a relative error below 1/1,024.
///
/// ```
/// use gc_core::stats::Histogram;
///
/// let mut histogram = Histogram::new();
/// for ns in 1..=1000 {
///     histogram.record(ns);
/// }
/// assert_eq!(histogram.quantile(0.5), 500);
/// assert_eq!(histogram.max(), 1000);
/// ```
#[derive(Clone)]
pub struct Histogram {
    counts: Box<[u64]>,
    count: u64,
    max: u64,
}

/// A range of values and how often they occurred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// The smallest value that falls into the bucket.
    pub low: u64,
    /// The largest value that falls into the bucket. `u64::MAX` for the last one.
    pub high: u64,
    /// How many such values were recorded.
    pub count: u64,
}

#[inline]
fn index_of(value: u64) -> usize {
    let value = value.min((1 << MAX_BITS) - 1);
    let shift = (u64::BITS - value.leading_zeros()).saturating_sub(HALF_BITS + 1);
    ((shift as usize) << HALF_BITS) + (value >> shift) as usize
}

fn range_of(index: usize) -> (u64, u64) {
    let shift = (index >> HALF_BITS).saturating_sub(1);
    let low = ((index - (shift << HALF_BITS)) as u64) << shift;
    let high = if index + 1 == BUCKETS { u64::MAX } else { low + (1 << shift) - 1 };
    (low, high)
}

impl Histogram {
    /// An empty histogram.
    #[must_use]
    pub fn new() -> Self {
        Histogram { counts: vec![0; BUCKETS].into_boxed_slice(), count: 0, max: 0 }
    }

    /// Counts one value. Costs a few nanoseconds; never allocates.
    #[inline]
    pub fn record(&mut self, value: u64) {
        self.counts[index_of(value)] += 1;
        self.count += 1;
        self.max = self.max.max(value);
    }

    /// How many values were recorded.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The largest value recorded, exactly; 0 if there is none.
    #[must_use]
    pub fn max(&self) -> u64 {
        self.max
    }

    /// A value that at least the share `q` of all values does not exceed: `q` = 0.5 for the median, 1 for
    /// the maximum. It is the upper end of a bucket, or the maximum where that is less; 0 if
    /// nothing was recorded. Walks the table: some 20 µs.
    ///
    /// # Panics
    /// If `q` is not within 0 and 1.
    #[must_use]
    pub fn quantile(&self, q: f64) -> u64 {
        assert!((0.0..=1.0).contains(&q), "{q} is no quantile: it must be within 0 and 1");
        let rank = ((q * self.count as f64).ceil() as u64).clamp(1, self.count.max(1));
        let mut seen = 0;
        for bucket in self.buckets() {
            seen += bucket.count;
            if seen >= rank {
                return bucket.high.min(self.max);
            }
        }
        self.max
    }

    /// The buckets that hold something, in ascending order.
    ///
    /// To feed another histogram, record each bucket's `high` (or its middle) `count` times.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> + '_ {
        let used = self.counts.iter().enumerate().filter(|&(_, &count)| count > 0);
        used.map(|(index, &count)| {
            let (low, high) = range_of(index);
            Bucket { low, high, count }
        })
    }

    /// Adds all that `other` has counted.
    pub fn add_all(&mut self, other: &Histogram) {
        for (sum, &count) in self.counts.iter_mut().zip(&other.counts).filter(|&(_, &count)| count > 0) {
            *sum += count;
        }
        self.count += other.count;
        self.max = self.max.max(other.max);
    }

    /// Forgets all values.
    pub fn clear(&mut self) {
        self.counts.fill(0);
        self.count = 0;
        self.max = 0;
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Histogram::new()
    }
}

impl std::fmt::Debug for Histogram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Histogram").field("count", &self.count).field("max", &self.max).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_touch_and_cover_everything() {
        assert_eq!(range_of(0).0, 0);
        for index in 1..BUCKETS {
            let (low, high) = range_of(index);
            assert_eq!(low, range_of(index - 1).1 + 1);
            assert_eq!((index_of(low), index_of(high)), (index, index));
        }
        assert_eq!(range_of(BUCKETS - 1).1, u64::MAX);
    }

    #[test]
    fn a_bucket_is_no_wider_than_a_thousandth() {
        for value in (0..40).map(|bit| (1u64 << bit) + (1 << bit) / 3) {
            let (low, high) = range_of(index_of(value));
            assert!(low <= value && value <= high && (high - low) * 1000 <= value, "{value}: {low} to {high}");
        }
    }

    #[test]
    fn known_values_give_known_buckets() {
        let mut histogram = Histogram::new();
        for value in [3, 3, 2047, 2048, 2049, 1 << 50] {
            histogram.record(value);
        }
        let buckets: Vec<_> = histogram.buckets().map(|b| (b.low, b.high, b.count)).collect();
        let last = (1u64 << 40) - (1 << 29);
        assert_eq!(buckets, [(3, 3, 2), (2047, 2047, 1), (2048, 2049, 2), (last, u64::MAX, 1)]);
        assert_eq!((histogram.count(), histogram.max()), (6, 1 << 50));
    }

    #[test]
    fn quantiles_are_ranks() {
        let mut histogram = Histogram::new();
        assert_eq!(histogram.quantile(0.99), 0);
        for value in 1..=100 {
            histogram.record(value);
        }
        let quantiles = [0.0, 0.001, 0.5, 0.501, 0.99, 1.0].map(|q| histogram.quantile(q));
        assert_eq!(quantiles, [1, 1, 50, 51, 99, 100]);
        histogram.record(1_000_001);
        assert_eq!(histogram.quantile(1.0), 1_000_001, "never more than the maximum");
    }

    #[test]
    fn histograms_add_up() {
        let (mut a, mut b) = (Histogram::new(), Histogram::new());
        a.record(5);
        b.record(5);
        b.record(9000);
        a.add_all(&b);
        assert_eq!((a.count(), a.max(), a.buckets().next().unwrap().count), (3, 9000, 2));
        a.clear();
        assert_eq!((a.count(), a.max(), a.buckets().count()), (0, 0, 0));
    }
}
