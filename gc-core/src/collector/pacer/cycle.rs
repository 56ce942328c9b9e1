//! When an old cycle starts, and how much it marks and sweeps meanwhile.
//!
//! The formulas are in the essay of `pacer.rs`; here is what they are made of.

#![forbid(unsafe_code)]

use super::rate::Rate;
use super::{Usage, share};
use crate::config::Config;

/// How far an old cycle has come. All three count from its start.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct MarkProgress {
    /// By how much used bytes have grown, the nursery of the moment included: heap and external.
    pub(crate) grown_bytes: usize,
    /// What was allocated, whether it survived or not: heap and external.
    pub(crate) allocated_bytes: usize,
    /// What was marked: heap bytes.
    pub(crate) marked_bytes: usize,
}

#[derive(Debug)]
pub(super) struct Cycle {
    headroom_t: usize,
    limit: Option<usize>,
    /// The limit less a reserve for the nursery.
    ceiling: usize,
    pause_ns: u64,
    mark_rate: Rate,
    sweep_rate: Rate,

    /// What the last cycle found.
    live: Usage,
    trigger: usize,
    goal: usize,
    /// The growth in which the next cycle is to mark.
    runway: usize,
    /// The least growth between the end of a cycle and the next start.
    stride: usize,
    /// Used when the last cycle ended.
    used_at_end: usize,

    mark_work: usize,
    mark_runway: usize,
    sweep_blocks: usize,
    sweep_window: usize,
}

/// No old cycle aims below this.
const LEAST_GOAL: usize = 16 << 20;
const LEAST_ROOM: usize = 256 << 10;
/// A slice below this is not worth its set-up.
const QUANTUM: usize = 16 << 10;
/// What is marked at a time after the estimate has turned out too low.
const OVERTIME: usize = 64 << 10;
/// While marking, there is at least a slice for each block that is allocated.
const BYTES_PER_SLICE: usize = 64 << 10;
/// A byte that is allocated and dies young counts this much less for marking than one that stays.
const YOUNG_DEATH_DISCOUNT: usize = 8;

impl Cycle {
    pub(super) fn new(config: &Config) -> Cycle {
        let ceiling =
            config.heap_limit.map_or(usize::MAX, |limit| limit - (limit / 32).max(config.nursery_max.min(limit / 8)));
        let mut cycle = Cycle {
            headroom_t: config.headroom,
            limit: config.heap_limit,
            ceiling,
            pause_ns: config.pause_target_ns,
            // Small objects at random places: 32 bytes in about 30 ns.
            mark_rate: Rate::new(1.0),
            // A block in 2 µs.
            sweep_rate: Rate::new(1.0 / 2_000.0),
            live: Usage::default(),
            trigger: 0,
            goal: 0,
            runway: 0,
            stride: 0,
            used_at_end: 0,
            mark_work: 0,
            mark_runway: 0,
            sweep_blocks: 0,
            sweep_window: 0,
        };
        cycle.plan(Usage::default(), 0);
        cycle
    }

    pub(super) fn live(&self) -> Usage {
        self.live
    }

    pub(super) fn goal(&self) -> usize {
        self.goal
    }

    /// The headroom above `live` bytes, without a limit.
    fn headroom(&self, live: usize) -> usize {
        let root = (live as f64 * (self.headroom_t as f64 / 2.0)).sqrt() as usize;
        root.clamp(live / 8, live).max(LEAST_GOAL.saturating_sub(live))
    }

    /// Sets trigger and goal after a cycle that found `live` and left `used`.
    fn plan(&mut self, live: Usage, used: usize) {
        let found = live.total();
        let least_room = self.limit.map_or(LEAST_ROOM, |limit| (limit / 64).clamp(1, LEAST_ROOM));
        let aim = found.saturating_add(self.headroom(found)).min(self.ceiling);
        let room = aim.saturating_sub(found).max(least_room);
        let grown = used.saturating_sub(found);
        let runway = self.slices_runway(live.heap_bytes.saturating_add(grown)).clamp(room / 2, room - room / 4);
        // With memory to spare, cycles keep a distance; below a limit, the runway matters more.
        let distance = if aim == self.ceiling { (room / 16).max(least_room / 4) } else { room / 4 };
        self.live = live;
        self.runway = runway.max(1);
        self.stride = distance.max(1);
        self.used_at_end = used;
        self.trigger = found.saturating_add(room - runway).max(used.saturating_add(self.stride));
        let end = found.saturating_add(room).max(self.trigger.saturating_add(runway));
        self.goal = end.min(self.ceiling.max(self.trigger));
    }

