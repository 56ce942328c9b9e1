//! Minimum mutator utilisation: how much of any stretch of time is left to the program.
//!
//! MMU(w) = 1 − the largest share of any window of length w that lies in pauses (P. Cheng, G. E. Blelloch:
//! *A Parallel, Real-Time Garbage Collector*, PLDI 2001). A histogram tells how long pauses are; this tells
//! how close together they lie.
//!
//! - **U1** Spans are in ascending order, and neither overlap nor touch.
//! - **U2** `before[i]` is the time paused up to the start of span i.

use crate::schema::{Pause, UtilisationPoint};

/// The shortest window of a curve, 0.1 ms.
pub const SHORTEST_WINDOW_NS: u64 = 100_000;

/// The longest window of a curve, 1 s.
pub const LONGEST_WINDOW_NS: u64 = 1_000_000_000;

/// Pauses, put in order for questions about windows.
///
/// ```
/// use gc_report::{Pause, Utilisation};
///
/// // Two pauses of 1 ms, 9 ms apart, in a second.
/// let pauses = [Pause::new(500_000_000, 1_000_000), Pause::new(510_000_000, 1_000_000)];
/// let utilisation = Utilisation::new(&pauses, 0, 1_000_000_000);
/// assert_eq!(utilisation.least(1_000_000), 0.0);
/// assert_eq!(utilisation.least(20_000_000), 0.9);
/// ```
#[derive(Clone, Debug)]
pub struct Utilisation {
    spans: Vec<(u64, u64)>,
    before: Vec<u64>,
    paused_ns: u64,
    run_ns: u64,
}

impl Utilisation {
    /// From pauses in any order, overlapping or not, of a program that ran from `start_ns` to `end_ns`. What lies
    /// outside is cut off.
    #[must_use]
    pub fn new(pauses: &[Pause], start_ns: u64, end_ns: u64) -> Self {
        let clip = |pause: &Pause| (pause.start_ns.max(start_ns), pause.end_ns().min(end_ns));
        let mut clipped: Vec<(u64, u64)> = pauses.iter().map(clip).filter(|&(start, end)| start < end).collect();
        clipped.sort_unstable();
        let mut spans: Vec<(u64, u64)> = Vec::with_capacity(clipped.len());
        for (start, end) in clipped {
            match spans.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => spans.push((start, end)),
            }
        }
        let mut paused_ns = 0;
        let before = spans.iter().map(|&(start, end)| {
            let before = paused_ns;
            paused_ns += end - start;
            before
        });
        let before = before.collect();
        Self { spans, before, paused_ns, run_ns: end_ns.saturating_sub(start_ns) }
    }

    /// The share of the whole run in which the program could run; 1 of an empty run.
    #[must_use]
    pub fn overall(&self) -> f64 {
        share_left(self.paused_ns, self.run_ns)
    }

    /// The least share of any window of that length in which the program could run. Windows lie within
    /// the run; one that is longer than the run is the run. Takes time proportional to the number of pauses.
    #[must_use]
    pub fn least(&self, window_ns: u64) -> f64 {
        if window_ns >= self.run_ns {
            return self.overall();
        }
        if window_ns == 0 {
            return if self.spans.is_empty() { 1.0 } else { 0.0 };
        }
        share_left(self.most_paused(window_ns), window_ns)
    }

    /// The most time that any window of that length spends in pauses.
    ///
    /// A window can be slid, without losing pause, until it begins where a pause begins or ends where one
    /// ends; and one that hangs over an end of the run can be slid back into it. So only these are looked at, and
    /// what hangs over counts as free.
    fn most_paused(&self, window_ns: u64) -> u64 {
        let mut most = 0;
        let mut last = 0;
        for (first, &(start, _)) in self.spans.iter().enumerate() {
            // The last span that begins within [start, start + window).
            let end = start.saturating_add(window_ns);
            while self.spans.get(last + 1).is_some_and(|next| next.0 < end) {
                last += 1;
            }
            let paused = self.before[last] - self.before[first] + self.spans[last].1.min(end) - self.spans[last].0;
            most = most.max(paused);
        }
        let mut first = 0;
        for (last, &(_, end)) in self.spans.iter().enumerate() {
            // The first span that ends within (end - window, end].
            let start = end.saturating_sub(window_ns);
            while self.spans[first].1 <= start {
                first += 1;
            }
            let whole = self.before[last] - self.before[first] + (self.spans[last].1 - self.spans[last].0);
            most = most.max(whole - start.saturating_sub(self.spans[first].0));
        }
        most
    }

    /// The curve from [`SHORTEST_WINDOW_NS`] to [`LONGEST_WINDOW_NS`], `per_decade` points to each tenfold. It
    /// ends with the run where that is shorter.
    ///
    /// The least utilisation of any window *at least* as long as each point's is not taken: the curve may
    /// dip, as the literature's does.
    #[must_use]
    pub fn curve(&self, per_decade: u32) -> Vec<UtilisationPoint> {
        let decades = (LONGEST_WINDOW_NS as f64 / SHORTEST_WINDOW_NS as f64).log10();
        let steps = (decades * f64::from(per_decade)).round() as u32;
        let window = |step: u32| {
            let exponent = f64::from(step) / f64::from(per_decade);
            (SHORTEST_WINDOW_NS as f64 * 10_f64.powf(exponent)).round() as u64
        };
        let windows = (0..=steps).map(window).take_while(|&window_ns| window_ns <= self.run_ns);
        windows.map(|window_ns| UtilisationPoint { window_ns, utilisation: self.least(window_ns) }).collect()
    }
}

