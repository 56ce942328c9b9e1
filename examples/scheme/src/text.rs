//! Scheme strings: mutable, of Unicode characters, with `string-ref` in constant time.
//!
//! A string of ASCII characters is a `Gc<str>`, which is shared and never changes; any other is a slice of
//! `char` cells. The first `string-set!` makes the slice. Which of the two it is lies in a `GcCell`, so no
//! access borrows anything, and none can fail for being inside another.

use std::borrow::Cow;

use gc_core::{Gc, GcCell, Trace};

use crate::context::Ctx;
use crate::error::Res;
use crate::value::Value;

/// A string object.
#[derive(Trace)]
pub(crate) struct Text<'gc> {
    body: GcCell<Body<'gc>>,
}

#[derive(Clone, Copy, Trace)]
enum Body<'gc> {
    Ascii(Gc<'gc, str>),
    Wide(Gc<'gc, [GcCell<char>]>),
}

impl<'gc> Text<'gc> {
    pub(crate) fn len(&self) -> usize {
        match self.body.get() {
            Body::Ascii(text) => text.len(),
            Body::Wide(chars) => chars.len(),
        }
    }

    pub(crate) fn get(&self, index: usize) -> Option<char> {
        match self.body.get() {
            Body::Ascii(text) => text.as_bytes().get(index).map(|&byte| byte as char),
            Body::Wide(chars) => chars.get(index).map(GcCell::get),
        }
    }

    /// The text, if it is kept as ASCII.
    pub(crate) fn ascii(&self) -> Option<&'gc str> {
        match self.body.get() {
            Body::Ascii(text) => Some(text.as_ref()),
            Body::Wide(_) => None,
        }
    }

    /// The text, without a copy if it is ASCII.
    pub(crate) fn text(&self) -> Cow<'gc, str> {
        match self.body.get() {
            Body::Ascii(text) => Cow::Borrowed(text.as_ref()),
            Body::Wide(chars) => Cow::Owned(chars.iter().map(GcCell::get).collect()),
        }
    }

    /// The characters of a range, which must lie in the string.
    pub(crate) fn slice(&self, start: usize, end: usize) -> Cow<'gc, str> {
        match self.body.get() {
            Body::Ascii(text) => Cow::Borrowed(&text.as_ref()[start..end]),
            Body::Wide(chars) => Cow::Owned(chars[start..end].iter().map(GcCell::get).collect()),
        }
    }
}

/// Replaces characters from `at` on. The range must lie in the string.
pub(crate) fn overwrite<'gc>(ctx: Ctx<'gc>, text: Gc<'gc, Text<'gc>>, at: usize, with: &[char]) -> Res<'gc, ()> {
    let chars = match text.body.get() {
        Body::Wide(chars) => chars,
        Body::Ascii(ascii) => {
            let mut cells = ctx.reserve(ascii.len())?;
            cells.extend(ascii.chars().map(GcCell::new));
            let chars = Gc::try_from_vec(ctx.mc, cells)?;
            text.write(ctx.mc, |t| &t.body).set(Body::Wide(chars));
            chars
        }
    };
    let slots = chars.write(ctx.mc, |c| &c[at..at + with.len()]);
    for (slot, &c) in slots.each().zip(with) {
        slot.set(c);
    }
    Ok(())
}

impl<'gc> Ctx<'gc> {
    /// A new string.
    pub(crate) fn string(self, text: &str) -> Res<'gc, Value<'gc>> {
        if text.is_ascii() {
            return self.ascii_string(text);
        }
        let mut cells = self.reserve(text.len())?;
        cells.extend(text.chars().map(GcCell::new));
        let body = Body::Wide(Gc::try_from_vec(self.mc, cells)?);
        Ok(Value::String(Gc::try_new(self.mc, Text { body: GcCell::new(body) })?))
    }

    /// A new string of a text that is known to be ASCII.
    pub(crate) fn ascii_string(self, text: &str) -> Res<'gc, Value<'gc>> {
        debug_assert!(text.is_ascii());
        let body = Body::Ascii(Gc::try_from_str(self.mc, text)?);
        Ok(Value::String(Gc::try_new(self.mc, Text { body: GcCell::new(body) })?))
    }

    /// A new string that is another's text: no copy.
    pub(crate) fn string_from_symbol(self, name: Gc<'gc, str>) -> Res<'gc, Value<'gc>> {
        if name.is_ascii() {
            Ok(Value::String(Gc::try_new(self.mc, Text { body: GcCell::new(Body::Ascii(name)) })?))
        } else {
            self.string(name.as_ref())
        }
    }
}
