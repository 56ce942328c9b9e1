//! The graph: G1–G4, W1, R1, Q2, Q3, U1, U2.
//!
//! Everything that strong pointers lead to from the roots is visited, with the pointer that led
//! there, so that a broken invariant comes with the path to it.

use super::super::Stage;
use super::super::address::{Set, Table};
use super::super::guardians::Sheet;
use super::super::sweep::Verdict;
use super::super::walk::{Fields, Hanging, each_coloured};
use super::super::weakness::{is_large, is_nothing};
use super::View;
use super::marks::{SpaceMap, header_in};
use crate::memory::geometry::BLOCK;
use crate::memory::{Block, BlockState, LargeLayout, LargeObject, Mark, MarkByte};
use crate::object::Object;
use crate::object::trace::EphemeronEdge;

/// True if the key of an ephemeron, which is not of the other epoch, is alive.
fn is_there(edge: EphemeronEdge) -> bool {
    !is_nothing(edge.key) && !edge.key.info().is_tombstone() && !MarkByte::of(edge.key).load().has(Mark::DEAD)
}

/// Pointers of a path that a message shows.
const SHOWN: usize = 12;

/// Everything that has been reached, and from where: `None` is a root.
type Paths = Table<Object, Option<Object>>;

struct Graph<'a, 'm> {
    view: View<'a>,
    map: &'m mut SpaceMap,
    large: Set<Object>,
    young_large: Set<Object>,
    /// Objects of the other epoch that the mark in progress will find, if that can be told.
    promised: Option<Set<Object>>,
    paths: Paths,
}

