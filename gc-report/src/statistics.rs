//! What is made of several rounds: medians, spreads, ratios, and a test for a difference.
//!
//! Few rounds and heavy tails, so nothing here assumes a distribution: the middle value, how far the
//! values lie apart, and a test that looks only at their order.

/// The middle value; of an even number, the mean of the two in the middle. `None` of nothing.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[middle]),
        _ => Some(sorted[middle - 1].midpoint(sorted[middle])),
    }
}

/// Half the distance from the least to the greatest value, as a share of the median: the `±` of a table.
/// 0 for a single value; `None` of nothing, or if the median is 0.
#[must_use]
pub fn spread(values: &[f64]) -> Option<f64> {
    let middle = median(values).filter(|&m| m != 0.0)?;
    let (least, most) = range(values)?;
    Some((most - least) / 2.0 / middle)
}

/// The least and the greatest value. `None` of nothing.
#[must_use]
pub fn range(values: &[f64]) -> Option<(f64, f64)> {
    let least = values.iter().copied().min_by(f64::total_cmp)?;
    let most = values.iter().copied().max_by(f64::total_cmp)?;
    Some((least, most))
}

/// How many times `base` fits into `value`. `None` if that says nothing.
#[must_use]
pub fn ratio(value: f64, base: f64) -> Option<f64> {
    (base > 0.0 && value.is_finite()).then(|| value / base)
}

/// How likely values that differ only by chance would lie as far apart in order as `left` and `right` do:
/// the two-sided rank-sum test (H. B. Mann, D. R. Whitney, 1947).
///
/// Exact, ties included, up to 60 values: all ways to deal the joint ranks to the two sides are counted.
/// Beyond that by the normal approximation. 1 if either side is empty. The least that 3 and 3 values can
/// reach is 0.1; 4 and 4: 0.029; 5 and 5: 0.0079.
///
/// ```
/// use gc_report::statistics::rank_test;
///
/// let p = rank_test(&[1.0, 2.0, 3.0, 4.0, 5.0], &[6.0, 7.0, 8.0, 9.0, 10.0]);
/// assert!((p - 2.0 / 252.0).abs() < 1e-12);
/// ```
#[must_use]
pub fn rank_test(left: &[f64], right: &[f64]) -> f64 {
    if left.is_empty() || right.is_empty() {
        return 1.0;
    }
    let ranks = doubled_ranks(left, right);
    let sum: usize = ranks[..left.len()].iter().sum();
    let total: usize = ranks.iter().sum();
    // Twice the mean of the sum, doubled like the ranks.
    let mean = total as f64 * left.len() as f64 / ranks.len() as f64;
    let distance = (sum as f64 - mean).abs();
    let p = if ranks.len() <= 60 {
        exact_tails(&ranks, left.len(), mean, distance)
    } else {
        normal_tails(&ranks, left.len(), distance)
    };
    p.min(1.0)
}

/// Twice the rank of each value among all, equal values sharing the mean of theirs: whole numbers.
fn doubled_ranks(left: &[f64], right: &[f64]) -> Vec<usize> {
    let all: Vec<f64> = left.iter().chain(right).copied().collect();
    let rank = |value: f64| {
        let below = all.iter().filter(|other| other.total_cmp(&value).is_lt()).count();
        let equal = all.iter().filter(|other| other.total_cmp(&value).is_eq()).count();
        2 * below + equal + 1
    };
    all.iter().map(|&value| rank(value)).collect()
}

/// The share of all choices of `chosen` ranks whose sum is at least `distance` from the mean.
fn exact_tails(ranks: &[usize], chosen: usize, mean: f64, distance: f64) -> f64 {
    let total: usize = ranks.iter().sum();
    // `ways[k][s]`: in how many ways k of the ranks seen so far have the sum s.
    let mut ways = vec![vec![0.0_f64; total + 1]; chosen + 1];
    ways[0][0] = 1.0;
    for &rank in ranks {
        for k in (0..chosen).rev() {
            for sum in (0..=total - rank).rev() {
                ways[k + 1][sum + rank] += ways[k][sum];
            }
        }
    }
    let counted = ways[chosen].iter().enumerate();
    let far = counted.filter(|&(sum, _)| (sum as f64 - mean).abs() >= distance - 1e-9);
    far.map(|(_, ways)| ways).sum::<f64>() / ways[chosen].iter().sum::<f64>()
}

