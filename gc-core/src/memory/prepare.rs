//! Fresh chunks, prepared before they are needed.
//!
//! The first touch of a huge page takes a third of a millisecond, and the system may compact memory
//! first to find one: growth would be the longest pause of all. So a thread that all heaps of the
//! process share touches the next chunks while the program still has blocks. It takes part in
//! nothing else, and holds nothing of a heap but the chunks that it is asked to touch.
//!
//! A chunk that is not ready in time is touched by the program itself as it goes, in small pages. Where
//! no thread can be started all are.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use super::os::Pages;
use super::region::{Regions, Slot};

#[derive(Default)]
struct Shelf {
    ready: Vec<Slot>,
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
    slot: Slot,
    pages: Pages,
}

impl Prepared {
    /// Nothing yet. With `on` false nothing is ever prepared.
    pub(super) fn new(on: bool, pages: Pages) -> Self {
        Self { shelf: Arc::default(), thread: if on { thread() } else { None }, pages }
    }

    /// Asks for the next chunks, unless `ahead` are ready or under way.
    pub(super) fn ask(&self, regions: &mut Regions, ahead: usize) {
        let Some(thread) = &self.thread else { return };
        let mut shelf = self.shelf.lock();
        while shelf.ready.len() + shelf.awaited < ahead {
            let Some(slot) = regions.take() else { return };
            let order = Order { shelf: Arc::clone(&self.shelf), slot, pages: self.pages };
            if let Err(unsent) = thread.send(order) {
                regions.put_back_unused(unsent.0.slot);
                return;
            }
            shelf.awaited += 1;
        }
    }

    /// Takes a chunk that is ready.
    pub(super) fn take(&self) -> Option<Slot> {
        self.shelf.lock().ready.pop()
    }

    /// Chunks that are ready: memory that the heap holds and does not use.
    pub(super) fn ready(&self) -> usize {
        self.shelf.lock().ready.len()
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
                        fill(order);
                    }
                })
                .ok()?;
            Some(sender)
        })
        .clone()
}

fn fill(order: Order) {
    // The heap may have gone in the meantime.
    if Arc::strong_count(&order.shelf) > 1 {
        order.slot.populate(order.pages);
    }
    let mut shelf = order.shelf.lock();
    shelf.awaited -= 1;
    shelf.ready.push(order.slot);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::geometry::CHUNK;

    #[test]
    fn a_chunk_that_was_asked_for_comes_aligned_and_empty() {
        let mut regions = Regions::default();
        let prepared = Prepared::new(true, Pages::Huge);
        prepared.ask(&mut regions, 2);
        let slot = loop {
            match prepared.take() {
                Some(slot) => break slot,
                None => std::thread::yield_now(),
            }
        };
        assert_eq!(slot.start.addr().get() % CHUNK, 0);
        // SAFETY: the chunk is mapped, and ours.
        let bytes = unsafe { core::slice::from_raw_parts(slot.start.as_ptr(), CHUNK) };
        assert!(bytes.iter().all(|&byte| byte == 0));
    }

    #[test]
    fn nothing_is_prepared_unless_it_is_wanted() {
        let mut regions = Regions::default();
        let prepared = Prepared::new(false, Pages::Huge);
        prepared.ask(&mut regions, 2);
        assert!(prepared.take().is_none());
        assert_eq!(prepared.shelf.lock().awaited, 0);
    }

    #[test]
    fn what_is_put_back_is_zeros_when_it_is_taken_again() {
        let mut regions = Regions::default();
        let slot = regions.take().expect("the system has memory");
        // SAFETY: the slot is mapped, and ours.
        unsafe { slot.start.as_ptr().write_bytes(7, 4096) };
        // SAFETY: nothing refers to it.
        unsafe { regions.put_back(slot.start) };
        let again = regions.take().expect("it is there");
        assert_eq!(again.start, slot.start);
        // SAFETY: likewise.
        assert_eq!(unsafe { again.start.as_ptr().read() }, 0);
    }
}
