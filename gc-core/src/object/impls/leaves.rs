//! Numbers, times, addresses: types in which there is nothing to find.
//!
//! An atomic is among them: it can be written without the barrier, but what it holds is a number.

use core::alloc::Layout;
use core::any::TypeId;
use core::convert::Infallible;
use core::num::NonZero;
use core::ops::RangeFull;
use core::sync::atomic;
use core::time::Duration;
use std::collections::hash_map::RandomState;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::thread::ThreadId;
use std::time::{Instant, SystemTime};

use super::*;

leaves! {
    ();
    bool;
    char;
    u8; u16; u32; u64; u128; usize;
    i8; i16; i32; i64; i128; isize;
    f32; f64;

    NonZero<u8>; NonZero<u16>; NonZero<u32>; NonZero<u64>; NonZero<u128>; NonZero<usize>;
    NonZero<i8>; NonZero<i16>; NonZero<i32>; NonZero<i64>; NonZero<i128>; NonZero<isize>;

    Infallible;
    RangeFull;
    TypeId;
    Layout;
    ThreadId;
    RandomState;
    core::cmp::Ordering;
    core::num::FpCategory;
    core::marker::PhantomPinned;

    Duration; Instant; SystemTime;

    IpAddr; Ipv4Addr; Ipv6Addr;
    SocketAddr; SocketAddrV4; SocketAddrV6;

    atomic::Ordering;
    atomic::AtomicBool;
    atomic::AtomicUsize; atomic::AtomicIsize;
}

#[cfg(target_has_atomic = "8")]
leaves! { atomic::AtomicU8; atomic::AtomicI8; }
#[cfg(target_has_atomic = "16")]
leaves! { atomic::AtomicU16; atomic::AtomicI16; }
#[cfg(target_has_atomic = "32")]
leaves! { atomic::AtomicU32; atomic::AtomicI32; }
#[cfg(target_has_atomic = "64")]
leaves! { atomic::AtomicU64; atomic::AtomicI64; }
