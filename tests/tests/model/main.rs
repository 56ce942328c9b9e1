//! Random programs on real heaps, compared with a naive reference.
//!
//! Each program is made from a seed and played in a child process, so that a crash or a hang is a
//! failure like any other; a program that fails is cut down, step by step, to one that cannot be cut
//! further, and printed with what plays it again:
//!
//! ```sh
//! GC_MODEL_SEED=17 GC_MODEL_KEEP=3,8,9 cargo test -p gc-tests --test model -- --nocapture
//! ```
//!
//! `GC_MODEL_ROUNDS` says how many programs (without it: as many as fit in ten seconds),
//! `GC_MODEL_STEPS` how many steps each has, `GC_MODEL_SEED` the first seed. What a program does
//! depends on the clock in one respect: how far the collector gets in a slice.
#![allow(missing_docs, unreachable_pub)]

mod access;
mod check;
mod faint;
mod objects;
mod play;
mod program;
mod reference;
mod shrink;
mod side;

use std::time::{Duration, Instant, SystemTime};

use objects::Planned;
use play::Player;
use program::Program;

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is not a number")))
}

fn steps() -> usize {
    variable("GC_MODEL_STEPS").unwrap_or(600) as usize
}

#[test]
fn random_programs_do_what_the_reference_does() {
    if let Some(seed) = variable("GC_MODEL_PLAY") {
        return play_in_child(seed);
    }
    let chosen = variable("GC_MODEL_SEED");
    let first = chosen.unwrap_or_else(|| {
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(1, |t| t.as_micros() as u64 % 1_000_000_000)
    });
    if let (Some(seed), Ok(keep)) = (chosen, std::env::var("GC_MODEL_KEEP")) {
        return play(seed, Some(&shrink::parse(&keep)), true);
    }
    let rounds = variable("GC_MODEL_ROUNDS").or(chosen.map(|_| 1));
    shrink::run(first, rounds);
}

/// Plays a program, or some steps of it.
fn play(seed: u64, keep: Option<&[usize]>, aloud: bool) {
    let mut program = Program::new(seed, steps());
    let ops = match keep {
        Some(keep) => keep.iter().map(|&i| program.ops[i]).collect(),
        None => core::mem::take(&mut program.ops),
    };
    if aloud {
        eprintln!("{:#?}\n{}", program.configs, shrink::listing(&ops));
    }
    Player::new(&program, &ops).play();
}

/// What the parent asked for: one program cut down, or as many whole ones as there is time for.
fn play_in_child(first: u64) {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if info.payload().downcast_ref::<Planned>().is_none() {
            hook(info);
        }
    }));
    if let Ok(keep) = std::env::var("GC_MODEL_KEEP") {
        return play(first, Some(&shrink::parse(&keep)), false);
    }
    let start = Instant::now();
    let rounds = variable("GC_MODEL_ROUNDS");
    let progress = std::env::var_os("GC_MODEL_PROGRESS").expect("the parent names a file");
    let mut seed = first;
    while rounds.map_or(start.elapsed() < Duration::from_secs(10), |n| seed - first < n) {
        std::fs::write(&progress, seed.to_string()).expect("the progress file can be written");
        play(seed, None, false);
        seed += 1;
    }
    std::fs::write(&progress, seed.to_string()).expect("the progress file can be written");
}
