//! Fresh chunks, prepared before they are needed.
//!
//! The first touch of a huge page takes a third of a millisecond, and the system may compact memory
//! first to find one: growth would be the longest pause of all. So a thread that all heaps of the
//! process share touches the next chunks while the program still has blocks. It takes part in
//! nothing else, and holds nothing of a heap but the chunks that it is asked to touch.
//!
//! A chunk that is not ready in time is touched by the program itself as it goes, in small pages. Where
//! no thread can be started all are; and in a forked child, which has no such thread. There the thread may
//! have held the locks below when the process was copied, so that they stay locked for ever: the child
//! does not touch them, and leaves what had been prepared where it is.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, OnceLock};

use parking_lot::{Mutex, MutexGuard};

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
    /// The process that this is about.
    process: u32,
}

struct Order {
    shelf: Arc<Mutex<Shelf>>,
    slot: Slot,
    pages: Pages,
}

impl Prepared {
    /// Nothing yet. With `on` false nothing is ever prepared.
    pub(super) fn new(on: bool, pages: Pages) -> Self {
        Self { shelf: Arc::default(), thread: if on { thread() } else { None }, pages, process: std::process::id() }
    }

    /// The shelf, unless this is a forked child.
    fn shelf(&self) -> Option<MutexGuard<'_, Shelf>> {
        // Without a thread nobody else has the lock, and nothing is on the shelf.
        (self.thread.is_some() && self.process == std::process::id()).then(|| self.shelf.lock())
    }

    /// Asks for the next chunks, unless `ahead` are ready or under way.
    pub(super) fn ask(&self, regions: &mut Regions, ahead: usize) {
        let Some(thread) = &self.thread else { return };
        let Some(mut shelf) = self.shelf() else { return };
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
        self.shelf()?.ready.pop()
    }

    /// Chunks that are ready: memory that the heap holds and does not use.
    pub(super) fn ready(&self) -> usize {
        self.shelf().map_or(0, |shelf| shelf.ready.len())
    }
}

/// The thread's order book, or nothing where it could not be started.
fn thread() -> Option<Sender<Order>> {
    static THREAD: OnceLock<Option<Sender<Order>>> = OnceLock::new();
    /// The process that started it, or 0. (Asked first: a child may have been forked while it was started.)
    static PROCESS: AtomicU32 = AtomicU32::new(0);
    let this = std::process::id();
    // Relaxed: a child has its own copy, which one thread writes.
    if PROCESS.compare_exchange(0, this, Relaxed, Relaxed).is_err_and(|process| process != this) {
        return None;
    }
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
        order.slot.touch(order.pages);
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

    /// In a process forked off while somebody else holds the shelf: does something, which must end.
    #[cfg(unix)]
    fn in_a_child(prepared: &Prepared, work: impl FnOnce()) {
        let (lock, locked) = channel();
        let (unlock, done) = channel::<()>();
        let shelf = Arc::clone(&prepared.shelf);
        let holder = std::thread::spawn(move || {
            let _guard = shelf.lock();
            lock.send(()).unwrap();
            let _ = done.recv();
        });
        locked.recv().unwrap();
        // SAFETY: the child runs what is below and ends, without returning to the test's caller.
        let child = unsafe { libc::fork() };
        if child == 0 {
            // SAFETY: a timer for this process: it ends if it waits for a lock.
            unsafe { libc::alarm(20) };
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
            // SAFETY: ends this process, and nothing else of the parent's.
            unsafe { libc::_exit(i32::from(result.is_err())) };
        }
        let mut status = 0;
        // SAFETY: the child is ours, and nobody else waits for it.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert_eq!(status, 0, "the child was stopped by a signal, or panicked");
        drop(unlock);
        holder.join().unwrap();
    }

    #[test]
    #[cfg(unix)]
    fn a_forked_child_waits_for_no_lock_that_was_held_when_it_was_made() {
        let mut regions = Regions::default();
        let prepared = Prepared::new(true, Pages::Small);
        in_a_child(&prepared, || {
            assert!(prepared.take().is_none());
            assert_eq!(prepared.ready(), 0);
            prepared.ask(&mut regions, 2);
            let another = Prepared::new(true, Pages::Small);
            assert!(another.thread.is_none());
            another.ask(&mut regions, 2);
        });
    }

    #[test]
    #[cfg(unix)]
    fn a_heap_goes_on_in_a_forked_child() {
        let mut heap = crate::Heap::<Vec<u8>>::new(|_| vec![1; 1000]);
        let grow = |heap: &mut crate::Heap<Vec<u8>>| {
            let kept: Vec<_> =
                heap.mutate(|mc, _| (0..3000).map(|_| crate::Gc::new(mc, [7u8; 8000]).root(mc)).collect());
            heap.collect();
            heap.mutate(|mc, root| assert!(root.len() == 1000 && kept.iter().all(|kept| kept.get(mc)[99] == 7)));
        };
        grow(&mut heap);
        let prepared = Prepared::new(true, Pages::Small);
        in_a_child(&prepared, || {
            grow(&mut heap);
            grow(&mut crate::Heap::new(|_| vec![1; 1000]));
        });
        grow(&mut heap);
    }
}
