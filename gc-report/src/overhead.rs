//! Lower-bound overhead: how far every configuration is from the least cost that any has reached.
//!
//! What a program would cost with a perfect collector is not known, but it is no more than the least that any
//! configuration took; so cost ÷ that least cost is a lower bound of what the collector adds (Z. Cai,
//! S. M. Blackburn, M. D. Bond, M. Maas: *Distilling the Real Cost of Production Garbage Collectors*,
//! ISPASS 2022). Once for wall time, and once for the processor time of all threads, since work done on the
//! side does not show in the first.

use crate::schema::{Program, Round, Series};
use crate::statistics::ratio;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cost {
    /// Time from start to end.
    Wall,
    /// Processor time of all threads.
    Cpu,
}

impl Cost {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Wall, Self::Cpu];

    /// What a round took, in nanoseconds. `None` if it does not say.
    #[must_use]
    pub fn of(self, round: &Round) -> Option<f64> {
        match self {
            Self::Wall => Some(round.wall_ns as f64),
            Self::Cpu => round.cpu_ns.map(|ns| ns as f64),
        }
    }

    /// The median over the rounds of a series; `None` if it failed.
    #[must_use]
    pub fn median(self, series: &Series) -> Option<f64> {
        series.median(|round| self.of(round))
    }

    /// The least that any series of the program took, at any heap size; `None` if there is nothing.
    #[must_use]
    pub fn least(self, program: &Program) -> Option<f64> {
        program.series.iter().filter_map(|series| self.median(series)).min_by(f64::total_cmp)
    }

    /// What the series took ÷ the least that any series of its program took: 1 or more.
    #[must_use]
    pub fn overhead(self, series: &Series, program: &Program) -> Option<f64> {
        ratio(self.median(series)?, self.least(program)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Failure;

    fn series(collector: &str, rounds: &[(u64, u64)]) -> Series {
        let round = |&(wall_ns, cpu_ns): &(u64, u64)| Round { wall_ns, cpu_ns: Some(cpu_ns), ..Round::default() };
        Series { collector: collector.into(), rounds: rounds.iter().map(round).collect(), ..Series::default() }
    }

    #[test]
    fn overhead_is_over_the_least_median_once_for_wall_and_once_for_cpu() {
        let concurrent = series("concurrent", &[(120, 300), (110, 310), (900, 320)]);
        let arena = series("arena", &[(80, 90), (100, 100), (105, 101)]);
        let failed = Series { error: Some(Failure::default()), ..series("failed", &[(1, 1)]) };
        let program = Program { series: vec![concurrent, arena, failed], ..Program::default() };
        let overheads = |cost: Cost| program.series.iter().map(|s| cost.overhead(s, &program)).collect::<Vec<_>>();
        assert_eq!(overheads(Cost::Wall), [Some(1.2), Some(1.0), None]);
        assert_eq!(overheads(Cost::Cpu), [Some(3.1), Some(1.0), None]);
    }

    #[test]
    fn what_was_not_measured_has_no_overhead() {
        let silent = Series { rounds: vec![Round { wall_ns: 5, ..Round::default() }], ..Series::default() };
        let program = Program { series: vec![silent.clone()], ..Program::default() };
        assert_eq!(Cost::Cpu.overhead(&silent, &program), None);
        assert_eq!(Cost::Wall.overhead(&silent, &program), Some(1.0));
    }
}
