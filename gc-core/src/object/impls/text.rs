//! Strings and paths, owned, boxed, and borrowed for ever.

use std::borrow::Cow;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::path::{Path, PathBuf};

use super::*;

leaves! {
    String, owning |string| string.capacity();
    OsString, owning |string| string.capacity();
    PathBuf, owning |path| path.capacity();
    CString, owning |string| string.as_bytes_with_nul().len();
}

unsized_leaves! { OsStr; Path; CStr; }

// SAFETY: it is bytes.
unsafe impl<'gc> Trace<'gc> for str {
    nothing_to_visit!();
}
impl Plain for str {}

// SAFETY: the content is `'static`, borrowed or owned, so no `Gc` is in it; an owned one is asked for
// its bytes through `&self`.
unsafe impl<'gc, B> Trace<'gc> for Cow<'static, B>
where
    B: ?Sized + ToOwned<Owned: Trace<'gc>> + 'static,
{
    nothing_to_visit!();
    const HAS_EXTERNAL: bool = B::Owned::HAS_EXTERNAL;
    #[inline]
    fn external_bytes(&self) -> usize {
        match self {
            Cow::Borrowed(_) => 0,
            Cow::Owned(owned) => owned.external_bytes(),
        }
    }
}
// SAFETY: a type whose content is `'static` has no brand.
unsafe impl<B> Rebrand for Cow<'static, B>
where
    B: ?Sized + ToOwned<Owned: for<'b> Trace<'b>> + 'static,
{
    type At<'b> = Cow<'static, B>;
}
impl<B: ?Sized + ToOwned + 'static> Plain for Cow<'static, B> {}