    /// The growth in which marking can be done by slices of half a pause, one for each block allocated.
    fn slices_runway(&self, work: usize) -> usize {
        let slice = self.mark_rate.work_in(self.pause_ns / 2).max(QUANTUM);
        share(work, BYTES_PER_SLICE, slice).saturating_mul(4) / 3
    }

    pub(super) fn is_pressed(&self, charged: usize) -> bool {
        charged >= self.ceiling
    }

    pub(super) fn is_due(&self, used: Usage, charged: usize) -> bool {
        let used = used.total();
        // Holes and unswept garbage can bring the heap to its limit before the trigger is reached. A cycle helps only if
        // something has changed since the last one.
        let pressed = self.is_pressed(charged) && used >= self.used_at_end.saturating_add(self.stride);
        used >= self.trigger || pressed
    }

    pub(super) fn start(&mut self, used: Usage) {
        let total = used.total();
        let below_ceiling = self.ceiling.saturating_sub(total).max(self.stride);
        self.mark_runway = self.goal.saturating_sub(total).max(self.runway / 2).min(below_ceiling);
        self.mark_work = used.heap_bytes;
    }

    pub(super) fn mark_quota(&self, progress: MarkProgress, budget_ns: u64) -> usize {
        let MarkProgress { grown_bytes, allocated_bytes, marked_bytes } = progress;
        let advance = grown_bytes.max(allocated_bytes / YOUNG_DEATH_DISCOUNT);
        let slice = self.mark_rate.work_in(budget_ns);
        let rest = self.mark_work.saturating_sub(marked_bytes);
        let wanted = if advance >= self.mark_runway {
            usize::MAX
        } else if rest == 0 {
            OVERTIME
        } else if rest <= slice / 2 {
            rest.max(QUANTUM)
        } else {
            let due = share(self.mark_work, advance, (self.mark_runway / 4 * 3).max(1));
            due.saturating_sub(marked_bytes)
        };
        if wanted < QUANTUM { 0 } else { wanted.min(slice.max(QUANTUM)) }
    }

    pub(super) fn learn_marking(&mut self, bytes: usize, ns: u64) {
        self.mark_rate.learn(bytes, ns);
    }

    pub(super) fn finish(&mut self, marked: Usage, grown_bytes: usize, blocks: usize) {
        let used = marked.total().saturating_add(grown_bytes);
        self.plan(marked, used);
        self.sweep_blocks = blocks;
        self.sweep_window = ((self.trigger - used) / 2).max(1);
    }

    pub(super) fn sweep_quota(&self, allocated_bytes: usize, swept: usize, budget_ns: u64) -> usize {
        let due = share(self.sweep_blocks, allocated_bytes.min(self.sweep_window), self.sweep_window);
        // Begin with the first byte: a heap of one block may own gigabytes outside.
        let due = due.max(usize::from(allocated_bytes > 0 && self.sweep_blocks > 0));
        due.saturating_sub(swept).min(self.sweep_rate.work_in(budget_ns).max(1))
    }

