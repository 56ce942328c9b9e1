//! How a series is told from the others, in colour and without: the same on the whole page.
//!
//! The collector's family (what stands before a `+` in its name) decides on colour, marker and dash; its members on
//! other allocators, or in other variants, have the marker hollow, ringed, or dotted. So all are told apart in black and
//! white, and what belongs together looks alike.

use super::element::{Element, el};
use super::svg::Path;
use crate::schema::Results;

/// Colours of the style sheet, markers, and dashes: each has as many.
pub(crate) const KINDS: usize = 8;

/// Forms of one marker.
const VARIANTS: usize = 4;

const DASHES: [&str; KINDS] = ["none", "7 3", "2 3", "9 3 2 3", "12 4", "4 2", "1 4", "9 3 2 3 2 3"];

/// One series' look. No two of a page have the same kind and variant, as long as both suffice.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    /// Its number among all labels of the page.
    pub(crate) id: usize,
    pub(crate) label: String,
    kind: usize,
    variant: usize,
    /// Of the collector that the others are compared with.
    pub(crate) is_reference: bool,
}

/// The looks of all series of a page, in the order in which their labels first occur.
#[derive(Debug)]
pub(crate) struct Looks(Vec<Look>);

impl Looks {
    pub(crate) fn of(results: &Results, reference: Option<&str>) -> Self {
        let mut looks: Vec<Look> = Vec::new();
        let mut families: Vec<&str> = Vec::new();
        for series in results.programs.iter().flat_map(|program| &program.series) {
            let label = series.label();
            if looks.iter().any(|look| look.label == label) {
                continue;
            }
            let family = series.collector.split('+').next().unwrap_or_default();
            let known = families.iter().position(|&name| name == family);
            let number = known.unwrap_or_else(|| {
                families.push(family);
                families.len() - 1
            });
            let kind = number % KINDS;
            let variant = looks.iter().filter(|look| look.kind == kind).count();
            let is_reference = reference == Some(&label);
            looks.push(Look { id: looks.len(), label, kind, variant, is_reference });
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
        Self { id: usize::MAX, label: label.to_owned(), kind: 0, variant: 0, is_reference: true }
    }

    /// A group that has this series' colour, and can be dimmed.
    pub(crate) fn group(&self) -> Element {
        let emphasis = if self.is_reference { " ref" } else { "" };
        el("g").class(format_args!("s k{}{emphasis}", self.kind)).attr("data-series", self.id)
    }

    pub(crate) fn dash(&self) -> &'static str {
        // Beyond the variants of the marker the dash changes as well.
        DASHES[(self.kind + self.variant / VARIANTS) % KINDS]
    }

    /// The marker, centred on a point.
    pub(crate) fn marker(&self, x: f64, y: f64) -> Element {
        let hollow = || self.shape(x, y, 1.0).class("m h");
        match self.variant % VARIANTS {
            0 => self.shape(x, y, 1.0).class("m"),
            1 => hollow(),
            2 => el("g").child(hollow()).child(self.shape(x, y, 0.42).class("m")),
            _ => el("g").child(self.shape(x, y, 1.3).class("m h")).child(self.shape(x, y, 0.72).class("m")),
        }
    }

    fn shape(&self, x: f64, y: f64, size: f64) -> Element {
        let polygon = |points: &[(f64, f64)]| {
            let mut path = Path::new();
            points.iter().for_each(|(dx, dy)| path.line_to(x + size * dx, y + size * dy));
            path.closed()
        };
        match self.kind {
            0 => el("circle").at("cx", x).at("cy", y).at("r", 3.9 * size),
            1 => polygon(&[(-3.5, -3.5), (3.5, -3.5), (3.5, 3.5), (-3.5, 3.5)]),
            2 => polygon(&[(0.0, -4.8), (4.6, 3.4), (-4.6, 3.4)]),
            3 => polygon(&[(0.0, -5.0), (5.0, 0.0), (0.0, 5.0), (-5.0, 0.0)]),
            4 => polygon(&[(0.0, 4.8), (4.6, -3.4), (-4.6, -3.4)]),
            5 => polygon(&[(-2.2, -5.2), (2.2, -5.2), (2.2, 5.2), (-2.2, 5.2)]),
            6 => polygon(&[(-5.2, -2.2), (5.2, -2.2), (5.2, 2.2), (-5.2, 2.2)]),
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

    fn looks(labels: &[(&str, &str)]) -> Looks {
        let on = |&(collector, allocator): &(&str, &str)| Series {
            collector: collector.into(),
            allocator: allocator.into(),
            ..Series::default()
        };
        let series = labels.iter().map(on).collect();
        let results = Results { programs: vec![Program { series, ..Program::default() }], ..Results::default() };
        Looks::of(&results, Some("b"))
    }

    #[test]
    fn a_family_looks_alike_but_for_the_form_of_its_marker() {
        let looks = looks(&[("a", ""), ("b", ""), ("b", "mimalloc"), ("a", ""), ("b+cells", "")]);
        assert_eq!(looks.all().len(), 4);
        let of = |label: &str| (looks.get(label).kind, looks.get(label).variant, looks.get(label).is_reference);
        assert_eq!((of("b"), of("b/mimalloc"), of("b+cells")), ((1, 0, true), (1, 1, false), (1, 2, false)));
    }

    #[test]
    fn no_two_look_the_same() {
        let names: Vec<String> = (0..11).map(|number| format!("collector {number}")).collect();
        let labels: Vec<(&str, &str)> = names.iter().flat_map(|name| [(&**name, ""), (&**name, "m")]).collect();
        let looks = looks(&labels);
        let mut seen: Vec<_> = looks.all().iter().map(|look| (look.kind, look.variant % VARIANTS)).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), labels.len());
    }
}
