//! What is to be measured: every program with every column that was asked for.
#![forbid(unsafe_code)]

use crate::allocator::Allocator;
use crate::programs::{self, Contender, Program};

/// A collector on an allocator, as a column of one program.
#[derive(Clone, Copy)]
pub(crate) struct Column {
    pub(crate) contender: &'static Contender,
    pub(crate) allocator: Allocator,
}

impl Column {
    /// What the table calls it: `gc-arena`, `gc-arena/mimalloc`.
    pub(crate) fn label(&self) -> String {
        match self.allocator {
            Allocator::System => self.contender.collector.to_owned(),
            Allocator::Mimalloc => format!("{}/mimalloc", self.contender.collector),
        }
    }
}

/// Programs, each with its columns.
pub(crate) struct Plan {
    pub(crate) programs: Vec<(&'static Program, Vec<Column>)>,
}

impl Plan {
    /// Everything whose program contains one of `programs` and whose label contains one of
    /// `collectors`; an empty list asks for all.
    pub(crate) fn new(programs: &[String], collectors: &[String]) -> Self {
        let wanted =
            |name: &str, parts: &[String]| parts.is_empty() || parts.iter().any(|part| name.contains(part.as_str()));
        let columns = |program: &'static Program| {
            let all = program.contenders.iter().flat_map(|contender| {
                contender.allocators().iter().map(move |&allocator| Column { contender, allocator })
            });
            all.filter(|column| wanted(&column.label(), collectors)).collect::<Vec<_>>()
        };
        let programs = programs::ALL.iter().filter(|program| wanted(program.name, programs));
        let with_columns = programs.map(|&program| (program, columns(program)));
        Self { programs: with_columns.filter(|(_, columns)| !columns.is_empty()).collect() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.programs.is_empty()
    }

    /// The number of processes that one round takes.
    pub(crate) fn len(&self) -> usize {
        self.programs.iter().map(|(_, columns)| columns.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_wish_asks_for_everything() {
        let plan = Plan::new(&[], &[]);
        assert_eq!(plan.programs.len(), programs::ALL.len());
    }

    #[test]
    fn what_calls_malloc_has_a_column_on_each() {
        let plan = Plan::new(&["binary-trees-16".into()], &["gc-arena".into(), "bump".into()]);
        let labels: Vec<_> = plan.programs[0].1.iter().map(Column::label).collect();
        assert_eq!(labels, ["gc-arena", "gc-arena/mimalloc", "bumpalo"]);
        assert_eq!(plan.len(), 3);
    }

    #[test]
    fn a_wish_that_nothing_fits_leaves_an_empty_plan() {
        assert!(Plan::new(&["no such program".into()], &[]).is_empty());
    }
}
