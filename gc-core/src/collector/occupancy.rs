//! How full each block is.

#![forbid(unsafe_code)]

use super::Collector;
use crate::memory::geometry::BLOCK_GRANULES;
use crate::memory::{BlockState, Epoch};
use crate::stats::Occupancy;

impl Collector {
    /// What the counters of the blocks say, chunk by chunk. Dead objects count until they are swept.
    pub(crate) fn occupancy(&self) -> Occupancy {
        let chunks = self.space.chunks().iter().map(|chunk| {
            let share = |block: crate::memory::Block| match block.state() {
                BlockState::Free => 0.0,
                // While a mark is under way, what it has reached is counted twice.
                _ => block.live(Epoch::Odd).max(block.live(Epoch::Even)) as f32 / BLOCK_GRANULES as f32,
            };
            chunk.blocks().map(share).collect()
        });
        Occupancy::new(chunks.collect())
    }
}
