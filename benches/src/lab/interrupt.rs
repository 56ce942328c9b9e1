//! Ctrl-C ends the measurement, not the laboratory: what was measured is written and shown.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicBool, Ordering};

/// Set by the handler, read between and during measurements. Relaxed: it carries nothing but itself.
static REQUESTED: AtomicBool = AtomicBool::new(false);

/// From now on the first Ctrl-C sets the flag, and the second ends the process.
pub(crate) fn listen() {
    // Fails only if there is a handler already, which then is ours.
    let _ = ctrlc::set_handler(|| {
        if REQUESTED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
}

/// Whether somebody wants to end.
pub(crate) fn requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}
