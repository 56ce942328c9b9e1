//! What is made of several rounds: medians, spreads and ratios.
//!
//! Few rounds and heavy tails, so nothing here assumes a distribution: the middle value, and how
//! far the values lie apart.
#![forbid(unsafe_code)]

/// The middle value; of an even number, the mean of the two in the middle. `None` of nothing.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[middle]),
        _ => Some((sorted[middle - 1] + sorted[middle]) / 2.0),
    }
}

/// Half the distance from the least to the greatest value, as a share of the median: the `±` of the
/// table. 0 for a single value; `None` of nothing, or if the median is 0.
pub(crate) fn spread(values: &[f64]) -> Option<f64> {
    let middle = median(values).filter(|&m| m != 0.0)?;
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    Some((greatest(values)? - least) / 2.0 / middle)
}

/// The greatest value. `None` of nothing.
pub(crate) fn greatest(values: &[f64]) -> Option<f64> {
    values.iter().copied().max_by(f64::total_cmp)
}

/// How many times `base` fits into `value`. `None` if that says nothing.
pub(crate) fn ratio(value: Option<f64>, base: Option<f64>) -> Option<f64> {
    match (value?, base?) {
        (value, base) if base > 0.0 && value.is_finite() => Some(value / base),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_value_in_any_order() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(&[5.0]), Some(5.0));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn one_outlier_does_not_move_the_median() {
        assert_eq!(median(&[1.0, 1.0, 1.0, 1.0, 1000.0]), Some(1.0));
    }

    #[test]
    fn the_spread_is_half_the_range_over_the_median() {
        assert_eq!(spread(&[9.0, 10.0, 13.0]), Some(0.2));
        assert_eq!(spread(&[10.0]), Some(0.0));
        assert_eq!(spread(&[]), None);
        assert_eq!(spread(&[0.0, 0.0]), None);
    }

    #[test]
    fn the_greatest_value_is_found_among_all() {
        assert_eq!(greatest(&[1.0, 7.0, 3.0]), Some(7.0));
        assert_eq!(greatest(&[]), None);
    }

    #[test]
    fn a_ratio_needs_both_sides_and_a_base_above_zero() {
        assert_eq!(ratio(Some(3.0), Some(2.0)), Some(1.5));
        assert_eq!(ratio(Some(3.0), None), None);
        assert_eq!(ratio(None, Some(2.0)), None);
        assert_eq!(ratio(Some(3.0), Some(0.0)), None);
    }
}
