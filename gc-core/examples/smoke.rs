//! Smoke.
use gc_core::*;
use std::time::Instant;

struct Node<'gc> {
    left: Option<Gc<'gc, Node<'gc>>>,
    right: Option<Gc<'gc, Node<'gc>>>,
}
unsafe impl<'gc> Trace<'gc> for Node<'gc> {
    fn trace(&self, t: &mut Tracer<'gc>) {
        self.left.trace(t);
        self.right.trace(t);
    }
    fn relocate(&mut self, r: &mut Relocator<'gc>) {
        self.left.relocate(r);
        self.right.relocate(r);
    }
}
unsafe impl<'x> Rebrand for Node<'x> {
    type At<'b> = Node<'b>;
}
struct L<'gc> {
    next: GcCell<Option<Gc<'gc, L<'gc>>>>,
    s: String,
}
unsafe impl<'gc> Trace<'gc> for L<'gc> {
    fn trace(&self, t: &mut Tracer<'gc>) {
        self.next.trace(t);
    }
    fn relocate(&mut self, r: &mut Relocator<'gc>) {
        self.next.relocate(r);
    }
}
unsafe impl<'x> Rebrand for L<'x> {
    type At<'b> = L<'b>;
}

fn make<'gc>(mc: &Mutation<'gc>, d: u32) -> Gc<'gc, Node<'gc>> {
    if d == 0 {
        Gc::new(mc, Node { left: None, right: None })
    } else {
        let l = make(mc, d - 1);
        let r = make(mc, d - 1);
        Gc::new(mc, Node { left: Some(l), right: Some(r) })
    }
}
fn count(n: Gc<'_, Node<'_>>) -> u32 {
    1 + n.left.map_or(0, count) + n.right.map_or(0, count)
}

fn main() {
    let depth: u32 = std::env::args().nth(1).map_or(16, |s| s.parse().unwrap());
    let t = Instant::now();
    let mut heap = Heap::<()>::new(|_| ());
    let long = heap.mutate(|mc, _| Root::new(mc, make(mc, depth)));
    let mut sum = 0u64;
    for d in (4..=depth).step_by(4) {
        let n = 1u32 << (depth - d + 4);
        for _ in 0..n {
            sum += heap.mutate(|mc, _| count(make(mc, d))) as u64;
        }
    }
    heap.mutate(|mc, _| sum += count(long.get(mc)) as u64);
    println!("{sum} {:?}", t.elapsed());
    println!("{}", heap.stats());
    let p = heap.pauses();
    println!("p50 {} p99 {} max {} n {}", p.quantile(0.5), p.quantile(0.99), p.max_ns(), p.count());
    // a list with strings, cut
    let mut heap = Heap::<L>::new(|_| L { next: GcCell::new(None), s: "root".into() });
    for i in 0..200 {
        heap.mutate(|mc, root| {
            for j in 0..10_000 {
                let l = Gc::new(mc, L { next: GcCell::new(root.next.get()), s: format!("{i} {j}") });
                root.write(mc, |r| &r.next).set(Some(l));
            }
        });
        if i % 50 == 49 {
            heap.mutate(|mc, root| {
                let mut n = 0;
                let mut c = root.next.get();
                while let Some(l) = c {
                    assert!(!l.s.is_empty());
                    n += 1;
                    c = l.next.get();
                }
                println!("{n}");
                root.write(mc, |r| &r.next).set(None);
            });
        }
    }
    println!("{}", heap.stats());
    let p = heap.pauses();
    println!("p50 {} p99 {} max {} n {}", p.quantile(0.5), p.quantile(0.99), p.max_ns(), p.count());
    heap.collect();
    println!("{}", heap.stats());
}
