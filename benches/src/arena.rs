//! How gc-arena is driven, the same in every program.
//!
//! gc-arena collects when it is told to, outside of `mutate`. Since 0.7 its debt counts objects, not
//! bytes: `collect_debt` works until the objects allocated since the cycle woke up are paid for, at
//! rates that its `Pacing` sets. The default pacing is kept (sleep until the heap has grown by half
//! of what survived, at least 256 objects; then 0.55 units of work an object that lives and 0.5 an
//! object that dies), as is the advice of its documentation: call `collect_debt` only above some
//! debt. The size of the steps that this makes is ours to choose; 256 objects make pauses of some
//! tens of microseconds and leave the cost of the calls themselves out of sight.
#![forbid(unsafe_code)]

use gc_arena::metrics::Pacing;
use gc_arena::{Arena, Collect, Rootable, arena::Root};

use crate::measure::Recorder;
use crate::programs::Job;

/// The debt, in objects, at which a program lets gc-arena work.
pub(crate) const STEP_DEBT: f64 = 256.0;

/// gc-arena's safepoint: what a program does between two mutations. Collections are pauses.
#[inline]
pub(crate) fn safepoint<R>(arena: &mut Arena<R>, recorder: &mut Recorder)
where
    R: for<'a> Rootable<'a>,
    for<'a> Root<'a, R>: Collect<'a>,
{
    if arena.metrics().allocation_debt() >= STEP_DEBT {
        recorder.pause(|| arena.collect_debt());
    }
}

/// The arena, paced as the job wants it. gc-arena has no limit to its heap, but the sleep between two cycles sets
/// how far it grows: in a heap of `growth` times the smallest one, by as much as that leaves room for.
pub(crate) fn paced<R>(job: &Job, arena: Arena<R>) -> Arena<R>
where
    R: for<'a> Rootable<'a>,
    for<'a> Root<'a, R>: Sized + Collect<'a>,
{
    if let Some(growth) = job.growth {
        arena.metrics().set_pacing(Pacing { sleep_factor: growth - 1.0, ..Pacing::DEFAULT });
    }
    arena
}
