//! Where the objects of an emptied piece of memory went: a table in the piece itself.
//!
//! Nobody needs what an emptied piece holds, so there is room in it for a bit a granule, which says that an
//! object began there and has moved, and for the new addresses, one after the other. An address is found by
//! counting the bits before its own.
//!
//! ```text
//! piece, 64 KiB
//! ┌───────────┬───────────────────────────────────┬───────────────────────────────┬──────────┐
//! │           │ 32 bits and a count, 128 times    │ a new address for each object │          │
//! └───────────┴───────────────────────────────────┴───────────────────────────────┴──────────┘
//! ```
//!
//! Who looks for many new addresses reads memory that is dense, where the old headers lie as far apart as the
//! live objects of a sparse piece did; and the lines of those headers are not written when their objects move.
//!
//! (A table in the free memory that compaction makes is Haddon and Waite's, Computer Journal 10, 1967; bits with a count
//! for every few of them in place of a search are those of the Compressor: Kermany and Petrank, PLDI 2006.)
//!
//! - **F1** In a piece that has a table, every object that was there has an entry, and no object is left.

use core::ptr::NonNull;

use super::Object;
use super::header::{GRANULE, WORD};

/// Bytes of a piece, and its alignment.
pub(crate) const PIECE: usize = 64 << 10;
/// Granules in a piece.
const GRANULES: usize = PIECE / GRANULE;
/// Granules that share a count.
const GROUP: usize = u32::BITS as usize;
/// Groups in a piece.
const GROUPS: usize = GRANULES / GROUP;

/// Tables begin at one of so many places in their pieces, so that they do not all compete for the same few sets of a
/// cache.
const STARTS: usize = 16;
/// Bytes between two of those.
const APART: usize = 2 << 10;

const _: () = assert!((STARTS - 1) * APART + GROUPS * size_of::<Group>() + GRANULES * WORD <= PIECE);

/// Some granules of a piece.
#[derive(Clone, Copy, Default)]
#[repr(C)]
struct Group {
    /// A bit for each granule in which a moved object's header was.
    moved: u32,
    /// How many there are in the groups before.
    before: u32,
}

/// The table of a piece.
#[derive(Clone, Copy)]
pub(crate) struct BreakTable(NonNull<Group>);

impl BreakTable {
    /// Where the table of the piece around the address of `inside` is, if there is one. The provenance is that of `inside`.
    #[inline]
    fn around(inside: NonNull<u8>, addr: usize) -> Self {
        let at = (addr & !(PIECE - 1)) + (addr / PIECE) % STARTS * APART;
        // SAFETY: nothing is mapped at address 0, and a header lies at `addr`.
        Self(unsafe { NonNull::new_unchecked(inside.as_ptr().map_addr(|_| at).cast()) })
    }

    fn addresses(self) -> NonNull<Option<NonNull<u8>>> {
        // SAFETY: a table begins with its groups.
        unsafe { self.0.add(GROUPS).cast() }
    }

    /// Writes the table of a piece: a bit for each granule that a moved object's header was in, and the new addresses of the
    /// payloads in the same order.
    ///
    /// # Safety
    ///
    /// The piece starts at `piece`, there is an address for each bit and for each object that was in it, and nobody reads those any
    /// more.
    pub(crate) unsafe fn write(piece: NonNull<u8>, moved: &[u64; GRANULES / 64], to: &[Option<NonNull<u8>>]) {
        let table = Self::around(piece, piece.addr().get());
        let mut groups = [Group::default(); GROUPS];
        let mut before = 0;
        for (pair, &bits) in groups.as_chunks_mut::<2>().0.iter_mut().zip(moved) {
            for (group, moved) in pair.iter_mut().zip([bits as u32, (bits >> 32) as u32]) {
                *group = Group { moved, before };
                before += moved.count_ones();
            }
        }
        debug_assert!(to.len() == before as usize && to.iter().all(Option::is_some), "F1");
        // SAFETY: there are no more addresses than granules, so that the table lies in the piece, which is the caller's.
        unsafe {
            table.0.cast::<[Group; GROUPS]>().write(groups);
            table.addresses().copy_from_nonoverlapping(NonNull::from(to).cast(), to.len());
        }
    }

    /// The payload's new address.
    ///
    /// # Safety
    ///
    /// `object` was in a piece that has a table.
    #[inline]
    pub(crate) unsafe fn find(object: Object) -> Option<NonNull<u8>> {
        let table = Self::around(object.payload(), object.addr() - WORD);
        let granule = granule(object);
        // SAFETY: the caller says that there is a table.
        let group = unsafe { table.0.add(granule / GROUP).read() };
        let bit = 1 << (granule % GROUP);
        debug_assert!(group.moved & bit != 0, "F1");
        if group.moved & bit == 0 {
            return None;
        }
        let rank = group.before + (group.moved & (bit - 1)).count_ones();
        // SAFETY: the bits of a table are as many as its addresses, and this is one of them.
        unsafe { table.addresses().add(rank as usize).read() }
    }
}

/// Which granule of its piece the object's header is in.
#[inline]
fn granule(object: Object) -> usize {
    (object.addr() - WORD) % PIECE / GRANULE
}
