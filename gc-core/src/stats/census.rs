//! Live objects, counted by type.

#![forbid(unsafe_code)]

use std::fmt;

use super::units::Bytes;

/// How many objects of a type there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeCount {
    /// The type's name, as the compiler gives it.
    pub name: &'static str,
    /// Objects of this type.
    pub count: u64,
    /// Their bytes in the heap, headers included.
    pub bytes: u64,
}

/// The live objects of a heap by type, largest share of memory first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    types: Vec<TypeCount>,
}

impl Census {
    /// Sorts counts into a census. Entries of the same name stay apart: two types can share one.
    pub fn new(types: impl IntoIterator<Item = TypeCount>) -> Self {
        let mut types: Vec<TypeCount> = types.into_iter().collect();
        types.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(b.name)));
        Census { types }
    }

    /// The types, the one with the most bytes first; by name where bytes are equal.
    #[must_use]
    pub fn types(&self) -> &[TypeCount] {
        &self.types
    }

    /// The entry of a type, by its full name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&TypeCount> {
        self.types.iter().find(|entry| entry.name == name)
    }

    /// Objects of all types.
    #[must_use]
    pub fn objects(&self) -> u64 {
        self.types.iter().map(|entry| entry.count).sum()
    }

    /// Bytes of all types.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.types.iter().map(|entry| entry.bytes).sum()
    }
}

impl fmt::Display for Census {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:>12} {:>12}  type", "bytes", "objects")?;
        for entry in &self.types {
            writeln!(f, "{:>12} {:>12}  {}", Bytes(entry.bytes), entry.count, entry.name)?;
        }
        write!(f, "{:>12} {:>12}  in all", Bytes(self.bytes()), self.objects())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_census_is_sorted_by_bytes_and_adds_up() {
        let entry = |name, count, bytes| TypeCount { name, count, bytes };
        let census = Census::new([entry("b", 1, 64), entry("big", 2, 4096), entry("a", 4, 64)]);
        let names: Vec<_> = census.types().iter().map(|t| t.name).collect();
        assert_eq!(names, ["big", "a", "b"]);
        assert_eq!((census.objects(), census.bytes()), (7, 4224));
        assert_eq!(census.get("a").map(|t| t.count), Some(4));
        let text = census.to_string();
        assert_eq!(text.lines().nth(1), Some("     4.0 KiB            2  big"));
        assert_eq!(text.lines().last(), Some("     4.1 KiB            7  in all"));
    }
}
