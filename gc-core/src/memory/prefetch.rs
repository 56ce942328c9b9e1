//! Asking the processor to fetch what will be read soon.

use core::ptr::NonNull;

/// Asks for the cache line at `address`, if this processor can be asked. The address need not be
/// readable.
#[inline(always)]
pub(crate) fn prefetch(address: NonNull<u8>) {
    prefetch_at(address.as_ptr());
}

/// The same for an address that may be null.
#[inline(always)]
pub(crate) fn prefetch_at(address: *const u8) {
    #[cfg(target_arch = "x86_64")]
    {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch of any address is harmless, and every x86-64 processor has it.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address.cast()) };
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: a prefetch of any address is harmless.
    unsafe {
        core::arch::asm!("prfm pldl1keep, [{0}]", in(reg) address, options(nostack, readonly, preserves_flags));
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let _ = address;
}

/// The same for what will be read less soon: it is to wait in the second cache, whose misses are more at a time.
#[inline(always)]
pub(crate) fn prefetch_early(address: NonNull<u8>) {
    #[cfg(target_arch = "x86_64")]
    {
        use core::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        // SAFETY: as above.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(address.as_ptr().cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    prefetch(address);
}
