//! How a series is told from the others, in colour and without: the same on the whole page.
//!
//! The collector decides on colour, marker and dash; an allocator other than the first that this collector was
//! seen on makes the marker hollow. So curves are told apart in black and white, and what belongs
//! together looks alike.

use super::element::{Element, el};
use super::svg::Path;
use crate::schema::Results;

/// Colours of the style sheet, markers, and dashes: each has as many.
pub(crate) const KINDS: usize = 8;

const DASHES: [&str; KINDS] = ["none", "7 3", "2 3", "9 3 2 3", "12 4", "4 2", "1 4", "9 3 2 3 2 3"];

/// One series' look.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    /// Its number among all labels of the page.
    pub(crate) id: usize,
    pub(crate) label: String,
    kind: usize,
    hollow: bool,
    /// Of the collector that the others are compared with.
    pub(crate) is_reference: bool,
}

/// The looks of all series of a page, in the order in which their labels first occur.
#[derive(Debug)]
pub(crate) struct Looks(Vec<Look>);

impl Looks {
    pub(crate) fn of(results: &Results, reference: Option<&str>) -> Self {
        let mut looks: Vec<Look> = Vec::new();
        let mut collectors: Vec<(&str, &str)> = Vec::new();
        for series in results.programs.iter().flat_map(|program| &program.series) {
            let (label, collector) = (series.label(), series.collector.as_str());
            if looks.iter().any(|look| look.label == label) {
                continue;
            }
            let known = collectors.iter().position(|&(name, _)| name == collector);
            let number = known.unwrap_or_else(|| {
                collectors.push((collector, &series.allocator));
                collectors.len() - 1
            });
            let hollow = collectors[number].1 != series.allocator || number / KINDS % 2 == 1;
            let is_reference = reference == Some(&label);
            looks.push(Look { id: looks.len(), label, kind: number % KINDS, hollow, is_reference });
        }
        Self(looks)
    }

    pub(crate) fn all(&self) -> &[Look] {
        &self.0
    }

    /// The look of a label that is in the results.
    pub(crate) fn get(&self, label: &str) -> &Look {
        self.0.iter().find(|look| look.label == label).expect("every label of the results has a look")
    }
}

impl Look {
    /// The look of a curve that stands for no series.
    pub(crate) fn alone(label: &str) -> Self {
        Self { id: usize::MAX, label: label.to_owned(), kind: 0, hollow: false, is_reference: true }
    }

    /// A group that has this series' colour, and can be dimmed.
    pub(crate) fn group(&self) -> Element {
        let emphasis = if self.is_reference { " ref" } else { "" };
        el("g").class(format_args!("s k{}{emphasis}", self.kind)).attr("data-series", self.id)
    }

    pub(crate) fn dash(&self) -> &'static str {
        DASHES[self.kind]
    }

    /// The marker, centred on a point.
    pub(crate) fn marker(&self, x: f64, y: f64) -> Element {
        let class = if self.hollow { "m h" } else { "m" };
        let polygon = |points: &[(f64, f64)]| {
            let mut path = Path::new();
            points.iter().for_each(|(dx, dy)| path.line_to(x + dx, y + dy));
            path.closed().class(class)
        };
        match self.kind {
            0 => el("circle").class(class).at("cx", x).at("cy", y).at("r", 3.9),
            1 => polygon(&[(-3.5, -3.5), (3.5, -3.5), (3.5, 3.5), (-3.5, 3.5)]),
            2 => polygon(&[(0.0, -4.8), (4.6, 3.4), (-4.6, 3.4)]),
            3 => polygon(&[(0.0, -5.0), (5.0, 0.0), (0.0, 5.0), (-5.0, 0.0)]),
            4 => polygon(&[(0.0, 4.8), (4.6, -3.4), (-4.6, -3.4)]),
            5 => polygon(&[(-1.8, -5.0), (1.8, -5.0), (1.8, 5.0), (-1.8, 5.0)]),
            6 => polygon(&[(-5.0, -1.8), (5.0, -1.8), (5.0, 1.8), (-5.0, 1.8)]),
            _ => polygon(&[(4.6, 0.0), (2.3, 4.0), (-2.3, 4.0), (-4.6, 0.0), (-2.3, -4.0), (2.3, -4.0)]),
        }
    }

    /// A piece of line with the marker on it, for legends and tables.
    pub(crate) fn key(&self) -> Element {
        let line = el("line").class("c").at("x1", 0.0).at("y1", 7.0).at("x2", 26.0).at("y2", 7.0);
        let group = self.group().child(line.attr("stroke-dasharray", self.dash())).child(self.marker(13.0, 7.0));
        el("svg").class("key").attr("viewBox", "0 0 26 14").attr("aria-hidden", "true").child(group)
    }

    /// The key and the label.
    pub(crate) fn named(&self) -> Element {
        el("span").class("name").child(self.key()).text(&self.label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Program, Series};

    #[test]
    fn a_collector_looks_alike_on_all_allocators_but_for_the_marker() {
        let on = |collector: &str, allocator: &str| Series {
            collector: collector.into(),
            allocator: allocator.into(),
            ..Series::default()
        };
        let series = vec![on("a", ""), on("b", ""), on("b", "mimalloc"), on("a", "")];
        let results = Results { programs: vec![Program { series, ..Program::default() }], ..Results::default() };
        let looks = Looks::of(&results, Some("b"));
        assert_eq!(looks.all().len(), 3);
        let (one, other) = (looks.get("b"), looks.get("b/mimalloc"));
        assert_eq!((one.kind, one.hollow, one.is_reference), (1, false, true));
        assert_eq!((other.kind, other.hollow, other.is_reference), (1, true, false));
    }
}
