//! An `EphemeronMap`.

use gc_core::{EphemeronMap, Gc, Trace};

use super::{Graph, graph};
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Trace)]
struct Key {
    number: u64,
}

#[derive(Trace)]
struct Value<'gc> {
    number: u64,
    keys: [Option<Gc<'gc, Key>>; 3],
}

#[derive(Trace)]
struct World<'gc> {
    map: EphemeronMap<'gc, Key, Gc<'gc, Value<'gc>>>,
    held: Gc<'gc, [Gc<'gc, Key>]>,
}

impl super::Heap for gc_core::Heap<World<'static>> {
    fn collect(&mut self) {
        gc_core::Heap::collect(self);
    }

    fn sum(&mut self) -> u64 {
        self.mutate(|mc, world| {
            let (mut sum, mut stack) = (0u64, world.held.to_vec());
            while let Some(key) = stack.pop() {
                let Some(value) = world.map.get(mc, key) else { continue };
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
    let mut heap = crate::heap::new::<World<'_>>(job, |mc| {
        let keys: Vec<_> = (0..graph.values.len() as u64).map(|number| Gc::new(mc, Key { number })).collect();
        let map = EphemeronMap::new(mc);
        for (entry, value) in graph.values.iter().enumerate() {
            let keys_of = value.map(|to| to.map(|entry| keys[entry]));
            map.insert(mc, keys[entry], Gc::new(mc, Value { number: entry as u64, keys: keys_of }));
        }
        World { map, held: Gc::from_fn(mc, graph.held.len(), |i| keys[graph.held[i]]) }
    });
    super::run(&graph, recorder, &mut heap)
}