fn share_left(paused_ns: u64, of_ns: u64) -> f64 {
    if of_ns == 0 { 1.0 } else { (of_ns - paused_ns.min(of_ns)) as f64 / of_ns as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pauses: &[(u64, u64)], run_ns: u64) -> Utilisation {
        let pauses: Vec<Pause> = pauses.iter().map(|&(start, length)| Pause::new(start, length)).collect();
        Utilisation::new(&pauses, 0, run_ns)
    }

    /// Every window at every nanosecond.
    fn by_brute_force(pauses: &[(u64, u64)], run_ns: u64, window_ns: u64) -> f64 {
        let paused = |at: u64| pauses.iter().any(|&(start, length)| (start..start + length).contains(&at));
        let window_ns = window_ns.min(run_ns);
        let sum = |from: u64| (from..from + window_ns).filter(|&at| paused(at)).count() as u64;
        let most = (0..=run_ns - window_ns).map(sum).max().unwrap();
        (window_ns - most) as f64 / window_ns as f64
    }

    #[test]
    fn a_window_within_a_pause_leaves_nothing() {
        let one = of(&[(100, 50)], 1000);
        assert_eq!(one.least(50), 0.0);
        assert_eq!(one.least(100), 0.5);
        assert_eq!(one.least(1000), 0.95);
        assert_eq!(one.overall(), 0.95);
    }

    #[test]
    fn pauses_in_a_cluster_count_together() {
        // 10 paused, 5 free, 10 paused: windows of 25 hold 20 of them.
        let cluster = of(&[(500, 10), (515, 10)], 1000);
        assert_eq!(cluster.least(25), 0.2);
        assert_eq!(cluster.least(15), (15.0 - 10.0) / 15.0);
    }

    #[test]
    fn a_window_longer_than_the_run_is_the_run() {
        assert_eq!(of(&[(0, 10)], 100).least(1_000_000), 0.9);
    }

    #[test]
    fn overlapping_pauses_count_once() {
        assert_eq!(of(&[(0, 10), (5, 10), (15, 5)], 100).overall(), 0.8);
    }

    #[test]
    fn without_pauses_all_time_is_the_programs() {
        let none = of(&[], 1000);
        assert_eq!((none.least(0), none.least(10), none.overall()), (1.0, 1.0, 1.0));
    }

    #[test]
    fn the_least_is_that_of_every_window() {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for _ in 0..300 {
            let pauses: Vec<(u64, u64)> = (0..random(7)).map(|_| (random(60), random(12))).collect();
            let run_ns = 80;
            for window_ns in [1, 2, 7, 20, 41, 79, 80, 95] {
                let found = of(&pauses, run_ns).least(window_ns);
                assert_eq!(found, by_brute_force(&pauses, run_ns, window_ns), "{pauses:?}, window {window_ns}");
            }
        }
    }

    #[test]
    fn the_curve_runs_from_a_tenth_of_a_millisecond_to_a_second() {
        let curve = of(&[(0, 1_000_000)], 10_000_000_000).curve(10);
        assert_eq!(curve.len(), 41);
        assert_eq!((curve[0].window_ns, curve[0].utilisation), (100_000, 0.0));
        assert_eq!((curve[40].window_ns, curve[40].utilisation), (1_000_000_000, 0.999));
        assert_eq!(of(&[], 5_000_000).curve(1).len(), 2);
    }
}
