//! Scripted programs against the pacer, with no heap: what is alive is what the script says.
//!
//! Time is simulated too: marking, sweeping and young collections take what the machine below needs for them.

#![forbid(unsafe_code)]

use super::*;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;
const GIB: usize = 1 << 30;
const BLOCK: usize = 64 * KIB;
const CHUNK: usize = 4 * MIB;
const PAUSE_NS: u64 = 500_000;

/// Bytes marked in a nanosecond, and the time to sweep a block.
const MARK_RATE: f64 = 1.5;
const SWEEP_NS: u64 = 3_000;

#[derive(Clone, Copy, PartialEq, Debug)]
enum Phase {
    Idle,
    Marking { used_at_start: Usage, alive: Usage, marked: usize, allocated: usize },
    Sweeping { dead: Usage, blocks: usize, swept: usize, allocated: usize },
}

/// What the program does in one step.
#[derive(Clone, Copy)]
struct Step {
    allocate: Usage,
    /// The share of the nursery that survives, in percent.
    survive: usize,
    /// What is alive after this step (as far as it was promoted).
    live: Usage,
}

struct Simulation {
    pacer: Pacer,
    phase: Phase,
    used: Usage,
    nursery: Usage,
    mapped_chunks: usize,
    peak: usize,
    cycles: usize,
    marked_in_all: usize,
    late_sweeps: usize,
    pressed_finishes: usize,
    /// By how much the heap was beyond its goal when marking ended.
    beyond_goal: usize,
    longest_slice_ns: u64,
    released: Vec<usize>,
    remapped: usize,
}

fn plus(a: Usage, b: Usage) -> Usage {
    Usage { heap_bytes: a.heap_bytes + b.heap_bytes, external_bytes: a.external_bytes + b.external_bytes }
}

fn minus(a: Usage, b: Usage) -> Usage {
    Usage {
        heap_bytes: a.heap_bytes.saturating_sub(b.heap_bytes),
        external_bytes: a.external_bytes.saturating_sub(b.external_bytes),
    }
}

fn part(of: Usage, part: usize, whole: usize) -> Usage {
    Usage { heap_bytes: share(of.heap_bytes, part, whole), external_bytes: share(of.external_bytes, part, whole) }
}

fn heap(bytes: usize) -> Usage {
    Usage { heap_bytes: bytes, external_bytes: 0 }
}

impl Simulation {
    fn new(config: &Config) -> Simulation {
        Simulation {
            pacer: Pacer::new(config),
            phase: Phase::Idle,
            used: Usage::default(),
            nursery: Usage::default(),
            mapped_chunks: 0,
            peak: 0,
            cycles: 0,
            marked_in_all: 0,
            late_sweeps: 0,
            pressed_finishes: 0,
            beyond_goal: 0,
            longest_slice_ns: 0,
            released: Vec::new(),
            remapped: 0,
        }
    }

    /// Everything that takes memory now.
    fn charged(&self) -> Usage {
        let unswept = match self.phase {
            Phase::Sweeping { dead, blocks, swept, .. } => part(dead, blocks - swept, blocks),
            _ => Usage::default(),
        };
        plus(plus(self.used, self.nursery), unswept)
    }

    fn run(&mut self, steps: usize, mut script: impl FnMut(usize) -> Step) {
        for number in 0..steps {
            self.step(script(number));
        }
    }

    fn step(&mut self, step: Step) {
        self.nursery = plus(self.nursery, step.allocate);
        match &mut self.phase {
            Phase::Marking { allocated, .. } | Phase::Sweeping { allocated, .. } => *allocated += step.allocate.total(),
            Phase::Idle => {}
        }
        self.map_memory();
        self.slice(PAUSE_NS / 2);
        let fill = NurseryFill {
            heap_bytes: self.nursery.heap_bytes,
            external_bytes: self.nursery.external_bytes,
            remembered: 0,
        };
        if self.pacer.young_due(fill) {
            self.safepoint(step, fill);
        }
    }

    fn map_memory(&mut self) {
        let charged = self.charged();
        self.peak = self.peak.max(charged.total());
        let needed = charged.heap_bytes.div_ceil(CHUNK);
        if needed > self.mapped_chunks {
            if !self.released.is_empty() {
                self.remapped += needed - self.mapped_chunks;
            }
            self.mapped_chunks = needed;
        }
    }