impl View<'_> {
    /// Checks everything that can be reached.
    pub(super) fn check_graph(self, map: &mut SpaceMap) {
        let space = &self.collector.space;
        // SAFETY: records in the lists of large objects are alive.
        let object_of = |record: &core::ptr::NonNull<LargeObject>| unsafe { record.as_ref() }.object();
        let mut graph = Graph {
            view: self,
            map,
            large: space.large_objects().iter().map(object_of).collect(),
            young_large: space.young_large_list().iter().chain(&self.collector.young.large).map(object_of).collect(),
            promised: None,
            paths: Paths::default(),
        };
        graph.check_pending();
        graph.promised = self.promised();
        let mut stack = Vec::new();
        self.state.roots().each(|object| stack.push((object, None)));
        let mut fields = Fields::new();
        let mut hanging = Hanging::new();
        while let Some((object, from)) = stack.pop() {
            if graph.paths.contains_key(&object) {
                continue;
            }
            graph.check_strong(object, from);
            graph.paths.insert(object, from);
            for (edge, from) in hanging.take(object) {
                graph.follow(edge, from, &mut stack);
            }
            // SAFETY: the object has passed the checks, and this is a safepoint.
            unsafe { fields.read(object) };
            stack.extend(fields.strong.drain(..).map(|to| (to, Some(object))));
            for sheet in fields.sheets.drain(..) {
                graph.check_sheet(sheet, object);
            }
            for to in fields.weak.drain(..) {
                graph.check_weak(to, object);
            }
            for edge in fields.ephemerons.drain(..) {
                if graph.paths.contains_key(&edge.key) {
                    graph.follow(edge, object, &mut stack);
                } else {
                    hanging.add(edge, object);
                }
            }
        }
    }

    /// The objects of the other epoch that the mark will find. `None` when none is under way, or when it
    /// has been interrupted.
    fn promised(self) -> Option<Set<Object>> {
        let marker = &self.collector.marker;
        if self.stage() != Stage::Marking || marker.is_interrupted() {
            return None;
        }
        let white = |object: Object| !is_nothing(object) && MarkByte::of(object).load().is_of(self.epoch().other());
        let mut stack: Vec<Object> = Vec::new();
        let mut hanging = Hanging::new();
        // What waits, or has been found and not looked at. (The next pass wakes what is on a list and has been reached.)
        marker.visitor.waiting.each(|key, _, value| {
            let edge = EphemeronEdge { key, value };
            if MarkByte::of(key).load().is_of(self.epoch()) {
                stack.extend(edge.strong());
            }
            hanging.add(edge, ());
        });
        for &edge in &marker.tracer.ephemerons {
            if white(edge.key) {
                hanging.add(edge, ());
            } else {
                stack.extend(edge.strong().filter(|_| is_there(edge)));
            }
        }
        stack.extend(marker.tracer.edges.pieces().flatten().map(|edge| edge.object()));
        stack.extend(marker.tracer.late.iter().flat_map(|late| late.pieces()).flatten().map(|edge| edge.object()));
        stack.extend(marker.queue.edges().map(|edge| edge.object()));
        self.state.roots().each_owed(|object| stack.push(object));
        let mut fields = Fields::new();
        let read_array = |fields: &mut Fields, object, next, stack: &mut Vec<Object>| {
            let record = LargeObject::of(object);
            for segment in (next..record.segments().len()).filter(|&s| !record.segments()[s].is_scanned(self.epoch())) {
                let elements = record.elements_of(segment);
                // SAFETY: the marker holds arrays of this cycle, which are alive until its end; this is
                // a safepoint.
                unsafe { fields.read_elements(object, elements.start, elements.end) };
                stack.append(&mut fields.strong);
                debug_assert!(fields.ephemerons.is_empty(), "no large slice has ephemerons");
            }
        };
        for &(object, next) in marker.visitor.arrays.pieces().flatten() {
            read_array(&mut fields, object, next, &mut stack);
        }
        let mut grey = Vec::new();
        each_coloured(&self.collector.space, |object, mark| {
            if mark.is_of(self.epoch()) && !mark.is_scanned() {
                grey.push(object);
            }
        });
        if !grey.is_empty() && !marker.will_search(self.state.roots()) {
            self.fail("O1", format_args!("{} objects are grey, and nobody searches for them", grey.len()));
        }
        for object in grey {
            // Whoever visits it wakes what waits for it (Q2).
            stack.extend(hanging.take(object).iter().filter_map(|(edge, ())| edge.strong()));
            if is_large(object) && LargeLayout::is_segmented(object.info()) {
                read_array(&mut fields, object, 0, &mut stack);
            } else {
                // SAFETY: while marking, a grey object is whole and has not been written; this is a safepoint.
                unsafe { fields.read(object) };
                stack.append(&mut fields.strong);
                for edge in fields.ephemerons.drain(..) {
                    if white(edge.key) && !edge.key.info().is_tombstone() {
                        hanging.add(edge, ());
                    } else {
                        stack.extend(edge.strong().filter(|_| is_there(edge)));
                    }
                }
            }
        }
        let mut promised = Set::default();
        while let Some(object) = stack.pop() {
            if white(object) && promised.insert(object) {
                stack.extend(hanging.take(object).iter().filter_map(|(edge, ())| edge.strong()));
                // SAFETY: while marking, an object of the other epoch is whole; this is a safepoint.
                unsafe { fields.read(object) };
                stack.append(&mut fields.strong);
                for edge in fields.ephemerons.drain(..) {
                    if is_nothing(edge.key) || edge.key.info().is_tombstone() || !white(edge.key) {
                        stack.extend(edge.strong().filter(|_| is_there(edge)));
                    } else if promised.contains(&edge.key) {
                        stack.extend(edge.strong());
                    } else {
                        hanging.add(edge, ());
                    }
                }
            }
        }
        fields.complete.then_some(promised)
    }
}

impl Graph<'_, '_> {
    /// Where a pointer's target lies: `None` if that is no memory of this heap, or no object's.
    fn place(&self, object: Object) -> Option<Place> {
        if self.large.contains(&object) {
            return Some(Place::Large);
        }
        let block = object.granule().addr().get() & !(BLOCK - 1);
        self.map.contains_key(&block).then(|| Place::In(Block::around(object.granule())))
    }

    /// Follows what a value of an ephemeron holds whose key and table have been reached.
    fn follow(&self, edge: EphemeronEdge, from: Object, stack: &mut Vec<(Object, Option<Object>)>) {
        if edge.value.is_weak() {
            self.check_weak(edge.value.object(), from);
        } else {
            stack.push((edge.value.object(), Some(from)));
        }
    }

