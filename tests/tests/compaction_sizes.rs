//! Objects of all sizes on the move: what lies in holes of all sizes is whole afterwards.

use gc_core::{Config, Gc, GcRefCell, Heap, Trace};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

type Slices<'gc> = GcRefCell<Vec<Gc<'gc, [u16]>>>;

/// Nobody else has written to it: it holds its own number, and so many of it as that says.
fn check(slice: &[u16]) {
    let id = slice[0];
    assert!(slice.iter().all(|&other| other == id), "{slice:?} has been overwritten");
}

fn shuffle(random: &mut StdRng) {
    let mut heap = Heap::<Slices>::with_config(Config::default().verify(true), |_| GcRefCell::default());
    for _ in 0..random.random_range(1..4) {
        // From many small ones to many medium ones; and from a sparse heap to one in which the holes are hardly enough.
        let (most, one_in) = ([20, 70, 300, 800][random.random_range(0..4)], random.random_range(2..40));
        let share = random.random_range(0.1..0.95);
        for _ in 0..random.random_range(1..8) {
            heap.mutate(|mc, slices| {
                let mut slices = slices.borrow_mut(mc);
                let mut granules = 0;
                while granules < 8000 {
                    let len = match random.random_range(0..one_in) {
                        0 => random.random_range(1..most),
                        _ => random.random_range(1..40),
                    };
                    let id = random.random();
                    slices.push(Gc::from_iter(mc, core::iter::repeat_n(id, len)));
                    granules += 1 + len / 8;
                }
            });
        }
        heap.mutate(|mc, slices| slices.borrow_mut(mc).retain(|_| random.random_bool(share)));
        heap.compact();
        heap.mutate(|_, slices| slices.borrow().iter().for_each(|slice| check(slice)));
    }
}

/// A chunk without a free block, so that medium objects look for holes in blocks that others have left gaps in.
fn crowd(random: &mut StdRng) {
    let mut heap = Heap::<Slices>::with_config(Config::default(), |_| GcRefCell::default());
    let (least, most) = (random.random_range(64..200), random.random_range(200..1000));
    let (one_in, mut granules) = (random.random_range(5..60), 0);
    while granules < 250_000 {
        heap.mutate(|mc, slices| {
            let mut slices = slices.borrow_mut(mc);
            for _ in 0..1000 {
                let len = match random.random_range(0..one_in) {
                    0 => random.random_range(least..most),
                    _ => random.random_range(1..40),
                };
                let id = random.random();
                slices.push(Gc::from_iter(mc, core::iter::repeat_n(id, len)));
                granules += 1 + len.div_ceil(8);
            }
        });
    }
    let share = random.random_range(0.3..0.95);
    heap.mutate(|mc, slices| slices.borrow_mut(mc).retain(|_| random.random_bool(share)));
    heap.compact();
    heap.mutate(|_, slices| slices.borrow().iter().for_each(|slice| check(slice)));
}

#[test]
fn medium_slices_stay_whole_where_there_are_small_holes_only() {
    for seed in 0..seeds() {
        println!("seed {seed}");
        crowd(&mut StdRng::seed_from_u64(seed));
    }
}

fn seeds() -> u64 {
    std::env::var("GC_SEEDS").map_or(40, |seeds| seeds.parse().unwrap())
}

#[test]
fn slices_of_all_sizes_stay_whole() {
    for seed in 0..seeds() {
        println!("seed {seed}");
        shuffle(&mut StdRng::seed_from_u64(seed));
    }
}

#[derive(Trace)]
struct Crowd<'gc, const WORDS: usize> {
    single: Vec<Gc<'gc, u64>>,
    others: Vec<Gc<'gc, [u64; WORDS]>>,
}

/// Every other granule is free, and objects that fit no such hole lie between, one after so many granules. Returns how many blocks
/// there are, and how many of them compaction empties.
fn odd_ones_out<const WORDS: usize>(one_in: u64) -> (usize, u64) {
    const SINGLE: u64 = 400_000;
    type Root<const WORDS: usize> = GcRefCell<Crowd<'static, WORDS>>;
    let mut heap = Heap::<Root<WORDS>>::new(|_| GcRefCell::new(Crowd { single: Vec::new(), others: Vec::new() }));
    heap.mutate(|mc, crowd| {
        let mut crowd = crowd.borrow_mut(mc);
        for id in 0..SINGLE {
            if id % one_in == one_in / 2 {
                crowd.others.push(Gc::new(mc, [id; WORDS]));
            }
            crowd.single.push(Gc::new(mc, id));
        }
    });
    heap.mutate(|mc, crowd| crowd.borrow_mut(mc).single.retain(|single| **single % 2 == 0));
    heap.collect();
    let blocks = heap.occupancy().blocks().filter(|&share| share > 0.0).count();
    let compacted = heap.compact();
    heap.mutate(|_, crowd| {
        let crowd = crowd.borrow();
        assert!(crowd.single.iter().map(|single| **single).eq((0..SINGLE).step_by(2)));
        let others = (one_in / 2..SINGLE).step_by(one_in as usize).map(|id| [id; WORDS]);
        assert!(crowd.others.iter().map(|other| **other).eq(others));
    });
    (blocks, compacted.freed_blocks)
}

/// Objects that fit no hole do not use them up: 98 blocks are half full without those, and nearly half of them are emptied, however
/// large those are.
#[test]
fn objects_that_fit_no_hole_stand_in_nobodys_way() {
    for one_in in [300_000, 20_000, 1500, 300] {
        let emptied = [
            odd_ones_out::<2>(one_in),
            odd_ones_out::<7>(one_in),
            odd_ones_out::<30>(one_in),
            odd_ones_out::<400>(one_in),
        ];
        assert!(emptied.iter().all(|&(_, emptied)| emptied >= 38), "one in {one_in}: {emptied:?}");
    }
}
