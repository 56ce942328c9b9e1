//! The phases of collection, and time spent in each.

#![forbid(unsafe_code)]

use std::fmt;
use std::ops::Index;

/// A kind of work that the collector does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum Phase {
    /// Young collection.
    Young,
    /// The start of an old collection.
    Start,
    /// Marking at safepoints.
    Mark,
    /// Marking by an allocation, because marking has fallen behind.
    Assist,
    /// The end of marking: guardians, hand-over of barrier buffers.
    Finish,
    /// Sweeping.
    Sweep,
    /// Destructors of dead objects.
    Destructors,
    /// Asking the system for memory, and giving it back.
    Memory,
    /// Moving objects: copying them.
    Evacuate,
    /// Moving objects: updating the pointers to them.
    Relocate,
}

impl Phase {
    /// How many phases there are.
    pub const COUNT: usize = Phase::ALL.len();

    /// All of them, in the order of a cycle.
    pub const ALL: [Phase; 10] = [
        Phase::Young,
        Phase::Start,
        Phase::Mark,
        Phase::Assist,
        Phase::Finish,
        Phase::Sweep,
        Phase::Destructors,
        Phase::Memory,
        Phase::Evacuate,
        Phase::Relocate,
    ];

    /// Its name, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Phase::Young => "young",
            Phase::Start => "start",
            Phase::Mark => "mark",
            Phase::Assist => "assist",
            Phase::Finish => "finish",
            Phase::Sweep => "sweep",
            Phase::Destructors => "destructors",
            Phase::Memory => "memory",
            Phase::Evacuate => "evacuate",
            Phase::Relocate => "relocate",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Nanoseconds by phase. `times[Phase::Mark]` reads one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PhaseTimes([u64; Phase::COUNT]);

impl PhaseTimes {
    /// No time anywhere.
    pub const ZERO: PhaseTimes = PhaseTimes([0; Phase::COUNT]);

    /// All of `ns` in one phase.
    #[must_use]
    pub const fn of(phase: Phase, ns: u64) -> PhaseTimes {
        let mut times = PhaseTimes::ZERO;
        times.0[phase as usize] = ns;
        times
    }

    /// Adds `ns` to a phase.
    #[inline]
    pub fn add(&mut self, phase: Phase, ns: u64) {
        self.0[phase as usize] += ns;
    }

    /// Adds all of `other`, phase by phase.
    #[inline]
    pub fn add_all(&mut self, other: &PhaseTimes) {
        for (sum, ns) in self.0.iter_mut().zip(other.0) {
            *sum += ns;
        }
    }

    /// The sum over all phases, in nanoseconds.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Every phase with its nanoseconds, zeros included.
    pub fn iter(&self) -> impl Iterator<Item = (Phase, u64)> + '_ {
        Phase::ALL.into_iter().zip(self.0)
    }
}

impl Index<Phase> for PhaseTimes {
    type Output = u64;

    fn index(&self, phase: Phase) -> &u64 {
        &self.0[phase as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_are_listed_in_the_order_of_their_numbers() {
        for (number, phase) in Phase::ALL.into_iter().enumerate() {
            assert_eq!(phase as usize, number);
        }
    }

    #[test]
    fn times_add_up_by_phase() {
        let mut times = PhaseTimes::of(Phase::Young, 5);
        times.add(Phase::Sweep, 2);
        times.add_all(&PhaseTimes::of(Phase::Young, 10));
        assert_eq!((times[Phase::Young], times[Phase::Sweep], times[Phase::Mark]), (15, 2, 0));
        assert_eq!(times.total(), 17);
        assert_eq!(times.iter().filter(|&(_, ns)| ns > 0).count(), 2);
    }
}
