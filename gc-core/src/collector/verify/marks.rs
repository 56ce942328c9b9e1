//! Blocks and their mark bytes: M1–M3, H3, K2, W2, B1–B4.

use core::ptr::NonNull;

use super::super::Stage;
use super::super::address::Table;
use super::super::sweep::Verdict;
use super::super::weakness::is_tombstone;
use super::{Decoded, View};
use crate::memory::geometry::{BLOCK_GRANULES, GRANULE};
use crate::memory::hole::next_marked;
use crate::memory::{Block, BlockState, Mark};
use crate::object::Object;
use crate::object::header::{BEFORE_HEADER, FORWARDED, LARGE, WORD};

/// One bit a granule.
#[derive(Clone)]
pub(super) struct Granules([u64; BLOCK_GRANULES / 64]);

impl Granules {
    const NONE: Self = Self([0; BLOCK_GRANULES / 64]);

    pub(super) fn has(&self, index: usize) -> bool {
        self.0[index / 64] & 1 << (index % 64) != 0
    }
    /// Adds a range. False if some of it was there.
    pub(super) fn add(&mut self, first: usize, last: usize) -> bool {
        (first..=last).fold(true, |fresh, index| {
            let fresh = fresh && !self.has(index);
            self.0[index / 64] |= 1 << (index % 64);
            fresh
        })
    }
}

/// Where the objects of a block lie that can be walked.
#[derive(Clone)]
pub(super) struct BlockMap {
    /// Granules with the header of an object that has a colour or is dead.
    pub(super) heads: Granules,
    /// All granules of such objects.
    pub(super) taken: Granules,
}

/// All blocks of the heap, free ones too, by their addresses.
pub(super) type SpaceMap = Table<usize, BlockMap>;

/// What lies in a block, counted object by object.
#[derive(Default)]
struct Tally {
    this_epoch: usize,
    other_epoch: usize,
    dead: usize,
    needs_attention: bool,
    needs_headers: bool,
}

