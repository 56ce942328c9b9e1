//! Figures as text, and text in columns. Markdown, so that a table can be kept as it was printed.
#![forbid(unsafe_code)]

/// Rows under a heading, padded so that they also read well without a renderer.
pub(crate) struct Table {
    heading: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(heading: &[&'static str]) -> Self {
        Self { heading: heading.to_vec(), rows: Vec::new() }
    }

    /// Adds a row; missing cells at its end stay empty.
    pub(crate) fn row(&mut self, mut cells: Vec<String>) {
        assert!(cells.len() <= self.heading.len(), "a row is wider than the heading");
        cells.resize(self.heading.len(), String::new());
        self.rows.push(cells);
    }

    /// The text. The first two columns and the last hold words and lean left, the others lean right.
    pub(crate) fn to_text(&self) -> String {
        let last = self.heading.len() - 1;
        let left = |column: usize| column < 2 || column == last;
        let width = |column: usize| {
            let cells = self.rows.iter().map(|row| row[column].chars().count());
            cells.max().unwrap_or(0).max(self.heading[column].chars().count()).max(3)
        };
        let widths: Vec<usize> = (0..=last).map(width).collect();
        let line = |cells: &mut dyn Iterator<Item = &str>| {
            let padded = cells.zip(&widths).enumerate().map(|(column, (cell, &width))| {
                if left(column) { format!(" {cell:<width$} ") } else { format!(" {cell:>width$} ") }
            });
            format!("|{}|\n", padded.collect::<Vec<_>>().join("|"))
        };
        let rule = widths.iter().enumerate().map(|(column, width)| {
            let dashes = "-".repeat(width + 1);
            if left(column) { format!(":{dashes}") } else { format!("{dashes}:") }
        });
        let mut text = line(&mut self.heading.iter().copied());
        text += &format!("|{}|\n", rule.collect::<Vec<_>>().join("|"));
        for row in &self.rows {
            text += &line(&mut row.iter().map(String::as_str));
        }
        text
    }
}

/// What stands where there is no figure.
pub(crate) const NOTHING: &str = "–";

/// A figure, or a dash.
pub(crate) fn or_nothing(value: Option<f64>, show: impl FnOnce(f64) -> String) -> String {
    value.map_or_else(|| NOTHING.to_owned(), show)
}

/// A time in the unit that suits it, to three digits.
pub(crate) fn time(nanoseconds: f64) -> String {
    let (value, unit) = match nanoseconds {
        ns if ns < 999.5 => (ns, "ns"),
        ns if ns < 999.5e3 => (ns / 1e3, "µs"),
        ns if ns < 999.5e6 => (ns / 1e6, "ms"),
        ns => (ns / 1e9, "s"),
    };
    format!("{} {unit}", three_digits(value))
}

/// An amount of memory in MiB, to three digits.
pub(crate) fn mebibytes(bytes: f64) -> String {
    format!("{} MiB", three_digits(bytes / f64::from(1 << 20)))
}

/// A share in percent.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// A small share in percent.
pub(crate) fn percent_to_a_tenth(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// A ratio, to three digits.
pub(crate) fn times(ratio: f64) -> String {
    format!("{} ×", three_digits(ratio))
}

/// 1.23, 12.3, 123 or 1234: three digits that count, and none hidden before the point.
pub(crate) fn three_digits(value: f64) -> String {
    match value.abs() {
        v if v < 9.995 => format!("{value:.2}"),
        v if v < 99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_takes_the_unit_that_suits_it() {
        assert_eq!(time(0.0), "0.00 ns");
        assert_eq!(time(3.456), "3.46 ns");
        assert_eq!(time(999.6), "1.00 µs");
        assert_eq!(time(12_345.0), "12.3 µs");
        assert_eq!(time(999_600.0), "1.00 ms");
        assert_eq!(time(1.5e9), "1.50 s");
        assert_eq!(time(123.4e9), "123 s");
    }

    #[test]
    fn figures_have_three_digits() {
        assert_eq!(three_digits(9.999), "10.0");
        assert_eq!(three_digits(99.96), "100");
        assert_eq!(three_digits(1234.5), "1234");
        assert_eq!(mebibytes(3.0 * 1048576.0), "3.00 MiB");
        assert_eq!(percent(0.126), "13 %");
        assert_eq!(percent_to_a_tenth(0.0126), "1.3 %");
        assert_eq!(times(1.5), "1.50 ×");
        assert_eq!(or_nothing(None, time), NOTHING);
    }

    #[test]
    fn columns_line_up_and_words_lean_left() {
        let mut table = Table::new(&["program", "on", "time", "notes"]);
        table.row(vec!["ring".into(), "Box".into(), "1.00 µs".into()]);
        table.row(vec!["a longer name".into(), "Rc".into(), "12 s".into(), "ok".into()]);
        assert_eq!(
            table.to_text(),
            "| program       | on  |    time | notes |\n\
             |:--------------|:----|--------:|:------|\n\
             | ring          | Box | 1.00 µs |       |\n\
             | a longer name | Rc  |    12 s | ok    |\n"
        );
    }

    #[test]
    #[should_panic(expected = "wider than the heading")]
    fn a_row_wider_than_the_heading_is_a_mistake() {
        Table::new(&["a"]).row(vec!["1".into(), "2".into()]);
    }
}
