//! A small virtual machine on the heap: values, a heap-allocated stack, and safepoints.
//!
//! The program builds lists, drops them and counts them, for as long as it is told. It shows the
//! three things that every interpreter needs: values that are `Copy`, a machine state that survives
//! from one mutation to the next because it is itself an object, and a loop that returns to the
//! heap when the heap asks.
//!
//! ```sh
//! cargo run --release -p gc-core --example machine
//! ```

use gc_core::{Gc, GcCell, GcVec, Heap, Mutation, Trace};

/// What the machine computes with: two words, `Copy`.
#[derive(Clone, Copy, Trace)]
enum Value<'gc> {
    Nil,
    Number(i64),
    Pair(Gc<'gc, Pair<'gc>>),
}

#[derive(Trace)]
struct Pair<'gc> {
    head: GcCell<Value<'gc>>,
    tail: GcCell<Value<'gc>>,
}

#[derive(Clone, Copy)]
enum Code {
    /// Pushes a number.
    Push(i64),
    /// Pushes the empty list.
    Nil,
    /// Pops a tail and a head, and pushes a pair.
    Cons,
    /// Replaces the list on top by its length.
    Length,
    /// Pops a number, and adds it to the result.
    Add,
    /// Goes back, as long as the counter has something left.
    Loop(usize),
}

/// The machine: the heap's root.
#[derive(Trace)]
struct Machine<'gc> {
    stack: GcVec<'gc, Value<'gc>>,
    /// Where in the program we are, how often to loop, and the sum so far.
    at: GcCell<usize>,
    left: GcCell<u64>,
    sum: GcCell<i64>,
}

/// Runs until the program ends (true) or the heap wants a safepoint (false).
fn run<'gc>(mc: &Mutation<'gc>, machine: Gc<'gc, Machine<'gc>>, program: &[Code]) -> bool {
    let stack = machine.stack;
    let mut at = machine.at.get();
    while let Some(&code) = program.get(at) {
        at += 1;
        match code {
            Code::Push(number) => stack.push(mc, Value::Number(number)),
            Code::Nil => stack.push(mc, Value::Nil),
            Code::Cons => {
                let (Some(tail), Some(head)) = (stack.pop(mc), stack.pop(mc)) else { panic!("empty stack") };
                let pair = Gc::new(mc, Pair { head: GcCell::new(head), tail: GcCell::new(tail) });
                stack.push(mc, Value::Pair(pair));
            }
            Code::Length => {
                let mut length = 0;
                let mut list = stack.pop(mc);
                while let Some(Value::Pair(pair)) = list {
                    length += 1;
                    list = Some(pair.tail.get());
                }
                stack.push(mc, Value::Number(length));
            }
            Code::Add => {
                if let Some(Value::Number(number)) = stack.pop(mc) {
                    machine.write(mc, |m| &m.sum).update(|sum| sum + number);
                }
            }
            Code::Loop(start) => {
                if machine.left.get() > 0 {
                    machine.write(mc, |m| &m.left).update(|left| left - 1);
                    at = start;
                }
                // A back-edge: the place to ask.
                if mc.should_yield() {
                    machine.write(mc, |m| &m.at).set(at);
                    return false;
                }
            }
        }
    }
    machine.write(mc, |m| &m.at).set(at);
    true
}

fn main() {
    let rounds = 2_000_000;
    let mut heap = Heap::<Machine>::new(|mc| Machine {
        stack: GcVec::new(mc),
        at: GcCell::new(0),
        left: GcCell::new(rounds - 1),
        sum: GcCell::new(0),
    });
    // The list (1 2 3), its length, and again.
    let program = [
        Code::Push(1),
        Code::Push(2),
        Code::Push(3),
        Code::Nil,
        Code::Cons,
        Code::Cons,
        Code::Cons,
        Code::Length,
        Code::Add,
        Code::Loop(0),
    ];
    let mut mutations = 1;
    while !heap.mutate(|mc, machine| run(mc, machine, &program)) {
        mutations += 1;
    }
    let sum = heap.mutate(|_, machine| machine.sum.get());
    assert_eq!(sum, 3 * rounds as i64);
    println!("{rounds} lists, {sum} pairs, in {mutations} mutations");
    println!("{}", heap.stats());
    let pauses = heap.pauses();
    println!("{} pauses, median {} ns, longest {} ns", pauses.count(), pauses.quantile(0.5), pauses.max_ns());
}
