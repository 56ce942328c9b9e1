use super::*;
use crate::memory::{Mark, Space};

/// Fills a block with what lives, and leaves holes of some granules each.
fn fragment(block: Block, mut below: impl FnMut(usize) -> usize) {
    let (gap, most) = ([2, 12, 40, 2000][below(4)], [1, 3, 40, 500][below(4)]);
    let mut granule = below(gap);
    while granule < BLOCK_GRANULES {
        let last = (granule + below(most)).min(BLOCK_GRANULES - 1);
        block.marks()[last].store(Mark::END);
        block.marks()[granule].set(Mark::scanned(Epoch::Odd));
        block.count_live(Epoch::Odd, last - granule + 1);
        granule = last + 1 + below(gap);
    }
}

#[test]
fn no_granule_is_given_twice() {
    let mut random = 1_u64;
    let mut below = |limit: usize| {
        random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (random >> 33) as usize % limit
    };
    for round in 0..300 {
        let mut space = Space::new(usize::MAX, false, false);
        (0..1 + round % 3).for_each(|_| space.grow().unwrap());
        let all: Vec<_> = core::iter::from_fn(|| space.take_free(Epoch::Odd)).collect();
        all.iter().for_each(|block| block.set_state(BlockState::Settled));
        let (mut ranked, mut staying, mut added) = (Vec::new(), Vec::new(), Vec::new());
        let (fragments, free) = (1 + round % 8, [0, 5, 100][below(3)]);
        for block in space.chunks().iter().flat_map(|chunk| chunk.blocks()) {
            match below(100) {
                share if share < fragments => {
                    fragment(block, &mut below);
                    if below(4) == 0 { staying.push(block) } else { ranked.push(block) }
                }
                98 if added.len() < 2 => added.push(block),
                _ if below(100) < free => {
                    block.set_state(BlockState::Free);
                    block.chunk().set_free_blocks(block.chunk().free_blocks() + 1);
                }
                // Full, as far as this goes.
                _ => {}
            }
        }
        // The chunks of those that stay come first.
        ranked.sort_by_key(|block| !staying.iter().any(|other: &Block| other.chunk() == block.chunk()));
        let is_free = |block: &&Block| block.state() == BlockState::Free;
        let takes: Vec<_> = all.iter().filter(is_free).chain(&ranked).chain(&staying).chain(&added).copied().collect();
        let free = all.iter().filter(is_free).count();
        let mut destination = Destination::ranked(ranked, staying, Epoch::Odd);
        added.iter().for_each(|&block| destination.add_free(block));
        let (most, mut refused, mut sources) = ([4, 12, 60, 500][round / 8 % 4], 0, Vec::new());
        while refused < 40 {
            if below(60) == 0 {
                sources.extend(destination.next_source());
            }
            let granules = 1 + if below(3) > 0 { below(SMALL) } else { below(most) };
            let align = if below(20) == 0 { 64 << below(7) } else { 8 };
            let place = match below(2) {
                0 => destination.take_at_hand(granules),
                _ => destination.take(granules, 16, align),
            };
            let Some(place) = place else {
                refused += 1;
                continue;
            };
            let block = Block::around(place);
            assert!(takes.contains(&block) && !sources.contains(&block), "round {round}");
            let first = block.granule_index(place);
            let taken = &block.marks()[first..first + granules];
            assert!(taken.iter().all(|mark| mark.load().is_clear()), "round {round}");
            // (Whoever enters the block later sees them.)
            taken.iter().for_each(|mark| mark.store(Mark::scanned(Epoch::Odd).with(Mark::END)));
        }
        let entered = destination.entered();
        assert!(entered.iter().enumerate().all(|(place, block)| !entered[..place].contains(block)), "round {round}");
        let still_free: usize = space.chunks().iter().map(|chunk| chunk.free_blocks()).sum();
        assert_eq!(still_free, all.iter().filter(is_free).count());
        assert!(still_free <= free);
        all.iter().for_each(|block| block.clear_marks());
    }
}
