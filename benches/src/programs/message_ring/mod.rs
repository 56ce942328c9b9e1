//! The message ring: a buffer of the last 200,000 messages of 1 KiB each, into which millions are
//! pushed, so that each push lets the oldest message die. After Pusher's experience with Haskell
//! (2016) and Gabriel Scherer's comparison of runtimes that followed it.
//!
//! The worst case for generations (everything lives for exactly one turn of the ring) and the
//! classical measure of a collector's worst stall. One operation is one push.
//!
//! The ring itself is one big object that is written to all the time. Both tracing collectors get it
//! twice: as a vector in one cell, which is what one writes first, and in pieces (`GcVec` of gc-core;
//! on gc-arena, pages of a page table made by hand).

#[cfg(feature = "peers")]
mod on_gc_arena;
mod on_gc_core;
mod on_malloc;

use super::{Contender, Job, Program};
use crate::measure::{Checksum, Recorder};

pub(crate) static MESSAGE_RING: Program = Program {
    name: "message-ring",
    about: "the last 200,000 messages of 1 KiB live, 600,000 (full: 5 million) are pushed",
    operation: "push",
    contenders: &[
        Contender::own_memory("gc-core", on_gc_core::run_vec),
        Contender::own_memory("gc-core+refcell", on_gc_core::run_refcell),
        #[cfg(feature = "peers")]
        Contender::on_malloc("gc-arena", on_gc_arena::run_pages),
        #[cfg(feature = "peers")]
        Contender::on_malloc("gc-arena+refcell", on_gc_arena::run_refcell),
        Contender::on_malloc("Rc", on_malloc::run_rc),
        Contender::on_malloc("Box", on_malloc::run_box),
    ],
    serves_requests: true,
    over_heap_size: true,
    ..Program::PLAIN
};

/// How many pushes one mutation makes: a request.
const BATCH: u64 = 64;

type Message = [u8; 1024];

/// A message that says which it is, at both ends.
#[inline]
fn message(number: u64) -> Message {
    let mut bytes = [number as u8; 1024];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    bytes
}

/// What can be read off a message: its number, and its last byte.
#[inline]
fn read(message: &Message) -> u64 {
    let number = message.first_chunk().map_or(0, |first| u64::from_le_bytes(*first));
    number.wrapping_mul(256).wrapping_add(u64::from(message[1023]))
}

/// What a collector has to offer: a ring of `slots` places, all empty at first.
trait Ring {
    /// Pushes the messages from `first` on, a batch of them. The sum of what was read off the
    /// messages that they replace is returned.
    fn push(&mut self, first: u64, recorder: &mut Recorder) -> u64;
    /// The sum of what can be read off all messages that are there.
    fn sum(&mut self) -> u64;
}

fn slots(job: &Job) -> usize {
    job.size.pick(1_000, 200_000, 200_000)
}

fn run(job: &Job, recorder: &mut Recorder, ring: &mut impl Ring) -> u64 {
    let pushes: u64 = job.size.pick(4_096, 600_000, 5_000_000);
    let mut checksum = Checksum::new();
    recorder.timed(|recorder| {
        for first in (0..pushes).step_by(BATCH as usize) {
            checksum.add(recorder.request(|recorder| ring.push(first, recorder)));
        }
    });
    recorder.operations(pushes.next_multiple_of(BATCH));
    checksum.add(ring.sum());
    checksum.value()
}
