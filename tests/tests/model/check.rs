//! Walks the real heap and its reference together.

use std::collections::HashMap;

use gc_core::Mutation;

use crate::faint;
use crate::objects::{Ptr, Strong};
use crate::reference::Edge;
use crate::side::{Held, Side};

/// Every object that is reachable is what it should be, and where it should be; weak pointers, if
/// `upgrade`, tell the truth.
pub fn walk<'gc>(
    mc: &Mutation<'gc>,
    side: &mut Side,
    top: Held<'gc>,
    more: impl IntoIterator<Item = Held<'gc>>,
    upgrade: bool,
) {
    side.apply_drops();
    let mut stack: Vec<Held<'gc>> = more.into_iter().collect();
    stack.push(top);
    for (kept, slot) in &side.kept {
        let it = kept.try_get(mc).expect("a root of this heap");
        stack.push(Held { id: side.reference.roots[*slot].id, it });
    }
    for (pin, slot) in &side.pins {
        stack.push(Held { id: side.reference.roots[*slot].id, it: pin.get(mc) });
    }
    let held: Vec<u64> = stack.iter().map(|held| held.id).collect();
    let reach = side.reference.reach(held);
    let mut seen = HashMap::new();
    let (mut faint, mut all_tables, mut keys) = (Vec::new(), Vec::new(), Vec::new());
    let mut next = 0;
    loop {
        while let Some(Held { id, it }) = stack.pop() {
            if let Some(address) = seen.insert(id, it.address()) {
                assert_eq!(address, it.address(), "{id} is in two places");
                continue;
            }
            let object = side.reference.object(id);
            assert!(!object.dead, "{id} is reachable, and was dead");
            assert_eq!(it.kind(), object.kind, "{id} is of another kind");
            if let Some(fate) = side.reference.fates.get(&id) {
                assert_eq!(fate.left, fate.dropped.len(), "{id} is reachable, and was dropped");
            }
            it.assert_whole(id);
            if let Some(identity) = object.identity {
                assert_eq!(it.identity(mc), identity, "{id} is another one");
            }
            let slots = &object.slots;
            assert_eq!(it.len(), slots.len() + object.leaf_len, "{id} has lost slots");
            for (slot, &edge) in slots.iter().enumerate() {
                match (edge, it.get(slot)) {
                    (Edge::Null, Ptr::Null) => {}
                    (Edge::Strong(id), Ptr::Strong(it)) => stack.push(Held { id, it }),
                    (Edge::Any(target), Ptr::Any(any)) => {
                        let it = Strong::from_any(any, side.reference.kind(target));
                        let it = it.unwrap_or_else(|| panic!("slot {slot} of {id}: {target} has lost its type"));
                        stack.push(Held { id: target, it });
                    }
                    (Edge::Weak(id), Ptr::Weak(weak)) => faint.push((id, weak)),
                    _ => panic!("slot {slot} of {id} does not hold {edge:?}"),
                }
            }
            if let Strong::Tables(tables) = it {
                if upgrade {
                    stack.extend(faint::contents(mc, side, id, tables));
                }
                all_tables.push((id, tables));
            }
            if let Strong::Two(key) = it {
                keys.push((id, key));
            }
        }
        if !upgrade {
            faint::check_lookups(mc, side, &all_tables, &keys);
            break;
        }
        let Some(&(id, weak)) = faint.get(next) else {
            faint::check_lookups(mc, side, &all_tables, &keys);
            break;
        };
        next += 1;
        match weak.upgrade(mc) {
            Some(it) => {
                assert!(!side.reference.object(id).dead, "a weak pointer gives {id}, which is dead");
                stack.push(Held { id, it });
            }
            None => {
                assert!(!reach.has(id), "a weak pointer to {id} gives nothing, and it is reachable");
                assert!(!seen.contains_key(&id), "a weak pointer to {id} gives nothing, and another does");
                side.reference.object_mut(id).dead = true;
            }
        }
    }
}
