use super::*;
use crate::memory::{Mark, Space};

/// Blocks in which what lives leaves holes of some granules each.
fn fragmented(space: &mut Space, count: usize, mut below: impl FnMut(usize) -> usize) -> Vec<Block> {
    let blocks: Vec<_> = (0..count).map(|_| space.take_free(Epoch::Odd).unwrap()).collect();
    for &block in &blocks {
        block.set_state(BlockState::Settled);
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
    blocks
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
        space.grow().unwrap();
        let blocks = fragmented(&mut space, 1 + round % 8, &mut below);
        let free: Vec<_> = (0..below(3)).map(|_| space.take_free(Epoch::Odd).unwrap()).collect();
        // The other free blocks of the chunk are full, as far as this goes.
        let others: Vec<_> = core::iter::from_fn(|| space.take_free(Epoch::Odd)).collect();
        free.iter().chain(&others).for_each(|block| block.set_state(BlockState::Settled));
        let mut destination = Destination::ranked(blocks.clone(), Epoch::Odd);
        free.iter().for_each(|&block| destination.add_free(block));
        let (most, mut refused) = ([4, 12, 60, 300][round / 8 % 4], 0);
        while refused < 40 {
            let granules = 1 + if below(3) > 0 { below(SMALL) } else { below(most) };
            let align = if below(20) == 0 { 64 } else { 8 };
            let place = match below(2) {
                0 => destination.take_at_hand(granules),
                _ => destination.take(granules, 16, align),
            };
            let Some(place) = place else {
                refused += 1;
                continue;
            };
            let block = Block::around(place);
            assert!(blocks.contains(&block) || free.contains(&block));
            let first = block.granule_index(place);
            let taken = &block.marks()[first..first + granules];
            assert!(taken.iter().all(|mark| mark.load().is_clear()), "round {round}");
            // (Whoever enters the block later sees them.)
            taken.iter().for_each(|mark| mark.store(Mark::scanned(Epoch::Odd).with(Mark::END)));
        }
        blocks.iter().chain(&free).for_each(|block| block.clear_marks());
    }
}
