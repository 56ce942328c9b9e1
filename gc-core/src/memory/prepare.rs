//! Fresh chunks, prepared before they are needed.
//!
//! The first touch of a huge page takes a third of a millisecond, and the system may compact memory
//! first to find one: growth would be the longest pause of all. So a thread that all heaps of the
//! process share maps the next chunk, and touches it, while the program still has blocks. It takes
//! part in nothing else, and holds nothing of a heap but the chunks that it has made.
//!
//! A chunk that is not ready in time is mapped by the heap itself, with small pages. Where no thread
//! can be started all are.

use core::ptr::NonNull;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use super::geometry::CHUNK;
use super::os::{self, Pages};

/// Chunks that are ready or under way.
const AHEAD: usize = 2;

/// Bytes touched at a time: a huge page.
const PIECE: usize = if CHUNK < 2 << 20 { CHUNK } else { 2 << 20 };

/// A mapped and touched chunk that no heap has yet.
struct Fresh(NonNull<u8>);

// SAFETY: a fresh chunk is memory that nobody refers to; whoever has this value owns it.
unsafe impl Send for Fresh {}

impl Fresh {
    fn map(pages: Pages) -> Option<Self> {
        os::map(CHUNK, CHUNK, pages).map(Self)
    }

    fn into_start(self) -> NonNull<u8> {
        let start = self.0;
        core::mem::forget(self);
        start
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        // SAFETY: the chunk was mapped by `map`, and nobody has it.
        unsafe { os::unmap(self.0, CHUNK, CHUNK) };
    }
}

#[derive(Default)]
struct Shelf {
    ready: Vec<Fresh>,
    /// Asked for and not ready yet.
    awaited: usize,
}

/// What one heap has asked for.
pub(super) struct Prepared {
    shelf: Arc<Mutex<Shelf>>,
    thread: Option<Sender<Order>>,
    pages: Pages,
}

struct Order {
    shelf: Arc<Mutex<Shelf>>,
    pages: Pages,
}

impl Prepared {
    /// Nothing yet. With `on` false nothing is ever prepared.
    pub(super) fn new(on: bool, pages: Pages) -> Self {
        Self { shelf: Arc::default(), thread: if on { thread() } else { None }, pages }
    }

    /// Asks for the next chunks, unless enough are ready or under way.
    pub(super) fn ask(&self) {
        let Some(thread) = &self.thread else { return };
        let mut shelf = self.shelf.lock();
        while shelf.ready.len() + shelf.awaited < AHEAD {
            let order = Order { shelf: Arc::clone(&self.shelf), pages: self.pages };
            if thread.send(order).is_err() {
                return;
            }
            shelf.awaited += 1;
        }
    }

    /// Takes a chunk that is ready.
    pub(super) fn take(&self) -> Option<NonNull<u8>> {
        self.shelf.lock().ready.pop().map(Fresh::into_start)
    }
}

/// The thread's order book, or nothing where it could not be started.
fn thread() -> Option<Sender<Order>> {
    static THREAD: OnceLock<Option<Sender<Order>>> = OnceLock::new();
    THREAD
        .get_or_init(|| {
            let (sender, orders) = channel::<Order>();
            std::thread::Builder::new()
                .name("gc-memory".into())
                .stack_size(64 << 10)
                .spawn(move || {
                    for order in orders {
                        fill(&order);
                    }
                })
                .ok()?;
            Some(sender)
        })
        .clone()
}

fn fill(order: &Order) {
    // The heap may have gone in the meantime.
    let wanted = Arc::strong_count(&order.shelf) > 1;
    let fresh = if wanted { Fresh::map(order.pages) } else { None };
    if let Some(fresh) = &fresh {
        // A piece at a time: the system maps nothing else for the process while it fills one.
        for piece in (0..CHUNK).step_by(PIECE) {
            // SAFETY: the piece lies in the chunk.
            os::populate(unsafe { fresh.0.add(piece) }, PIECE);
        }
    }
    let mut shelf = order.shelf.lock();
    shelf.awaited -= 1;
    shelf.ready.extend(fresh);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_that_was_asked_for_comes_aligned_and_empty() {
        let prepared = Prepared::new(true, Pages::Small);
        prepared.ask();
        let chunk = loop {
            match prepared.take() {
                Some(chunk) => break chunk,
                None => std::thread::yield_now(),
            }
        };
        assert_eq!(chunk.addr().get() % CHUNK, 0);
        // SAFETY: the chunk is mapped, and ours.
        let bytes = unsafe { core::slice::from_raw_parts(chunk.as_ptr(), CHUNK) };
        assert!(bytes.iter().all(|&byte| byte == 0));
        drop(Fresh(chunk));
    }

    #[test]
    fn nothing_is_prepared_unless_it_is_wanted() {
        let prepared = Prepared::new(false, Pages::Small);
        prepared.ask();
        assert!(prepared.take().is_none());
        assert_eq!(prepared.shelf.lock().awaited, 0);
    }
}
