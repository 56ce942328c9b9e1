use super::*;
use std::alloc::{Layout, alloc_zeroed, dealloc};

/// Some pieces of memory, next to each other.
struct Memory(NonNull<u8>, usize);

impl Memory {
    fn new(pieces: usize) -> Self {
        let layout = Layout::from_size_align(pieces * PIECE, PIECE).unwrap();
        // SAFETY: the layout has a size.
        Self(NonNull::new(unsafe { alloc_zeroed(layout) }).unwrap(), pieces)
    }

    fn at(&self, piece: usize, offset: usize) -> NonNull<u8> {
        assert!(piece < self.1 && offset <= PIECE);
        // SAFETY: inside the allocation, or at its end.
        unsafe { self.0.add(piece * PIECE + offset) }
    }

    fn object(&self, piece: usize, offset: usize) -> Object {
        // SAFETY: only the address is looked at.
        unsafe { Object::from_payload(self.at(piece, offset)) }
    }

    fn tables(&self, nowhere: Object) -> BreakTables {
        BreakTables::new(self.at(0, 0), self.at(self.1 - 1, 0), nowhere).unwrap()
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: allocated in `new` with this layout.
        unsafe { dealloc(self.0.as_ptr(), Layout::from_size_align(self.1 * PIECE, PIECE).unwrap()) };
    }
}

/// A small generator of random numbers.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % limit
    }
}

/// A word that stands for the payload of what went nowhere.
fn nowhere() -> Object {
    #[repr(align(16))]
    struct Granule([u64; 2]);
    static NOTHING: Granule = Granule([0; 2]);
    // SAFETY: only the address is looked at.
    unsafe { Object::from_payload(NonNull::from(&NOTHING.0[1]).cast()) }
}

/// A run of one granule.
fn run(first: usize, to: Option<NonNull<u8>>) -> MovedRun {
    MovedRun { first: first as u16, last: first as u16, to }
}

#[test]
fn every_object_is_found_where_it_went() {
    const FROM: usize = 6;
    for seed in 0..60 {
        let mut random = Random(seed);
        let memory = Memory::new(FROM + 8);
        let mut tables = memory.tables(nowhere());
        let mut went = Vec::new();
        for piece in 0..FROM {
            // From no free granule to many, and from runs of one to such as go on in several words.
            let gap = [0, 2, 10, 10, 100, 5000][random.below(6)];
            let longest = [1, 1, 5, 30, 300][random.below(5)];
            let mut began = [0; GRANULES / 64];
            let mut runs = Vec::new();
            let mut target = FROM;
            let mut first = random.below(gap + 1);
            while first < GRANULES {
                let last = (first + random.below(longest)).min(GRANULES - 1);
                began[first / 64] |= 1 << (first % 64);
                // Now and then elsewhere: small objects and others take turns.
                target = if random.below(20) == 0 { FROM + random.below(8) } else { target };
                let place = random.below(GRANULES - (last - first));
                let is_somewhere = random.below(30) > 0;
                let to = if is_somewhere { memory.at(target, place * GRANULE) } else { nowhere().granule() };
                runs.push(MovedRun { first: first as u16, last: last as u16, to: Some(to) });
                for granule in first..=last {
                    if granule > first && (!is_somewhere || random.below(3) > 0) {
                        continue;
                    }
                    let payload = WORD * (1 + random.below(GRANULE / WORD));
                    let to = match is_somewhere {
                        true => memory.at(target, (place + granule - first) * GRANULE + payload),
                        false => nowhere().payload(),
                    };
                    went.push((memory.object(piece, granule * GRANULE + payload), to, piece));
                }
                first = last + 1 + random.below(gap + 1);
            }
            // SAFETY: nobody reads the memory but through the tables. (Either way to write them is tried.)
            let is_written = unsafe {
                match seed % 2 {
                    0 => tables.write(memory.at(piece, 0), &began, &runs),
                    _ => tables.write_as_compiled(memory.at(piece, 0), &began, &runs),
                }
            };
            assert!(is_written);
        }
        for counter in [tables.counter, Counter::plain()] {
            tables.counter = counter;
            for &(object, to, piece) in &went {
                assert_eq!(tables.find(object), Some(to), "seed {seed}");
                assert_eq!(tables.entry(object).unwrap().1, memory.at(piece, 0).addr().get() / PIECE);
            }
        }
        for piece in FROM..FROM + 8 {
            assert_eq!(tables.find(memory.object(piece, WORD)), None);
        }
    }
}

#[test]
fn what_stays_leaves_its_piece_without_a_table() {
    let memory = Memory::new(3);
    let mut tables = memory.tables(nowhere());
    let mut bits = [0; GRANULES / 64];
    bits[0] = 0b11;
    // SAFETY: nobody reads the memory but through the tables.
    assert!(!unsafe { tables.write(memory.at(0, 0), &bits, &[run(0, Some(memory.at(1, 0))), run(1, None)]) });
    assert_eq!(tables.find(memory.object(0, WORD)), None);
    assert_eq!(tables.find(memory.object(1, WORD)), None);
}

#[test]
fn a_payload_without_bytes_at_the_end_of_its_piece_belongs_to_it() {
    let memory = Memory::new(3);
    let mut tables = memory.tables(nowhere());
    let mut bits = [0; GRANULES / 64];
    bits[GRANULES / 64 - 1] = 1 << 63;
    // SAFETY: nobody reads the memory but through the tables.
    assert!(unsafe { tables.write(memory.at(0, 0), &bits, &[run(GRANULES - 1, Some(memory.at(2, 4 * GRANULE)))]) });
    assert_eq!(tables.find(memory.object(0, PIECE)), Some(memory.at(2, 5 * GRANULE)));
    assert_eq!(tables.find(memory.object(1, WORD)), None);
}

#[test]
fn what_went_nowhere_is_nowhere_when_no_more_pieces_can_be_told_apart() {
    let memory = Memory::new(4);
    let mut tables = memory.tables(nowhere());
    let runs: Vec<_> = (0..GRANULES).step_by(64).map(|first| run(first, Some(nowhere().granule()))).collect();
    // SAFETY: nobody reads the memory but through the tables.
    unsafe { assert!(tables.write(memory.at(0, 0), &[1; GRANULES / 64], &runs)) };
    let mut address = 1 << 40;
    let mut elsewhere = || {
        address += PIECE;
        NonNull::new(core::ptr::without_provenance_mut(address))
    };
    let mut can_be_written = || {
        let runs: Vec<_> = (0..GRANULES).map(|first| run(first, elsewhere())).collect();
        // SAFETY: as above.
        unsafe { tables.write(memory.at(1, 0), &[u64::MAX; GRANULES / 64], &runs) }
    };
    let written = (0..=Place::PIECES / GRANULES).take_while(|_| can_be_written()).count();
    assert_eq!(written, Place::PIECES / GRANULES);
    assert!(!can_be_written());
    assert_eq!(tables.find(memory.object(0, 64 * GRANULE + WORD)), Some(nowhere().payload()));
}

#[test]
fn pieces_that_lie_too_far_apart_have_no_tables() {
    let at = |addr| NonNull::new(core::ptr::without_provenance_mut(addr)).unwrap();
    assert!(BreakTables::new(at(PIECE), at(BreakTables::SPAN * PIECE), nowhere()).is_some());
    assert!(BreakTables::new(at(PIECE), at((BreakTables::SPAN + 1) * PIECE), nowhere()).is_none());
}
