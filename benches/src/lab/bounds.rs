//! What a row comes to beside what the machine can do.
#![forbid(unsafe_code)]

use gc_report::statistics::ratio;
use gc_report::{Calibration, Round, Series};

use crate::programs::{Bound, full_mark::MARK_FIGURE};
use crate::report::per_operation;

/// What the figure is called: time ÷ the least that the machine takes.
const FIGURE: &str = "÷ bound";

/// Adds the figure to every round: of marking alone where that is known, else of the time per operation.
pub(super) fn add(bound: Bound, machine: &Calibration, series: &mut [Series]) {
    let Some(bound) = bound.nanoseconds(machine) else { return };
    for round in series.iter_mut().flat_map(|series| &mut series.rounds) {
        if let Some(figure) = measured(round).and_then(|ns| ratio(ns, bound)) {
            round.figures.insert(FIGURE.to_owned(), figure);
        }
    }
}

fn measured(round: &Round) -> Option<f64> {
    round.figures.get(MARK_FIGURE).copied().or_else(|| per_operation(round))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marking_is_set_beside_its_bound_and_else_the_time_of_an_operation() {
        let machine = Calibration { independent_load_ns: Some(5.0), ..Calibration::default() };
        let plain = Round { wall_ns: 100, operations: 10, ..Round::default() };
        let marked = Round { figures: [(MARK_FIGURE.to_owned(), 7.5)].into(), ..plain.clone() };
        let mut series = [Series { rounds: vec![plain, marked], ..Series::default() }];
        add(Bound::RandomEdge, &machine, &mut series);
        let figures: Vec<_> = series[0].rounds.iter().map(|round| round.figures[FIGURE]).collect();
        assert_eq!(figures, [2.0, 1.5]);
    }
}
