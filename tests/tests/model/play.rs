//! Runs a program on real heaps and on their references at the same time.

use std::time::Duration;

use gc_core::{Gc, Mutation};

use crate::check;
use crate::faint;
use crate::objects::*;
use crate::program::{Op, Program, What, kinds_at};
use crate::reference::{Edge, RootSlot};
use crate::side::{Held, REGISTERS, Registers, Side, TopOf, planned};

pub struct Player<'p> {
    program: &'p Program,
    ops: &'p [Op],
    sides: [Option<Side>; 2],
    at: usize,
    current: usize,
}

impl<'p> Player<'p> {
    pub fn new(program: &'p Program, ops: &'p [Op]) -> Self {
        FUSE.set(0);
        let sides = [0, 1].map(|which| Some(Side::new(program, which, 1)));
        Self { program, ops, sides, at: 0, current: 0 }
    }

    pub fn play(mut self) {
        while self.at < self.ops.len() {
            let op = self.ops[self.at];
            if op.what.is_outside() {
                self.at += 1;
                self.between(op);
            } else {
                self.mutate(self.current, usize::MAX);
            }
            // A fuse that did not burn down within a step may do so in the next pause, and no later.
        }
        FUSE.set(0);
        for which in 0..2 {
            let mut side = self.sides[which].take().unwrap();
            self.end(&mut side);
        }
    }

