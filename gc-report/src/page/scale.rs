//! From values to places, and where the marks of an axis go.

use crate::number::{self, shorter};

/// How values are laid out along an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scale {
    Linear {
        least: f64,
        most: f64,
    },
    /// Both ends above 0.
    Log {
        least: f64,
        most: f64,
    },
}

impl Scale {
    /// From 0 to a round number that is `most` or more, in steps of the units of bytes if so asked.
    pub(crate) fn from_zero(most: f64) -> Self {
        Self::Linear { least: 0.0, most: if most > 0.0 { most * 1.06 } else { 1.0 } }
    }

    /// Covers all values above 0, with a little room; a decade at least.
    pub(crate) fn log_over(values: impl IntoIterator<Item = f64>) -> Self {
        Self::log_over_at_least(1.0, values)
    }

    /// The same, over that many powers of ten at least.
    pub(crate) fn log_over_at_least(decades: f64, values: impl IntoIterator<Item = f64>) -> Self {
        let positive = values.into_iter().filter(|&value| value > 0.0 && value.is_finite());
        let (least, most) = positive.fold((f64::INFINITY, 0.0_f64), |(least, most), v| (least.min(v), most.max(v)));
        if least > most {
            return Self::Log { least: 1.0, most: 10.0 };
        }
        let room = 0.06 * decades;
        let (mut low, mut high) = (least.log10() - room, most.log10() + room);
        let missing = decades - (high - low);
        if missing > 0.0 {
            low -= missing / 2.0;
            high += missing / 2.0;
        }
        Self::Log { least: 10_f64.powf(low), most: 10_f64.powf(high) }
    }

    /// Where a value lies, from 0 at the least to 1 at the most; what is outside lies at the nearer end.
    pub(crate) fn place(self, value: f64) -> f64 {
        let share = match self {
            Self::Linear { least, most } => (value - least) / (most - least),
            Self::Log { least, most } => (value.max(f64::MIN_POSITIVE) / least).ln() / (most / least).ln(),
        };
        if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) }
    }
}

/// A mark of an axis.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tick {
    pub(crate) value: f64,
    pub(crate) label: String,
}

impl Tick {
    pub(crate) fn new(value: f64, label: impl Into<String>) -> Self {
        Self { value, label: label.into() }
    }
}

/// About `count` marks at 1, 2 or 5 times a power of ten, from 0 to `most`.
pub(crate) fn linear_ticks(most: f64, count: u32, show: impl Fn(f64) -> String) -> Vec<Tick> {
    steps(most, round_step(most / f64::from(count)), show)
}

/// The same for bytes: 1, 2 or 5 times a power of ten of the unit that fits.
pub(crate) fn byte_ticks(most: f64, count: u32) -> Vec<Tick> {
    let step = most / f64::from(count);
    let unit = [1024.0_f64.powi(3), 1024.0_f64.powi(2), 1024.0, 1.0].into_iter().find(|&unit| step >= unit);
    let unit = unit.unwrap_or(1.0);
    steps(most, round_step(step / unit) * unit, |bytes| shorter(&number::bytes(bytes)))
}

/// Times from 0.
pub(crate) fn time_ticks(most_ns: f64, count: u32) -> Vec<Tick> {
    linear_ticks(most_ns, count, |ns| shorter(&number::time(ns)))
}

/// Marks of a logarithmic axis: each power of ten, or 1, 2 and 5 times one where there are few.
pub(crate) fn log_ticks(scale: Scale, show: impl Fn(f64) -> String) -> Vec<Tick> {
    let Scale::Log { least, most } = scale else { return Vec::new() };
    let decades = (most / least).log10();
    let within = match decades {
        ..0.7 => &[1.0, 1.2, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0][..],
        ..2.3 => &[1.0, 2.0, 5.0],
        _ => &[1.0],
    };
    let every = if decades > 7.0 { 2 } else { 1 };
    let (first, last) = (least.log10().floor() as i32, most.log10().ceil() as i32);
    let powers = (first..=last).filter(|power| power % every == 0);
    let values = powers.flat_map(|power| within.iter().map(move |digit| digit * 10_f64.powi(power)));
    values
        .filter(|&value| value >= least && value <= most)
        .map(|value| Tick::new(value, shorter(&show(value))))
        .collect()
}

/// Marks of a logarithmic axis of bytes: powers of two.
pub(crate) fn log_byte_ticks(scale: Scale) -> Vec<Tick> {
    let Scale::Log { least, most } = scale else { return Vec::new() };
    let (first, last) = (least.log2().ceil() as i32, most.log2().floor() as i32);
    let every = ((last - first) / 5).max(1);
    let powers = (first..=last).filter(|power| power % every == 0).map(|power| 2_f64.powi(power));
    powers.map(|value| Tick::new(value, shorter(&number::bytes(value)))).collect()
}

fn steps(most: f64, step: f64, show: impl Fn(f64) -> String) -> Vec<Tick> {
    let count = (most / step + 1e-9).floor() as u32;
    (0..=count).map(|n| f64::from(n) * step).map(|value| Tick::new(value, show(value))).collect()
}

/// The least of 1, 2, 5 times a power of ten that is not below.
fn round_step(step: f64) -> f64 {
    if step <= 0.0 || !step.is_finite() {
        return 1.0;
    }
    let power = 10_f64.powf(step.log10().floor());
    let digit = [1.0, 2.0, 5.0, 10.0].into_iter().find(|digit| digit * power >= step * 0.999);
    digit.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: Vec<Tick>) -> Vec<String> {
        ticks.into_iter().map(|tick| tick.label.replace('\u{a0}', " ")).collect()
    }

    #[test]
    fn marks_are_round_numbers_of_their_unit() {
        assert_eq!(labels(byte_ticks(730e6, 4)), ["0 B", "200 MiB", "400 MiB", "600 MiB"]);
        assert_eq!(labels(time_ticks(1.1e9, 4)), ["0 s", "500 ms", "1 s"]);
    }

    #[test]
    fn a_logarithmic_axis_has_few_marks_however_long() {
        let ticks = |least, most| labels(log_ticks(Scale::Log { least, most }, number::time));
        assert_eq!(ticks(900.0, 2e6), ["1 µs", "10 µs", "100 µs", "1 ms"]);
        assert_eq!(ticks(900.0, 1.2e4), ["1 µs", "2 µs", "5 µs", "10 µs"]);
    }

    #[test]
    fn bytes_are_marked_at_powers_of_two() {
        let scale = Scale::log_over([100.0 * 1048576.0, 700.0 * 1048576.0]);
        assert_eq!(labels(log_byte_ticks(scale)), ["128 MiB", "256 MiB", "512 MiB"]);
    }

    #[test]
    fn the_ends_of_a_scale_are_0_and_1() {
        for scale in [Scale::Linear { least: 2.0, most: 4.0 }, Scale::Log { least: 2.0, most: 4.0 }] {
            assert_eq!((scale.place(2.0), scale.place(4.0), scale.place(9.0)), (0.0, 1.0, 1.0));
        }
        assert_eq!(Scale::Log { least: 1.0, most: 100.0 }.place(10.0), 0.5);
    }

    #[test]
    fn a_scale_over_a_single_value_has_room_around_it() {
        let place = Scale::log_over([1000.0]).place(1000.0);
        assert!((place - 0.5).abs() < 1e-9);
        assert_eq!(Scale::log_over([0.0]), Scale::Log { least: 1.0, most: 10.0 });
    }
}