impl View<'_> {
    /// Checks all blocks, and says where objects lie in them.
    pub(super) fn check_blocks(self) -> SpaceMap {
        let blocks = self.collector.space.chunks().iter().flat_map(|chunk| chunk.blocks());
        blocks.map(|block| (block.start().addr().get(), self.check_block(block))).collect()
    }

    fn check_block(self, block: Block) -> BlockMap {
        let mut map = BlockMap { heads: Granules::NONE, taken: Granules::NONE };
        let mut tally = Tally::default();
        let marks = block.marks();
        let mut next = next_marked(marks, 0);
        while next < BLOCK_GRANULES {
            let last = self.check_object(block, next, &mut tally);
            map.heads.add(next, next);
            map.taken.add(next, last);
            next = next_marked(marks, last + 1);
        }
        self.check_counters(block, &tally);
        map
    }

    /// Checks the object whose mark byte, not 0, is the next one in the block. Returns its last granule.
    fn check_object(self, block: Block, first: usize, tally: &mut Tally) -> usize {
        let epoch = self.epoch();
        let marks = block.marks();
        let mark = marks[first].load();
        let at = || format!("granule {first} of the block at {:p}, {:?}", block.start(), block.state());
        let decoded = Decoded(mark, epoch);
        let new = !mark.is_coloured() && !mark.has(Mark::DEAD);
        let alive_or_new = Mark::DROP.with(Mark::WEAK);
        if block.state() == BlockState::Free {
            self.fail("M3", format_args!("a granule of a free block is marked: {decoded}, {}", at()));
        }
        if new && mark.only(alive_or_new).is_clear() {
            self.fail("M3", format_args!("a mark byte belongs to no object: {decoded}, {}", at()));
        }
        if new && !matches!(block.state(), BlockState::Current | BlockState::Condemned) {
            self.fail("M3", format_args!("a new object lies where no cursor has been: {decoded}, {}", at()));
        }
        if mark.is_coloured() && mark.has(Mark::DEAD) {
            self.fail("M1", format_args!("a dead object has a colour: {decoded}, {}", at()));
        }
        let Some(object) = header_in(block.granule(first)) else {
            self.fail("H3", format_args!("no header lies at a mark byte: {decoded}, {}", at()));
        };
        let last = first + object.granules() - 1;
        if object.header().has(LARGE) {
            self.fail_at("L1", object, "a small object's header says that it is large");
        }
        let end = if new || mark.has(Mark::END) { first } else { next_marked(marks, first + 1) };
        if !new && (end != last || !marks[end.min(BLOCK_GRANULES - 1)].load().has(Mark::END)) {
            self.fail_at("M2", object, format_args!("it has {} granules, its END says otherwise", last - first + 1));
        }
        if end != first && marks[end].load() != Mark::END {
            self.fail_at("M2", object, "its last granule has more than END");
        }
        if next_marked(marks, end + 1) <= last || last >= BLOCK_GRANULES {
            self.fail_at("M2", object, "a granule inside of it is marked, or it leaves its block");
        }
        self.check_mark(object, mark);
        let granules = last - first + 1;
        if mark.is_of(epoch) {
            tally.this_epoch += granules;
        } else if mark.is_coloured() {
            tally.other_epoch += granules;
        }
        tally.dead += usize::from(mark.has(Mark::DEAD));
        // A new object's WEAK is settled by the young collection that set it.
        tally.needs_attention |=
            mark.has(Mark::DROP) || mark.has(Mark::DEAD) || !new && mark.has(Mark::WEAK) && !is_tombstone(object, mark);
        tally.needs_headers |= object.is_particular();
        last
    }

    /// Checks that a mark byte says what can be at this stage: K2, W2, and that DROP tells the type.
    pub(super) fn check_mark(self, object: Object, mark: Mark) {
        let (epoch, stage) = (self.epoch(), self.stage());
        if !mark.is_coloured() {
            return;
        }
        let interrupted = matches!(stage, Stage::Marking | Stage::Sweeping(Verdict::Keep));
        if mark.is_of(epoch) && !mark.is_scanned() && !interrupted {
            self.fail_at("K2", object, "it is not scanned, and no mark is under way");
        }
        if object.info().is_tombstone() {
            if !mark.has(Mark::WEAK) {
                self.fail_at("W2", object, "it is a tombstone, and has not WEAK");
            }
        } else if mark.has(Mark::WEAK) && (mark.is_of(epoch) || stage == Stage::Idle) {
            self.fail_at("W2", object, "it has a colour and still WEAK");
        }
        if mark.has(Mark::DROP) != object.info().needs_drop() {
            self.fail_at("D1", object, "its DROP bit and its type disagree on whether a destructor is to run");
        }
    }

    fn check_counters(self, block: Block, tally: &Tally) {
        let (epoch, white) = (self.epoch(), self.epoch().other());
        let at = || {
            format!(
                "the block at {:p}, {:?}, live {} + {} of the other epoch, dead {}",
                block.start(),
                block.state(),
                block.live(epoch),
                block.live(white),
                block.dead()
            )
        };
        let swept = block.is_swept(epoch);
        let free = block.state() == BlockState::Free;
        if block.live(epoch) != tally.this_epoch {
            self.fail("B1", format_args!("{} granules have this epoch's colour: {}", tally.this_epoch, at()));
        }
        if swept && !free && (tally.other_epoch > 0 || block.live(white) > 0) {
            self.fail("B2", format_args!("{} granules of a swept block were not swept: {}", tally.other_epoch, at()));
        }
        if !swept && !free && self.stage() == Stage::Idle {
            self.fail("B2", format_args!("a block has not been swept, and no sweep is under way: {}", at()));
        }
        // While marking, the counter of the other epoch stays as it was at the start.
        if block.live(white) < tally.other_epoch {
            self.fail("B1", format_args!("{} granules have the other epoch's colour: {}", tally.other_epoch, at()));
        }
        let unattended = !swept && !free && !block.needs_attention();
        if unattended && block.live(white) != tally.this_epoch + tally.other_epoch {
            self.fail("B3", format_args!("more is counted here than the mark reached, without attention: {}", at()));
        }
        if tally.needs_attention && !block.needs_attention() {
            self.fail("B3", format_args!("an object needs attention, and its block does not say so: {}", at()));
        }
        if tally.needs_headers && !block.needs_headers() {
            self.fail("B4", format_args!("a header must be looked at, and the block does not say so: {}", at()));
        }
        if block.dead() != tally.dead {
            self.fail("B1", format_args!("{} objects are dead with a destructor to run: {}", tally.dead, at()));
        }
        if free && (block.live(epoch) + block.live(white) + block.dead() > 0 || block.needs_attention()) {
            self.fail("B1", format_args!("a free block holds something: {}", at()));
        }
    }
}

/// The object whose header lies in a granule, found with care: `None` if none does.
pub(super) fn header_in(granule: NonNull<u8>) -> Option<Object> {
    // SAFETY: the words lie in the granule, which is memory of the heap; one that is marked has been
    // written.
    let word = |index| unsafe { granule.cast::<usize>().add(index).read() };
    let index = (0..GRANULE / WORD).find(|&index| word(index) & BEFORE_HEADER == 0)?;
    if word(index) & !0x3f == 0 || word(index) & FORWARDED != 0 {
        return None;
    }
    // SAFETY: the word after one in the granule is in it or at its end.
    let payload = unsafe { granule.cast::<usize>().add(index + 1) }.cast();
    // SAFETY: the word before is the first without the bit, which is the header (H3).
    Some(unsafe { Object::from_payload(payload) })
}
