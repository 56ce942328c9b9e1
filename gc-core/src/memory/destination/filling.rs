//! A block that is being filled, hole by hole.

use core::ptr::NonNull;

use crate::memory::geometry::{BLOCK_GRANULES, GRANULE, PAGE};
use crate::memory::hole::Hole;
use crate::memory::runs::Runs;
use crate::memory::{Block, Epoch};

/// Holes that an object may pass over.
const HOLES_AHEAD: usize = 4;

/// A block that is being filled.
pub(super) struct Filling {
    block: Option<Block>,
    pub(super) hole: Hole,
    /// What was in the block before: the holes lie between.
    runs: Runs,
    /// The next hole ends before so manieth run of those, and begins at this granule.
    next: usize,
    from: usize,
    /// There is no room for so many granules, nor for more, aligned to each power of two.
    refused: [usize; ALIGNMENTS],
}

/// Powers of two that objects can be aligned to.
const ALIGNMENTS: usize = PAGE.trailing_zeros() as usize + 1;

/// Nothing has been refused.
const NOTHING: [usize; ALIGNMENTS] = [usize::MAX; _];

impl Filling {
    pub(super) fn new() -> Self {
        let hole = Hole { start: NonNull::dangling(), bytes: 0 };
        Self { block: None, hole, runs: Runs::new(), next: 0, from: BLOCK_GRANULES, refused: NOTHING }
    }

    /// Takes granules whose start plus `payload` is a multiple of `align`, at hand or from one of the next few holes. The holes before
    /// that one are given up; if there is none, nothing is.
    pub(super) fn take_near(&mut self, granules: usize, payload: usize, align: usize) -> Option<NonNull<u8>> {
        self.take_within(granules, payload, align, HOLES_AHEAD)
    }

    /// The same from the next `most` holes.
    fn take_within(&mut self, granules: usize, payload: usize, align: usize, most: usize) -> Option<NonNull<u8>> {
        let bytes = granules * GRANULE;
        if let Some(place) = self.hole.take(bytes, payload, align) {
            return Some(place);
        }
        let (block, mut next, mut from) = (self.block?, self.next, self.from);
        for _ in 0..most {
            if from == BLOCK_GRANULES {
                break;
            }
            let (end, after) = match self.runs.all().get(next) {
                Some(&[first, after]) => (first.into(), after.into()),
                None => (BLOCK_GRANULES, BLOCK_GRANULES),
            };
            let mut hole = Hole { start: block.granule(from), bytes: (end - from) * GRANULE };
            (next, from) = (next + 1, after);
            if let Some(place) = hole.take(bytes, payload, align) {
                (self.hole, self.next, self.from) = (hole, next, from);
                return Some(place);
            }
        }
        None
    }

    /// The same from all holes that are left.
    pub(super) fn take(&mut self, granules: usize, payload: usize, align: usize) -> Option<NonNull<u8>> {
        let power = align.trailing_zeros() as usize;
        if granules >= self.refused[power] {
            return None;
        }
        let place = self.take_within(granules, payload, align, usize::MAX);
        if place.is_none() {
            self.refused[power..].iter_mut().for_each(|least| *least = granules.min(*least));
        }
        place
    }

    /// Gives up the next hole. False if there are no more after it than an object may pass over.
    pub(super) fn pass_over_hole(&mut self) -> bool {
        let Some(&[_, after]) = self.runs.all().get(self.next) else { return false };
        (self.next, self.from) = (self.next + 1, after.into());
        self.next + HOLES_AHEAD <= self.runs.all().len()
    }

    /// How many granules are free of the hole at hand, and of those after it.
    pub(super) fn left(&self) -> usize {
        let runs = self.runs.all().get(self.next..).unwrap_or_default();
        let ends = runs.iter().map(|run| usize::from(run[0])).chain([BLOCK_GRANULES]);
        let begins = [self.from].into_iter().chain(runs.iter().map(|run| usize::from(run[1])));
        self.hole.bytes / GRANULE + core::iter::zip(begins, ends).map(|(from, end)| end - from).sum::<usize>()
    }

    /// True if there may be holes left.
    pub(super) fn is_under_way(&self) -> bool {
        self.from < BLOCK_GRANULES
    }

    /// Goes on in another block. Returns the one that was left, with what is left of its holes: that may be found again by who
    /// enters it next, so the hole at hand is given up, even if the new block has none.
    pub(super) fn enter(&mut self, block: Block, epoch: Epoch) -> Option<Block> {
        self.runs.read(block, epoch);
        self.hole.bytes = 0;
        (self.next, self.from, self.refused) = (0, 0, NOTHING);
        self.block.replace(block)
    }
}