    fn safepoint(&mut self, step: Step, fill: NurseryFill) {
        let promoted = part(self.nursery, step.survive, 100);
        let survivors = promoted.heap_bytes / 64;
        self.pacer.after_young(&YoungReport {
            fill,
            survivors,
            remembered_edges: 0,
            pause_ns: 5_000 + 25 * survivors as u64,
        });
        self.used = plus(self.used, promoted);
        self.nursery = Usage::default();
        if self.pacer.is_pressed(self.charged().total()) && self.phase != Phase::Idle {
            self.pressed_finishes += 1;
            while self.phase != Phase::Idle {
                self.slice(u64::MAX / 1024);
                match &mut self.phase {
                    Phase::Marking { allocated, .. } | Phase::Sweeping { allocated, .. } => *allocated += MIB,
                    Phase::Idle => {}
                }
            }
        }
        if self.pacer.old_due(self.used, self.charged().total()) {
            match self.phase {
                Phase::Idle => {
                    let alive = Usage {
                        heap_bytes: step.live.heap_bytes.min(self.used.heap_bytes),
                        external_bytes: step.live.external_bytes.min(self.used.external_bytes),
                    };
                    self.cycles += 1;
                    self.pacer.start_marking(self.used);
                    self.phase = Phase::Marking { used_at_start: self.used, alive, marked: 0, allocated: 0 };
                }
                Phase::Sweeping { .. } => self.late_sweeps += 1,
                Phase::Marking { .. } => {}
            }
        }
    }

    /// One slice of whatever is under way.
    fn slice(&mut self, budget_ns: u64) {
        match self.phase {
            Phase::Idle => {}
            Phase::Marking { used_at_start, alive, mut marked, allocated } => {
                let grown = minus(self.used, used_at_start);
                let grown_now = plus(grown, self.nursery).total();
                let progress =
                    MarkProgress { grown_bytes: grown_now, allocated_bytes: allocated, marked_bytes: marked };
                let quota = self.pacer.mark_quota(progress, budget_ns).min(alive.heap_bytes - marked);
                if quota > 0 {
                    let ns = (quota as f64 / MARK_RATE) as u64;
                    self.pacer.after_mark_slice(quota, ns);
                    if budget_ns == PAUSE_NS / 2 {
                        self.longest_slice_ns = self.longest_slice_ns.max(ns);
                    }
                    marked += quota;
                    self.marked_in_all += quota;
                }
                self.phase = Phase::Marking { used_at_start, alive, marked, allocated };
                if marked == alive.heap_bytes {
                    let reached = self.charged().total();
                    self.beyond_goal = self.beyond_goal.max(reached.saturating_sub(self.pacer.goal_bytes()));
                    let blocks = used_at_start.heap_bytes.div_ceil(BLOCK).max(1);
                    self.pacer.finish_marking(alive, grown.total(), blocks);
                    self.used = plus(alive, grown);
                    let dead = minus(used_at_start, alive);
                    self.phase = Phase::Sweeping { dead, blocks, swept: 0, allocated: 0 };
                }
            }
            Phase::Sweeping { dead, blocks, mut swept, allocated } => {
                let quota = self.pacer.sweep_quota(allocated, swept, budget_ns);
                if quota > 0 {
                    self.pacer.after_sweep_slice(quota, quota as u64 * SWEEP_NS);
                    swept += quota;
                }
                self.phase = Phase::Sweeping { dead, blocks, swept, allocated };
                if swept >= blocks {
                    self.phase = Phase::Idle;
                    let free = self.mapped_chunks * CHUNK - self.charged().heap_bytes.next_multiple_of(CHUNK);
                    let release = self.pacer.bytes_to_release(self.used, free, false) / CHUNK;
                    if release > 0 {
                        self.mapped_chunks -= release;
                        self.released.push(release);
                    }
                }
            }
        }
    }
}

/// `live` bytes, replaced first in, first out, in steps of `BLOCK`.
fn fifo(live: usize) -> impl FnMut(usize) -> Step {
    move |_| Step { allocate: heap(BLOCK), survive: 100, live: heap(live) }
}

