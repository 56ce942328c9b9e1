//! What a program may decide about its heap.
//!
//! Every choice has a default that suits an interpreter with a heap between a few MiB and a few
//! GiB. The setters keep one another's invariants, so that the collector need not check again:
//!
//! - **O1** `0 < nursery_min <= nursery_max`, and the pause target is not zero.
//! - **O2** Nothing here is read from the environment, except by [`Config::with_env`], which
//!   a new heap calls once.

#![forbid(unsafe_code)]

mod compaction;
mod stress;

use std::time::Duration;

pub use compaction::Compaction;
pub use stress::{ParseStressError, Stress};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// How a heap behaves: limits, pacing, and the checks that run with it.
///
/// ```
/// use std::time::Duration;
/// use gc_core::Config;
///
/// let config = Config::default()
///     .pause_target(Duration::from_micros(200))
///     .heap_limit(256 << 20);
/// assert_ne!(config, Config::default());
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Config {
    pub(crate) pause_target_ns: u64,
    pub(crate) heap_limit: Option<usize>,
    pub(crate) nursery_min: usize,
    pub(crate) nursery_max: usize,
    pub(crate) headroom: usize,
    pub(crate) manual: bool,
    pub(crate) huge_pages: bool,
    pub(crate) prepare_memory: bool,
    pub(crate) retain_free: usize,
    pub(crate) mark_while_allocating: bool,
    pub(crate) pauses_kept: usize,
    pub(crate) verify: bool,
    pub(crate) stress: Stress,
    pub(crate) compaction: Compaction,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            pause_target_ns: 500_000,
            heap_limit: None,
            nursery_min: 256 * KIB,
            nursery_max: 4 * MIB,
            // On 32-bit targets, all that a heap there can sensibly use.
            headroom: if usize::BITS >= 64 { 1024 * MIB } else { 256 * MIB },
            manual: false,
            huge_pages: true,
            prepare_memory: true,
            retain_free: 16 * MIB,
            mark_while_allocating: true,
            pauses_kept: 1024,
            verify: false,
            stress: Stress::none(),
            compaction: Compaction::OnRequest,
        }
    }
}

impl Config {
    /// The longest time for which the collector may keep the program waiting, where it has the
    /// choice. Default: 500 µs.
    ///
    /// It is a target: nurseries are sized and slices of work are cut so that a pause is expected
    /// to stay within it. `collect()`, and work at the heap limit, take as long as they need.
    ///
    /// # Panics
    /// If `target` is zero.
    pub fn pause_target(mut self, target: Duration) -> Self {
        assert!(!target.is_zero(), "the pause target is zero: the smallest useful one is about 50 µs");
        self.pause_target_ns = u64::try_from(target.as_nanos()).unwrap_or(u64::MAX);
        self
    }

    /// The most memory that the heap may use, in bytes: blocks in use, large objects, what objects own
    /// outside the heap, and the collector's own stacks (but for the first 32 KiB of each). Default: no
    /// limit.
    ///
    /// At the limit `Gc::try_new` gives the value back, and `Gc::new` panics.
    ///
    /// ```
    /// # use gc_core::Config;
    /// let limited = Config::default().heap_limit(64 << 20);
    /// assert_eq!(limited.heap_limit(None), Config::default());
    /// ```
    pub fn heap_limit(mut self, bytes: impl Into<Option<usize>>) -> Self {
        self.heap_limit = bytes.into();
        self
    }

    /// The bounds, in bytes, of what is allocated between two young collections. Defaults: 256 KiB
    /// and 4 MiB.
    ///
    /// Within them the size adapts to the pause target. More is better for throughput, because more
    /// objects die before they are looked at; less is better for the worst pause, because all of a
    /// nursery can turn out to be alive.
    ///
    /// # Panics
    /// If `min` is zero or larger than `max`.
    pub fn nursery(mut self, min: usize, max: usize) -> Self {
        assert!(
            0 < min && min <= max,
            "nursery bounds of {min} and {max} bytes: the first must not be zero, nor larger than the second"
        );
        self.nursery_min = min;
        self.nursery_max = max;
        self
    }

    /// The parameter T of old collections, in bytes: after one has found `live` bytes, the heap may
    /// grow by about `sqrt(live × T/2)`, and by no more than `live`, until the next one has to be
    /// done. Default: 1 GiB (256 MiB on 32-bit targets).
    ///
    /// Heaps up to T/2 thus double; larger ones grow by less and less in proportion: four times
    /// the live bytes have twice the headroom. (The square root is the rule of MemBalancer: Kirisame,
    /// Shenoy, Panchekha, *Optimal Heap Limits for Reducing Browser Memory Use*, OOPSLA 2022.)
    /// The pause target comes first: a heap of many GiB whose objects nearly all survive goes beyond its headroom.
    /// Twice the T makes old collections of a large heap rarer by √2.
    pub fn headroom(mut self, bytes: usize) -> Self {
        self.headroom = bytes;
        self
    }

    /// Leaves all collection to explicit calls: nothing is done at the end of `mutate`; call
    /// `step` or `collect` when there is time.
    pub fn manual(mut self) -> Self {
        self.manual = true;
        self
    }

    /// Whether to ask the system for huge pages once the heap has more than one chunk. Default: yes.
    pub fn huge_pages(mut self, on: bool) -> Self {
        self.huge_pages = on;
        self
    }

    /// Whether memory is made ready before it is needed, so that growth does not stall the program
    /// on page faults. Default: yes.
    pub fn prepare_memory(mut self, on: bool) -> Self {
        self.prepare_memory = on;
        self
    }