    /// Checks a sheet of a guardian that has been reached (U1, U2).
    fn check_sheet(&self, sheet: Object, from: Object) {
        let sheet = Sheet::at(sheet);
        if let Some(fault) = sheet.fault() {
            self.fail("U2", from, Some(from), fault);
        }
        for object in sheet.registered() {
            let from = Some(from);
            let mark = self.place(object).map(|_| MarkByte::of(object).load());
            let Some(mark) = mark.filter(|_| header_in(object.granule()) == Some(object)) else {
                self.fail("U1", object, from, "a guardian's registration leads to no header");
            };
            let swept = self.view.stage() == Stage::Sweeping(Verdict::Free) && mark.is_of(self.view.epoch().other());
            if mark.has(Mark::DEAD) || object.info().is_tombstone() || swept {
                self.fail("U1", object, from, "an object died while it was registered with a live guardian");
            }
        }
    }

    /// Checks what waits for keys in a collection (Q2, Q3).
    fn check_waiting(&self) {
        let marker = &self.view.collector.marker;
        if self.view.stage() == Stage::Marking && !marker.is_interrupted() {
            let settled = marker.visitor.waiting.is_settled();
            marker.visitor.waiting.each(|key, listed, value| {
                let mark = MarkByte::of(key).load();
                let white = mark.is_of(self.view.epoch().other()) && (listed && !settled || mark.has(Mark::WEAK));
                let reached = mark.is_of(self.view.epoch()) && (listed || !mark.is_scanned());
                if !white && !reached {
                    self.fail("Q2", key, None, "something waits for it in the mark, and it is not white with WEAK");
                }
                // (What a weak one leads to may have no mark byte.)
                if !value.is_weak() && !MarkByte::of(value.object()).load().is_coloured() {
                    self.fail("Q3", value.object(), Some(key), "it waits for a key in the mark, and is new");
                }
            });
        } else if !marker.visitor.waiting.is_empty() && self.view.stage() != Stage::Marking {
            self.view.fail("Q2", "values wait for keys, and no mark is under way");
        }
        let young = &self.view.collector.young;
        if !young.is_unfinished() && !young.waiting.is_empty() {
            self.view.fail("Q2", "values wait for new keys, and no young collection is under way");
        }
    }

    /// What the mark still has to look at is there, and not new (R3).
    fn check_pending(&self) {
        self.check_waiting();
        let marker = &self.view.collector.marker;
        let stacked = marker.tracer.edges.pieces().flatten().copied();
        for object in stacked.chain(marker.queue.edges()).map(|edge| edge.object()) {
            let there = match self.place(object) {
                Some(Place::In(block)) => block.state() != BlockState::Free,
                Some(Place::Large) => true,
                None => false,
            };
            if !there || !MarkByte::of(object).load().is_coloured() {
                self.fail("R3", object, None, "the mark has it to look at, and a young collection may free it");
            }
        }
    }

    fn check_strong(&mut self, object: Object, from: Option<Object>) {
        let (view, epoch) = (self.view, self.view.epoch());
        let invariant = if from.is_some() { "G1" } else { "R1" };
        let Some(place) = self.place(object) else {
            self.fail(invariant, object, from, "a pointer leads out of the heap, or to a large object that was freed");
        };
        let mark = MarkByte::of(object).load();
        if let Place::In(block) = place {
            if block.state() == BlockState::Free {
                self.fail(invariant, object, from, "a pointer leads into a free block");
            }
            let index = block.granule_index(object.granule());
            let map = &self.map[&block.start().addr().get()];
            if (mark.is_coloured() || mark.has(Mark::DEAD)) && !map.heads.has(index)
                || map.taken.has(index) && !map.heads.has(index)
            {
                self.fail(invariant, object, from, "a pointer leads into another object, or to its last granule");
            }
            if header_in(block.granule(index)) != Some(object) {
                self.fail(invariant, object, from, "a pointer leads to no header");
            }
        }
        if matches!(place, Place::Large) != is_large(object) {
            self.fail("L1", object, from, "its header and its place disagree on whether it is large");
        }
        if mark.has(Mark::DEAD) {
            self.fail(invariant, object, from, "it is DEAD, and can be reached");
        }
        if object.info().is_tombstone() {
            self.fail(invariant, object, from, "it is a tombstone, and can be reached by a strong pointer");
        }
        if !mark.is_coloured() {
            self.check_new(object, from, place);
        } else if mark.is_of(epoch.other()) {
            match view.stage() {
                Stage::Marking if self.promised.as_ref().is_some_and(|promised| !promised.contains(&object)) => {
                    self.fail("G2", object, from, "the mark has not reached it, and will not");
                }
                Stage::Marking | Stage::Sweeping(Verdict::Keep) => {}
                Stage::Sweeping(Verdict::Free) => {
                    self.fail("G3", object, from, "the mark did not reach it, and it will be freed");
                }
                Stage::Idle => {
                    self.fail("B2", object, from, "it has the other epoch's colour, and no cycle is under way")
                }
            }
        }
    }

