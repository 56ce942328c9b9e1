//! Tables with weak keys, and guardians.

use gc_core::{Gc, Mutation};

use crate::objects::{Key, Kind, Strong, Tables};
use crate::program::What;
use crate::reference::Registration;
use crate::side::{Held, Registers, Side};

fn key_of<'gc>(held: Option<Held<'gc>>) -> Option<(u64, Gc<'gc, Key<'gc>>)> {
    let Some(Held { id, it: Strong::Two(key) }) = held else { return None };
    Some((id, key))
}

/// One step with what `owner` has. The object that it gives, if it does.
pub fn step<'gc>(
    mc: &Mutation<'gc>,
    side: &mut Side,
    owner: Held<'gc>,
    what: What,
    [first, second]: [Option<Held<'gc>>; 2],
    dice: u32,
    regs: &Registers<'gc>,
) -> Option<Held<'gc>> {
    let Strong::Tables(tables) = owner.it else { unreachable!("a {:?}", owner.it.kind()) };
    let limited = side.limited;
    match what {
        What::Associate => {
            let (key_id, key) = key_of(first)?;
            match second {
                Some(value) if !dice.is_multiple_of(4) => {
                    let Ok(old) = tables.map.try_insert(mc, key, value.it) else {
                        assert!(limited, "a heap without a limit has no room");
                        return None;
                    };
                    side.reference.stored(Some(value.id));
                    let expected = side.reference.object_mut(owner.id).faint.entries.insert(key_id, value.id);
                    same(old, expected)
                }
                _ => {
                    let Ok(new) = tables.set.try_insert(mc, key) else {
                        assert!(limited, "a heap without a limit has no room");
                        return None;
                    };
                    assert_eq!(new, side.reference.object_mut(owner.id).faint.members.insert(key_id));
                    None
                }
            }
        }
        What::LookUp => match key_of(first) {
            Some((key_id, key)) => {
                let faint = &side.reference.object(owner.id).faint;
                assert_eq!(tables.set.contains(key), faint.members.contains(&key_id));
                same(tables.map.get(mc, key), faint.entries.get(&key_id).copied())
            }
            None => {
                // Some object of the set, which may be all that is left of it.
                let key = tables.set.iter(mc).nth(dice as usize % 3)?;
                let reference = &side.reference;
                assert!(reference.object(owner.id).faint.members.contains(&key.id), "{} is no member", key.id);
                assert!(!reference.object(key.id).dead, "a set gives {}, which is dead", key.id);
                Some(Held { id: key.id, it: Strong::Two(key) })
            }
        },
        What::Dissociate => {
            let (key_id, key) = key_of(first)?;
            let faint = &mut side.reference.object_mut(owner.id).faint;
            assert_eq!(tables.set.remove(mc, key), faint.members.remove(&key_id));
            same(tables.map.remove(mc, key), faint.entries.remove(&key_id))
        }
        What::Guard => {
            let (id, key) = key_of(first)?;
            if tables.guardian.try_register(mc, key).is_ok() {
                side.reference.stored(Some(id));
                let registration = Registration { id, may_come: false, must_come: false };
                side.reference.object_mut(owner.id).faint.registered.push(registration);
            } else {
                assert!(limited, "a heap without a limit has no room");
            }
            None
        }
        What::Poll => {
            let mut last = None;
            for key in tables.guardian.poll_all(mc).take(1 + dice as usize % 5) {
                let registered = &mut side.reference.object_mut(owner.id).faint.registered;
                let known = registered.iter().position(|registration| registration.id == key.id);
                let known = registered.swap_remove(known.expect("a guardian gives what was not registered"));
                assert!(known.may_come, "a guardian gives {}, which was held by something else all the time", key.id);
                last = Some(Held { id: key.id, it: Strong::Two(key) });
            }
            let waits = side.reference.object(owner.id).faint.registered.iter().find(|r| r.must_come);
            if let Some(Registration { id, .. }) = waits {
                assert!(tables.guardian.is_ready(), "a guardian does not give {id} after a full collection");
            }
            last
        }
        What::Intern => {
            let content = ["", "a", "lambda", "define", "a longer name of no use"][dice as usize % 5];
            let known = tables.names.get(mc, content);
            let Ok(name) = tables.names.try_intern(mc, content) else {
                assert!(limited, "a heap without a limit has no room");
                return None;
            };
            assert_eq!(&*name, content);
            assert!(known.is_none_or(|known| known.ptr_eq(name)));
            assert!(tables.names.iter(mc).any(|other| other.ptr_eq(name)));
            None
        }
        What::Purge => {
            let held = regs.iter().flatten().map(|held| held.id);
            let reach = side.reference.reach(held);
            let faint = &mut side.reference.object_mut(owner.id).faint;
            match dice % 5 {
                0 => {
                    tables.map.clear(mc);
                    faint.entries.clear();
                }
                1 => tables.map.retain(mc, |key, _| {
                    assert!(faint.entries.contains_key(&key.id), "{} is no key", key.id);
                    let keep = (key.id + u64::from(dice)) % 3 > 0;
                    if !keep {
                        faint.entries.remove(&key.id);
                    }
                    keep
                }),
                _ => {
                    tables.map.purge(mc);
                    tables.set.purge(mc);
                    tables.names.purge(mc);
                    let alive = faint.entries.keys().filter(|&&key| reach.has(key)).count();
                    assert!(tables.map.len() >= alive, "a table has lost entries");
                }
            }
            None
        }
        _ => unreachable!("not a step with tables"),
    }
}

/// The object that a table gave, which must be the one with this number.
fn same(it: Option<Strong<'_>>, id: Option<u64>) -> Option<Held<'_>> {
    match (it, id) {
        (Some(it), Some(id)) => {
            it.assert_whole(id);
            Some(Held { id, it })
        }
        (None, None) => None,
        (it, id) => panic!("a table has {:?} where {id:?} should be", it.map(Strong::kind)),
    }
}

/// All entries that a table shows: they must be ones that it has.
pub fn contents<'gc>(mc: &Mutation<'gc>, side: &Side, id: u64, tables: Gc<'gc, Tables<'gc>>) -> Vec<Held<'gc>> {
    let faint = &side.reference.object(id).faint;
    let mut shown = Vec::new();
    for (key, value) in tables.map.iter(mc) {
        let expected = faint.entries.get(&key.id);
        let Some(&expected) = expected else { panic!("a table shows {}, which is no key", key.id) };
        assert!(!side.reference.object(key.id).dead, "a table shows {}, which is dead", key.id);
        shown.push(Held { id: key.id, it: Strong::Two(key) });
        shown.push(Held { id: expected, it: value });
    }
    for key in tables.set.iter(mc) {
        assert!(faint.members.contains(&key.id), "a set shows {}, which is no member", key.id);
        shown.push(Held { id: key.id, it: Strong::Two(key) });
    }
    shown
}

/// What is alive is found in every table that has it.
pub fn check_lookups<'gc>(
    mc: &Mutation<'gc>,
    side: &Side,
    all: &[(u64, Gc<'gc, Tables<'gc>>)],
    keys: &[(u64, Gc<'gc, Key<'gc>>)],
) {
    for &(id, tables) in all {
        let faint = &side.reference.object(id).faint;
        for &(key_id, key) in keys {
            same(tables.map.get(mc, key), faint.entries.get(&key_id).copied());
            assert_eq!(tables.set.contains(key), faint.members.contains(&key_id), "{key_id} in a set of {id}");
        }
        assert!(side.reference.kind(id) == Kind::Tables && tables.guardian.len() == faint.registered.len());
    }
}