    /// How many bytes of free memory are always kept, and not given back to the system. Default:
    /// 16 MiB.
    ///
    /// What the heap expects to need before the next old collection ends is kept in any case.
    pub fn retain_free(mut self, bytes: usize) -> Self {
        self.retain_free = bytes;
        self
    }

    /// Whether an allocation may do a slice of marking when marking falls behind. Default: yes.
    ///
    /// Without it only safepoints mark: no allocation waits for marking, and a program that allocates
    /// much in one mutation exceeds its headroom.
    pub fn mark_while_allocating(mut self, on: bool) -> Self {
        self.mark_while_allocating = on;
        self
    }

    /// How many of the last pauses are kept in full (about 90 bytes each). Default: 1024.
    ///
    /// The histogram and the totals cover all pauses in any case.
    pub fn pauses_kept(mut self, pauses: usize) -> Self {
        self.pauses_kept = pauses;
        self
    }

    /// Checks every invariant of the heap after every phase. Default: off. Slow: each check walks the
    /// heap. A failed check panics.
    pub fn verify(mut self, on: bool) -> Self {
        self.verify = on;
        self
    }

    /// Collects far more often than needed, to bring mistakes to light. Default: [`Stress::none`].
    pub fn stress(mut self, stress: Stress) -> Self {
        self.stress = stress;
        self
    }

    /// Whether and when objects move. Default: [`Compaction::OnRequest`].
    ///
    /// # Panics
    /// If a threshold is not between 0 and 1.
    pub fn compaction(mut self, compaction: Compaction) -> Self {
        if let Compaction::Automatic { above } = compaction {
            assert!((0.0..=1.0).contains(&above), "a share of memory in holes of {above}: it is between 0 and 1");
        }
        self.compaction = compaction;
        self
    }

    /// Applies the environment: `GC_VERIFY` replaces [`verify`](Self::verify), `GC_STRESS` replaces
    /// [`stress`](Self::stress). A variable that is not set, or empty, changes nothing.
    ///
    /// Every new heap does this, so that any program can run its tests under stress:
    ///
    /// ```sh
    /// GC_VERIFY=1 GC_STRESS=young,old=3,yield,poison cargo test
    /// ```
    ///
    /// * `GC_VERIFY`: `1` or `0`.
    /// * `GC_STRESS`: `all` or `1`, `none` or `0`, or a list of `young`, `old=N`, `yield`, `poison`,
    ///   `move`, as [`Stress::parse`] takes it.
    ///
    /// # Panics
    /// If a variable has another value, with a message that says what is accepted.
    pub fn with_env(self) -> Self {
        let read = |name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
        match self.with_variables(read("GC_VERIFY").as_deref(), read("GC_STRESS").as_deref()) {
            Ok(config) => config,
            Err(message) => panic!("{message}"),
        }
    }

    fn with_variables(mut self, verify: Option<&str>, stress: Option<&str>) -> Result<Self, String> {
        match verify.map(str::trim) {
            None | Some("") => {}
            Some("1") => self.verify = true,
            Some("0") => self.verify = false,
            Some(other) => {
                return Err(format!("GC_VERIFY={other}: accepted are 1 (on) and 0 (off)"));
            }
        }
        match stress.map(str::trim) {
            None | Some("") => {}
            Some(list) => self.stress = Stress::parse(list).map_err(|error| format!("GC_STRESS={list}: {error}"))?,
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setters_change_what_they_name() {
        let config = Config::default()
            .pause_target(Duration::from_millis(1))
            .heap_limit(1 << 20)
            .nursery(1 << 16, 1 << 17)
            .headroom(1 << 25)
            .manual()
            .huge_pages(false)
            .prepare_memory(false)
            .retain_free(0)
            .mark_while_allocating(false)
            .pauses_kept(8)
            .verify(true)
            .stress(Stress::all())
            .compaction(Compaction::Never);
        let expected = Config {
            pause_target_ns: 1_000_000,
            heap_limit: Some(1 << 20),
            nursery_min: 1 << 16,
            nursery_max: 1 << 17,
            headroom: 1 << 25,
            manual: true,
            huge_pages: false,
            prepare_memory: false,
            retain_free: 0,
            mark_while_allocating: false,
            pauses_kept: 8,
            verify: true,
            stress: Stress::all(),
            compaction: Compaction::Never,
        };
        assert_eq!(config, expected);
    }

    #[test]
    fn variables_replace_what_the_program_chose_and_unset_ones_do_not() {
        let chosen = Config::default().verify(true).stress(Stress::all());
        assert_eq!(chosen.clone().with_variables(None, Some("")), Ok(chosen.clone()));
        assert_eq!(chosen.clone().with_variables(Some("0"), Some("none")), Ok(Config::default()));
        assert_eq!(Config::default().with_variables(Some(" 1 "), Some("1")), Ok(chosen));
    }

    #[test]
    fn a_malformed_variable_says_what_is_accepted() {
        let verify = Config::default().with_variables(Some("yes"), None).unwrap_err();
        assert_eq!(verify, "GC_VERIFY=yes: accepted are 1 (on) and 0 (off)");
        let stress = Config::default().with_variables(None, Some("yuong")).unwrap_err();
        assert!(stress.starts_with("GC_STRESS=yuong: `yuong` is not"), "{stress}");
        assert!(stress.contains("old=N"), "{stress}");
    }

    #[test]
    #[should_panic(expected = "must not be zero, nor larger")]
    fn nursery_bounds_are_in_order() {
        let _ = Config::default().nursery(2, 1);
    }

    #[test]
    #[should_panic(expected = "pause target is zero")]
    fn a_pause_target_of_zero_is_refused() {
        let _ = Config::default().pause_target(Duration::ZERO);
    }
}
