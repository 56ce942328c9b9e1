//! What runs now, and what remains.
#![forbid(unsafe_code)]

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on the terminal; nothing where there is none.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn start(steps: u64) -> Self {
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} [{elapsed} + {eta}] {wide_msg}");
        let bar = ProgressBar::new(steps).with_style(style.expect("a valid template"));
        bar.enable_steady_tick(Duration::from_millis(500));
        Self(bar)
    }

    /// Says what runs now.
    pub(crate) fn now(&self, what: &str) {
        self.0.set_message(what.to_owned());
    }

    pub(crate) fn step(&self) {
        self.0.inc(1);
    }

    pub(crate) fn end(self) {
        self.0.finish_and_clear();
    }
}
