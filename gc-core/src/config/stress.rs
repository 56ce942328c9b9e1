//! Ways to collect too often on purpose.

#![forbid(unsafe_code)]

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

/// What a heap does more often than it must, so that mistakes show: in the collector, in a
/// hand-written `Trace`, in a missing root.
///
/// ```
/// use gc_core::Stress;
///
/// let mut stress = Stress::none();
/// stress.young = true;
/// assert_eq!(stress, Stress::parse("young").unwrap());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Stress {
    /// A young collection at every safepoint.
    pub young: bool,
    /// An old cycle is started at every n-th safepoint at which none is under way.
    pub old_every: Option<NonZeroU32>,
    /// The collector stops at each boundary between two phases, and lets the program run.
    pub yields: bool,
    /// Freed memory is overwritten with a pattern that no live object has.
    pub poison: bool,
    /// All objects that can move do, at every safepoint at which no old cycle is under way. (Not if
    /// the configuration says that objects [never](crate::Compaction::Never) move.)
    pub moves: bool,
}

impl Stress {
    /// Nothing out of the ordinary.
    pub const fn none() -> Stress {
        Stress { young: false, old_every: None, yields: false, poison: false, moves: false }
    }

    /// Everything, and an old cycle at every other safepoint.
    pub const fn all() -> Stress {
        Stress { young: true, old_every: NonZeroU32::new(2), yields: true, poison: true, moves: true }
    }

    /// True if anything is on.
    pub fn is_on(&self) -> bool {
        *self != Stress::none()
    }

    /// Reads `all` or `1`, `none` or `0`, or a list of `young`, `old=N` (`old` alone is `old=1`),
    /// `yield`, `poison` and `move`, separated by commas.
    ///
    /// # Errors
    /// If a word is none of these; the error's text lists them.
    ///
    /// ```
    /// # use gc_core::Stress;
    /// let stress = Stress::parse("young,old=3").unwrap();
    /// assert_eq!(stress.old_every.map(|n| n.get()), Some(3));
    /// assert!(Stress::parse("often").is_err());
    /// ```
    pub fn parse(list: &str) -> Result<Stress, ParseStressError> {
        match list.trim() {
            "all" | "1" => return Ok(Stress::all()),
            "none" | "0" => return Ok(Stress::none()),
            _ => {}
        }
        let mut stress = Stress::none();
        for word in list.split(',').map(str::trim) {
            match word {
                "young" => stress.young = true,
                "old" => stress.old_every = Some(NonZeroU32::MIN),
                "yield" => stress.yields = true,
                "poison" => stress.poison = true,
                "move" => stress.moves = true,
                _ => {
                    let every = word.strip_prefix("old=").and_then(|n| n.trim().parse().ok());
                    stress.old_every = Some(every.ok_or_else(|| ParseStressError { word: word.to_owned() })?);
                }
            }
        }
        Ok(stress)
    }
}

impl FromStr for Stress {
    type Err = ParseStressError;

    fn from_str(list: &str) -> Result<Self, Self::Err> {
        Stress::parse(list)
    }
}

/// A word in a stress list that means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseStressError {
    word: String,
}

impl fmt::Display for ParseStressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not a kind of stress: accepted are `all` (or `1`), `none` (or `0`), or a comma-separated list of \
             `young`, `old=N` with N from 1, `yield`, `poison`, `move`, for example `young,old=3`",
            self.word
        )
    }
}

impl std::error::Error for ParseStressError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_turns_on_what_it_names() {
        let all_but_number = Stress { old_every: NonZeroU32::new(3), ..Stress::all() };
        assert_eq!(Stress::parse("young, old=3 ,yield,poison,move"), Ok(all_but_number));
        assert_eq!("poison".parse(), Ok(Stress { poison: true, ..Stress::none() }));
        assert_eq!(Stress::parse("old"), Ok(Stress { old_every: NonZeroU32::new(1), ..Stress::none() }));
    }

    #[test]
    fn all_and_none_stand_alone() {
        assert_eq!(Stress::parse(" 1 "), Stress::parse("all"));
        assert_eq!(Stress::parse("0"), Ok(Stress::none()));
        assert!(Stress::parse("young,all").is_err());
        assert!(Stress::all().is_on() && !Stress::none().is_on());
    }

    #[test]
    fn an_unknown_word_is_named() {
        for list in ["old=0", "old=-1", "old=", "Young", "young,,yield", ""] {
            let message = Stress::parse(list).unwrap_err().to_string();
            assert!(message.contains("is not a kind of stress: accepted are"), "{list}: {message}");
        }
    }
}
