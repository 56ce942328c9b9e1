//! A binary search tree with weak pointers to parents: what `Rc` programs do, without the cycles'
//! leaks.
//!
//! ```sh
//! cargo run -p gc-core --example tree
//! ```

use gc_core::{Gc, GcCell, Heap, Mutation, Trace, Weak};

#[derive(Trace)]
struct Node<'gc> {
    key: u32,
    left: GcCell<Option<Gc<'gc, Node<'gc>>>>,
    right: GcCell<Option<Gc<'gc, Node<'gc>>>>,
    parent: GcCell<Weak<'gc, Node<'gc>>>,
}

/// The heap's root: the tree's, if there is one.
#[derive(Default, Trace)]
struct Tree<'gc> {
    root: GcCell<Option<Gc<'gc, Node<'gc>>>>,
}

fn insert<'gc>(mc: &Mutation<'gc>, tree: Gc<'gc, Tree<'gc>>, key: u32) {
    let node = |parent| {
        Gc::new(mc, Node { key, left: GcCell::new(None), right: GcCell::new(None), parent: GcCell::new(parent) })
    };
    let Some(mut at) = tree.root.get() else {
        tree.write(mc, |t| &t.root).set(Some(node(Weak::new())));
        return;
    };
    loop {
        let next = if key < at.key { at.left.get() } else { at.right.get() };
        match next {
            Some(child) => at = child,
            None => {
                let child = node(at.downgrade());
                // The barrier runs on the object that is written.
                at.write(mc, |n| if key < n.key { &n.left } else { &n.right }).set(Some(child));
                return;
            }
        }
    }
}

fn leftmost<'gc>(tree: Gc<'gc, Tree<'gc>>) -> Option<Gc<'gc, Node<'gc>>> {
    let mut at = tree.root.get()?;
    while let Some(left) = at.left.get() {
        at = left;
    }
    Some(at)
}

fn main() {
    let mut heap = Heap::<Tree>::default();
    let mut key: u64 = 1;
    for _ in 0..100 {
        heap.mutate(|mc, tree| {
            for _ in 0..1000 {
                // A pseudo-random walk over 17 bits.
                key = key * 69_069 % 131_071;
                insert(mc, tree, key as u32);
            }
        });
    }
    let depth = heap.mutate(|mc, tree| {
        // Up from the smallest key, over weak pointers.
        let mut depth = 0;
        let mut at = leftmost(tree);
        while let Some(node) = at {
            depth += 1;
            at = node.parent.get().upgrade(mc);
        }
        depth
    });
    println!("the smallest of 100,000 keys is {depth} deep");

    heap.mutate(|mc, tree| tree.write(mc, |t| &t.root).set(None));
    heap.collect();
    println!("after the tree is gone:\n{}", heap.stats());
    assert!(heap.stats().live_bytes < 1000);
}
