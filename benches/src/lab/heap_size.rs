//! The size of the heap as an axis: what a program costs in 1.25 to 6 times the smallest heap that it runs in.
//!
//! The smallest heap is that of gc-core, found by halving: between nothing and what the program took
//! without a limit, until the two ends are within a twentieth. A run counts as failed if memory does not suffice,
//! and if it takes ten times as long as without a limit: a collector that does nothing but collect does not run
//! its program. gc-arena has no limit; it is run with pacing for the same growth, and its peak shows what that
//! came to.
//!
//! Some programs can tell what is alive at most, by collecting in full again and again in a run of its own. They are
//! also run in a heap of [`ABOVE_LIVE`] times that; or in the smallest one, where that is more: the heap consists of
//! blocks of 64 KiB, and has a nursery.
#![forbid(unsafe_code)]

use std::time::{Duration, Instant};

use gc_report::{Failure, FailureKind, Round, Series};

use super::process::NoAnswer;
use super::progress::Progress;
use super::{Bench, Interrupted, Lab, failure};
use crate::plan::Column;
use crate::programs::{Job, LIVE_FIGURE, Program};

/// How close the ends have to come.
const CLOSE: f64 = 1.05;

/// How many halvings that usually takes.
const HALVINGS: u64 = 6;

/// The collector whose heap has a limit.
const LIMITED: &str = "gc-core";

/// How much room a program is given over what is alive at most, to see what share of the time the collector takes.
pub(crate) const ABOVE_LIVE: f64 = 3.0;

/// The collector whose growth can be set.
const PACED: &str = "gc-arena";

/// How many processes a program takes.
pub(super) fn steps(program: &Program, columns: &[Column], factors: &[f64]) -> u64 {
    let has = |name| columns.iter().filter(|column| column.contender.collector == name).count() as u64;
    if has(LIMITED) == 0 || factors.is_empty() {
        0
    } else {
        let above_live = if program.tells_live { 2 } else { 0 };
        HALVINGS + (has(LIMITED) + has(PACED)) * factors.len() as u64 + above_live
    }
}

impl Lab {
    pub(super) fn over_heap_size(&self, bench: &mut Bench<'_>, progress: &Progress) -> Result<(), Interrupted> {
        let ours = bench.columns.iter().position(|column| column.contender.collector == LIMITED);
        let Some(ours) = ours.filter(|_| !self.heap_factors.is_empty()) else { return Ok(()) };
        let free = bench.series[ours].rounds.first().filter(|_| bench.series[ours].error.is_none());
        let Some(smallest) = free.cloned().and_then(|free| self.smallest(bench, ours, &free, progress).transpose())
        else {
            return Ok(());
        };
        let smallest = smallest?;
        let live = self.live(bench, ours, progress)?;
        for &column in bench.columns {
            for &factor in &self.heap_factors {
                let limit = (smallest as f64 * factor) as usize;
                let job = match column.contender.collector {
                    LIMITED => Job { heap_limit: Some(limit), ..self.job.clone() },
                    PACED => Job { growth: Some(factor), ..self.job.clone() },
                    _ => break,
                };
                let mut series = Series {
                    heap_factor: Some(factor),
                    heap_limit_bytes: job.heap_limit.map(|bytes| bytes as u64),
                    live_bytes: live.filter(|_| column.contender.collector == LIMITED),
                    ..column.series()
                };
                progress.now(&format!("{} in {factor} × the smallest heap: {}", series.label(), bench.program.name));
                self.measure_into(&mut series, bench.program, column, &job)?;
                bench.limited.push(series);
                progress.step();
            }
        }
        if let Some(live) = live {
            self.above_live(bench, ours, live, smallest, progress)?;
        }
        Ok(())
    }

    /// One process, whose outcome goes into the series.
    fn measure_into(
        &self,
        series: &mut Series,
        program: &Program,
        column: Column,
        job: &Job,
    ) -> Result<(), Interrupted> {
        match self.measure(program, column, job) {
            Ok(round) => series.rounds.push(round),
            Err(NoAnswer::Failed(failure)) => series.error = Some(failure),
            Err(NoAnswer::Interrupted) => return Err(Interrupted),
        }
        Ok(())
    }

    /// The most that is alive at once, in bytes, if the program can tell. That it fails is a series.
    fn live(&self, bench: &mut Bench<'_>, ours: usize, progress: &Progress) -> Result<Option<u64>, Interrupted> {
        if !bench.program.tells_live {
            return Ok(None);
        }
        let column = bench.columns[ours];
        progress.now(&format!("what is alive at most: {}", bench.program.name));
        let mut series = Series { heap_factor: Some(1.0), live_factor: Some(ABOVE_LIVE), ..column.series() };
        self.measure_into(&mut series, bench.program, column, &Job { live: true, ..self.job.clone() })?;
        progress.step();
        let live = series.rounds.first().and_then(|round| round.figures.get(LIVE_FIGURE)).map(|&bytes| bytes as u64);
        if series.error.is_some() {
            bench.limited.push(series);
        }
        Ok(live)
    }

