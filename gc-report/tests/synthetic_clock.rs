//! A program on a made-up clock: known pauses in, exact histogram and exact utilisation out.

use gc_report::{Histogram, Pause, Results, Round, Utilisation};

/// A clock that only moves when told, and the pauses that were taken on it.
#[derive(Default)]
struct Simulation {
    now_ns: u64,
    pauses: Vec<Pause>,
}

impl Simulation {
    fn work(&mut self, ns: u64) {
        self.now_ns += ns;
    }

    fn pause(&mut self, ns: u64) {
        self.pauses.push(Pause::new(self.now_ns, ns));
        self.now_ns += ns;
    }

    fn finish(self) -> Round {
        Round {
            wall_ns: self.now_ns,
            pauses: Histogram::of_values(self.pauses.iter().map(|pause| pause.duration_ns)),
            pause_list: self.pauses,
            ..Round::default()
        }
    }
}

const MS: u64 = 1_000_000;

/// A thousand pauses of 1 ms after 9 ms of work each, and then one of 50 ms.
fn round() -> Round {
    let mut simulation = Simulation::default();
    for _ in 0..1_000 {
        simulation.work(9 * MS);
        simulation.pause(MS);
    }
    simulation.work(9 * MS);
    simulation.pause(50 * MS);
    simulation.work(100 * MS);
    simulation.finish()
}

#[test]
fn the_histogram_holds_exactly_what_was_paused() {
    let pauses = round().pauses;
    assert_eq!(pauses.buckets(), [(MS, 1_000), (50 * MS, 1)]);
    assert_eq!((pauses.count(), pauses.total()), (1_001, u128::from(1_050 * MS)));
    for (q, expected) in [(0.0, MS), (0.5, MS), (0.999, MS), (0.9991, 50 * MS), (1.0, 50 * MS)] {
        assert_eq!(pauses.quantile(q), Some(expected), "at {q}");
    }
}

#[test]
fn utilisation_is_exactly_what_the_pauses_leave() {
    let round = round();
    let utilisation = Utilisation::new(&round.pause_list, 0, round.wall_ns);
    // Up to 50 ms the long pause fills the window.
    assert_eq!(utilisation.least(MS), 0.0);
    assert_eq!(utilisation.least(50 * MS), 0.0);
    // 9 ms of work before the long pause, and then another millisecond of pause each 10 ms.
    assert_eq!(utilisation.least(59 * MS), 9.0 / 59.0);
    assert_eq!(utilisation.least(60 * MS), 9.0 / 60.0);
    assert_eq!(utilisation.least(70 * MS), 18.0 / 70.0);
    assert_eq!(utilisation.least(100 * MS), 45.0 / 100.0);
    assert_eq!(utilisation.least(1_000 * MS), (1_000.0 - 50.0 - 95.0) / 1_000.0);
    let run = round.wall_ns as f64;
    assert_eq!(utilisation.overall(), (run - 1_050.0 * MS as f64) / run);
}

#[test]
fn the_curve_of_a_round_agrees_with_every_single_window() {
    let round = round();
    let utilisation = Utilisation::new(&round.pause_list, 0, round.wall_ns);
    let curve = round.utilisation_curve();
    assert_eq!((curve[0].window_ns, curve.last().unwrap().window_ns), (100_000, 1_000_000_000));
    assert!(curve.iter().all(|point| point.utilisation == utilisation.least(point.window_ns)));
}

#[test]
fn the_page_shows_these_figures() {
    let page = Results::of_one_run("simulation", "clock", round()).to_page(&Default::default());
    for figure in ["1.00\u{a0}ms", "50.0\u{a0}ms", "45.0\u{a0}%", "85.5\u{a0}%", "1,001"] {
        assert!(page.contains(&format!(">{figure}<")), "{figure} is not on the page");
    }
}
