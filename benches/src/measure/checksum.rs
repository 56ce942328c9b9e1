//! What a program computed, as one number.
#![forbid(unsafe_code)]

/// What a program computed, folded into one number that depends on the order.
pub(crate) struct Checksum(u64);

impl Checksum {
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    #[inline]
    pub(crate) fn add(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(0x0000_0100_0000_01b3);
    }

    pub(crate) fn value(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_depends_on_the_order() {
        let sum = |values: [u64; 2]| {
            let mut sum = Checksum::new();
            values.into_iter().for_each(|v| sum.add(v));
            sum.value()
        };
        assert_ne!(sum([1, 2]), sum([2, 1]));
    }
}
