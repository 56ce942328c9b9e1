//! What goes wrong when memory runs out, and what to do about it.
//!
//! An allocation that fails gives its value back. Nothing here calls code of that value's type: a
//! value may hold pointers into the heap, and its `Debug` could do anything with them.

#![forbid(unsafe_code)]

use std::fmt;

/// Why there is no memory for an object. All sizes are in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutOfMemory {
    /// The heap would have grown beyond [`Config::heap_limit`](crate::Config::heap_limit).
    HeapLimit {
        /// What the object needs.
        requested: usize,
        /// The limit.
        limit: usize,
        /// What counts against the limit now: blocks in use, large objects, external bytes. It exceeds the
        /// limit if objects have grown outside the heap, which is noticed later.
        in_use: usize,
    },
    /// The operating system gave no more memory.
    SystemRefused {
        /// What the object needs.
        requested: usize,
        /// What the heap had from the system at that time.
        reserved: usize,
    },
    /// The size of a slice or string does not fit the address space.
    SizeOverflow {
        /// How many elements were asked for.
        elements: usize,
        /// The size of one element.
        element_bytes: usize,
    },
}

impl OutOfMemory {
    /// An error if no address space holds so many elements.
    pub(crate) fn check_size(elements: usize, element_bytes: usize) -> Result<(), OutOfMemory> {
        match elements.checked_mul(element_bytes) {
            Some(bytes) if bytes <= isize::MAX as usize => Ok(()),
            _ => Err(OutOfMemory::SizeOverflow { elements, element_bytes }),
        }
    }
}

impl fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            OutOfMemory::HeapLimit { requested, limit, in_use } => write!(
                f,
                "{requested} bytes do not fit below the heap limit of {limit} bytes, with {in_use} bytes in use: \
                 return from `mutate` so that the heap can collect, drop what is not needed, or raise \
                 `Config::heap_limit`"
            ),
            OutOfMemory::SystemRefused { requested, reserved } => write!(
                f,
                "the system refused memory for {requested} bytes, with {reserved} bytes in the heap: return from \
                 `mutate` so that the heap can collect, or set `Config::heap_limit` below what the system grants"
            ),
            OutOfMemory::SizeOverflow { elements, element_bytes } => write!(
                f,
                "{elements} elements of {element_bytes} bytes are more than the address space holds: check the length \
                 before allocating"
            ),
        }
    }
}

impl std::error::Error for OutOfMemory {}

/// An allocation that failed, and the value that it was for.
///
/// ```
/// use gc_core::AllocError;
///
/// fn keep_for_later<T>(error: AllocError<T>) -> T {
///     eprintln!("{error}");
///     error.into_inner()
/// }
/// ```
pub struct AllocError<T> {
    value: T,
    reason: OutOfMemory,
}

impl<T> AllocError<T> {
    pub(crate) fn new(value: T, reason: OutOfMemory) -> Self {
        AllocError { value, reason }
    }

    /// Gives the value back.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// Why the allocation failed.
    pub fn reason(&self) -> OutOfMemory {
        self.reason
    }

    /// Gives back both.
    pub fn into_parts(self) -> (T, OutOfMemory) {
        (self.value, self.reason)
    }
}

impl<T> fmt::Display for AllocError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.reason, f)
    }
}

/// Shows the reason, never the value.
impl<T> fmt::Debug for AllocError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AllocError").field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl<T> std::error::Error for AllocError<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: OutOfMemory = OutOfMemory::HeapLimit { requested: 40, limit: 1000, in_use: 990 };

    struct Silent;

    impl fmt::Debug for Silent {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("user code ran")
        }
    }

    #[test]
    fn a_failed_allocation_gives_its_value_back() {
        assert_eq!(AllocError::new(String::from("kept"), FULL).into_inner(), "kept");
        assert_eq!(AllocError::new(7, FULL).into_parts(), (7, FULL));
    }

    #[test]
    fn showing_the_error_runs_no_code_of_the_value() {
        let error = AllocError::new(Silent, FULL);
        assert_eq!(
            format!("{error:?}"),
            "AllocError { reason: HeapLimit { requested: 40, limit: 1000, in_use: 990 }, .. }"
        );
        assert_eq!(error.to_string(), FULL.to_string());
    }

    #[test]
    fn any_value_makes_an_error_even_a_borrowed_one() {
        fn message(error: &dyn std::error::Error) -> String {
            error.to_string()
        }
        let local = std::cell::Cell::new(1);
        assert!(message(&AllocError::new(&local, FULL)).contains("limit of 1000 bytes"));
    }

    #[test]
    fn every_reason_says_what_to_do() {
        let refused = OutOfMemory::SystemRefused { requested: 5, reserved: 9 };
        let overflow = OutOfMemory::SizeOverflow { elements: usize::MAX, element_bytes: 8 };
        assert!(FULL.to_string().contains("raise `Config::heap_limit`"));
        assert!(refused.to_string().contains("return from `mutate`"));
        assert!(overflow.to_string().contains("check the length"));
    }
}