    /// An object without a colour must have been made since the last young collection.
    fn check_new(&mut self, object: Object, from: Option<Object>, place: Place) {
        let block = match place {
            Place::Large if self.young_large.contains(&object) => return,
            Place::Large => self.fail("G4", object, from, "it is large, has no colour, and is not new"),
            Place::In(block) => block,
        };
        if block.state() != BlockState::Current {
            self.fail(
                "G4",
                object,
                from,
                "it has no colour, and no cursor has been in its block: it was freed, or not promoted",
            );
        }
        if self.view.state.cursors.is_ahead(object.granule().addr().get()) {
            self.fail("G4", object, from, "it lies where the next objects are to be allocated");
        }
        let first = block.granule_index(object.granule());
        let last = first + object.granules() - 1;
        let marks = block.marks();
        let clean = marks.get(first + 1..=last).is_some_and(|marks| marks.iter().all(|m| m.load().is_clear()));
        let Some(map) = self.map.get_mut(&block.start().addr().get()) else { return };
        let known = map.heads.has(first);
        if !clean || !known && !map.taken.add(first, last) {
            self.fail("G4", object, from, "it is new, and shares memory with another object");
        }
        map.heads.add(first, first);
    }

    fn check_weak(&self, object: Object, from: Object) {
        if is_nothing(object) {
            return;
        }
        let from = Some(from);
        let place = self.place(object);
        let mark = || MarkByte::of(object).load();
        match place {
            None => self.fail(
                "W1",
                object,
                from,
                "a weak pointer leads out of the heap, or to a large object that was freed",
            ),
            Some(Place::Large) => {
                if !mark().is_coloured() && !mark().has(Mark::DEAD) && !self.young_large.contains(&object) {
                    self.fail("W1", object, from, "a weak pointer leads to a large object that is neither old nor new");
                }
            }
            Some(Place::In(block)) => {
                let index = block.granule_index(object.granule());
                let head = self.map[&block.start().addr().get()].heads.has(index);
                let new = block.state() == BlockState::Current && !mark().is_coloured();
                if !head && !new || header_in(block.granule(index)) != Some(object) {
                    self.fail(
                        "W1",
                        object,
                        from,
                        "a weak pointer leads to no header: its object was freed without a tombstone",
                    );
                }
            }
        }
        let mark = mark();
        let spared = mark.has(Mark::WEAK);
        if mark.has(Mark::DEAD) && !spared {
            self.fail("W1", object, from, "a weak pointer leads to a dead object that will leave no tombstone");
        }
        if self.view.stage() == Stage::Sweeping(Verdict::Free) && mark.is_of(self.view.epoch().other()) && !spared {
            self.fail("W1", object, from, "the sweep will free it, and a weak pointer leads to it without WEAK");
        }
    }

    /// Reports a broken invariant at the end of a path.
    #[cold]
    fn fail(&self, invariant: &str, object: Object, from: Option<Object>, what: &str) -> ! {
        let target = match self.place(object) {
            Some(Place::In(block)) if header_in(object.granule()) != Some(object) => {
                format!("(no header) at {:p} in a block that is {:?}", object.payload(), block.state())
            }
            Some(Place::In(block)) => format!("{} in a block that is {:?}", self.view.describe(object), block.state()),
            Some(Place::Large) => self.view.describe(object),
            None => format!("(unknown memory) at {:p}", object.payload()),
        };
        let mut path = String::new();
        let mut next = from;
        for _ in 0..SHOWN {
            let Some(object) = next else { break };
            path.push_str(&format!("\n    from {}", self.view.describe(object)));
            next = self.paths.get(&object).copied().flatten();
        }
        path.push_str(if next.is_some() { "\n    from …" } else { "\n    from a root" });
        self.view.fail(invariant, format_args!("{what}\n  object: {target}{path}"));
    }
}

/// Where an object lies.
#[derive(Clone, Copy)]
enum Place {
    In(Block),
    Large,
}
