//! Pictures: the frame that says what is seen, paths, and text.

use std::fmt::{self, Write};

use super::element::{Decimal, Element, el};

/// The two widths that every plot is drawn for; the style sheet shows the one that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    Wide,
    Narrow,
}

impl Width {
    /// In the picture's units, which are about a screen's pixels.
    pub(crate) const fn units(self) -> f64 {
        match self {
            Self::Wide => 540.0,
            Self::Narrow => 340.0,
        }
    }
}

/// What a picture shows, for those who do not see it.
#[derive(Clone, Debug)]
pub(crate) struct Described {
    pub(crate) title: String,
    pub(crate) description: String,
}

/// A picture of that size, with its description. `id` must be unique in the page.
pub(crate) fn picture(id: u32, width: f64, height: f64, described: &Described) -> Element {
    el("svg")
        .attr("viewBox", format_args!("0 0 {} {}", Decimal(width), Decimal(height)))
        .attr("role", "img")
        .attr("aria-labelledby", format_args!("t{id} d{id}"))
        .child(el("title").attr("id", format_args!("t{id}")).text(&described.title))
        .child(el("desc").attr("id", format_args!("d{id}")).text(&described.description))
}

/// Where text stands relative to its point.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// A line of text whose baseline is at `y`.
pub(crate) fn label(class: &str, x: f64, y: f64, anchor: Anchor, text: &str) -> Element {
    let element = el("text").class(class).at("x", x).at("y", y);
    let element = match anchor {
        Anchor::Start => element,
        Anchor::Middle => element.attr("text-anchor", "middle"),
        Anchor::End => element.attr("text-anchor", "end"),
    };
    element.text(text)
}

pub(crate) fn line(class: &str, from: (f64, f64), to: (f64, f64)) -> Element {
    el("line").class(class).at("x1", from.0).at("y1", from.1).at("x2", to.0).at("y2", to.1)
}

pub(crate) fn rectangle(class: &str, x: f64, y: f64, width: f64, height: f64) -> Element {
    el("rect").class(class).at("x", x).at("y", y).at("width", width).at("height", height)
}

/// A path of straight lines, as short as it can be written: to a tenth of a unit, and level or upright pieces
/// by one coordinate.
#[derive(Clone, Debug, Default)]
pub(crate) struct Path {
    data: String,
    /// In tenths.
    last: (i64, i64),
}

impl Path {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Begins a new line.
    pub(crate) fn move_to(&mut self, x: f64, y: f64) {
        self.last = (tenths(x), tenths(y));
        let _ = write!(self.data, "M{} {}", Tenths(self.last.0), Tenths(self.last.1));
    }

    /// Goes on; the first point begins the line.
    pub(crate) fn line_to(&mut self, x: f64, y: f64) {
        if self.data.is_empty() {
            return self.move_to(x, y);
        }
        let next = (tenths(x), tenths(y));
        let _ = match (next.0 == self.last.0, next.1 == self.last.1) {
            (true, true) => Ok(()),
            (true, false) => write!(self.data, "V{}", Tenths(next.1)),
            (false, true) => write!(self.data, "H{}", Tenths(next.0)),
            (false, false) => write!(self.data, "L{} {}", Tenths(next.0), Tenths(next.1)),
        };
        self.last = next;
    }

    pub(crate) fn through(points: &[(f64, f64)]) -> Self {
        let mut path = Self::new();
        points.iter().for_each(|&(x, y)| path.line_to(x, y));
        path
    }

    pub(crate) fn open(self) -> Element {
        el("path").attr("d", self.data)
    }

    pub(crate) fn closed(mut self) -> Element {
        self.data.push('Z');
        self.open()
    }
}

fn tenths(value: f64) -> i64 {
    (value * 10.0).round() as i64
}

struct Tenths(i64);

impl fmt::Display for Tenths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Decimal(self.0 as f64 / 10.0).fmt(f)
    }
}

/// About how wide a label of the plots is, in the picture's units.
pub(crate) fn text_width(text: &str) -> f64 {
    const AVERAGE: f64 = 6.7;
    text.chars().count() as f64 * AVERAGE
}

/// The text, cut off with an ellipsis where it would be wider than that.
pub(crate) fn fitted(text: &str, width: f64) -> String {
    if text_width(text) <= width {
        return text.to_owned();
    }
    let fit = (width / text_width("x")) as usize;
    let mut kept: String = text.chars().take(fit.saturating_sub(1)).collect();
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_short() {
        let path = Path::through(&[(0.0, 0.0), (5.04, 0.01), (5.0, 3.0), (5.0, 3.0), (6.25, 4.0)]).open();
        assert_eq!(path.to_string(), "<path d=\"M0 0H5V3L6.3 4\"></path>");
    }

    #[test]
    fn long_text_is_cut_off() {
        assert_eq!(fitted("gc-arena/mimalloc", 40.0), "gc-a…");
        assert_eq!(fitted("Rc", 40.0), "Rc");
    }
}