fn normal_tails(ranks: &[usize], chosen: usize, distance: f64) -> f64 {
    let n = ranks.len() as f64;
    let mean = ranks.iter().sum::<usize>() as f64 / n;
    let variance = ranks.iter().map(|&rank| (rank as f64 - mean).powi(2)).sum::<f64>() / n;
    let deviation = (variance * chosen as f64 * (n - chosen as f64) / (n - 1.0)).sqrt();
    if deviation == 0.0 { 1.0 } else { complementary_error(distance / deviation / std::f64::consts::SQRT_2) }
}

/// `erfc` for x ≥ 0, to about 1e-7 (Abramowitz and Stegun, 7.1.26).
fn complementary_error(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let polynomial = [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592];
    polynomial.iter().fold(0.0, |sum, c| sum * t + c) * t * (-x * x).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_value_in_any_order() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(&[1.0, 1.0, 1.0, 1.0, 1000.0]), Some(1.0));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn the_spread_is_half_the_range_over_the_median() {
        assert_eq!(spread(&[9.0, 10.0, 13.0]), Some(0.2));
        assert_eq!(spread(&[10.0]), Some(0.0));
        assert_eq!(spread(&[]), None);
        assert_eq!(spread(&[0.0, 0.0]), None);
    }

    #[test]
    fn a_ratio_needs_a_base_above_zero() {
        assert_eq!(ratio(3.0, 2.0), Some(1.5));
        assert_eq!(ratio(3.0, 0.0), None);
        assert_eq!(ratio(f64::INFINITY, 1.0), None);
    }

    #[test]
    fn the_rank_test_counts_all_ways_to_deal() {
        // 6 ways to choose 2 of 4; the two extreme ones are as far apart.
        assert!((rank_test(&[1.0, 2.0], &[3.0, 4.0]) - 2.0 / 6.0).abs() < 1e-12);
        // Sums 4 and 6 of 1..=4 are the next: four of six ways are as far or farther.
        assert!((rank_test(&[1.0, 3.0], &[2.0, 4.0]) - 4.0 / 6.0).abs() < 1e-12);
        assert_eq!(rank_test(&[1.0, 4.0], &[2.0, 3.0]), 1.0);
    }

    #[test]
    fn equal_values_say_nothing() {
        assert_eq!(rank_test(&[7.0; 5], &[7.0; 5]), 1.0);
        assert_eq!(rank_test(&[], &[7.0; 5]), 1.0);
    }

    #[test]
    fn the_rank_test_is_symmetric_and_ignores_the_scale() {
        let (left, right) = ([1.0, 2.0, 5.0, 9.0, 4.0], [3.0, 8.0, 7.0, 12.0]);
        assert_eq!(rank_test(&left, &right), rank_test(&right, &left));
        let cubes = |values: &[f64]| values.iter().map(|v| v * v * v).collect::<Vec<_>>();
        assert_eq!(rank_test(&left, &right), rank_test(&cubes(&left), &cubes(&right)));
    }

    #[test]
    fn the_approximation_continues_the_exact_test() {
        let values = |count: usize, shift: f64| (0..count).map(|i| i as f64 + shift).collect::<Vec<_>>();
        let ranks = doubled_ranks(&values(30, 0.0), &values(30, 6.5));
        let sum: usize = ranks[..30].iter().sum();
        let mean = ranks.iter().sum::<usize>() as f64 / 2.0;
        let distance = (sum as f64 - mean).abs();
        let (exact, normal) = (exact_tails(&ranks, 30, mean, distance), normal_tails(&ranks, 30, distance));
        assert!((exact - normal).abs() < 0.003, "{exact} {normal}");
    }
}
