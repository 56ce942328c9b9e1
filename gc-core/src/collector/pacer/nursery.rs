//! How much may be allocated between two young collections.
//!
//! The model of a pause is `fixed + unit × units`, where the units are objects scanned and objects
//! remembered. Large collections teach the unit cost, small ones the fixed cost: the weight of an observation for
//! one is what it lacks for the other. Survival is a count and free of noise, so it is believed at once
//! when it rises, and forgotten slowly. Durations are noisy (another process may run), so one of them
//! counts as at most twice what was expected.

#![forbid(unsafe_code)]

use crate::config::Config;

/// What has come together since the last young collection.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct NurseryFill {
    /// Allocated in the heap.
    pub(crate) heap_bytes: usize,
    /// Allocated outside, owned by new objects.
    pub(crate) external_bytes: usize,
    /// Objects in the remembered set.
    pub(crate) remembered: usize,
}

/// What a young collection found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct YoungReport {
    /// What it started with.
    pub(crate) fill: NurseryFill,
    /// Young objects that survived. (If only bytes are known: bytes ÷ 32.)
    pub(crate) survivors: usize,
    /// Pointers in the remembered set's objects.
    pub(crate) remembered_edges: usize,
    /// How long it took.
    pub(crate) pause_ns: u64,
}

#[derive(Debug)]
pub(super) struct Nursery {
    min_bytes: f64,
    max_bytes: f64,
    external_cap: usize,
    /// What a young collection may cost: the rest of the pause target is for other work.
    target_ns: f64,
    budget_bytes: f64,
    survivors_per_byte: f64,
    unit_ns: f64,
    fixed_ns: f64,
    /// What an entry of the remembered set costs, in units: more than one if there are many pointers in it, as
    /// in a segment of an array.
    entry_units: f64,
    /// What the large objects of the remembered set cost beyond that, in units: each collection pays it,
    /// however small the nursery.
    heavy_units: f64,
}

/// Pointers of an entry of the remembered set beyond so many count by the eighth.
const LIGHT_EDGES: f64 = 16.0;
const EDGES_A_UNIT: f64 = 8.0;
/// An entry with more pointers is heavy: there are few of them, whatever the nursery. Segments of arrays and pages of
/// tables have fewer.
const HEAVY_EDGES: f64 = 256.0;
/// A nursery of this size stays in a cache near the processor.
const CACHED: f64 = 1024.0 * 1024.0;
/// A program may allocate as many bytes a nanosecond.
const BYTES_A_NANO: f64 = 3.0;
/// A larger nursery is only worth its cache misses if collections take more than a fiftieth of the time.
const WORTH: f64 = 50.0;
const SHARE_OF_PAUSE: f64 = 0.75;
const FIRST_BUDGET: f64 = 512.0 * 1024.0;
const GROWTH: f64 = 1.25;
const UNITS_HALF_WEIGHT: f64 = 512.0;
const FEWEST_REMEMBERED: f64 = 256.0;
const MOST_EXTERNAL: usize = 64 << 20;

impl Nursery {
    pub(super) fn new(config: &Config) -> Nursery {
        // Of a small heap, not more than an eighth.
        let cap = config.heap_limit.map_or(usize::MAX, |limit| (limit / 8).max(1));
        let max_bytes = config.nursery_max.min(cap) as f64;
        let min_bytes = config.nursery_min.min(cap) as f64;
        Nursery {
            min_bytes,
            max_bytes,
            external_cap: cap,
            target_ns: config.pause_target_ns as f64 * SHARE_OF_PAUSE,
            budget_bytes: FIRST_BUDGET.clamp(min_bytes, max_bytes),
            survivors_per_byte: 0.0,
            unit_ns: 50.0,
            fixed_ns: 5_000.0,
            entry_units: 1.0,
            heavy_units: 0.0,
        }
    }

    pub(super) fn external_budget_bytes(&self, live_bytes: usize) -> usize {
        (live_bytes / 16).min(MOST_EXTERNAL).max(self.max_bytes as usize).min(self.external_cap)
    }

