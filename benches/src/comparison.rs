//! A comparison as text.
#![forbid(unsafe_code)]

use gc_report::compare::{Metric, Row};
use gc_report::{Comparison, Verdict};

use crate::table::{Table, mebibytes, or_nothing, time};

/// The rows that say something (all of them if `verbose`), what weakens them, and one line that sums up.
pub(crate) fn table(comparison: &Comparison, verbose: bool) -> String {
    let mut table = Table::new(&["program", "on", "figure", "before", "after", "change", "chance", "verdict"]);
    let mut shown = 0;
    for row in comparison.rows.iter().filter(|row| verbose || row.verdict != Verdict::Same) {
        table.row(cells(row));
        shown += 1;
    }
    let mut text = if shown > 0 { table.to_text() + "\n" } else { String::new() };
    for note in &comparison.notes {
        text += &format!("Note: {note}.\n");
    }
    let count = |verdict| comparison.with(verdict).count();
    let verdicts = [
        Verdict::Worse,
        Verdict::Fails,
        Verdict::Better,
        Verdict::Runs,
        Verdict::Unclear,
        Verdict::Same,
        Verdict::Incomparable,
        Verdict::New,
        Verdict::Gone,
    ];
    let counts = verdicts.into_iter().filter(|&v| count(v) > 0).map(|v| format!("{} {}", count(v), v.name()));
    let counts: Vec<String> = counts.collect();
    let sum = if counts.is_empty() { "nothing to compare".to_owned() } else { counts.join(", ") };
    text + &format!("Verdict: {} ({sum}).\n", comparison.verdict().name())
}

fn cells(row: &Row) -> Vec<String> {
    let show = |value: Option<f64>| {
        or_nothing(value, |value| match row.metric {
            Some(Metric::PeakMemory | Metric::ShrunkMemory) => mebibytes(value),
            _ => time(value),
        })
    };
    let size = row.heap_factor.map_or_else(String::new, |factor| format!(" in {factor} × the smallest heap"));
    let verdict = match row.message.as_str() {
        "" => row.verdict.name().to_owned(),
        message => format!("{}: {}", row.verdict.name(), message.replace('|', "/")),
    };
    vec![
        row.program.clone(),
        format!("{}{size}", row.series),
        row.metric.map_or_else(String::new, |metric| metric.name().to_owned()),
        show(row.before),
        show(row.after),
        or_nothing(row.change, |change| format!("{:+.1} %", change * 100.0)),
        or_nothing(row.chance, |chance| format!("{:.1} %", chance * 100.0)),
        verdict,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use gc_report::{CompareOptions, Program, Results, Round, Series, compare};

    fn results(walls: [u64; 5]) -> Results {
        let rounds = walls.map(|wall_ns| Round { wall_ns, ..Round::default() });
        let series = Series { collector: "gc-core".into(), rounds: rounds.into(), ..Series::default() };
        Results {
            programs: vec![Program { name: "ring".into(), series: vec![series], ..Program::default() }],
            ..Results::default()
        }
    }

    #[test]
    fn what_got_worse_is_a_row_and_what_stayed_is_none() {
        let (before, after) = (results([100, 101, 102, 103, 104]), results([200, 201, 202, 203, 204]));
        let worse = table(&compare(&before, &after, &CompareOptions::default()), false);
        assert!(worse.contains("+98.0 %") && worse.contains("Verdict: WORSE (1 WORSE)"), "{worse}");
        let same = table(&compare(&before, &before, &CompareOptions::default()), false);
        assert!(!same.contains("ring") && same.contains("Verdict: same (1 same)"), "{same}");
        assert!(table(&compare(&before, &before, &CompareOptions::default()), true).contains("ring"));
    }
}
