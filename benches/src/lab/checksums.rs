//! Whoever computes something else than the others is wrong.
#![forbid(unsafe_code)]

use gc_report::{Failure, FailureKind, Series};

/// Turns every series into an error whose checksum is not the one that most series have. If no
/// checksum has the most votes, nobody knows who is right, and all are errors.
pub(crate) fn mark_wrong(series: &mut [Series]) {
    let wrong = |message: &str| Some(Failure { kind: FailureKind::Checksum, message: message.to_owned() });
    for one in series.iter_mut() {
        let mut checksums = one.rounds.iter().map(|round| round.checksum);
        let first = checksums.next();
        if checksums.any(|checksum| Some(checksum) != first) {
            one.error = wrong("checksum differs between rounds");
        }
    }
    let of = |one: &Series| match one.error {
        None => one.rounds.first().map(|round| round.checksum),
        Some(_) => None,
    };
    let all: Vec<u64> = series.iter().filter_map(of).collect();
    let votes = |checksum: u64| all.iter().filter(|&&other| other == checksum).count();
    let most = all.iter().map(|&checksum| votes(checksum)).max().unwrap_or(0);
    let mut winners: Vec<u64> = all.iter().copied().filter(|&c| votes(c) == most).collect();
    winners.sort_unstable();
    winners.dedup();
    for one in series.iter_mut() {
        if of(one).is_some_and(|checksum| winners != [checksum]) {
            one.error = wrong("checksum differs from its peers'");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gc_report::Round;

    fn has_errors(checksums: &[&[u64]]) -> Vec<bool> {
        let round = |&checksum: &u64| Round { checksum, ..Round::default() };
        let series = |rounds: &&[u64]| Series { rounds: rounds.iter().map(round).collect(), ..Series::default() };
        let mut all: Vec<Series> = checksums.iter().map(series).collect();
        mark_wrong(&mut all);
        all.iter().map(|one| one.error.is_some()).collect()
    }

    #[test]
    fn another_checksum_than_the_peers_is_an_error() {
        assert_eq!(has_errors(&[&[1, 1], &[1, 1], &[2, 2]]), [false, false, true]);
        assert_eq!(has_errors(&[&[1], &[1], &[1]]), [false, false, false]);
    }

    #[test]
    fn a_checksum_that_changes_between_rounds_is_an_error() {
        assert_eq!(has_errors(&[&[1, 1], &[1, 2], &[1, 1]]), [false, true, false]);
    }

    #[test]
    fn without_a_majority_everybody_is_wrong() {
        assert_eq!(has_errors(&[&[1], &[2]]), [true, true]);
        assert_eq!(has_errors(&[&[1], &[2], &[1], &[2]]), [true, true, true, true]);
    }

    #[test]
    fn a_single_column_is_its_own_majority() {
        assert_eq!(has_errors(&[&[7, 7]]), [false]);
    }
}
