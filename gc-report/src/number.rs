//! Numbers as people read them: three digits, a unit, and a space that does not break.

/// Three significant digits, without an exponent where that is bearable.
pub(crate) fn three_digits(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return if value == 0.0 { "0".into() } else { "–".into() };
    }
    if value.abs() < 0.000_995 || value.abs() >= 1e15 {
        return format!("{value:.2e}");
    }
    // The exponent after rounding, so that 9.996 is 10.0.
    let scientific = format!("{value:.2e}");
    let exponent: i32 = scientific.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    let decimals = usize::try_from(2 - exponent).unwrap_or(0);
    if decimals > 0 { format!("{value:.decimals$}") } else { grouped(value.round()) }
}

/// A whole number, its digits in groups of three.
fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::from(if value < 0.0 { "−" } else { "" });
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count, whole.
pub(crate) fn count(value: u64) -> String {
    grouped(value as f64)
}

fn with_unit(value: f64, units: &[(f64, &str)]) -> String {
    // Rounded to three digits it may reach the next unit.
    let fits = |&&(size, _): &&(f64, &str)| value.abs() >= size * 0.9995;
    let (size, unit) = units.iter().rev().find(fits).or(units.first()).copied().unwrap_or((1.0, ""));
    format!("{}\u{a0}{unit}", three_digits(value / size))
}

/// Nanoseconds, as ns, µs, ms or s.
pub(crate) fn time(ns: f64) -> String {
    if ns == 0.0 {
        return "0\u{a0}s".into();
    }
    with_unit(ns, &[(1.0, "ns"), (1e3, "µs"), (1e6, "ms"), (1e9, "s")])
}

/// Bytes, as B, KiB, MiB or GiB.
pub(crate) fn bytes(bytes: f64) -> String {
    let units = [(1.0, "B"), (1024.0, "KiB"), (1024.0 * 1024.0, "MiB"), (1024.0 * 1024.0 * 1024.0, "GiB")];
    with_unit(bytes, &units)
}

/// The same number without zeros at its end, for what is round: `64.0 KiB` is `64 KiB`, `100 ms` stays.
pub(crate) fn shorter(text: &str) -> String {
    match text.split_once('\u{a0}') {
        Some((number, unit)) if number.contains('.') => {
            format!("{}\u{a0}{unit}", number.trim_end_matches('0').trim_end_matches('.'))
        }
        _ => text.to_owned(),
    }
}

/// Bytes a second.
pub(crate) fn bandwidth(bytes_per_second: f64) -> String {
    with_unit(bytes_per_second, &[(1.0, "B/s"), (1e3, "kB/s"), (1e6, "MB/s"), (1e9, "GB/s")])
}

/// A multiple.
pub(crate) fn times(ratio: f64) -> String {
    format!("{}\u{a0}×", three_digits(ratio))
}

/// A share, as per cent.
pub(crate) fn percent(share: f64) -> String {
    format!("{}\u{a0}%", three_digits(share * 100.0))
}

/// A share near 1 in per cent, with as many nines as it has: 99.99 %.
pub(crate) fn percentile(share: f64) -> String {
    let text = format!("{:.10}", share * 100.0);
    format!("{}\u{a0}%", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_three_digits() {
        let shown: Vec<String> = [0.0123, 0.5, 1.0, 9.996, 99.95, 123.4, 1234.4, 1e6].map(three_digits).into();
        assert_eq!(shown, ["0.0123", "0.500", "1.00", "10.0", "100", "123", "1,234", "1,000,000"]);
        assert_eq!((three_digits(0.0), three_digits(f64::INFINITY)), ("0".into(), "–".into()));
    }

    #[test]
    fn a_unit_fits_its_number() {
        assert_eq!(time(999.0), "999\u{a0}ns");
        assert_eq!(time(999_900.0), "1.00\u{a0}ms");
        assert_eq!(time(0.3), "0.300\u{a0}ns");
        assert_eq!(time(66e9), "66.0\u{a0}s");
        assert_eq!(bytes(1536.0), "1.50\u{a0}KiB");
        assert_eq!(bytes(64.0 * 1024.0 * 1024.0), "64.0\u{a0}MiB");
    }

    #[test]
    fn round_numbers_are_short() {
        let shown = ["64.0\u{a0}KiB", "1.50\u{a0}×", "100\u{a0}ms"].map(shorter);
        assert_eq!(shown, ["64\u{a0}KiB", "1.5\u{a0}×", "100\u{a0}ms"]);
    }

    #[test]
    fn percentiles_keep_their_nines() {
        let shown: Vec<String> = [0.5, 0.99, 0.999, 1.0 - 1e-7].map(percentile).into();
        assert_eq!(shown, ["50\u{a0}%", "99\u{a0}%", "99.9\u{a0}%", "99.99999\u{a0}%"]);
    }
}
