//! What is to be measured: every program with every column that was asked for.
#![forbid(unsafe_code)]

use gc_report::Series;

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
        self.series().label()
    }

    /// Whether it is in a first look. To beat the slower of two allocators proves little.
    fn is_default(&self) -> bool {
        let faster = self.allocator == Allocator::Mimalloc || !self.contender.calls_malloc;
        self.contender.by_default && (faster || self.contender.collector.starts_with("gc-"))
    }

    /// A series of it, without rounds.
    pub(crate) fn series(&self) -> Series {
        let allocator = match self.allocator {
            Allocator::System => String::new(),
            Allocator::Mimalloc => self.allocator.name().to_owned(),
        };
        Series { collector: self.contender.collector.to_owned(), allocator, ..Series::default() }
    }
}

/// Programs, each with its columns.
pub(crate) struct Plan {
    pub(crate) programs: Vec<(&'static Program, Vec<Column>)>,
}

/// What was asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wishes {
    /// Only programs whose name contains one of these; if there is none, those that are run by default.
    pub(crate) programs: Vec<String>,
    /// Only columns whose label contains one of these; if there is none, those that are run by default: what
    /// calls malloc then stands on mimalloc, and gc-arena on both.
    pub(crate) collectors: Vec<String>,
    /// Everything, not only what is run by default.
    pub(crate) all: bool,
}

impl Plan {
    /// Everything that was wished for.
    pub(crate) fn new(wishes: &Wishes) -> Self {
        let wanted = |name: &str, parts: &[String], by_default: bool| match parts {
            [] => wishes.all || by_default,
            parts => parts.iter().any(|part| name.contains(part.as_str())),
        };
        let columns = |program: &'static Program| {
            let all = program.contenders.iter().flat_map(|contender| {
                contender.allocators().iter().map(move |&allocator| Column { contender, allocator })
            });
            let wanted = all.filter(|column| wanted(&column.label(), &wishes.collectors, column.is_default()));
            wanted.collect::<Vec<_>>()
        };
        let programs = programs::all().filter(|p| wanted(p.name, &wishes.programs, p.by_default));
        let with_columns = programs.map(|program| (program, columns(program)));
        Self { programs: with_columns.filter(|(_, columns)| !columns.is_empty()).collect() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.programs.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(programs: &[&str], collectors: &[&str], all: bool) -> Plan {
        let owned = |parts: &[&str]| parts.iter().map(|&part| part.to_owned()).collect();
        Plan::new(&Wishes { programs: owned(programs), collectors: owned(collectors), all })
    }

    impl Plan {
        /// The number of processes that one round takes.
        fn len(&self) -> usize {
            self.programs.iter().map(|(_, columns)| columns.len()).sum()
        }
    }

    #[test]
    fn everything_is_every_program_on_every_contender() {
        let plan = plan(&[], &[], true);
        assert_eq!(plan.programs.len(), programs::all().count());
        let contenders = |program: &Program| program.contenders.iter().map(|c| c.allocators().len()).sum::<usize>();
        assert_eq!(plan.len(), programs::all().map(contenders).sum::<usize>());
    }

    #[test]
    fn an_empty_wish_asks_for_a_selection_with_gc_core_in_it() {
        let plan = plan(&[], &[], false);
        assert!(plan.len() > 20);
        let has_ours = |(_, columns): &&(_, Vec<Column>)| columns.iter().any(|c| c.contender.collector == "gc-core");
        assert!(plan.programs.iter().filter(has_ours).count() > 10);
    }

    #[test]
    #[cfg(feature = "peers")]
    fn what_calls_malloc_has_a_column_on_each() {
        let plan = plan(&["binary-trees-16"], &["gc-arena", "bump"], false);
        let labels: Vec<_> = plan.programs[0].1.iter().map(Column::label).collect();
        assert_eq!(labels, ["gc-arena", "gc-arena/mimalloc", "bumpalo"]);
        assert_eq!(plan.len(), 3);
    }

    #[test]
    fn a_wish_that_nothing_fits_leaves_an_empty_plan() {
        assert!(plan(&["no such program"], &[], true).is_empty());
    }
}
