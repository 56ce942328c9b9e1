//! The steps on gc-arena.

use std::hint::black_box;

use gc_arena::barrier::unlock;
use gc_arena::{Arena, Collect, DynamicRootSet, Gc, Rootable, lock::Lock};

use super::{BATCH, OBJECTS, target};
use crate::arena::safepoint;
use crate::measure::Recorder;
use crate::programs::Job;

/// gc-arena's `mutate` alone is a function call; a program looks at the debt after it.
pub(super) fn mutate(job: &Job, recorder: &mut Recorder) -> u64 {
    let mut arena = Arena::<Rootable![Gc<'_, u64>]>::new(|mc| Gc::new(mc, 1));
    super::run(job, recorder, |recorder| {
        for _ in 0..BATCH {
            let arena = black_box(&mut arena);
            arena.mutate(|_, root| black_box(root.as_ref()) as *const u64);
            safepoint(arena, recorder);
        }
    })
}

pub(super) fn root(job: &Job, recorder: &mut Recorder) -> u64 {
    #[expect(clippy::redundant_closure, reason = "the function itself is not general enough")]
    let arena = Arena::<Rootable![DynamicRootSet<'_>]>::new(|mc| DynamicRootSet::new(mc));
    let root = arena.mutate(|mc, set| set.stash::<Rootable![u64]>(mc, Gc::new(mc, 1)));
    super::run(job, recorder, |_| (0..BATCH).for_each(|_| drop(black_box(black_box(&root).clone()))))
}

#[derive(Collect)]
#[collect(no_drop)]
struct Node<'gc> {
    next: Lock<Option<Gc<'gc, Node<'gc>>>>,
}

pub(super) fn store(job: &Job, recorder: &mut Recorder) -> u64 {
    let arena = Arena::<Rootable![Vec<Gc<'_, Node<'_>>>]>::new(|mc| {
        (0..OBJECTS).map(|_| Gc::new(mc, Node { next: Lock::new(None) })).collect()
    });
    super::run(job, recorder, |_| {
        arena.mutate(|mc, nodes| {
            for round in 0..BATCH as usize / OBJECTS {
                let nodes = black_box(nodes.as_slice());
                for (i, &node) in nodes.iter().enumerate() {
                    unlock!(Gc::write(mc, node), Node, next).set(Some(nodes[target(i, round)]));
                }
            }
        });
    })
}