#[test]
fn a_steady_heap_peaks_below_twice_live_and_cycles_at_the_expected_rate() {
    for live in [32 * MIB, 256 * MIB, GIB, 4 * GIB] {
        let mut simulation = Simulation::new(&Config::default());
        simulation.run(live / BLOCK, fifo(live));
        let before = (simulation.cycles, simulation.released.len(), simulation.remapped);
        simulation.run(20 * live / BLOCK, fifo(live));
        let cycles = simulation.cycles - before.0;
        let shown = format!(
            "live {live}: {cycles} cycles, peak {}, {} beyond goal, {} late",
            simulation.peak, simulation.beyond_goal, simulation.late_sweeps
        );
        assert!(simulation.peak < 2 * live + 4 * MIB, "{shown}");
        assert!((20..=100).contains(&cycles), "{shown}");
        assert!(simulation.beyond_goal <= MIB && simulation.late_sweeps == 0, "{shown}");
        assert!(simulation.longest_slice_ns <= PAUSE_NS, "{shown}");
        assert_eq!((simulation.released.len(), simulation.remapped), (before.1, before.2), "{shown}");
    }
}

#[test]
fn a_huge_heap_keeps_its_pauses_rather_than_its_goal() {
    let live = 32 * GIB;
    let mut simulation = Simulation::new(&Config::default());
    simulation.run(5 * live / BLOCK, fifo(live));
    let shown = format!("peak {} MiB, {} MiB beyond the goal", simulation.peak / MIB, simulation.beyond_goal / MIB);
    assert!(simulation.longest_slice_ns <= PAUSE_NS, "{shown}");
    assert!(simulation.beyond_goal < live / 8 && simulation.peak < live + live / 2, "{shown}");
}

#[test]
fn growth_marks_each_byte_a_few_times_only() {
    let mut simulation = Simulation::new(&Config::default());
    let last = 2048 * MIB;
    simulation.run(last / BLOCK, |n| Step { allocate: heap(BLOCK), survive: 100, live: heap((n + 1) * BLOCK) });
    assert!(simulation.marked_in_all <= 4 * last, "{} MiB", simulation.marked_in_all / MIB);
    assert!(simulation.peak <= last + 8 * MIB);
    assert!(simulation.late_sweeps == 0 && simulation.beyond_goal <= MIB, "{}", simulation.beyond_goal);
    assert!(simulation.released.is_empty(), "a growing heap gives nothing back");
}

#[test]
fn after_a_sudden_shrink_memory_follows() {
    let mut simulation = Simulation::new(&Config::default());
    simulation.run(2 * 1024 * MIB / BLOCK, fifo(1024 * MIB));
    let peak = simulation.mapped_chunks * CHUNK;
    simulation.run(1024 * MIB / BLOCK, fifo(16 * MIB));
    let left = simulation.mapped_chunks * CHUNK;
    assert!(peak > 1536 * MIB && left < 96 * MIB, "from {} to {} MiB", peak / MIB, left / MIB);
    assert_eq!(simulation.remapped, 0, "given back and mapped again");
}

#[test]
fn a_live_set_that_swings_does_not_give_back_and_map_again() {
    let mut simulation = Simulation::new(&Config::default());
    let swing = |n: usize| Step {
        allocate: heap(BLOCK),
        survive: 100,
        live: heap((128 + 32 * usize::from((n / 4096).is_multiple_of(2))) * MIB),
    };
    simulation.run(100_000, swing);
    let remapped = simulation.remapped;
    simulation.run(100_000, swing);
    assert!(simulation.remapped - remapped <= 2, "{} chunks", simulation.remapped - remapped);
}

#[test]
fn huge_payloads_outside_the_heap_stay_below_three_times_live() {
    // A thousand objects of 64 bytes that own 256 KiB each; 50,000 of them come and go.
    let object = Usage { heap_bytes: 64, external_bytes: 256 * KIB };
    let live = part(object, 1000, 1);
    let mut simulation = Simulation::new(&Config::default());
    simulation.run(50_000, |_| Step { allocate: object, survive: 100, live });
    let ratio = simulation.peak as f64 / live.total() as f64;
    assert!(ratio < 2.0, "peak is {ratio} × live");
    assert!((40..200).contains(&simulation.cycles), "{} cycles", simulation.cycles);
}

