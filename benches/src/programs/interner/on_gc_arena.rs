//! A hash table of weak pointers.

use gc_arena::lock::RefLock;
use gc_arena::{Arena, Collect, Gc, GcWeak, Mutation, Rootable};

use super::{HashMap, Symbols, hash_of, symbols, text};
use crate::arena::safepoint;
use crate::measure::Recorder;
use crate::programs::Job;

type Symbol<'gc> = Gc<'gc, Box<str>>;

#[derive(Collect)]
#[collect(no_drop)]
struct World<'gc> {
    table: Gc<'gc, RefLock<HashMap<GcWeak<'gc, Box<str>>>>>,
    places: Gc<'gc, RefLock<Vec<Option<Symbol<'gc>>>>>,
}

fn intern<'gc>(mc: &Mutation<'gc>, table: &mut HashMap<GcWeak<'gc, Box<str>>>, text: &str) -> Symbol<'gc> {
    let mut hash = hash_of(text);
    while let Some(symbol) = table.get(&hash).and_then(|weak| weak.upgrade(mc)) {
        if **symbol == *text {
            return symbol;
        }
        hash = hash.wrapping_add(1);
    }
    let symbol = Gc::new(mc, text.into());
    table.insert(hash, Gc::downgrade(symbol));
    symbol
}

impl Symbols for Arena<Rootable![World<'_>]> {
    fn intern(&mut self, numbers: &[usize], recorder: &mut Recorder) -> usize {
        let known = self.mutate(|mc, world| {
            let (mut table, mut places) = (world.table.borrow_mut(mc), world.places.borrow_mut(mc));
            let mut known = 0;
            for &number in numbers {
                let symbol = intern(mc, &mut table, &text(number));
                match places[number] {
                    Some(place) => known += usize::from(Gc::ptr_eq(place, symbol)),
                    None => places[number] = Some(symbol),
                }
            }
            known
        });
        safepoint(self, recorder);
        known
    }

    fn drop_odd(&mut self) {
        self.mutate(|mc, world| {
            world.places.borrow_mut(mc).iter_mut().skip(1).step_by(2).for_each(|place| *place = None)
        });
    }

    fn collect(&mut self, recorder: &mut Recorder) {
        recorder.pause(|| self.finish_cycle());
    }

    fn sum(&mut self) -> u64 {
        self.mutate(|_, world| world.places.borrow().iter().flatten().map(|symbol| symbol.len() as u64).sum())
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let mut world = Arena::<Rootable![World<'_>]>::new(|mc| World {
        table: Gc::new(mc, RefLock::new(HashMap::default())),
        places: Gc::new(mc, RefLock::new(vec![None; symbols(job)])),
    });
    super::run(job, recorder, &mut world)
}
