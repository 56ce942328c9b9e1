//! Sizes and times in a form that people read.

#![forbid(unsafe_code)]

use std::fmt;

/// Bytes, shown in the largest binary unit that leaves at least one.
pub(super) struct Bytes(pub(super) u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        if self.0 < 1024 {
            return f.pad(&format!("{} B", self.0));
        }
        let power = (self.0.ilog2() / 10) as usize;
        let value = self.0 as f64 / (1u64 << (10 * power)) as f64;
        f.pad(&format!("{value:.1} {}", UNITS[power - 1]))
    }
}

/// Nanoseconds, shown in ns, µs, ms or s.
pub(super) struct Nanos(pub(super) u64);

impl fmt::Display for Nanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ns = self.0 as f64;
        f.pad(&match self.0 {
            0..1_000 => format!("{} ns", self.0),
            1_000..1_000_000 => format!("{:.2} µs", ns / 1e3),
            1_000_000..1_000_000_000 => format!("{:.2} ms", ns / 1e6),
            _ => format!("{:.2} s", ns / 1e9),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_fit_the_size() {
        let bytes = |n| Bytes(n).to_string();
        assert_eq!([bytes(0), bytes(1023), bytes(1024)], ["0 B", "1023 B", "1.0 KiB"]);
        assert_eq!([bytes(5 << 30), bytes(u64::MAX)], ["5.0 GiB", "16.0 EiB"]);
        let nanos = |n| Nanos(n).to_string();
        assert_eq!([nanos(999), nanos(1_000), nanos(2_500_000)], ["999 ns", "1.00 µs", "2.50 ms"]);
        assert_eq!(nanos(61_000_000_000), "61.00 s");
        assert_eq!(format!("{:>8}", Bytes(12)), "    12 B");
    }
}
