//! What this machine's memory can do: the bounds that marking is compared with.
//!
//! Loads from a footprint like that of a large heap, a cache line each: dependent ones (each tells
//! where the next goes, as along a list), independent ones (all are known beforehand, so that the
//! processor has many under way), and from end to end. One operation is one cache line.
#![forbid(unsafe_code)]

use std::hint::black_box;

use super::{Contender, Job, Program};
use crate::measure::Recorder;
use crate::random::Random;

pub(crate) static MEMORY: Program = Program {
    name: "memory",
    about: "what this machine takes to load a cache line, from 320 MiB",
    operation: "cache line loaded",
    contenders: &[
        Contender::own_memory("dependent", dependent),
        Contender::own_memory("independent", independent),
        Contender::own_memory("in order", in_order),
    ],
    by_default: false,
    ..Program::PLAIN
};

/// Bytes of a cache line.
pub(crate) const LINE_BYTES: usize = size_of::<Line>();

#[derive(Clone)]
#[repr(align(64))]
struct Line {
    next: u64,
}

fn lines(job: &Job) -> usize {
    job.size.pick(10_000, 5 << 20, 5 << 20)
}

/// Bytes that the loads are spread over.
pub(crate) fn footprint_bytes(job: &Job) -> u64 {
    (lines(job) * LINE_BYTES) as u64
}

/// Loads `count` lines with `work`, which returns what it saw so that it has to look.
fn load(recorder: &mut Recorder, count: usize, work: impl FnOnce() -> u64) -> u64 {
    recorder.timed(|_| black_box(work()));
    recorder.operations(count as u64);
    count as u64
}

pub(crate) fn dependent(job: &Job, recorder: &mut Recorder) -> u64 {
    let len = lines(job);
    let order = Random::seeded(3).permutation(len);
    let mut memory = vec![Line { next: 0 }; len];
    for (place, &line) in order.iter().enumerate() {
        memory[line as usize].next = u64::from(order[(place + 1) % len]);
    }
    let count = len / 8;
    load(recorder, count, || (0..count).fold(0, |at, _| memory[at as usize].next))
}

pub(crate) fn independent(job: &Job, recorder: &mut Recorder) -> u64 {
    let len = lines(job);
    let order = Random::seeded(3).permutation(len);
    let memory = vec![Line { next: 1 }; len];
    let count = len / 8;
    load(recorder, count, || order[..count].iter().map(|&line| memory[line as usize].next).sum())
}

pub(crate) fn in_order(job: &Job, recorder: &mut Recorder) -> u64 {
    let memory = vec![Line { next: 1 }; lines(job)];
    let count = memory.len() / 8;
    load(recorder, count, || memory[..count].iter().map(|line| line.next).sum())
}
