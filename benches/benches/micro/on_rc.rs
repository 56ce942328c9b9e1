//! The steps with reference counts.

use std::cell::RefCell;
use std::hint::black_box;
use std::rc::Rc;

use criterion::Bencher;

use crate::OBJECTS;

struct Node {
    next: RefCell<Option<Rc<Node>>>,
    value: u64,
}

fn list(len: usize) -> Vec<Rc<Node>> {
    let mut nodes: Vec<Rc<Node>> = Vec::new();
    for value in 0..len as u64 {
        let next = RefCell::new(nodes.last().cloned());
        nodes.push(Rc::new(Node { next, value }));
    }
    nodes
}

/// Takes the list apart from its head, so that no drop is as deep as the list is long.
fn unlink(mut nodes: Vec<Rc<Node>>) {
    while let Some(node) = nodes.pop() {
        node.next.take();
    }
}

pub(crate) fn allocate(b: &mut Bencher<'_>) {
    b.iter(|| (0..OBJECTS as u64).for_each(|i| drop(black_box(Rc::new([i, 1, 2, 3])))));
}

pub(crate) fn read(b: &mut Bencher<'_>) {
    let nodes = list(OBJECTS);
    let head = &nodes[OBJECTS - 1];
    b.iter(|| {
        let (mut sum, mut at) = (0, head.clone());
        loop {
            sum += at.value;
            let next = match &*at.next.borrow() {
                Some(next) => next.clone(),
                None => return sum,
            };
            at = next;
        }
    });
    unlink(nodes);
}

pub(crate) fn write(b: &mut Bencher<'_>) {
    let nodes = list(OBJECTS);
    b.iter(|| {
        for pair in black_box(&nodes).windows(2) {
            *pair[1].next.borrow_mut() = Some(pair[0].clone());
        }
    });
    unlink(nodes);
}

pub(crate) fn root(b: &mut Bencher<'_>) {
    let object = Rc::new(1u64);
    b.iter(|| drop(black_box(black_box(&object).clone())));
}

pub(crate) fn upgrade(b: &mut Bencher<'_>) {
    let object = Rc::new(1u64);
    let weak = Rc::downgrade(&object);
    b.iter(|| black_box(&weak).upgrade().map(|object| *object));
}
