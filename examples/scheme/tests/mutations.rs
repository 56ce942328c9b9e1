//! Programs with random mistakes: each ends, well or in an error, and nothing panics.
//!
//! `SCHEME_SEED=n` runs one seed; a failure names its seed.

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};

use gc_core::Config;

/// A small generator of numbers that look random (xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}

/// Pieces that programs are made of.
const PIECES: [&str; 40] = [
    "(",
    ")",
    "'",
    "`",
    ",",
    ",@",
    "#(",
    "\"",
    "|",
    "#;",
    " . ",
    "#0=",
    "#0#",
    "...",
    "=>",
    "else",
    "lambda",
    "define",
    "let",
    "set!",
    "if",
    "call/cc",
    "dynamic-wind",
    "syntax-rules",
    "define-syntax",
    "guard",
    "raise",
    "values",
    "apply",
    "map",
    "car",
    "x",
    "f",
    "0",
    "-1",
    "1/3",
    "1e400",
    "99999999999999999999",
    "#\\x",
    "(let loop () (loop))",
];

fn mutate(program: &str, random: &mut Random) -> String {
    let mut chars: Vec<char> = program.chars().collect();
    for _ in 0..=random.below(4) {
        let at = random.below(chars.len());
        let end = (at + random.below(30)).min(chars.len());
        match random.below(5) {
            0 => drop(chars.drain(at..end)),
            1 => {
                let copy = chars[at..end].to_vec();
                let to = random.below(chars.len());
                chars.splice(to..to, copy);
            }
            2 => {
                let piece = PIECES[random.below(PIECES.len())];
                chars.splice(at..at, piece.chars());
            }
            3 => {
                let piece = PIECES[random.below(PIECES.len())];
                chars.splice(at..end, piece.chars());
            }
            _ => {
                let other = random.below(chars.len());
                if let (Some(&a), Some(&b)) = (chars.get(at), chars.get(other)) {
                    chars[at] = b;
                    chars[other] = a;
                }
            }
        }
    }
    chars.into_iter().collect()
}

#[test]
fn programs_with_random_mistakes_do_not_panic() {
    let mut sources: Vec<String> =
        common::programs("programs").iter().filter_map(|file| std::fs::read_to_string(file).ok()).collect();
    let lines = include_str!("broken/one-line.txt").lines();
    sources.extend(lines.filter_map(|line| line.split_once('\t')).map(|(_, program)| program.to_owned()));
    // Mistakes must not reach files.
    sources.retain(|source| !source.contains("file"));
    let only = std::env::var("SCHEME_SEED").ok().and_then(|seed| seed.parse::<u64>().ok());
    let seeds = only.map_or(1..400, |seed| seed..seed + 1);
    for seed in seeds {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let source = &sources[random.below(sources.len())];
        let program = mutate(source, &mut random);
        let ended = catch_unwind(AssertUnwindSafe(|| {
            let config = Config::default().prepare_memory(false);
            let (mut scheme, output) = common::interpreter(config, Some(8 << 20), 0, &["mutation", "1"]);
            let result = scheme.run(&program, "mutation");
            // Whatever has happened, the machine is of use.
            assert_eq!(scheme.eval("(+ 1 2)").as_deref(), Ok("3"), "after {result:?}, printed {}", output.text());
        }));
        assert!(ended.is_ok(), "seed {seed}:\n{program}");
    }
}
