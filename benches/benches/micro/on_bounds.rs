//! The least that a step can cost, without a collector: what the others are measured against.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hint::black_box;

use criterion::Bencher;

use crate::{MARKED, OBJECTS};

struct Node<'a> {
    next: Cell<Option<&'a Node<'a>>>,
    value: u64,
}

fn nodes<'a>(len: usize) -> Vec<Node<'a>> {
    (0..len as u64).map(|value| Node { next: Cell::new(None), value }).collect()
}

/// Each points to the one before it.
fn link<'a>(nodes: &'a [Node<'a>]) {
    nodes.windows(2).for_each(|pair| pair[1].next.set(Some(&pair[0])));
}

fn sum_along(nodes: &[Node<'_>]) -> u64 {
    std::iter::successors(nodes.last(), |node| node.next.get()).map(|node| node.value).sum()
}

pub(crate) fn allocate(b: &mut Bencher<'_>) {
    let mut region = vec![[0u64; 4]; OBJECTS];
    b.iter(|| {
        let mut rest = black_box(region.as_mut_slice());
        let mut number = 0;
        while let Some((object, after)) = rest.split_first_mut() {
            *object = [number, 1, 2, 3];
            number += 1;
            black_box(&*object);
            rest = after;
        }
    });
}

pub(crate) fn read(b: &mut Bencher<'_>) {
    let nodes = nodes(OBJECTS);
    link(&nodes);
    b.iter(|| sum_along(black_box(&nodes)));
}

pub(crate) fn write(b: &mut Bencher<'_>) {
    let nodes = nodes(OBJECTS);
    let pointers: Vec<&Node<'_>> = nodes.iter().collect();
    b.iter(|| {
        for pair in black_box(pointers.as_slice()).windows(2) {
            pair[1].next.set(Some(pair[0]));
        }
    });
}

pub(crate) fn mark(b: &mut Bencher<'_>) {
    let nodes = nodes(MARKED);
    link(&nodes);
    b.iter(|| sum_along(black_box(&nodes)));
}

pub(crate) fn cell(b: &mut Bencher<'_>) {
    let cells = vec![Cell::new(0u64); OBJECTS];
    b.iter(|| black_box(&cells).iter().for_each(|cell| cell.set(cell.get() + 1)));
}

pub(crate) fn ref_cell(b: &mut Bencher<'_>) {
    let cells = vec![RefCell::new(0u64); OBJECTS];
    b.iter(|| black_box(&cells).iter().for_each(|cell| *cell.borrow_mut() += 1));
}

pub(crate) fn vec_push(b: &mut Bencher<'_>) {
    let object = 1u64;
    b.iter(|| {
        let mut vector = Vec::new();
        (0..OBJECTS).for_each(|_| vector.push(Some(black_box(&object))));
        black_box(vector.len())
    });
}

/// Places all over a collection of [`MARKED`] elements.
pub(crate) fn places() -> Vec<usize> {
    (0..OBJECTS).map(|i| i * 69_069 % MARKED).collect()
}

pub(crate) fn vec_get(b: &mut Bencher<'_>) {
    let (vector, places) = ((0..MARKED as u64).collect::<Vec<_>>(), places());
    b.iter(|| places.iter().filter_map(|&place| black_box(&vector).get(place)).sum::<u64>());
}

pub(crate) fn vec_set(b: &mut Bencher<'_>) {
    let (mut vector, places) = ((0..MARKED as u64).collect::<Vec<_>>(), places());
    b.iter(|| {
        let vector = black_box(&mut vector);
        places.iter().for_each(|&place| vector[place] = place as u64);
    });
}

pub(crate) fn vec_iter(b: &mut Bencher<'_>) {
    let vector: Vec<u64> = (0..MARKED as u64).collect();
    b.iter(|| black_box(&vector).iter().sum::<u64>());
}

pub(crate) fn map_insert(b: &mut Bencher<'_>) {
    b.iter(|| {
        let mut map = HashMap::new();
        (0..OBJECTS as u64).for_each(|key| {
            map.insert(key, key);
        });
        black_box(map.len())
    });
}

pub(crate) fn map_get(b: &mut Bencher<'_>) {
    let map: HashMap<u64, u64> = (0..MARKED as u64).map(|key| (key, key)).collect();
    let places = places();
    b.iter(|| places.iter().filter_map(|&place| black_box(&map).get(&(place as u64))).sum::<u64>());
}
