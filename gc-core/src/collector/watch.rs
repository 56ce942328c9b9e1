//! How long a pause takes, and each of its phases.

use std::time::{Duration, Instant};

use crate::stats::{Cause, Phase, PhaseTimes};

/// A pause being measured.
pub(crate) struct Stopwatch {
    pub(super) start: Instant,
    pub(super) lap: Instant,
    pub(super) cause: Cause,
    pub(super) phases: PhaseTimes,
}

impl Stopwatch {
    pub(super) fn start(cause: Cause) -> Self {
        let now = Instant::now();
        Self { start: now, lap: now, cause, phases: PhaseTimes::ZERO }
    }

    /// Charges the time since the last lap to `phase`. Returns it.
    pub(super) fn lap(&mut self, phase: Phase) -> u64 {
        let now = Instant::now();
        let ns = nanos(now - self.lap);
        self.lap = now;
        self.phases.add(phase, ns);
        ns
    }
}

pub(super) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