    pub(super) fn learn_sweeping(&mut self, blocks: usize, ns: u64) {
        self.sweep_rate.learn(blocks, ns);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    fn heap(mib: usize) -> Usage {
        Usage { heap_bytes: mib * MIB, external_bytes: 0 }
    }

    fn after(config: &Config, live_mib: usize) -> Cycle {
        let mut cycle = Cycle::new(config);
        cycle.finish(heap(live_mib), 0, 100);
        cycle
    }

    #[test]
    fn headroom_grows_as_the_square_root_and_never_beyond_live() {
        let cycle = Cycle::new(&Config::default());
        let room = |mib: usize| cycle.headroom(mib * MIB) / MIB;
        assert_eq!([room(0), room(4), room(64), room(512), room(2048)], [16, 12, 64, 512, 1024]);
        let sparing = Cycle::new(&Config::default().headroom(MIB));
        assert_eq!(sparing.headroom(1024 * MIB), 128 * MIB, "an eighth at least");
    }

    #[test]
    fn a_small_heap_starts_no_cycle_below_eight_mib() {
        let cycle = Cycle::new(&Config::default());
        assert!(!cycle.is_due(heap(7), 7 * MIB));
        assert!(cycle.is_due(heap(8), 8 * MIB));
    }

    #[test]
    fn external_bytes_count_for_the_trigger_and_not_for_the_work() {
        let mut cycle = after(&Config::default(), 1);
        let used = Usage { heap_bytes: MIB, external_bytes: 200 * MIB };
        assert!(cycle.is_due(used, used.total()));
        cycle.start(used);
        assert_eq!(cycle.mark_work, MIB);
    }

    #[test]
    fn marking_follows_its_line_and_ends_at_three_quarters_of_the_runway() {
        let mut cycle = after(&Config::default(), 64);
        cycle.start(heap(96));
        assert_eq!(cycle.mark_runway, 32 * MIB);
        let at = |grown: usize, marked: usize| {
            let progress = MarkProgress { grown_bytes: grown, allocated_bytes: grown, marked_bytes: marked };
            cycle.mark_quota(progress, u64::MAX / 1024)
        };
        let budget_free = |grown, marked| at(grown, marked).min(97 * MIB);
        assert_eq!(budget_free(24 * MIB, 0), 96 * MIB);
        assert_eq!(budget_free(32 * MIB, 90 * MIB), 97 * MIB, "past the runway: all there is");
        assert_eq!(budget_free(30 * MIB, 96 * MIB), OVERTIME, "estimate used up: on with it");
    }

    #[test]
    fn a_slice_keeps_to_its_time() {
        let mut cycle = after(&Config::default(), 64);
        cycle.start(heap(96));
        let quota = |grown_bytes, allocated_bytes, marked_bytes| {
            cycle.mark_quota(MarkProgress { grown_bytes, allocated_bytes, marked_bytes }, 250_000)
        };
        assert_eq!(quota(0, 0, 0), 0, "no growth, no work");
        assert_eq!(quota(1000, 1000, 0), 0, "not worth a slice");
        assert_eq!(quota(16 * MIB, 16 * MIB, 0), 250_000);
        assert_eq!(quota(0, 64 * MIB, 0), 250_000, "what dies young counts an eighth");
        assert_eq!(quota(1000, 1000, 96 * MIB - 100_000), 100_000, "a rest that fits is done at once");
        let progress = MarkProgress { grown_bytes: 16 * MIB, allocated_bytes: 16 * MIB, marked_bytes: 0 };
        assert_eq!(cycle.mark_quota(progress, 0), QUANTUM, "progress in any case");
    }

    #[test]
    fn slow_marking_starts_earlier() {
        let mut cycle = after(&Config::default(), 512);
        let usual = cycle.trigger;
        for _ in 0..60 {
            cycle.learn_marking(50_000, 500_000);
        }
        cycle.finish(heap(512), 0, 1);
        assert!(cycle.trigger < usual && cycle.trigger >= (512 + 128) * MIB, "{} {usual}", cycle.trigger);
    }

    #[test]
    fn the_limit_brings_trigger_and_goal_down() {
        let limited = Config::default().heap_limit(80 * MIB);
        let cycle = after(&limited, 64);
        assert_eq!(cycle.goal, 76 * MIB);
        assert!(cycle.trigger < 72 * MIB && cycle.trigger > 66 * MIB);
        let full = after(&limited, 79);
        assert!(!full.is_due(heap(79), 80 * MIB), "not again before anything has changed");
        assert!(full.is_due(Usage { heap_bytes: 79 * MIB, external_bytes: 64 << 10 }, 80 * MIB));
        assert!(full.is_pressed(76 * MIB) && !full.is_pressed(75 * MIB));
    }

    #[test]
    fn sweeping_ends_in_half_the_way_to_the_next_cycle() {
        let cycle = after(&Config::default(), 64);
        assert_eq!(cycle.sweep_window, 16 * MIB);
        assert_eq!(cycle.sweep_quota(0, 0, u64::MAX / 1024), 0);
        assert_eq!(cycle.sweep_quota(1, 0, u64::MAX / 1024), 1);
        assert_eq!(cycle.sweep_quota(8 * MIB, 10, u64::MAX / 1024), 40);
        assert_eq!(cycle.sweep_quota(16 * MIB, 0, u64::MAX / 1024), 100);
        assert_eq!(cycle.sweep_quota(16 * MIB, 0, 20_000), 10);
        assert_eq!(cycle.sweep_quota(99 * MIB, 100, 20_000), 0);
    }
}
