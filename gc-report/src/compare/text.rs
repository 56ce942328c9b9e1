//! A comparison as text, for a terminal.

use std::fmt;

use super::{Comparison, Metric, Row, Verdict};
use crate::number::{bytes, time};

impl fmt::Display for Comparison {
    /// What changed, one line each, the worst first; then how many figures did not, and what weakens it all. Lines
    /// are as long as they need to be, and in columns.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order = [
            Verdict::Fails,
            Verdict::Worse,
            Verdict::Incomparable,
            Verdict::Gone,
            Verdict::Unclear,
            Verdict::Better,
            Verdict::Runs,
            Verdict::New,
        ];
        let rows: Vec<[String; 6]> = order.into_iter().flat_map(|verdict| self.with(verdict)).map(cells).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: [usize; 6] = std::array::from_fn(width);
        for row in &rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(widths) {
                line += &format!("{cell:<width$}  ");
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        let same = self.with(Verdict::Same).count();
        writeln!(f, "{same} of {} figures are the same within noise: {}", self.rows.len(), self.verdict().name())?;
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        Ok(())
    }
}

/// Verdict, program, series, figure, from what to what, and by how much.
fn cells(row: &Row) -> [String; 6] {
    let on = match row.heap_factor {
        Some(factor) => format!("{} {factor}×", row.series),
        None => row.series.clone(),
    };
    let show = |value: f64| match row.metric {
        Some(Metric::PeakMemory | Metric::ShrunkMemory) => bytes(value),
        _ => time(value),
    };
    let values = match (row.before, row.after) {
        (Some(before), Some(after)) => format!("{} → {}", show(before), show(after)),
        _ => row.message.clone(),
    };
    let change = row.change.map(|change| format!("{:+.1} %", change * 100.0)).unwrap_or_default();
    let chance = row.chance.map(|chance| format!(" (p = {chance:.3})")).unwrap_or_default();
    let metric = row.metric.map_or("", Metric::name);
    [row.verdict.name().into(), row.program.clone(), on, metric.into(), values, change + &chance]
}
