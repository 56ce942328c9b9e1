//! For tests: what a compaction does to pointers, without one.

use crate::Gc;
use crate::object::Object;
use crate::object::header::LOGGED;
use crate::object::trace::Relocator;

/// Makes every pointer to `from` one to `to`, in the objects given, as a compaction would.
pub(super) fn redirect<'gc, T>(from: Gc<'gc, T>, to: Gc<'gc, T>, holders: &[Object]) -> usize {
    let header = from.object().header();
    let info = header.info();
    header.forward(to.object().payload());
    let mut relocator = Relocator::new();
    for holder in holders {
        // SAFETY: the object is whole, and no reference into it is in use.
        unsafe { holder.info().relocate(holder.payload().as_ptr(), 0, holder.count(), &mut relocator) };
    }
    header.retype(info);
    header.clear(0x3f);
    header.set(LOGGED);
    relocator.changed
}
