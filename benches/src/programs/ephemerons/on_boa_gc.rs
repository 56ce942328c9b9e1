//! A `WeakMap`, which is a hash table of ephemerons.

use boa_gc::{Finalize, Gc, Trace, WeakMap};

use super::{Graph, Heap, graph};
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Trace, Finalize)]
struct Key {
    number: u64,
}

#[derive(Trace, Finalize)]
struct Value {
    number: u64,
    keys: [Option<Gc<Key>>; 3],
}

struct World {
    map: WeakMap<Key, Gc<Value>>,
    held: Vec<Gc<Key>>,
}

impl Heap for World {
    fn collect(&mut self) {
        boa_gc::force_collect();
    }

    fn sum(&mut self) -> u64 {
        let (mut sum, mut stack) = (0u64, self.held.clone());
        while let Some(key) = stack.pop() {
            let Some(value) = self.map.get(&key) else { continue };
            sum = sum.wrapping_add(value.number + key.number);
            stack.extend(value.keys[..2].iter().flatten().cloned());
            sum = sum.wrapping_add(value.keys[2].as_ref().map_or(0, |key| key.number));
        }
        sum
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder, shape: fn(usize) -> Graph) -> u64 {
    let graph = graph(job, shape);
    let keys: Vec<_> = (0..graph.values.len() as u64).map(|number| Gc::new(Key { number })).collect();
    let mut map = WeakMap::new();
    for (entry, value) in graph.values.iter().enumerate() {
        let keys_of = value.map(|to| to.map(|entry| keys[entry].clone()));
        map.insert(&keys[entry], Gc::new(Value { number: entry as u64, keys: keys_of }));
    }
    let held = graph.held.iter().map(|&entry| keys[entry].clone()).collect();
    drop(keys);
    super::run(&graph, recorder, &mut World { map, held })
}
