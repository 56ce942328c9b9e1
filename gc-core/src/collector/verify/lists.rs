//! Which list has what: the blocks' lists, the remembered set (Y1), large objects (L1, L3).
//!
//! - **L3** The segments of a large slice have the object's own colour, once the mark has been through
//!   it: those of an object of the other epoch have not been visited in this one.

use std::collections::HashSet;

use super::super::Stage;
use super::super::sweep::Verdict;
use super::super::walk::each_coloured;
use super::View;
use crate::memory::{Block, BlockState, LargeLayout, LargeObject, Mark, MarkByte};
use crate::object::Object;
use crate::object::header::{LARGE, LOGGED};

impl<'a> View<'a> {
    /// Checks that a block is on the list that its state says, once, and on no other.
    pub(super) fn check_lists(self) {
        let space = &self.collector.space;
        let free = self.listed(space.free_list(), BlockState::Free, "free blocks");
        let holes = self.listed(space.hole_list(), BlockState::WithHoles, "blocks with holes");
        let aside = self.listed(space.snapshot_hole_list(), BlockState::WithHoles, "blocks with snapshot holes");
        let current = self.listed(space.current(), BlockState::Current, "current blocks");
        let dead: HashSet<usize> = self.collector.dead.blocks.iter().map(|b| b.start().addr().get()).collect();
        if self.stage() != Stage::Marking && !aside.is_empty() {
            self.fail("B2", "holes found before a mark are kept for allocation after it");
        }
        for chunk in space.chunks() {
            let mut free_here = 0;
            for block in chunk.blocks() {
                let address = block.start().addr().get();
                let at = || format!("the block at {:p}, {:?}", block.start(), block.state());
                free_here += usize::from(block.state() == BlockState::Free);
                let on_its_list = match block.state() {
                    BlockState::Settled => true,
                    BlockState::Free => free.contains(&address),
                    // Those whose holes were found before the mark that has ended wait for the sweep.
                    BlockState::WithHoles => {
                        holes.contains(&address) || aside.contains(&address) || !block.is_swept(self.epoch())
                    }
                    BlockState::Current => current.contains(&address),
                    BlockState::Condemned => dead.contains(&address),
                };
                if !on_its_list {
                    self.fail("B2", format_args!("{} is not on the list of its state", at()));
                }
                if holes.contains(&address) && (!block.is_swept(self.epoch()) || aside.contains(&address)) {
                    self.fail("B2", format_args!("{} may be allocated in before it is swept", at()));
                }
                if block.is_queued() != dead.contains(&address) || block.dead() > 0 && !block.is_queued() {
                    self.fail("D1", format_args!("{} has destructors to run and is not queued, or the reverse", at()));
                }
            }
            if chunk.free_blocks() != free_here {
                self.fail(
                    "B1",
                    format_args!("a chunk counts {} free blocks, and has {free_here}", chunk.free_blocks()),
                );
            }
        }
    }

    fn listed(self, list: &[Block], state: BlockState, name: &str) -> HashSet<usize> {
        let mut found = HashSet::new();
        for block in list {
            if block.state() != state {
                self.fail("B2", format_args!("{:p}, {:?}, is on the list of {name}", block.start(), block.state()));
            }
            if !found.insert(block.start().addr().get()) {
                self.fail("B2", format_args!("{:p} is on the list of {name} twice", block.start()));
            }
        }
        found
    }

    /// Checks that old objects are logged exactly when they are in the remembered set (Y1). After a
    /// panic in a young collection some of the set may be armed again, and in it twice.
    pub(super) fn check_logged(self) {
        let remembered = &self.collector.remembered;
        let objects: HashSet<Object> = remembered.objects.pieces().flatten().map(|edge| edge.object()).collect();
        let segments: HashSet<(Object, u32)> = remembered.segments.pieces().flatten().copied().collect();
        let resuming = self.collector.young.is_unfinished();
        // What is logged and not listed is found without a list.
        let differs =
            |logged: bool, listed: bool| logged != listed && !(resuming && listed) && !(remembered.lost && logged);
        if !resuming && objects.len() + segments.len() < remembered.len() {
            self.fail("Y1", "something is in the remembered set twice");
        }
        let (mut logged_objects, mut logged_segments) = (0, 0);
        each_coloured(&self.collector.space, |object, mark| {
            let (info, header) = (object.info(), object.header());
            if mark.is_owed() {
                // Its promotion is not complete.
                return;
            }
            if info.is_unwatched() {
                if !header.has(LOGGED) && !info.is_tombstone() {
                    self.fail_at("Y1", object, "an object that is never read by the collector is armed");
                }
            } else if header.has(LARGE) && LargeLayout::is_segmented(info) {
                for (index, segment) in LargeObject::of(object).segments().iter().enumerate() {
                    logged_segments += usize::from(segment.is_logged());
                    if differs(segment.is_logged(), segments.contains(&(object, index as u32))) {
                        self.fail_at(
                            "Y1",
                            object,
                            format_args!("segment {index} is logged and not remembered, or the reverse"),
                        );
                    }
                }
            } else {
                logged_objects += usize::from(header.has(LOGGED));
                if differs(header.has(LOGGED), objects.contains(&object)) {
                    self.fail_at("Y1", object, "it is logged and not in the remembered set, or the reverse");
                }
            }
        });
        if !resuming && !remembered.lost && (logged_objects != objects.len() || logged_segments != segments.len()) {
            self.fail("Y1", "something is in the remembered set that is no old object");
        }
    }

    /// Checks the records of large objects (L1, L3).
    pub(super) fn check_large(self) {
        let epoch = self.epoch();
        for record in self.collector.space.large_objects() {
            // SAFETY: records in the list of all large objects are alive.
            let large = unsafe { record.as_ref() };
            let object = large.object();
            let (info, mark) = (object.info(), MarkByte::of(object).load());
            if !core::ptr::eq(LargeObject::of(object), large) {
                self.fail_at("L1", object, "its page names another record");
            }
            if !object.header().has(LARGE) {
                self.fail_at("L1", object, "a large object's header says that it is small");
            }
            if mark.is_coloured() && !mark.has(Mark::END) {
                self.fail_at("M2", object, "a large object has no END");
            }
            self.check_mark(object, mark);
            if self.stage() == Stage::Idle && mark.is_of(epoch.other()) {
                self.fail_at("B2", object, "a large object has not been swept, and no sweep is under way");
            }
            if !LargeLayout::is_segmented(info) {
                continue;
            }
            if object.header().has(LOGGED) {
                self.fail_at("L1", object, "a large slice is logged as a whole");
            }
            if mark.is_owed() {
                // Its promotion is not complete.
                continue;
            }
            let visited = large.segments().iter().filter(|segment| segment.is_scanned(epoch)).count();
            let all = large.segments().len();
            if mark.is_of(epoch.other()) && visited > 0 {
                self.fail_at("L3", object, format_args!("{visited} segments were visited before the object"));
            }
            let complete = matches!(self.stage(), Stage::Idle | Stage::Sweeping(Verdict::Free));
            if mark.is_of(epoch) && complete && visited < all {
                self.fail_at("L3", object, format_args!("{visited} of {all} segments have the object's colour"));
            }
        }
    }
}
