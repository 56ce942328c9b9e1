//! How fast some work goes: units a nanosecond, learnt from slices.

#![forbid(unsafe_code)]

/// A speed, as an exponentially weighted mean. Long slices weigh more than short ones, and no slice moves it by
/// more than a quarter of a factor of four: one that was interrupted by another process does little harm.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    per_ns: f64,
}

const HALF_WEIGHT_NS: f64 = 20_000.0;

impl Rate {
    pub(super) fn new(per_ns: f64) -> Rate {
        Rate { per_ns }
    }

    pub(super) fn learn(&mut self, work: usize, ns: u64) {
        if work == 0 || ns == 0 {
            return;
        }
        let seen = (work as f64 / ns as f64).clamp(self.per_ns / 4.0, self.per_ns * 4.0);
        let weight = 0.25 * ns as f64 / (ns as f64 + HALF_WEIGHT_NS);
        self.per_ns += weight * (seen - self.per_ns);
        self.per_ns = self.per_ns.clamp(1e-6, 1e3);
    }

    /// How much is done in `ns`.
    pub(super) fn work_in(&self, ns: u64) -> usize {
        (self.per_ns * ns as f64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_comes_to_what_is_measured() {
        let mut rate = Rate::new(1.0);
        for _ in 0..40 {
            rate.learn(1_500_000, 300_000);
        }
        assert!((490..510).contains(&rate.work_in(100)), "{rate:?}");
    }

    #[test]
    fn an_interrupted_slice_changes_it_little() {
        let mut rate = Rate::new(1.0);
        rate.learn(100, 10_000_000);
        assert!(rate.work_in(1000) >= 800, "{rate:?}");
        rate.learn(0, 1000);
        rate.learn(1000, 0);
        assert!(rate.work_in(1000) >= 800, "{rate:?}");
    }
}
