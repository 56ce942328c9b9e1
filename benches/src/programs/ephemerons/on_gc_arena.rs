//! A hash table by address, of weak keys and strong values. Nothing moves, so an address lasts as long as its object.

use std::collections::HashMap;

use gc_arena::lock::RefLock;
use gc_arena::{Arena, Collect, Gc, GcWeak, Rootable};

use super::{Graph, Heap, graph};
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Collect)]
#[collect(no_drop)]
struct Key {
    number: u64,
}

#[derive(Collect)]
#[collect(no_drop)]
struct Value<'gc> {
    number: u64,
    keys: [Option<Gc<'gc, Key>>; 3],
}

type Map<'gc> = HashMap<usize, (GcWeak<'gc, Key>, Gc<'gc, Value<'gc>>)>;

#[derive(Collect)]
#[collect(no_drop)]
struct World<'gc> {
    map: Gc<'gc, RefLock<Map<'gc>>>,
    held: Vec<Gc<'gc, Key>>,
}

impl Heap for Arena<Rootable![World<'_>]> {
    fn collect(&mut self) {
        self.finish_cycle();
    }

    fn sum(&mut self) -> u64 {
        self.mutate(|mc, world| {
            let map = world.map.borrow();
            let (mut sum, mut stack) = (0u64, world.held.clone());
            while let Some(key) = stack.pop() {
                let Some((weak, value)) = map.get(&Gc::as_ptr(key).addr()) else { continue };
                let Some(key) = weak.upgrade(mc) else { continue };
                sum = sum.wrapping_add(value.number + key.number);
                stack.extend(value.keys[..2].iter().flatten());
                sum = sum.wrapping_add(value.keys[2].map_or(0, |key| key.number));
            }
            sum
        })
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder, shape: fn(usize) -> Graph) -> u64 {
    let graph = graph(job, shape);
    let mut world = Arena::<Rootable![World<'_>]>::new(|mc| {
        let keys: Vec<_> = (0..graph.values.len() as u64).map(|number| Gc::new(mc, Key { number })).collect();
        let entries = graph.values.iter().enumerate().map(|(entry, value)| {
            let keys_of = value.map(|to| to.map(|entry| keys[entry]));
            let value = Gc::new(mc, Value { number: entry as u64, keys: keys_of });
            (Gc::as_ptr(keys[entry]).addr(), (Gc::downgrade(keys[entry]), value))
        });
        let map = Gc::new(mc, RefLock::new(entries.collect()));
        World { map, held: graph.held.iter().map(|&entry| keys[entry]).collect() }
    });
    super::run(&graph, recorder, &mut world)
}
