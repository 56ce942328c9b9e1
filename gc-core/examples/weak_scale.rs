use gc_core::*;
use std::time::Instant;
fn main() {
    let n: u32 = std::env::args().nth(2).and_then(|a| a.parse().ok()).unwrap_or(1_000_000);
    match std::env::args().nth(1).as_deref() {
        Some("chain") => ephemerons(n, true),
        Some("web") => ephemerons(n, false),
        Some("weak") => weak(n),
        Some("guard") => guard(n),
        Some("intern") => intern(n),
        _ => {}
    }
}
fn report<R: Rebrand + 'static>(heap: &Heap<R>, what: &str) {
    let p = heap.pauses();
    println!(
        "-- {what}: {} | longest {} µs, p99 {} µs, {} pauses",
        heap.stats().to_string().lines().last().unwrap(),
        p.max_ns() / 1000,
        p.quantile(0.99) / 1000,
        p.count()
    );
    if let Some(l) = p.recent().max_by_key(|p| p.duration_ns) {
        println!("   longest recent {l:?}");
    }
    let s = heap.stats();
    println!(
        "   eph scanned {} waited {} found {}; young {} old {}; live {} ext {}",
        s.ephemerons_scanned,
        s.ephemerons_waited,
        s.guardians_found,
        s.young_collections,
        s.old_collections,
        s.live_bytes,
        s.external_bytes
    );
}
type Map = EphemeronMap<'static, u32, Gc<'static, u32>>;
fn ephemerons(n: u32, chain: bool) {
    let t = Instant::now();
    let mut heap = Heap::<Map>::new(|mc| EphemeronMap::new(mc));
    let mut x = 88172645463325252u64;
    let mut rnd = move || {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        x as usize
    };
    // Build in mutations of 10,000.
    let mut keys: Vec<Root<u32>> = Vec::new();
    let first = heap.mutate(|mc, _| Gc::new(mc, 0u32).root(mc));
    if chain {
        let mut last = first.clone();
        for c in 0..n / 10_000 {
            last = heap.mutate(|mc, map| {
                let mut key = last.get(mc);
                for i in 0..10_000 {
                    let next = Gc::new(mc, c * 10_000 + i);
                    map.insert(mc, key, next);
                    key = next;
                }
                key.root(mc)
            });
        }
    } else {
        for c in 0..n / 10_000 {
            heap.mutate(|mc, _| {
                for i in 0..10_000 {
                    keys.push(Gc::new(mc, c * 10_000 + i).root(mc));
                }
            });
        }
        for _ in 0..n / 10_000 {
            heap.mutate(|mc, map| {
                for _ in 0..10_000 {
                    let (a, b) = (rnd() % keys.len(), rnd() % keys.len());
                    map.insert(mc, keys[a].get(mc), keys[b].get(mc));
                }
            });
        }
        keys.truncate(3);
    }
    println!("build {:?}", t.elapsed());
    report(&heap, "built");
    for _ in 0..3 {
        let t = Instant::now();
        heap.collect();
        println!("collect {:?}", t.elapsed());
    }
    heap.mutate(|mc, map| {
        let t = Instant::now();
        let c = map.iter(mc).count();
        println!("{c} of {} alive, iter {:?}", map.len(), t.elapsed())
    });
    let t = Instant::now();
    let mut steps = 0;
    let mut longest = 0u128;
    // A cycle in slices.
    loop {
        let t = Instant::now();
        heap.mutate(|mc, _| {
            for i in 0..20_000u64 {
                Gc::new(mc, [i; 4]);
            }
        });
        longest = longest.max(t.elapsed().as_micros());
        steps += 1;
        if steps > 3000 {
            break;
        }
    }
    println!("sliced: {:?} for {steps} mutations, longest {longest} µs", t.elapsed());
    report(&heap, "end");
    drop(first);
    let t = Instant::now();
    heap.collect();
    println!("collect dead {:?}", t.elapsed());
    heap.mutate(|mc, map| {
        let t = Instant::now();
        let c = map.purge(mc);
        println!("purge {c} in {:?}", t.elapsed())
    });
    heap.collect();
    report(&heap, "after");
}
fn weak(n: u32) {
    let mut heap = Heap::<GcVec<'static, Weak<'static, u32>>>::new(|mc| GcVec::new(mc));
    let mut keep = Vec::new();
    for c in 0..n / 10_000 {
        heap.mutate(|mc, v| {
            for i in 0..10_000 {
                let g = Gc::new(mc, c * 10_000 + i);
                v.push(mc, g.downgrade());
                if i % 2 == 0 {
                    keep.push(g.root(mc));
                }
            }
        });
    }
    report(&heap, "built");
    let mut longest = 0;
    for round in 0..2 {
        for _ in 0..1500 {
            let t = Instant::now();
            heap.mutate(|mc, _| {
                for i in 0..20_000u64 {
                    Gc::new(mc, [i; 4]);
                }
            });
            longest = longest.max(t.elapsed().as_micros());
        }
        println!("round {round}: longest mutation {longest} µs, live {}", heap.stats().live_bytes);
        if round == 0 {
            keep.clear();
        }
    }
    report(&heap, "end");
    heap.collect();
    let with = heap.stats();
    println!("live {} blocks {}", with.live_bytes, with.block_bytes);
    heap.mutate(|mc, v| v.clear(mc));
    heap.collect();
    let with = heap.stats();
    println!("cleared: live {} blocks {}", with.live_bytes, with.block_bytes);
}
fn guard(n: u32) {
    let mut heap = Heap::<Guardian<'static, u32>>::new(|mc| Guardian::new(mc));
    let mut keep = Vec::new();
    for c in 0..n / 10_000 {
        heap.mutate(|mc, guardian| {
            for i in 0..10_000 {
                let g = Gc::new(mc, c * 10_000 + i);
                guardian.register(mc, g);
                keep.push(g.root(mc));
            }
        });
    }
    report(&heap, "built");
    keep.clear();
    let mut longest = 0;
    for _ in 0..3000 {
        let t = Instant::now();
        heap.mutate(|mc, _| {
            for i in 0..20_000u64 {
                Gc::new(mc, [i; 4]);
            }
        });
        longest = longest.max(t.elapsed().as_micros());
    }
    println!("longest mutation {longest} µs");
    report(&heap, "end");
    heap.mutate(|mc, guardian| {
        let t = Instant::now();
        let c = guardian.poll_all(mc).count();
        println!("polled {c} in {:?}", t.elapsed())
    });
}
fn intern(n: u32) {
    let mut heap = Heap::<Interner<'static, str>>::new(|mc| Interner::new(mc));
    let t = Instant::now();
    let mut longest = 0;
    for c in 0..n / 10_000 {
        let t = Instant::now();
        heap.mutate(|mc, names| {
            for i in 0..10_000 {
                names.intern(mc, &format!("name {}", c * 10_000 + i));
            }
        });
        longest = longest.max(t.elapsed().as_micros());
    }
    println!("interned in {:?}, longest {longest} µs, len {}", t.elapsed(), heap.mutate(|_, names| names.len()));
    report(&heap, "end");
}
