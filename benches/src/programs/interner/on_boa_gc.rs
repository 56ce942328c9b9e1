//! A hash table of weak pointers, outside the heap.

use boa_gc::{Gc, WeakGc};

use super::{HashMap, Symbols, hash_of, symbols, text};
use crate::measure::Recorder;
use crate::programs::Job;

struct World {
    table: HashMap<WeakGc<Box<str>>>,
    places: Vec<Option<Gc<Box<str>>>>,
}

impl World {
    fn symbol(&mut self, text: &str) -> Gc<Box<str>> {
        let mut hash = hash_of(text);
        while let Some(symbol) = self.table.get(&hash).and_then(WeakGc::upgrade) {
            if **symbol == *text {
                return symbol;
            }
            hash = hash.wrapping_add(1);
        }
        let symbol = Gc::new(text.into());
        self.table.insert(hash, WeakGc::new(&symbol));
        symbol
    }
}

impl Symbols for World {
    fn intern(&mut self, numbers: &[usize], _: &mut Recorder) -> usize {
        let mut known = 0;
        for &number in numbers {
            let symbol = self.symbol(&text(number));
            match &self.places[number] {
                Some(place) => known += usize::from(Gc::ptr_eq(place, &symbol)),
                None => self.places[number] = Some(symbol),
            }
        }
        known
    }

    fn drop_odd(&mut self) {
        self.places.iter_mut().skip(1).step_by(2).for_each(|place| *place = None);
    }

    fn collect(&mut self, recorder: &mut Recorder) {
        recorder.pause(boa_gc::force_collect);
    }

    fn sum(&mut self) -> u64 {
        self.places.iter().flatten().map(|symbol| symbol.len() as u64).sum()
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let mut world = World { table: HashMap::default(), places: vec![None; symbols(job)] };
    super::run(job, recorder, &mut world)
}
