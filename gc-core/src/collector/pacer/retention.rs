//! How much free memory stays with the heap.
//!
//! Mapping and first touch are what giving back costs later (0.3 ms for a huge page), so memory that the
//! heap will need before the next goal stays. What it needed in earlier cycles fades by half with
//! every cycle: a program whose live set swings keeps its memory, one that has shrunk loses it in a few cycles.

#![forbid(unsafe_code)]

use super::{Usage, share};
use crate::config::Config;

#[derive(Debug)]
pub(super) struct Retention {
    least: usize,
    nursery_max: usize,
    /// The heap bytes that the program is expected to need at its peak.
    demand: usize,
}

/// Two chunks: less is not worth a call.
const LEAST_SLACK: usize = 8 << 20;

impl Retention {
    pub(super) fn new(config: &Config) -> Retention {
        Retention { least: config.retain_free, nursery_max: config.nursery_max, demand: 0 }
    }

    pub(super) fn surplus(&mut self, used: Usage, goal: usize, free_bytes: usize, eagerly: bool) -> usize {
        // Growth up to the goal, as far as it will be in the heap.
        let growth = goal.saturating_sub(used.total());
        let in_heap = share(growth, used.heap_bytes, used.total());
        let need = used.heap_bytes.saturating_add(in_heap).saturating_add(self.nursery_max);
        let faded = if eagerly { need } else { need.max(need / 2 + self.demand / 2) };
        self.demand = faded;
        let keep = self.demand.saturating_sub(used.heap_bytes).max(self.least);
        let slack = if eagerly { 0 } else { (self.demand / 8).max(LEAST_SLACK) };
        if free_bytes > keep.saturating_add(slack) { free_bytes - keep } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    fn heap(mib: usize) -> Usage {
        Usage { heap_bytes: mib * MIB, external_bytes: 0 }
    }

    #[test]
    fn what_the_next_cycle_needs_is_kept() {
        let mut retention = Retention::new(&Config::default());
        assert_eq!(retention.surplus(heap(100), 200 * MIB, 120 * MIB, false), 0);
        assert_eq!(retention.surplus(heap(100), 200 * MIB, 200 * MIB, false), 96 * MIB);
    }

    #[test]
    fn after_a_shrink_memory_goes_back_in_steps_or_at_once_when_asked() {
        let mut retention = Retention::new(&Config::default());
        retention.surplus(heap(1000), 2000 * MIB, 0, false);
        let mut free = 1990 * MIB;
        let steps: Vec<usize> = (0..12)
            .map(|_| {
                free -= retention.surplus(heap(10), 20 * MIB, free, false);
                free / MIB
            })
            .collect();
        assert!(steps.is_sorted_by(|a, b| a >= b) && steps[0] > 900 && steps[11] <= 32, "{steps:?}");

        let mut retention = Retention::new(&Config::default());
        retention.surplus(heap(1000), 2000 * MIB, 0, false);
        assert_eq!(retention.surplus(heap(10), 20 * MIB, 1990 * MIB, true), 1974 * MIB);
    }

    #[test]
    fn memory_outside_keeps_no_chunks() {
        let mut retention = Retention::new(&Config::default());
        let used = Usage { heap_bytes: MIB, external_bytes: 255 * MIB };
        assert_eq!(retention.surplus(used, 512 * MIB, 64 * MIB, false), 48 * MIB);
    }
}
