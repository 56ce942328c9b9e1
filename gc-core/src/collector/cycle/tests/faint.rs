//! What random programs do with tables of weak keys and with guardians, and what must come of it.

use std::collections::HashMap;

use super::super::drive::{Faint, Node};
use super::random::{Random, Stack};
use crate::{Gc, Mutation};

/// What is in the tables, as far as the keys are alive.
#[derive(Default)]
pub(super) struct Expected {
    /// How many there have been.
    tables: u32,
    /// By the numbers of table and key: the value's number.
    entries: HashMap<(u32, u32), u32>,
    members: HashMap<(u32, u32), ()>,
    /// By the numbers of guardian and object: how often it is registered.
    registered: HashMap<(u32, u32), u32>,
}

impl Expected {
    pub(super) fn operate<'gc>(&mut self, mc: &Mutation<'gc>, stack: &mut Stack<'gc>, random: &mut Random) {
        let from = stack[random.below(stack.len())];
        let (key, value) = (stack[random.below(stack.len())], stack[random.below(stack.len())]);
        let Some(faint) = from.faint.get() else {
            if let Ok(faint) = Faint::try_new(mc, self.tables) {
                self.tables += 1;
                from.write(mc, |n| &n.faint).set(Some(faint));
            }
            return;
        };
        match random.below(20) {
            0..4 => self.insert(mc, faint, key, value),
            4 => {
                // Many entries, of which few have keys that live on.
                let mut next = Some(key);
                for _ in 0..random.below(200) {
                    let Some(node) = next else { break };
                    self.insert(mc, faint, node, value);
                    next = node.next.get();
                }
            }
            5..8 => {
                let found = faint.map.get(mc, key);
                assert_eq!(found.map(|node| node.id), self.entries.get(&(faint.id, key.id)).copied());
                stack.extend(found);
            }
            8 => {
                let found = faint.map.remove(mc, key);
                assert_eq!(found.map(|node| node.id), self.entries.remove(&(faint.id, key.id)));
                stack.extend(found);
            }
            9 => {
                for (key, value) in faint.map.iter(mc) {
                    assert_eq!(self.entries.get(&(faint.id, key.id)), Some(&value.id));
                    if random.one_in(30) {
                        stack.push(key);
                    }
                }
            }
            10 => self.thin_out(mc, faint, random),
            11 => {
                let new = faint.set.try_insert(mc, key);
                if let Ok(new) = new {
                    assert_eq!(new, self.members.insert((faint.id, key.id), ()).is_none());
                }
            }
            12 => {
                assert_eq!(faint.set.contains(key), self.members.contains_key(&(faint.id, key.id)));
                stack.extend(faint.set.iter(mc).nth(random.below(3)));
            }
            13 => assert_eq!(faint.set.remove(mc, key), self.members.remove(&(faint.id, key.id)).is_some()),
            14..16 => {
                if faint.guardian.try_register(mc, key).is_ok() {
                    *self.registered.entry((faint.id, key.id)).or_default() += 1;
                }
            }
            16 => {
                for node in faint.guardian.poll_all(mc).take(1 + random.below(3)) {
                    let left = self.registered.get_mut(&(faint.id, node.id)).expect("it was registered");
                    *left = left.checked_sub(1).expect("it was registered as often");
                    stack.push(node);
                }
            }
            17 => {
                let name = faint.name.get();
                let content = [random.below(40) as u8; 3];
                let found = faint.names.get(mc, &content);
                if let Some(name) = name.filter(|name| **name == content) {
                    assert!(found.is_some_and(|found| found.ptr_eq(name)), "a name that is alive has been lost");
                }
                let Ok(new) = faint.names.try_intern_slice(mc, &content) else { return };
                assert!(*new == content && found.is_none_or(|found| found.ptr_eq(new)));
                faint.write(mc, |f| &f.name).set(Some(new));
            }
            18 => key.write(mc, |n| &n.faint).set(Some(faint)),
            _ => key.write(mc, |n| &n.faint).set(None),
        }
    }

    fn insert<'gc>(
        &mut self,
        mc: &Mutation<'gc>,
        faint: Gc<'gc, Faint<'gc>>,
        key: Gc<'gc, Node<'gc>>,
        value: Gc<'gc, Node<'gc>>,
    ) {
        let Ok(old) = faint.map.try_insert(mc, key, value) else { return };
        assert_eq!(old.map(|node| node.id), self.entries.insert((faint.id, key.id), value.id));
    }

    fn thin_out<'gc>(&mut self, mc: &Mutation<'gc>, faint: Gc<'gc, Faint<'gc>>, random: &mut Random) {
        match random.below(3) {
            0 => faint.map.retain(mc, |key, value| {
                assert_eq!(self.entries.get(&(faint.id, key.id)), Some(&value.id));
                let keep = !random.one_in(3);
                if !keep {
                    self.entries.remove(&(faint.id, key.id));
                }
                keep
            }),
            1 => {
                faint.map.purge(mc);
                faint.set.purge(mc);
                faint.names.purge(mc);
            }
            _ => {
                faint.map.clear(mc);
                self.entries.retain(|&(table, _), _| table != faint.id);
            }
        }
        faint.map.table().check();
    }
}