    fn between(&mut self, op: Op) {
        let which = self.current;
        let side = self.sides[which].as_mut().unwrap();
        match op.what {
            What::End => {}
            What::Young => side.collect_young(self.program.manual[which]),
            What::Collect | What::Compact => side.collect(op.what == What::Compact),
            What::Step => {
                let heap = side.heap.as_mut().unwrap();
                let time = Duration::from_micros(u64::from(op.with[0] % 101));
                let times = if op.with[1].is_multiple_of(8) { 30 } else { 1 };
                for _ in 0..times {
                    if planned(|| heap.step(time)) == Ok(false) {
                        break;
                    }
                }
                // A step may have been a young collection.
                side.youngs += 1;
                side.settle();
            }
            What::Replace => {
                side.drop_heap();
                let generation = side.generation + 1;
                let mut new = Side::new(self.program, which, generation);
                new.stale.extend(side.kept.drain(..).map(|(kept, _)| kept));
                // Their heap has gone, and these with it.
                side.pins.clear();
                new.stale.append(&mut side.stale);
                new.charges.append(&mut side.charges);
                self.sides[which] = Some(new);
            }
            What::Switch => self.current = 1 - self.current,
            What::Listen => {
                let every = op.with[0] % 40;
                let mut left = every;
                let listener = move |_: &gc_core::stats::Event<'_>| {
                    left = left.saturating_sub(1);
                    if left == 1 {
                        left = every;
                        Planned::Listener.throw();
                    }
                };
                let heap = side.heap.as_mut().unwrap();
                heap.set_listener((every > 3).then(|| Box::new(listener) as gc_core::stats::Listener));
            }
            _ => unreachable!("a step in a mutation"),
        }
    }

    /// One mutation, of at most `steps` steps.
    fn mutate(&mut self, which: usize, steps: usize) {
        let mut side = self.sides[which].take().unwrap();
        let mut heap = side.heap.take().unwrap();
        let _ = planned(|| heap.mutate(|mc, top| self.inside(mc, top, &mut side, steps)));
        side.heap = Some(heap);
        if !self.program.manual[which] {
            side.youngs += 1;
        }
        side.settle();
        self.sides[which] = Some(side);
    }

    fn inside<'gc>(&mut self, mc: &Mutation<'gc>, top: Gc<'gc, TopOf<'gc>>, side: &mut Side, steps: usize) {
        let mut regs: Registers<'gc> = [None; REGISTERS];
        let top = Held { id: side.reference.top(), it: Strong::Top(top) };
        regs[0] = Some(top);
        let end = self.at.saturating_add(steps);
        while self.at < self.ops.len().min(end) {
            let op = self.ops[self.at];
            if op.what.is_outside() {
                return;
            }
            self.at += 1;
            match op.what {
                What::Panic => Planned::Mutation.throw(),
                What::YieldIfDue if mc.should_yield() => return,
                What::Nest => {
                    let other = 1 - side.which;
                    if self.sides[other].is_some() {
                        self.mutate(other, 1 + op.with[0] as usize % 20);
                    }
                }
                _ => {
                    // A panic of a `trace` or destructor ends the step, and changes nothing.
                    let _ = planned(|| self.step(mc, top, side, &mut regs, op));
                    side.apply_drops();
                }
            }
        }
    }

    fn step<'gc>(
        &mut self,
        mc: &Mutation<'gc>,
        top: Held<'gc>,
        side: &mut Side,
        regs: &mut Registers<'gc>,
        Op { what, with: [a, b, c, d, e] }: Op,
    ) {
        let [ra, rb] = [a, b].map(|n| n as usize % REGISTERS);
        match what {
            What::Top => regs[ra] = Some(top),
            What::Alloc => {
                let first = [c, d].map(|n| {
                    let held = regs[n as usize % REGISTERS];
                    (side.edge(held, n / 8), held)
                });
                if let Some(new) = side.alloc(mc, kinds_at(a), b as usize, first, self.program, e) {
                    regs[(e / 64) as usize % REGISTERS] = Some(new);
                    if e % 64 < 40 {
                        side.write(mc, top, e / 512, (Edge::Strong(new.id), Some(new)), 0);
                    }
                }
            }
            What::Burst => self.burst(mc, top, side, regs, [a, b, c, d, e]),
            What::Chain => {
                let mut last: Option<Held<'gc>> = None;
                for _ in 0..a % 3000 {
                    let first = [(side.edge(last, 7), last), (Edge::Null, None)];
                    let Some(new) = side.alloc(mc, Kind::Two, 0, first, self.program, 2) else { break };
                    last = Some(new);
                }
                regs[rb] = last;
                side.write(mc, top, c, (side.edge(last, 7), last), d);
            }
            What::Read => {
                if let Some(from) = regs[ra] {
                    let count = side.reference.object(from.id).slots.len();
                    if count > 0 {
                        regs[rb] = side.read(mc, from, c as usize % count, regs);
                    }
                }
            }
            What::Write => {
                if let Some(owner) = regs[ra] {
                    let held = regs[rb];
                    side.write(mc, owner, c, (side.edge(held, d), held), e);
                }
            }
            What::MoveOut => {
                if let Some(owner) = regs[ra] {
                    let count = side.reference.object(owner.id).slots.len();
                    if count > 0 {
                        let slot = c as usize % count;
                        let out = side.read(mc, owner, slot, regs);
                        if out.is_some() {
                            side.write(mc, owner, slot as u32, (Edge::Null, None), d);
                            regs[rb] = out;
                        }
                    }
                }
            }
            What::Shorten => {
                let grows = |kind| matches!(kind, Kind::List | Kind::Vector | Kind::Mapped);
                if let Some(list) = regs.iter().flatten().find(|h| grows(h.it.kind())) {
                    let all = a % 4 == 0;
                    list.it.shorten(mc, all);
                    let slots = &mut side.reference.object_mut(list.id).slots;
                    slots.truncate(if all { 0 } else { slots.len().saturating_sub(1) });
                }
            }
            What::Grow => {
                if let Some(owner) = regs.iter().flatten().find(|h| h.it.kind() == Kind::External) {
                    owner.it.grow(mc, (a % 400_000) as usize);
                }
            }
            What::MakeRoot => {
                if let Some(held) = regs[ra]
                    && side.kept.len() < 100
                {
                    side.reference.stored(Some(held.id));
                    side.kept.push((held.it.keep(mc), side.reference.roots.len()));
                    side.reference.roots.push(RootSlot { id: held.id, count: 1 });
                }
            }
            What::SetRoot => {
                if let Some(held) = regs[ra]
                    && let Some((kept, slot)) = side.kept.iter().find(|(_, slot)| {
                        let id = side.reference.roots[*slot].id;
                        id != held.id && side.reference.kind(id) == held.it.kind()
                    })
                {
                    assert!(kept.set(mc, held.it));
                    side.reference.roots[*slot].id = held.id;
                    side.reference.stored(Some(held.id));
                }
            }
            What::GetRoot if !side.kept.is_empty() => {
                let (kept, slot) = &side.kept[b as usize % side.kept.len()];
                let id = side.reference.roots[*slot].id;
                let it = kept.try_get(mc).expect("a root of this heap");
                regs[ra] = Some(Held { id, it });
            }
            What::CloneRoot if !side.kept.is_empty() && side.kept.len() < 100 => {
                let (kept, slot) = side.kept[a as usize % side.kept.len()].clone();
                side.reference.roots[slot].count += 1;
                side.kept.push((kept, slot));
            }
            What::DropRoot if !side.kept.is_empty() => {
                let (kept, slot) = side.kept.swap_remove(a as usize % side.kept.len());
                drop(kept);
                side.release_root(slot);
            }
            What::DropStale => {
                side.stale.pop();
            }
            What::Associate
            | What::LookUp
            | What::Dissociate
            | What::Guard
            | What::Poll
            | What::Intern
            | What::Purge => {
                let Some(owner) = regs.iter().flatten().find(|h| h.it.kind() == Kind::Tables).copied() else { return };
                if let Some(found) = faint::step(mc, side, owner, what, [regs[ra], regs[rb]], c, regs) {
                    regs[d as usize % REGISTERS] = Some(found);
                }
            }
            What::ByAddress => {
                if let Some(held) = &mut regs[ra] {
                    held.it = held.it.by_address(mc);
                }
            }
            What::Charge => side.charges.push(mc.external((a % 100_000) as usize)),
            What::Discharge => {
                side.charges.pop();
            }
            What::Identify => {
                if let Some(held) = regs[ra] {
                    let identity = held.it.identity(mc);
                    let before = side.reference.object_mut(held.id).identity.replace(identity);
                    assert!(before.is_none_or(|before| before == identity), "{} is another one", held.id);
                }
            }
            What::Pin => {
                if let Some(held) = regs[ra]
                    && side.pins.len() < 30
                {
                    side.reference.stored(Some(held.id));
                    side.pins.push((held.it.pin(mc), side.reference.roots.len()));
                    side.reference.roots.push(RootSlot { id: held.id, count: 1 });
                }
            }
            What::Unpin if !side.pins.is_empty() => {
                let (pin, slot) = side.pins.swap_remove(a as usize % side.pins.len());
                drop(pin);
                side.release_root(slot);
            }
            What::Check => {
                self.foreign_roots(mc, side);
                check::walk(mc, side, top, regs.iter().flatten().copied(), d.is_multiple_of(3));
            }
            What::Fuse => FUSE.set(1 + a % 300),
            _ => {}
        }
    }

    /// Roots of other heaps, dead or alive, are told apart.
    fn foreign_roots(&self, mc: &Mutation<'_>, side: &Side) {
        let others = self.sides.iter().flatten().flat_map(|other| other.kept.iter().map(|(kept, _)| kept));
        for kept in others.chain(&side.stale) {
            assert!(kept.try_get(mc).is_none(), "a root of another heap gives an object");
        }
    }

    /// Many objects at once, of which some are kept.
    fn burst<'gc>(
        &mut self,
        mc: &Mutation<'gc>,
        top: Held<'gc>,
        side: &mut Side,
        regs: &mut Registers<'gc>,
        [a, b, c, d, e]: [u32; 5],
    ) {
        let every = [1, 3, 10, 100, 1000][d as usize % 5];
        let holder = match e % 3 {
            0 => regs.iter().flatten().find(|h| h.it.kind() == Kind::List).copied(),
            1 => None,
            _ => side.alloc(mc, Kind::Slots, (c / every) as usize + 1, [(Edge::Null, None); 2], self.program, 2),
        };
        if let Some(holder) = holder {
            side.write(mc, top, e / 8, (Edge::Strong(holder.id), Some(holder)), 0);
        }
        let mut last: Option<Held<'gc>> = None;
        for i in 0..c {
            let first = [(side.edge(last, d / 8), last), (Edge::Null, None)];
            let Some(new) = side.alloc(mc, kinds_at(a), b as usize, first, self.program, e.wrapping_add(i)) else {
                break;
            };
            if i.is_multiple_of(every) {
                let owner = holder.unwrap_or(top);
                let edge = side.edge(Some(new), (e / 16).wrapping_add(i / every));
                side.write(mc, owner, i / every, (edge, Some(new)), i);
            }
            last = Some(new);
        }
    }

    /// Lets go of everything, and sees that it goes.
    fn end(&mut self, side: &mut Side) {
        let mut heap = side.heap.take().unwrap();
        let _ = planned(|| {
            heap.mutate(|mc, top| {
                let top = Held { id: side.reference.top(), it: Strong::Top(top) };
                check::walk(mc, side, top, [], true);
                for slot in 0..TOP_SLOTS as u32 {
                    side.write(mc, top, slot, (Edge::Null, None), 0);
                }
            })
        });
        side.heap = Some(heap);
        side.stale.clear();
        side.charges.clear();
        while let Some((kept, slot)) = side.kept.pop() {
            drop(kept);
            side.release_root(slot);
        }
        while let Some((pin, slot)) = side.pins.pop() {
            drop(pin);
            side.release_root(slot);
        }
        side.settle();
        for _ in 0..8 {
            side.collect(false);
            if side.reference.reach([]).count() == 1 {
                break;
            }
        }
        if side.reference.reach([]).count() == 1 {
            // What destructors held in the last collection went on living until this one.
            side.collect(false);
            let stats = side.heap.as_ref().unwrap().stats();
            assert!(stats.live_bytes <= 4096, "{} bytes live in an empty heap", stats.live_bytes);
            assert_eq!(stats.external_bytes, 0, "of an empty heap");
            assert_eq!(stats.roots, 1, "of a heap without roots");
        }
        side.drop_heap();
    }
}
