//! Sweeping a slice at a time, and giving memory back.

use std::time::Instant;

use super::super::sweep::Verdict;
use super::super::{Collector, HeapState, Stage, Stopwatch, nanos};
use crate::memory::geometry::CHUNK;
use crate::stats::{Event, Phase};

/// Chunks that one safepoint gives back to the system at most.
const CHUNKS_A_SAFEPOINT: usize = 2;

impl Collector {
    pub(super) fn go_on_sweeping(
        &mut self,
        state: &HeapState,
        watch: &mut Stopwatch,
        deadline: Instant,
        to_the_end: bool,
    ) {
        let Stage::Sweeping(verdict) = state.stage.get() else { return };
        let left = nanos(deadline.saturating_duration_since(watch.lap));
        let swept = self.sweep.swept_blocks;
        let quota = if to_the_end || self.hurries || self.takes_its_time(watch) {
            usize::MAX
        } else {
            // One more than asked for, or the end would not be noticed.
            self.pacer.sweep_quota(self.tally.allocated, swept, left) + 1
        };
        for _ in 0..quota {
            // A block takes up to 30 µs, if the objects in it are small and every other one is dead.
            if !self.sweep_one(state) || !to_the_end && Instant::now() >= deadline {
                break;
            }
        }
        let mut done = false;
        while self.sweep.blocks_done && !done {
            done = self.sweep_large_objects(state, if to_the_end { usize::MAX } else { 16 });
            if Instant::now() >= deadline {
                break;
            }
        }
        let ns = watch.lap(Phase::Sweep);
        self.pacer.after_sweep_slice(self.sweep.swept_blocks - swept, ns);
        self.verify_after(state, "a slice of sweeping");
        if done {
            self.end_sweep(state, verdict, false);
            self.verify_after(state, "the end of a sweep");
            watch.lap(Phase::Memory);
        }
    }

    /// Sweeps the next block, if it is near. False if none is left.
    pub(in super::super) fn sweep_one(&mut self, state: &HeapState) -> bool {
        let Stage::Sweeping(verdict) = state.stage.get() else { return false };
        let before = self.sweep.swept_blocks;
        let more = self.sweep.sweep_next_block(&mut self.space, &mut self.dead, state.epoch.get(), verdict);
        self.stats.swept_blocks += (self.sweep.swept_blocks - before) as u64;
        if !self.dead.is_empty() {
            state.set_due();
        }
        more
    }

    pub(in super::super) fn sweep_large_objects(&mut self, state: &HeapState, limit: usize) -> bool {
        let Stage::Sweeping(verdict) = state.stage.get() else { return true };
        self.sweep.sweep_large(&mut self.space, &mut self.dead, state.epoch.get(), verdict, limit)
    }

    pub(super) fn end_sweep(&mut self, state: &HeapState, verdict: Verdict, eagerly: bool) {
        state.stage.set(Stage::Idle);
        if verdict == Verdict::Free {
            self.stats.old_collections += 1;
            let freed_bytes = self.tally.used_before.saturating_sub(self.tally.used.heap_bytes);
            self.tell(&Event::SweepFinished { freed_bytes });
            self.look_at_fragmentation(state);
        }
        // It goes back a little at a time, at the safepoints that follow.
        self.surplus = self.pacer.bytes_to_release(self.tally.used, self.space.free_chunk_bytes(), eagerly);
    }

    /// Gives back some of what the heap has too much of.
    pub(in super::super) fn release_some(&mut self, state: &HeapState, watch: &mut Stopwatch) {
        // The sweep counts chunks as it goes, and would miss some.
        if self.surplus >= CHUNK && !matches!(state.stage.get(), Stage::Sweeping(_)) {
            let now = self.surplus.min(CHUNKS_A_SAFEPOINT * CHUNK);
            self.surplus -= now;
            self.release(now.min(self.space.free_chunk_bytes()));
            watch.lap(Phase::Memory);
        }
    }

    pub(in super::super) fn release(&mut self, surplus: usize) {
        if surplus == 0 {
            return;
        }
        let keep = self.space.free_bytes().saturating_sub(surplus);
        let bytes = self.release_chunks(keep);
        if bytes > 0 {
            let reserved_bytes = self.space.footprint.mapped;
            self.tell(&Event::ChunkReleased { bytes, reserved_bytes });
        }
    }

    /// Gives back free chunks until `keep` bytes are left in free blocks. Returns the bytes given back.
    pub(in super::super) fn release_chunks(&mut self, keep: usize) -> usize {
        let released = self.space.release_free_chunks(keep);
        if released > 0 {
            self.marker.search_again();
        }
        released
    }
}