#[test]
fn payloads_that_die_young_never_start_a_cycle() {
    let object = Usage { heap_bytes: 64, external_bytes: 256 * KIB };
    let mut simulation = Simulation::new(&Config::default());
    simulation.run(50_000, |_| Step { allocate: object, survive: 0, live: Usage::default() });
    assert_eq!(simulation.cycles, 0);
    assert!(simulation.peak <= 5 * MIB, "{}", simulation.peak);
}

#[test]
fn marking_ends_even_if_everything_dies_young() {
    let live = 512 * MIB;
    let mut simulation = Simulation::new(&Config::default());
    simulation.run(2 * live / BLOCK, fifo(live));
    while !matches!(simulation.phase, Phase::Marking { .. }) {
        simulation.run(1, fifo(live));
    }
    let mut steps = 0;
    while matches!(simulation.phase, Phase::Marking { .. }) {
        simulation.run(1, |_| Step { allocate: heap(BLOCK), survive: 0, live: heap(live) });
        steps += 1;
    }
    assert!(steps * BLOCK < 4 * live, "{} MiB", steps * BLOCK / MIB);
}

#[test]
fn near_the_limit_memory_stays_below_it() {
    for (live, limit) in [(64, 128), (64, 96), (64, 80), (600, 800)] {
        let (live, limit) = (live * MIB, limit * MIB);
        let mut simulation = Simulation::new(&Config::default().heap_limit(limit));
        simulation.run(20 * live / BLOCK, fifo(live));
        let shown = format!(
            "live {live}, limit {limit}: peak {}, {} cycles, {} under pressure",
            simulation.peak, simulation.cycles, simulation.pressed_finishes
        );
        assert!(simulation.peak <= limit, "{shown}");
        assert!(simulation.marked_in_all <= 200 * live, "{shown}");
        assert!(limit < live * 3 / 2 || simulation.pressed_finishes == 0, "{shown}");
    }
}

#[test]
fn a_small_heap_is_left_alone() {
    let mut simulation = Simulation::new(&Config::default());
    simulation.run(7 * MIB / BLOCK, fifo(MIB));
    assert_eq!(simulation.cycles, 0);
    simulation.run(64 * MIB / BLOCK, fifo(MIB));
    assert!((4..=12).contains(&simulation.cycles), "{} cycles", simulation.cycles);
    assert!(simulation.peak <= 20 * MIB);
}

#[test]
fn no_numbers_make_it_panic() {
    let mut seed = 42u64;
    let mut any = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Of every magnitude, both ends included.
        let value = (seed >> 8) as usize;
        [0, usize::MAX, value >> (seed % 56), value >> 40][(seed >> 32) as usize % 4]
    };
    for _ in 0..2_000 {
        let nursery = any() % GIB + 1;
        let limit = if any() % 2 == 0 { None } else { Some(any()) };
        let config = Config::default()
            .heap_limit(limit)
            .headroom(any())
            .nursery(any() % nursery + 1, nursery)
            .retain_free(any());
        let mut pacer = Pacer::new(&config);
        for _ in 0..20 {
            let used = Usage { heap_bytes: any(), external_bytes: any() };
            let fill = NurseryFill { heap_bytes: any(), external_bytes: any(), remembered: any() };
            let _ = (pacer.young_due(fill), pacer.old_due(used, any()));
            pacer.after_young(&YoungReport { fill, survivors: any(), remembered_edges: any(), pause_ns: any() as u64 });
            pacer.start_marking(used);
            let progress = MarkProgress { grown_bytes: any(), allocated_bytes: any(), marked_bytes: any() };
            pacer.mark_quota(progress, any() as u64);
            pacer.after_mark_slice(any(), any() as u64);
            pacer.finish_marking(Usage { heap_bytes: any(), external_bytes: any() }, any(), any());
            pacer.sweep_quota(any(), any(), any() as u64);
            pacer.after_sweep_slice(any(), any() as u64);
            let free = any();
            assert!(pacer.bytes_to_release(used, free, any() % 2 == 0) <= free);
        }
    }
}
