//! Random numbers that are the same in every process and cost two nanoseconds.
#![forbid(unsafe_code)]

/// SplitMix64 (Steele, Lea and Flood, 2014).
#[derive(Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    #[inline]
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, by multiplication (Lemire, 2019); the bias is below `end` ÷ 2³².
    #[inline]
    pub(crate) fn below(&mut self, end: usize) -> usize {
        debug_assert!(end <= u32::MAX as usize);
        (((self.next() >> 32) * end as u64) >> 32) as usize
    }

    /// A random order of `0..len` (Fisher and Yates).
    pub(crate) fn permutation(&mut self, len: usize) -> Vec<u32> {
        let mut order: Vec<u32> = (0..len as u32).collect();
        for i in (1..len).rev() {
            order.swap(i, self.below(i + 1));
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permutation_holds_every_number_once() {
        let mut order = Random::seeded(7).permutation(1000);
        assert_ne!(order, (0..1000).collect::<Vec<_>>());
        order.sort_unstable();
        assert_eq!(order, (0..1000).collect::<Vec<_>>());
    }

    #[test]
    fn numbers_stay_below_their_end() {
        let mut random = Random::seeded(1);
        assert!((0..10_000).all(|_| random.below(10) < 10));
    }
}
