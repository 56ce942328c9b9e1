//! Random programs: an explicit list of steps, so that a failing one can be cut down.
//!
//! A step's numbers are taken modulo what there is when it runs, so any part of a program is a
//! program.

use std::time::Duration;

use gc_core::{Config, Stress};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use crate::objects::{KINDS, Kind};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    // In a mutation.
    Top,
    Alloc,
    Burst,
    Chain,
    Read,
    Write,
    MoveOut,
    Shorten,
    Grow,
    MakeRoot,
    SetRoot,
    GetRoot,
    CloneRoot,
    DropRoot,
    DropStale,
    /// What tables and guardians do.
    Associate,
    LookUp,
    Dissociate,
    Guard,
    Poll,
    Intern,
    Purge,
    ByAddress,
    Charge,
    Discharge,
    Identify,
    Pin,
    Unpin,
    Nest,
    Check,
    Fuse,
    Panic,
    YieldIfDue,
    // Between mutations.
    End,
    Young,
    Collect,
    Compact,
    Step,
    Replace,
    Switch,
    Listen,
}

impl What {
    pub fn is_outside(self) -> bool {
        use What::*;
        matches!(self, End | Young | Collect | Compact | Step | Replace | Switch | Listen)
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Op {
    pub what: What,
    pub with: [u32; 5],
}

/// A program, and the heaps that it runs on.
pub struct Program {
    pub configs: [Config; 2],
    pub manual: [bool; 2],
    pub limited: [bool; 2],
    pub ops: Vec<Op>,
}

impl Program {
    pub fn new(seed: u64, steps: usize) -> Self {
        let rng = &mut StdRng::seed_from_u64(seed);
        let manual = [rng.random_bool(0.35), rng.random_bool(0.2)];
        let limited = [rng.random_bool(0.2), rng.random_bool(0.2)];
        let configs = [0, 1].map(|i| config(rng, manual[i], limited[i]));
        let weights = weights(rng);
        let kinds = kinds(rng);
        let ops = (0..steps).map(|_| op(rng, &weights, &kinds)).collect();
        Self { configs, manual, limited, ops }
    }
}

fn config(rng: &mut StdRng, manual: bool, limited: bool) -> Config {
    let mut config = Config::default()
        .pause_target(Duration::from_micros(*[1, 5, 20, 100, 500, 5000].choose(rng).unwrap()))
        .headroom(*[1 << 10, 1 << 16, 1 << 20, 1 << 24, 1 << 30].choose(rng).unwrap())
        .huge_pages(rng.random_bool(0.5))
        .prepare_memory(rng.random_bool(0.5))
        .retain_free(*[0, 1 << 20, 16 << 20].choose(rng).unwrap())
        .mark_while_allocating(rng.random_bool(0.7))
        .pauses_kept(*[0, 1, 64].choose(rng).unwrap());
    let min = *[1 << 10, 1 << 14, 1 << 16, 1 << 18].choose(rng).unwrap();
    config = config.nursery(min, min * *[1, 4, 16].choose(rng).unwrap());
    if manual {
        config = config.manual();
    }
    if limited {
        config = config.heap_limit(*[1 << 20, 4 << 20, 9 << 20, 20 << 20].choose(rng).unwrap());
    }
    let mut stress = Stress::none();
    match rng.random_range(0..6) {
        0 | 1 => {}
        2 => stress = Stress::all(),
        _ => {
            stress.young = rng.random_bool(0.4);
            stress.old_every = core::num::NonZeroU32::new(rng.random_range(0..5));
            stress.yields = rng.random_bool(0.5);
            stress.poison = rng.random_bool(0.5);
        }
    }
    config.stress(stress)
}

fn weights(rng: &mut StdRng) -> Vec<(What, u32)> {
    use What::*;
    let mut weights = vec![
        (Top, 40),
        (Alloc, 160),
        (Burst, 8),
        (Chain, 4),
        (Read, 120),
        (Write, 160),
        (MoveOut, 60),
        (Shorten, 15),
        (Grow, 6),
        (MakeRoot, 16),
        (SetRoot, 10),
        (GetRoot, 40),
        (CloneRoot, 6),
        (DropRoot, 16),
        (DropStale, 2),
        (Associate, 60),
        (LookUp, 40),
        (Dissociate, 10),
        (Guard, 30),
        (Poll, 30),
        (Intern, 20),
        (Purge, 6),
        (ByAddress, 6),
        (Charge, 3),
        (Discharge, 3),
        (Identify, 12),
        (Pin, 4),
        (Unpin, 4),
        (Nest, 4),
        (Check, 10),
        (Fuse, 2),
        (Panic, 2),
        (YieldIfDue, 20),
        (End, 70),
        (Young, 8),
        (Collect, 3),
        (Compact, 4),
        (Step, 30),
        (Replace, 1),
        (Switch, 3),
        (Listen, 3),
    ];
    // Each program has a temper of its own.
    for (_, weight) in &mut weights {
        *weight = *weight * rng.random_range(2..=24) / 8;
    }
    if rng.random_bool(0.5) {
        weights.retain(|&(what, _)| !matches!(what, Fuse | Panic));
    }
    if rng.random_bool(0.3) {
        weights.retain(|&(what, _)| !matches!(what, Collect | Compact));
    }
    weights
}

fn kinds(rng: &mut StdRng) -> Vec<Kind> {
    let count = rng.random_range(2..=KINDS.len());
    let few: Vec<Kind> = KINDS.choose_multiple(rng, count).copied().collect();
    few.into_iter().chain([Kind::Two, Kind::Four, Kind::Tables]).collect()
}

fn op(rng: &mut StdRng, weights: &[(What, u32)], kinds: &[Kind]) -> Op {
    let what = weights.choose_weighted(rng, |&(_, weight)| weight).unwrap().0;
    let mut with = core::array::from_fn(|_| rng.random());
    if matches!(what, What::Alloc | What::Burst) {
        let kind = *kinds.choose(rng).unwrap();
        with[0] = KINDS.iter().position(|&k| k == kind).unwrap() as u32;
        with[1] = len(rng, kind, what == What::Burst) as u32;
    }
    if what == What::Burst {
        with[2] = *[20, 200, 2000].choose(rng).unwrap();
        if matches!(kinds_at(with[0]), Kind::Huge | Kind::Paged | Kind::Bytes) {
            with[2] = with[2].min(60);
        }
    }
    Op { what, with }
}

pub fn kinds_at(index: u32) -> Kind {
    KINDS[index as usize % KINDS.len()]
}

/// How long a slice or leaf is to be.
fn len(rng: &mut StdRng, kind: Kind, many: bool) -> usize {
    let class = rng.random_range(0..100);
    match kind {
        Kind::Dyn => rng.random_range(0..2),
        Kind::Str if class < 80 || many => rng.random_range(0..60),
        Kind::Str => rng.random_range(0..20_000),
        Kind::Bytes if many => rng.random_range(0..12_000),
        Kind::Bytes => match class {
            0..40 => rng.random_range(0..500),
            40..60 => rng.random_range(8_000..8_300),
            60..97 => rng.random_range(8 << 10..300 << 10),
            _ => rng.random_range(1 << 20..5 << 20),
        },
        Kind::External => *[0, 10, 5_000, 300_000].choose(rng).unwrap(),
        Kind::List | Kind::Vector | Kind::Mapped | Kind::DropSlice if class < 80 || many => rng.random_range(0..6),
        Kind::List | Kind::Vector | Kind::Mapped | Kind::DropSlice => rng.random_range(0..2500),
        _ => match class {
            _ if many => rng.random_range(0..30),
            0..5 => 0,
            5..45 => rng.random_range(1..10),
            45..75 => rng.random_range(10..400),
            _ => rng.random_range(300..5000),
        },
    }
}
