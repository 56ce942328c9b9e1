//! Bytevectors.

use gc_core::GcCell;

use super::arguments::{byte, bytes, destination, index, range};
use super::{Primitive, at_least, between, exactly};
use crate::error::{Res, error};
use crate::value::Value;

fn copied(cells: &[GcCell<u8>]) -> Vec<u8> {
    cells.iter().map(GcCell::get).collect()
}

pub(super) static PRIMITIVES: &[Primitive] = &[
    between("make-bytevector", 1, 2, |ctx, a| {
        let fill = a.get(1).map_or(Ok(0), |&fill| byte("make-bytevector", fill))?;
        let count = index("make-bytevector", a[0])?;
        let mut cells = ctx.reserve(count)?;
        cells.resize_with(count, || GcCell::new(fill));
        Ok(Value::Bytes(gc_core::Gc::try_from_vec(ctx.mc, cells)?))
    }),
    at_least("bytevector", 0, |ctx, a| {
        let all: Res<'_, Vec<u8>> = a.iter().map(|&value| byte("bytevector", value)).collect();
        ctx.bytes(&all?)
    }),
    exactly("bytevector-length", 1, |_, a| Ok(Value::Int(bytes("bytevector-length", a[0])?.len() as i64))),
    exactly("bytevector-u8-ref", 2, |_, a| {
        let (cells, at) = (bytes("bytevector-u8-ref", a[0])?, index("bytevector-u8-ref", a[1])?);
        match cells.get(at) {
            Some(cell) => Ok(Value::Int(i64::from(cell.get()))),
            None => Err(error("bytevector-u8-ref: the index is out of range:", a)),
        }
    }),
    exactly("bytevector-u8-set!", 3, |ctx, a| {
        let (cells, at) = (bytes("bytevector-u8-set!", a[0])?, index("bytevector-u8-set!", a[1])?);
        let value = byte("bytevector-u8-set!", a[2])?;
        match cells.as_ref().get(at) {
            Some(cell) => {
                cells.write_at(ctx.mc, cell).set(value);
                Ok(Value::Unspecified)
            }
            None => Err(error("bytevector-u8-set!: the index is out of range:", a)),
        }
    }),
    between("bytevector-copy", 1, 3, |ctx, a| {
        let cells = bytes("bytevector-copy", a[0])?;
        let (start, end) = range("bytevector-copy", a, 1, cells.len())?;
        ctx.bytes(&copied(&cells[start..end]))
    }),
    between("bytevector-copy!", 3, 5, |ctx, a| {
        let (to, from) = (bytes("bytevector-copy!", a[0])?, bytes("bytevector-copy!", a[2])?);
        let (start, end) = range("bytevector-copy!", a, 3, from.len())?;
        let at = destination("bytevector-copy!", a[1], to.len(), end - start)?;
        let moved = copied(&from[start..end]);
        for (cell, value) in to.write(ctx.mc, |cells| &cells[at..at + moved.len()]).each().zip(moved) {
            cell.set(value);
        }
        Ok(Value::Unspecified)
    }),
    at_least("bytevector-append", 0, |ctx, a| {
        let mut all = Vec::new();
        for &argument in a {
            all.extend(copied(&bytes("bytevector-append", argument)?));
        }
        ctx.bytes(&all)
    }),
    between("bytevector-fill!", 2, 4, |ctx, a| {
        let cells = bytes("bytevector-fill!", a[0])?;
        let fill = byte("bytevector-fill!", a[1])?;
        let (start, end) = range("bytevector-fill!", a, 2, cells.len())?;
        for cell in cells.write(ctx.mc, |cells| &cells[start..end]).each() {
            cell.set(fill);
        }
        Ok(Value::Unspecified)
    }),
];
