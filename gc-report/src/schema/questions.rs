//! What is asked of a series over all its rounds.
//!
//! A series that failed answers nothing: its figures are not to be used.

use super::{Histogram, Program, Round, Series, UtilisationPoint};
use crate::statistics;
use crate::utilisation::Utilisation;

/// Points of a utilisation curve to each tenfold of the window.
const POINTS_PER_DECADE: u32 = 12;

impl Series {
    /// The rounds, if the series did not fail.
    #[must_use]
    pub fn good_rounds(&self) -> &[Round] {
        if self.error.is_some() { &[] } else { &self.rounds }
    }

    /// One value from each round that has it; nothing from a series that failed.
    #[must_use]
    pub fn each(&self, value: impl Fn(&Round) -> Option<f64>) -> Vec<f64> {
        self.good_rounds().iter().filter_map(value).collect()
    }

    /// The median over the rounds that have the value; `None` if none has or the series failed.
    #[must_use]
    pub fn median(&self, value: impl Fn(&Round) -> Option<f64>) -> Option<f64> {
        statistics::median(&self.each(value))
    }

    /// The greatest value that any round saw.
    #[must_use]
    pub fn worst(&self, value: impl Fn(&Round) -> Option<f64>) -> Option<f64> {
        Some(statistics::range(&self.each(value))?.1)
    }

    /// One histogram of all rounds.
    #[must_use]
    pub fn pooled(&self, part: impl Fn(&Round) -> &Histogram) -> Histogram {
        Histogram::sum_of(self.good_rounds().iter().map(part))
    }

    /// The utilisation curve: for each window the least of all rounds, over the windows that all rounds
    /// cover. Empty if no round tells its pauses.
    #[must_use]
    pub fn utilisation(&self) -> Vec<UtilisationPoint> {
        let curves: Vec<Vec<UtilisationPoint>> =
            self.good_rounds().iter().map(Round::utilisation_curve).filter(|curve| !curve.is_empty()).collect();
        let Some((first, others)) = curves.split_first() else { return Vec::new() };
        let worst = first.iter().filter_map(|point| {
            let same_window = |curve: &Vec<UtilisationPoint>| {
                curve.iter().find(|other| other.window_ns == point.window_ns).map(|other| other.utilisation)
            };
            let others: Option<Vec<f64>> = others.iter().map(same_window).collect();
            Some(UtilisationPoint { utilisation: others?.into_iter().fold(point.utilisation, f64::min), ..*point })
        });
        worst.collect()
    }
}

impl Round {
    /// The share of the time that was spent in pauses: 0 if none was told. `None` if no time was measured.
    #[must_use]
    pub fn share_in_pauses(&self) -> Option<f64> {
        statistics::ratio(self.pauses.total() as f64, self.wall_ns as f64)
    }

    /// The utilisation curve that was measured, or the one that follows from the list of pauses. If that
    /// leaves out early pauses, it is about the time since the first one listed.
    #[must_use]
    pub fn utilisation_curve(&self) -> Vec<UtilisationPoint> {
        if !self.utilisation.is_empty() {
            return self.utilisation.clone();
        }
        let Some(end) = self.pause_list.iter().map(|pause| pause.end_ns()).max() else { return Vec::new() };
        let first = self.pause_list.iter().map(|pause| pause.start_ns).min().unwrap_or(0);
        let start = if self.pauses_left_out == 0 { 0 } else { first };
        Utilisation::new(&self.pause_list, start, self.wall_ns.max(end)).curve(POINTS_PER_DECADE)
    }
}

impl Program {
    /// One series for each label: the one without a limit of its heap, or else the one with the largest.
    #[must_use]
    pub fn main_series(&self) -> Vec<&Series> {
        let mut main: Vec<&Series> = Vec::new();
        let room = |series: &Series| series.heap_factor.unwrap_or(f64::INFINITY);
        for series in &self.series {
            match main.iter_mut().find(|other| other.label() == series.label()) {
                Some(other) if room(other) >= room(series) => {}
                Some(other) => *other = series,
                None => main.push(series),
            }
        }
        main
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Failure, Pause};
    use super::*;

    fn on(collector: &str, heap_factor: Option<f64>) -> Series {
        Series { collector: collector.into(), heap_factor, ..Series::default() }
    }

    #[test]
    fn the_main_series_is_the_one_with_most_room() {
        let series = vec![on("a", Some(1.5)), on("b", None), on("a", Some(3.0)), on("b", Some(6.0))];
        let program = Program { series, ..Program::default() };
        let main: Vec<_> = program.main_series().iter().map(|s| (s.label(), s.heap_factor)).collect();
        assert_eq!(main, [("a".to_owned(), Some(3.0)), ("b".to_owned(), None)]);
    }

    #[test]
    fn a_failed_series_answers_nothing() {
        let series = Series { rounds: vec![Round::default()], error: Some(Failure::default()), ..Series::default() };
        assert_eq!(series.median(|round| Some(round.wall_ns as f64)), None);
    }

    #[test]
    fn the_share_in_pauses_is_their_sum_over_the_time() {
        let round = Round { wall_ns: 400, pauses: Histogram::of_values([10, 10, 20]), ..Round::default() };
        assert_eq!(round.share_in_pauses(), Some(0.1));
        assert_eq!(Round { wall_ns: 400, ..Round::default() }.share_in_pauses(), Some(0.0));
        assert_eq!(Round::default().share_in_pauses(), None);
    }

    #[test]
    fn the_utilisation_of_a_series_is_that_of_its_worst_round() {
        let round = |length: u64| Round {
            wall_ns: 2_000_000,
            pause_list: vec![Pause::new(1_000_000, length)],
            ..Round::default()
        };
        let series = Series { rounds: vec![round(10_000), round(50_000), round(20_000)], ..Series::default() };
        let curve = series.utilisation();
        assert_eq!((curve[0].window_ns, curve[0].utilisation), (100_000, 0.5));
    }

    #[test]
    fn a_list_without_the_early_pauses_is_about_the_time_that_it_covers() {
        let round = Round {
            wall_ns: 10_000_000,
            pause_list: vec![Pause::new(9_800_000, 100_000)],
            pauses_left_out: 3,
            ..Round::default()
        };
        let curve = round.utilisation_curve();
        assert!(curve.iter().all(|point| point.window_ns <= 200_000));
        assert_eq!(curve[0].utilisation, 0.0);
    }
}