    pub(super) fn remembered_limit(&self) -> usize {
        (self.affordable_units() / self.entry_units).max(FEWEST_REMEMBERED) as usize
    }

    /// Objects that can be looked at within the target.
    ///
    /// If the remembered set alone exceeds half the target, a smaller nursery would only pay for it
    /// more often: then as much again as it costs.
    fn affordable_units(&self) -> f64 {
        ((self.target_ns - self.fixed_ns) / self.unit_ns - self.heavy_units).max(self.heavy_units).max(1.0)
    }

    pub(super) fn is_due(&self, fill: NurseryFill) -> bool {
        let bytes = fill.heap_bytes as f64;
        if bytes >= self.budget_bytes || fill.remembered >= self.remembered_limit() {
            return true;
        }
        // Below the minimum it is only due if most of the work is the remembered set's, of which none is done twice.
        let (survivors, remembered) = (bytes * self.survivors_per_byte, fill.remembered as f64 * self.entry_units);
        (bytes >= self.min_bytes || remembered >= survivors)
            && survivors + remembered >= self.affordable_units().max(FEWEST_REMEMBERED)
    }

    pub(super) fn learn(&mut self, report: &YoungReport) {
        let (entries, edges) = (report.fill.remembered as f64, report.remembered_edges as f64);
        let heavy = (edges - entries * HEAVY_EDGES).max(0.0) / EDGES_A_UNIT;
        let fall = if heavy > self.heavy_units { 1.0 } else { 1.0 / 4.0 };
        self.heavy_units += fall * (heavy - self.heavy_units);
        let each = 1.0 + ((edges / entries.max(1.0)).min(HEAVY_EDGES) - LIGHT_EDGES).max(0.0) / EDGES_A_UNIT;
        // A heavy object says nothing about those that will be remembered in greater numbers.
        if entries > 0.0 && heavy == 0.0 {
            let fall = if each > self.entry_units { 1.0 } else { 1.0 / 16.0 };
            self.entry_units += fall * (each - self.entry_units);
        }
        let units = report.survivors as f64 + entries * each + heavy;
        let pause = report.pause_ns as f64;
        self.learn_costs(units, pause);
        if report.fill.heap_bytes >= 4096 {
            let seen = report.survivors as f64 / report.fill.heap_bytes as f64;
            let fall = if seen > self.survivors_per_byte { 1.0 } else { 1.0 / 16.0 };
            self.survivors_per_byte += fall * (seen - self.survivors_per_byte);
        }

        let mut budget = self.budget_bytes * GROWTH;
        if self.survivors_per_byte > 0.0 {
            budget = budget.min(self.affordable_units() / self.survivors_per_byte);
        }
        let whole_target = self.target_ns / SHARE_OF_PAUSE;
        if pause > whole_target && report.survivors as f64 > entries * each + heavy {
            budget = budget.min(self.budget_bytes * (whole_target / pause).max(0.5));
        }
        // Where hardly anything survives, a nursery that stays in the cache is worth more collections.
        budget = budget.min((pause * BYTES_A_NANO * WORTH).max(CACHED));
        self.budget_bytes = budget.clamp(self.min_bytes, self.max_bytes);
    }

