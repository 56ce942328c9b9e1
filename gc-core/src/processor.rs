//! What the processor turns out to have, beyond what every one of its kind has.

/// True if it has AVX2, what else came with it, and the older instruction that counts bits: a function that works on whole blocks
/// is there twice then, the second time compiled for that.
#[inline]
pub(crate) fn is_wide() -> bool {
    #[cfg(target_arch = "x86_64")]
    return is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("lzcnt")
        && is_x86_feature_detected!("popcnt");
    #[cfg(not(target_arch = "x86_64"))]
    false
}
