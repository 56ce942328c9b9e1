//! Objects of all sizes on the move: what lies in holes of all sizes is whole afterwards.

use gc_core::{Config, Gc, GcRefCell, Heap, Pinned, Rebrand, Trace};
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
struct Crowd<'gc, const SIZE: usize, const ODD: usize> {
    others: Vec<Gc<'gc, [u64; SIZE]>>,
    odd: Vec<Gc<'gc, [u64; ODD]>>,
}

/// How many blocks there are, and how many would hold what lives in them.
fn used<R: Rebrand + 'static>(heap: &mut Heap<R>) -> (usize, usize) {
    let occupancy = heap.occupancy();
    let used = || occupancy.blocks().filter(|&share| share > 0.0);
    (used().count(), used().sum::<f32>().ceil() as usize)
}

/// Every other object is gone, and larger ones, that fit no hole which those have left, lie between, one after so many. Returns how many
/// blocks could be emptied, and how many fewer there are after a compaction.
fn odd_ones_out<const SIZE: usize, const ODD: usize>(one_in: u64) -> (usize, usize) {
    odd_ones_among::<SIZE, ODD>(400_000, one_in)
}

/// The same among objects of so many granules.
fn odd_ones_among<const SIZE: usize, const ODD: usize>(granules: u64, one_in: u64) -> (usize, usize) {
    type Root<const SIZE: usize, const ODD: usize> = GcRefCell<Crowd<'static, SIZE, ODD>>;
    let count = 2 * granules / (SIZE as u64 + 1);
    let mut heap = Heap::<Root<SIZE, ODD>>::new(|_| GcRefCell::new(Crowd { others: Vec::new(), odd: Vec::new() }));
    heap.mutate(|mc, crowd| {
        let mut crowd = crowd.borrow_mut(mc);
        for id in 0..count {
            if id % one_in == one_in / 2 {
                crowd.odd.push(Gc::new(mc, [id; ODD]));
            }
            crowd.others.push(Gc::new(mc, [id; SIZE]));
        }
    });
    heap.mutate(|mc, crowd| crowd.borrow_mut(mc).others.retain(|other| other[0] % 2 == 0));
    heap.collect();
    let (before, needed) = used(&mut heap);
    heap.compact();
    let (after, _) = used(&mut heap);
    heap.mutate(|_, crowd| {
        let crowd = crowd.borrow();
        assert!(crowd.others.iter().map(|other| **other).eq((0..count).step_by(2).map(|id| [id; SIZE])));
        let odd = (one_in / 2..count).step_by(one_in as usize).map(|id| [id; ODD]);
        assert!(crowd.odd.iter().map(|odd| **odd).eq(odd));
    });
    (before - needed, before - after)
}

/// Objects that fit no hole do not use them up: blocks are half full without those, and nearly half of them are emptied, however
/// large those are, and however large the others.
#[test]
fn objects_that_fit_no_hole_stand_in_nobodys_way() {
    let check = |emptied: &[(usize, usize)], one_in| {
        assert!(emptied.iter().all(|&(could_be, are)| are * 5 >= could_be * 4), "one in {one_in}: {emptied:?}");
    };
    for one_in in [300_000, 20_000, 1500, 300] {
        check(&[odd_ones_out::<1, 2>(one_in), odd_ones_out::<1, 7>(one_in), odd_ones_out::<1, 30>(one_in)], one_in);
    }
    for one_in in [20_000, 1500] {
        check(&[odd_ones_out::<1, 400>(one_in), odd_ones_out::<19, 999>(one_in)], one_in);
        check(&[odd_ones_out::<199, 999>(one_in)], one_in);
    }
    for one_in in [20_000, 1500, 300, 100] {
        check(&[odd_ones_out::<19, 41>(one_in), odd_ones_out::<99, 201>(one_in)], one_in);
    }
}

/// That there are no free blocks for them is no reason to pass over everybody else's holes.
#[test]
fn objects_that_fit_no_hole_are_given_room() {
    let (could_be, are) = odd_ones_among::<19, 59>(10_000_000, 80);
    assert!(are * 10 >= could_be * 9, "{are} of {could_be} blocks");
}

/// A block in which something must stay is not emptied for nothing, and filled first.
#[test]
fn pinned_objects_do_not_make_a_compaction_use_more_blocks() {
    let random = &mut StdRng::seed_from_u64(1);
    let mut heap = Heap::<Slices>::with_config(Config::default(), |_| GcRefCell::default());
    for _ in 0..50 {
        heap.mutate(|mc, slices| {
            let new = (0..200).map(|_| Gc::from_iter(mc, core::iter::repeat_n(7, random.random_range(800..4000))));
            slices.borrow_mut(mc).extend(new);
        });
    }
    let pins: Vec<Pinned<[u16]>> = heap.mutate(|mc, slices| {
        let mut slices = slices.borrow_mut(mc);
        slices.retain(|_| random.random_bool(0.5));
        slices.iter().filter(|_| random.random_bool(0.1)).map(|slice| slice.pin(mc)).collect()
    });
    heap.collect();
    let (before, needed) = used(&mut heap);
    heap.compact();
    let (after, _) = used(&mut heap);
    assert!(
        (before - after) * 10 >= (before - needed) * 7,
        "{before} blocks of which {needed} would do became {after}"
    );
    heap.compact();
    assert!(used(&mut heap).0 <= after);
    drop(pins);
    heap.mutate(|_, slices| slices.borrow().iter().for_each(|slice| check(slice)));
}
