//! Primitives: procedures written in Rust.
//!
//! One file for each kind of object. A primitive gets its arguments as a slice of the machine's stack and returns a
//! value or a fault; it runs no Scheme code, so nothing changes under its hands. Procedures that call procedures are
//! in the prelude, which is Scheme.

mod arguments;
mod bytevectors;
mod characters;
pub(crate) mod control;
mod errors;
pub(crate) mod hash;
mod input;
mod lists;
mod math;
mod numbers;
mod output;
mod ports;
mod predicates;
mod records;
mod strings;
mod system;
mod vectors;
mod weak;

use crate::context::Ctx;
use crate::error::{Res, error};
use crate::value::Value;
use crate::vm::Control;

pub(crate) type Native = for<'gc> fn(Ctx<'gc>, &[Value<'gc>]) -> Res<'gc, Value<'gc>>;

/// A primitive procedure.
pub(crate) struct Primitive {
    pub(crate) name: &'static str,
    /// How many arguments it takes.
    least: u8,
    most: Option<u8>,
    pub(crate) run: Run,
}

#[derive(Clone, Copy)]
pub(crate) enum Run {
    Native(Native),
    /// The machine does it.
    Control(Control),
}

/// A primitive that takes `least` arguments or more, up to `most`.
const fn between(name: &'static str, least: u8, most: u8, native: Native) -> Primitive {
    Primitive { name, least, most: Some(most), run: Run::Native(native) }
}

const fn exactly(name: &'static str, count: u8, native: Native) -> Primitive {
    between(name, count, count, native)
}

const fn at_least(name: &'static str, least: u8, native: Native) -> Primitive {
    Primitive { name, least, most: None, run: Run::Native(native) }
}

impl Primitive {
    #[inline]
    pub(crate) fn takes(&self, count: usize) -> bool {
        count >= self.least as usize && self.most.is_none_or(|most| count <= most as usize)
    }

    pub(crate) fn check<'gc>(&self, count: usize) -> Res<'gc, ()> {
        if self.takes(count) {
            return Ok(());
        }
        let expected = match self.most {
            Some(most) if most == self.least => format!("{most}"),
            Some(most) => format!("{} to {most}", self.least),
            None => format!("at least {}", self.least),
        };
        Err(error(format!("{}: expected {expected} argument(s), got {count}", self.name), &[]))
    }

    #[inline]
    pub(crate) fn apply<'gc>(&self, ctx: Ctx<'gc>, arguments: &[Value<'gc>]) -> Res<'gc, Value<'gc>> {
        match self.run {
            Run::Native(native) if self.takes(arguments.len()) => native(ctx, arguments),
            _ => {
                self.check(arguments.len())?;
                Err(error(format!("{} cannot be called from here", self.name), &[]))
            }
        }
    }
}

static ALL: &[&[Primitive]] = &[
    predicates::PRIMITIVES,
    numbers::PRIMITIVES,
    math::PRIMITIVES,
    lists::PRIMITIVES,
    lists::CXR,
    characters::PRIMITIVES,
    characters::COMPARE,
    strings::PRIMITIVES,
    strings::COMPARE,
    vectors::PRIMITIVES,
    bytevectors::PRIMITIVES,
    control::PRIMITIVES,
    errors::PRIMITIVES,
    records::PRIMITIVES,
    hash::PRIMITIVES,
    ports::PRIMITIVES,
    input::PRIMITIVES,
    output::PRIMITIVES,
    system::PRIMITIVES,
    weak::PRIMITIVES,
];

/// Defines all primitives in the core environment.
pub(crate) fn define_all<'gc>(ctx: Ctx<'gc>) -> Res<'gc, ()> {
    for primitive in ALL.iter().copied().flatten() {
        ctx.define_primitive(primitive)?;
    }
    ports::define_standard(ctx)
}
