//! What a compaction did, and what a heap looks like from above.

#![forbid(unsafe_code)]

use std::fmt;

use super::units::Bytes;

/// Why objects were moved.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum CompactionReason {
    /// [`Heap::compact`](crate::Heap::compact) was called.
    Requested,
    /// The share of memory in holes had exceeded what the configuration allows.
    Fragmentation {
        /// The share, from 0 to 1.
        share: f64,
    },
    /// [`Stress::moves`](crate::Stress::moves) is on.
    Stress,
}

/// What a compaction did.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Compacted {
    /// Why it was done.
    pub reason: CompactionReason,
    /// Objects moved.
    pub moved_objects: u64,
    /// Their bytes, headers included.
    pub moved_bytes: u64,
    /// Pointers updated.
    pub updated_pointers: u64,
    /// Objects that had to stay, because the program has pinned them or because a pointer to them
    /// cannot be updated.
    pub pinned_objects: u64,
    /// Blocks of 64 KiB emptied.
    pub freed_blocks: u64,
    /// Bytes given back to the system.
    pub released_bytes: u64,
}

impl Compacted {
    pub(crate) const fn nothing(reason: CompactionReason) -> Self {
        Self {
            reason,
            moved_objects: 0,
            moved_bytes: 0,
            updated_pointers: 0,
            pinned_objects: 0,
            freed_blocks: 0,
            released_bytes: 0,
        }
    }
}

impl fmt::Display for Compacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} objects moved ({}), {} pointers updated, {} objects pinned, {} blocks emptied, {} given back",
            self.moved_objects,
            Bytes(self.moved_bytes),
            self.updated_pointers,
            self.pinned_objects,
            self.freed_blocks,
            Bytes(self.released_bytes)
        )
    }
}

/// How full each block of a heap is: a picture of its fragmentation.
///
/// Printed, it is one line a chunk of 4 MiB, and one character a block of 64 KiB.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Occupancy {
    chunks: Vec<Vec<f32>>,
}

impl Occupancy {
    pub(crate) fn new(chunks: Vec<Vec<f32>>) -> Self {
        Self { chunks }
    }

    /// The chunks in the order of their making, and for each the share of each block that objects
    /// take up, from 0 (free) to 1.
    pub fn chunks(&self) -> impl Iterator<Item = &[f32]> {
        self.chunks.iter().map(Vec::as_slice)
    }

    /// The shares of all blocks.
    pub fn blocks(&self) -> impl Iterator<Item = f32> {
        self.chunks.iter().flatten().copied()
    }

    /// The share of the blocks that hold objects which lies in holes, from 0 to 1.
    #[must_use]
    pub fn fragmentation(&self) -> f64 {
        let (used, full) = self
            .blocks()
            .filter(|&share| share > 0.0)
            .fold((0.0, 0.0), |(used, full), share| (used + 1.0, full + f64::from(share)));
        if used == 0.0 { 0.0 } else { 1.0 - full / used }
    }
}

impl fmt::Display for Occupancy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in &self.chunks {
            let line: String = chunk.iter().map(|&share| shade(share)).collect();
            writeln!(f, "{line}")?;
        }
        write!(f, "{:.1} % of the blocks in use lies in holes", self.fragmentation() * 100.0)
    }
}

fn shade(share: f32) -> char {
    match share {
        0.0 => '·',
        ..0.25 => '░',
        ..0.5 => '▒',
        ..0.75 => '▓',
        _ => '█',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_a_line_for_each_chunk_and_a_shade_for_each_block() {
        let picture = Occupancy::new(vec![vec![0.0, 0.1, 1.0], vec![0.5, 0.25, 0.0]]);
        assert_eq!(picture.to_string(), "·░█\n▓▒·\n53.7 % of the blocks in use lies in holes");
    }

    #[test]
    fn an_empty_heap_has_no_holes() {
        assert_eq!(Occupancy::default().fragmentation(), 0.0);
    }
}