    fn learn_costs(&mut self, units: f64, pause: f64) {
        let expected = self.fixed_ns + units * self.unit_ns;
        let pause = pause.min(2.0 * expected);
        let weight = units / (units + UNITS_HALF_WEIGHT);
        if units > 0.0 {
            let unit = ((pause - self.fixed_ns) / units).max(0.0);
            self.unit_ns = (self.unit_ns + 0.25 * weight * (unit - self.unit_ns)).clamp(2.0, 5_000.0);
        }
        let fixed = pause - units * self.unit_ns;
        let fixed = self.fixed_ns + 0.25 * (1.0 - weight) * (fixed - self.fixed_ns);
        self.fixed_ns = fixed.clamp(0.0, self.target_ns / 2.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    /// A machine with known costs; `noise` multiplies the duration.
    struct Machine {
        nursery: Nursery,
        unit_ns: f64,
        noise: f64,
    }

    impl Machine {
        fn new(unit_ns: f64) -> Machine {
            Machine { nursery: Nursery::new(&Config::default()), unit_ns, noise: 1.0 }
        }

        /// Fills the nursery until it is due, remembering `per_kib` objects for each KiB, and collects; returns the pause.
        fn collect(&mut self, survivors_per_kib: f64, remembered_per_kib: f64) -> u64 {
            let mut fill = NurseryFill::default();
            while !self.nursery.is_due(fill) {
                fill.heap_bytes += 4096;
                fill.remembered = (fill.heap_bytes as f64 / 1024.0 * remembered_per_kib) as usize;
            }
            let survivors = (fill.heap_bytes as f64 / 1024.0 * survivors_per_kib) as usize;
            let units = (survivors + fill.remembered) as f64;
            let pause_ns = ((8_000.0 + units * self.unit_ns) * self.noise) as u64;
            self.nursery.learn(&YoungReport { fill, survivors, remembered_edges: 0, pause_ns });
            pause_ns
        }
    }

    #[test]
    fn a_nursery_whose_objects_die_stays_in_the_cache() {
        let mut machine = Machine::new(25.0);
        for _ in 0..12 {
            assert!(machine.collect(0.0, 0.0) < 10_000);
        }
        assert_eq!(machine.nursery.budget_bytes as usize, 8_000 * 150);
    }

    #[test]
    fn a_nursery_of_which_little_survives_grows_to_its_maximum() {
        let mut machine = Machine::new(25.0);
        for _ in 0..20 {
            assert!(machine.collect(1.0, 0.0) < 200_000);
        }
        assert_eq!(machine.nursery.budget_bytes as usize, 4 * MIB);
    }

    #[test]
    fn when_everything_survives_one_pause_overshoots_and_no_second() {
        let mut machine = Machine::new(25.0);
        for _ in 0..20 {
            machine.collect(1.0, 0.0);
        }
        let first = machine.collect(32.0, 0.0);
        assert!(first > 2_000_000, "a full nursery survived: {first}");
        let next: Vec<u64> = (0..30).map(|_| machine.collect(32.0, 0.0)).collect();
        assert!(next.iter().all(|&ns| ns <= 500_000), "{next:?}");
        assert!(next.iter().rev().take(10).all(|&ns| ns >= 250_000), "the target is used: {next:?}");
    }

    #[test]
    fn phases_in_turn_are_remembered() {
        let mut machine = Machine::new(25.0);
        let mut over = 0;
        for _ in 0..20 {
            over += (0..4).filter(|_| machine.collect(32.0, 0.0) > 500_000).count();
            over += (0..4).filter(|_| machine.collect(0.1, 0.0) > 500_000).count();
        }
        assert!(over <= 2, "{over} pauses over the target");
    }

    #[test]
    fn noise_moves_the_nursery_little_and_an_interruption_passes() {
        let mut machine = Machine::new(25.0);
        let mut seed = 1u32;
        let mut budgets = Vec::new();
        for round in 0..400 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            machine.noise = 0.7 + 0.6 * (seed >> 8) as f64 / (1 << 24) as f64;
            if round % 100 == 99 {
                machine.noise = 10.0;
            }
            machine.collect(8.0, 0.0);
            if round > 40 && round % 100 > 10 && round % 100 < 99 {
                budgets.push(machine.nursery.budget_bytes as usize);
            }
        }
        let (least, most) = (budgets.iter().min().unwrap(), budgets.iter().max().unwrap());
        assert!(most <= &(2 * least), "between {least} and {most}");
    }

    #[test]
    fn remembered_objects_make_a_collection_due_by_themselves() {
        let machine = Machine::new(25.0);
        let limit = machine.nursery.remembered_limit();
        assert!((5_000..10_000).contains(&limit), "{limit}");
        assert!(machine.nursery.is_due(NurseryFill { remembered: limit, ..NurseryFill::default() }));
        assert!(!machine.nursery.is_due(NurseryFill { remembered: limit - 1, ..NurseryFill::default() }));
    }

    #[test]
    fn survivors_and_remembered_objects_share_the_pause() {
        let mut machine = Machine::new(25.0);
        let pauses: Vec<u64> = (0..60).map(|_| machine.collect(4.0, 12.0)).collect();
        assert!(pauses.iter().all(|&ns| ns <= 500_000), "{pauses:?}");
        assert!(pauses.iter().rev().take(10).all(|&ns| ns >= 250_000), "{pauses:?}");
    }

    #[test]
    fn where_everything_is_written_and_survives_a_collection_comes_before_the_smallest_nursery_is_full() {
        // The smallest nursery has half a dozen pauses' worth of units; a third of them are survivors.
        let mut machine = Machine::new(100.0);
        let pauses: Vec<u64> = (0..40).map(|_| machine.collect(32.0, 64.0)).collect();
        assert!(pauses[5..].iter().all(|&ns| ns <= 500_000), "{pauses:?}");
        assert!(pauses[20..].iter().all(|&ns| ns >= 250_000), "{pauses:?}");
    }

    #[test]
    fn few_remembered_objects_do_not_talk_the_limit_down() {
        let mut machine = Machine::new(25.0);
        for _ in 0..200 {
            // Three objects in 8 µs: the cost is fixed, not theirs.
            let fill = NurseryFill { remembered: 3, ..NurseryFill::default() };
            machine.nursery.learn(&YoungReport { fill, survivors: 0, remembered_edges: 0, pause_ns: 8_000 });
        }
        assert!(machine.nursery.remembered_limit() > 4_000, "{:?}", machine.nursery);
    }

    #[test]
    fn one_heavy_object_in_the_remembered_set_does_not_make_the_nursery_tiny() {
        // A table of 200,000 pointers is written between any two collections: 600 µs each time.
        let mut nursery = Nursery::new(&Config::default());
        for _ in 0..50 {
            let fill = NurseryFill { heap_bytes: nursery.budget_bytes as usize, remembered: 1, external_bytes: 0 };
            let survivors = fill.heap_bytes / 1024;
            let pause_ns = 5_000 + 600_000 + 25 * survivors as u64;
            nursery.learn(&YoungReport { fill, survivors, remembered_edges: 200_000, pause_ns });
        }
        assert!(nursery.budget_bytes as usize >= 2 * MIB, "{nursery:?}");
    }

    #[test]
    fn segments_of_an_array_that_is_written_at_random_are_collected_before_they_are_too_many() {
        // 128 pointers in each, at 3 ns a pointer; a new object for each, of 16 bytes, which survives.
        let mut nursery = Nursery::new(&Config::default());
        let mut collect = || {
            let mut fill = NurseryFill::default();
            while !nursery.is_due(fill) {
                fill.heap_bytes += 16;
                fill.remembered += 1;
            }
            let edges = fill.remembered * 128;
            let pause_ns = 5_000 + edges as u64 * 3 + 25 * fill.remembered as u64;
            nursery.learn(&YoungReport { fill, survivors: fill.remembered, remembered_edges: edges, pause_ns });
            pause_ns
        };
        let pauses: Vec<u64> = (0..30).map(|_| collect()).collect();
        assert!(pauses[1..].iter().all(|&ns| ns <= 500_000), "{pauses:?}");
        assert!(pauses[20..].iter().all(|&ns| ns >= 100_000), "{pauses:?}");
    }

    #[test]
    fn a_small_limit_means_a_small_nursery() {
        let nursery = Nursery::new(&Config::default().heap_limit(MIB));
        assert_eq!(nursery.budget_bytes as usize, MIB / 8);
        assert_eq!(nursery.external_budget_bytes(MIB), MIB / 8);
        assert_eq!(Nursery::new(&Config::default()).external_budget_bytes(256 * MIB), 16 * MIB);
    }
}
