//! What becomes of objects that only weak pointers name.
//!
//! A weak pointer may outlive its object, and it looks at the object's header and mark byte to find
//! out. So a dead object that a weak pointer reached leaves a *tombstone*: its header, now that of no
//! type, on one granule that counts as live, until a collection finds no weak pointer to it.
//!
//! - **W1** Every weak pointer in a live object names a header: a live object's, a dead one's that
//!   has not been swept, a tombstone's, or the static one below.
//! - **W2** `WEAK` is set only while an object has no colour of the collection in progress, and is
//!   cleared by whatever colours it. Only tombstones have it always: an object that has the colour of the
//!   collection in progress is a tombstone exactly if it has `WEAK`, which spares a look at its header.

use core::ptr::NonNull;
use core::sync::atomic::AtomicUsize;

use crate::memory::hole::Found;
use crate::memory::{Block, Epoch, LargeObject, Mark, MarkByte, Space};
use crate::object::Object;
use crate::object::header::{GRANULE, Header, LARGE, WORD};
use crate::object::type_info::TOMBSTONE_INFO;

/// A granule that holds nothing but the header of a tombstone.
#[repr(C, align(16))]
struct DeadGranule {
    header: Header,
    payload: AtomicUsize,
}

/// What a weak pointer to nothing names.
static NOTHING: DeadGranule = DeadGranule { header: Header::of_static(&TOMBSTONE_INFO), payload: AtomicUsize::new(0) };

const _: () = assert!(size_of::<DeadGranule>() == GRANULE || WORD == 4);

/// The object of a weak pointer that never had one. It lies in no chunk and has no mark byte.
pub(crate) fn nothing() -> Object {
    let payload = NonNull::from(&NOTHING.payload).cast::<u8>();
    // The provenance of the whole granule, so that the header can be reached from the payload.
    let granule = NonNull::from(&NOTHING).cast::<u8>();
    // SAFETY: the header lies in the word before `payload`, and is static.
    unsafe { Object::from_payload(granule.add(payload.addr().get() - granule.addr().get())) }
}

/// True if a weak edge leads to no object any more: such a target may have no mark byte.
#[inline]
pub(crate) fn is_nothing(object: Object) -> bool {
    object.payload().addr() == NonNull::from(&NOTHING.payload).addr()
}

/// The mark byte of a tombstone.
pub(super) const fn tombstone(epoch: Epoch) -> Mark {
    Mark::scanned(epoch).with(Mark::END).with(Mark::WEAK)
}

/// True if the object, whose mark byte this is, is a tombstone. Its header is read only if it may be one.
#[inline]
pub(super) fn is_tombstone(object: Object, mark: Mark) -> bool {
    mark.is_coloured() && mark.has(Mark::WEAK) && object.info().is_tombstone()
}

/// Turns a dead small object into a tombstone of one granule.
pub(crate) fn entomb_small(block: Block, found: Found, epoch: Epoch) {
    let marks = block.marks();
    if found.last != found.first {
        marks[found.last].store(Mark::CLEAR);
    }
    // SAFETY: the walk found an object's header in this granule.
    let object = unsafe { Object::from_granule(block.granule(found.first)) };
    object.header().retype(&TOMBSTONE_INFO);
    marks[found.first].store(tombstone(epoch));
    block.count_live(epoch, 1);
}

/// Turns a dead large object into a tombstone.
pub(crate) fn entomb_large(space: &mut Space, record: &LargeObject, epoch: Epoch) {
    let object = record.object();
    object.header().retype(&TOMBSTONE_INFO);
    MarkByte::of(object).store(tombstone(epoch));
    // SAFETY: the object is dead, and its destructors have run or there are none.
    unsafe { space.shrink_large(record) };
}

/// True if the object has pages of its own.
#[inline]
pub(crate) fn is_large(object: Object) -> bool {
    object.header().has(LARGE)
}

/// Where a small object lies in its block.
pub(crate) fn found(object: Object, block: Block) -> Found {
    let first = block.granule_index(object.granule());
    Found { first, last: first + object.granules() - 1, mark: MarkByte::of(object).load() }
}
