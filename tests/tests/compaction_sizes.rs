//! Objects of all sizes on the move: what lies in holes of all sizes is whole afterwards.

use gc_core::{Config, Gc, GcRefCell, Heap};
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