    /// In [`ABOVE_LIVE`] times what is alive at most, or in the smallest heap if that is more.
    fn above_live(
        &self,
        bench: &mut Bench<'_>,
        ours: usize,
        live: u64,
        smallest: u64,
        progress: &Progress,
    ) -> Result<(), Interrupted> {
        let column = bench.columns[ours];
        let limit = above(live).max(smallest);
        let mut series = Series {
            // To two digits: no name of it should have more.
            heap_factor: Some((limit as f64 / smallest as f64 * 100.0).round() / 100.0),
            heap_limit_bytes: Some(limit),
            live_bytes: Some(live),
            live_factor: Some(ABOVE_LIVE),
            ..column.series()
        };
        progress.now(&format!("in {ABOVE_LIVE} × what is alive at most: {}", bench.program.name));
        let job = Job { heap_limit: Some(limit as usize), ..self.job.clone() };
        self.measure_into(&mut series, bench.program, column, &job)?;
        bench.limited.push(series);
        progress.step();
        Ok(())
    }

    /// The smallest heap that the program runs in, in bytes. `free` is how it went without a limit.
    fn smallest(
        &self,
        bench: &mut Bench<'_>,
        ours: usize,
        free: &Round,
        progress: &Progress,
    ) -> Result<Option<u64>, Interrupted> {
        let column = bench.columns[ours];
        let most = free.timeline.iter().filter_map(|sample| sample.heap_bytes).max().or(free.peak_bytes);
        let Some(most) = most else { return Ok(None) };
        let patience = bench.took[ours] * 10 + Duration::from_millis(200);
        let begin = Instant::now();
        let mut last: Option<Failure> = None;
        let smallest = halve(most.next_multiple_of(1 << 20), |bytes| {
            progress.now(&format!("{}: does it run in {} MiB?", bench.program.name, bytes >> 20));
            progress.step();
            let job = Job { heap_limit: Some(bytes as usize), ..self.job.clone() };
            match self.measure_within(bench.program, column, &job, patience.min(self.timeout)) {
                Ok(_) => Ok(true),
                Err(NoAnswer::Failed(failure)) => {
                    last = Some(failure);
                    Ok(false)
                }
                Err(NoAnswer::Interrupted) => Err(Interrupted),
            }
        })?;
        if smallest.is_none() {
            let reason = last.map_or_else(String::new, |failure| failure.message);
            let message = format!("no smallest heap found in {} s: {reason}", begin.elapsed().as_secs());
            bench.limited.push(Series {
                heap_factor: Some(1.0),
                error: Some(failure(FailureKind::OutOfMemory, message)),
                ..column.series()
            });
        }
        Ok(smallest)
    }
}

/// [`ABOVE_LIVE`] times as much.
fn above(live: u64) -> u64 {
    (live as f64 * ABOVE_LIVE) as u64
}

/// The least number of bytes for which `runs` says yes, to [`CLOSE`] and whole KiB: `most` and above are first
/// tried upwards, should it be too little. `None` if nothing up to 16 times `most` is enough.
fn halve<E>(most: u64, mut runs: impl FnMut(u64) -> Result<bool, E>) -> Result<Option<u64>, E> {
    let (mut too_little, mut enough) = (0, most);
    while !runs(enough)? {
        if enough >= most * 16 {
            return Ok(None);
        }
        too_little = enough;
        enough *= 2;
    }
    while enough as f64 > too_little as f64 * CLOSE && enough - too_little > 64 << 10 {
        // Nothing is known of the lower end at first: a quarter is a better guess than a half.
        let middle = if too_little == 0 { enough / 2 } else { too_little.midpoint(enough) } >> 10 << 10;
        if middle <= too_little {
            break;
        }
        if runs(middle)? {
            enough = middle;
        } else {
            too_little = middle;
        }
    }
    Ok(Some(enough))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(most: u64, smallest: u64) -> (Option<u64>, u32) {
        let mut tries = 0;
        let found = halve(most, |bytes| {
            tries += 1;
            Ok::<_, ()>(bytes >= smallest)
        });
        (found.unwrap(), tries)
    }

    #[test]
    fn the_smallest_heap_is_found_to_a_twentieth() {
        for (most, smallest) in [(100 << 20, 37 << 20), (64 << 20, 63 << 20), (1 << 30, 2 << 20), (8 << 20, 30 << 20)] {
            let (found, tries) = found(most, smallest);
            let ratio = found.unwrap() as f64 / smallest as f64;
            assert!((1.0..=CLOSE).contains(&ratio), "{ratio}");
            assert!(tries < 16, "{tries}");
        }
    }

    #[test]
    fn what_runs_in_no_heap_is_given_up() {
        assert_eq!(found(1 << 20, u64::MAX), (None, 5));
    }
}
