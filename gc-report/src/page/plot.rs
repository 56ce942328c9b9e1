//! Curves between two axes, named where they end.

use serde_json::json;

use super::element::{Element, el};
use super::look::Look;
use super::scale::{Scale, Tick};
use super::svg::{Anchor, Described, Path, Width, fitted, label, line, picture, text_width};

/// Curves are drawn in this order; the reference should be last, on top.
#[derive(Clone, Debug)]
pub(crate) struct Plot<'a> {
    pub(crate) described: Described,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    pub(crate) curves: Vec<Curve<'a>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Axis {
    pub(crate) scale: Scale,
    pub(crate) ticks: Vec<Tick>,
    pub(crate) title: String,
    pub(crate) unit: Unit,
}

/// How the script shows a value of an axis.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unit {
    /// Nanoseconds.
    Time,
    Times,
    Share,
    /// 2 for 99 %.
    Nines,
}

#[derive(Clone, Debug)]
pub(crate) struct Curve<'a> {
    pub(crate) look: &'a Look,
    /// From left to right.
    pub(crate) points: Vec<(f64, f64)>,
    /// Thin, without markers and name: beside a curve of the same series.
    pub(crate) faint: bool,
    /// A marker at every point, rather than now and then.
    pub(crate) every_point: bool,
    /// Where the series failed: crosses at the top.
    pub(crate) failed_at: Vec<f64>,
}

impl<'a> Curve<'a> {
    pub(crate) fn new(look: &'a Look, points: Vec<(f64, f64)>) -> Self {
        Self { look, points, faint: false, every_point: false, failed_at: Vec::new() }
    }
}

/// The part of the picture that values are drawn in.
#[derive(Clone, Copy, Debug)]
struct Area {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

const HEIGHT: f64 = 300.0;
const LABEL_GAP: f64 = 15.0;

impl Plot<'_> {
    pub(crate) fn draw(&self, width: Width, id: u32) -> Element {
        let area = self.area(width);
        let svg = picture(id, width.units(), HEIGHT, &self.described);
        let mut svg = svg.attr("data-plot", self.for_script(area));
        svg.push(self.axes(area));
        for (number, curve) in self.curves.iter().enumerate() {
            svg.push(self.curve(curve, number, area));
        }
        if width == Width::Wide {
            svg.push(self.labels(area));
        }
        svg
    }

    /// What the script needs to turn places back into values.
    fn for_script(&self, area: Area) -> serde_json::Value {
        let axis = |axis: &Axis| {
            let (scale, least, most) = match axis.scale {
                Scale::Linear { least, most } => ("linear", least, most),
                Scale::Log { least, most } => ("log", least, most),
            };
            let unit = match axis.unit {
                Unit::Time => "time",
                Unit::Times => "times",
                Unit::Share => "share",
                Unit::Nines => "nines",
            };
            json!({ "scale": scale, "least": least, "most": most, "unit": unit })
        };
        json!({ "x": axis(&self.x), "y": axis(&self.y), "area": [area.left, area.right, area.top, area.bottom] })
    }

    fn area(&self, width: Width) -> Area {
        let longest = |texts: &mut dyn Iterator<Item = &String>| texts.map(|t| text_width(t)).fold(0.0, f64::max);
        let left = 12.0 + longest(&mut self.y.ticks.iter().map(|tick| &tick.label));
        let right = match width {
            Width::Wide => 26.0 + longest(&mut self.curves.iter().map(|curve| &curve.look.label)).min(160.0),
            Width::Narrow => 14.0,
        };
        Area { left, right: width.units() - right, top: 30.0, bottom: HEIGHT - 44.0 }
    }

    fn place(&self, (x, y): (f64, f64), area: Area) -> (f64, f64) {
        let across = area.left + self.x.scale.place(x) * (area.right - area.left);
        (across, area.bottom - self.y.scale.place(y) * (area.bottom - area.top))
    }

    fn axes(&self, area: Area) -> Element {
        let mut group = el("g");
        for tick in &self.y.ticks {
            let y = area.bottom - self.y.scale.place(tick.value) * (area.bottom - area.top);
            group.push(line("grid", (area.left, y), (area.right, y)));
            group.push(label("tick", area.left - 7.0, y + 4.0, Anchor::End, &tick.label));
        }
        let mut free_from = f64::NEG_INFINITY;
        for tick in &self.x.ticks {
            let x = area.left + self.x.scale.place(tick.value) * (area.right - area.left);
            group.push(line("grid", (x, area.bottom), (x, area.bottom + 5.0)));
            let half = text_width(&tick.label) / 2.0;
            if x - half > free_from {
                group.push(label("tick", x, area.bottom + 18.0, Anchor::Middle, &tick.label));
                free_from = x + half + 6.0;
            }
        }
        group
            .child(line("axis", (area.left, area.bottom), (area.right, area.bottom)))
            .child(label("title", 0.0, 13.0, Anchor::Start, &self.y.title))
            .child(label("title", area.right, HEIGHT - 6.0, Anchor::End, &self.x.title))
    }

    fn curve(&self, curve: &Curve<'_>, number: usize, area: Area) -> Element {
        let columns = 0.75 * (area.right - area.left);
        let visible = thinned(&curve.points, self.x.scale, columns);
        let points: Vec<(f64, f64)> = visible.into_iter().map(|point| self.place(point, area)).collect();
        let mut group = curve.look.group();
        if curve.faint {
            return group.child(Path::through(&points).open().class("faint"));
        }
        if points.len() > 1 {
            let path = Path::through(&points).open().class("c");
            group.push(path.attr("stroke-dasharray", curve.look.dash()));
        }
        let markers = if curve.every_point || points.len() == 1 { points.clone() } else { spaced(&points, number) };
        for (x, y) in markers {
            group.push(curve.look.marker(x, y));
        }
        for &x in &curve.failed_at {
            let (x, _) = self.place((x, 0.0), area);
            // Beside each other where several fail at one size.
            let y = area.top - 6.0 + 11.0 * number as f64;
            let (a, b) = (
                line("fail", (x - 4.0, y - 4.0), (x + 4.0, y + 4.0)),
                line("fail", (x - 4.0, y + 4.0), (x + 4.0, y - 4.0)),
            );
            group.push(a);
            group.push(b);
        }
        group
    }

    /// The names at the right, beside the ends of their curves as far as there is room.
    fn labels(&self, area: Area) -> Element {
        let mut ends: Vec<(&Curve<'_>, (f64, f64))> = Vec::new();
        for curve in &self.curves {
            if let Some(&point) = curve.points.last().filter(|_| !curve.faint) {
                ends.push((curve, self.place(point, area)));
            }
        }
        ends.sort_by(|(_, a), (_, b)| a.1.total_cmp(&b.1));
        let heights = apart(&ends.iter().map(|(_, end)| end.1).collect::<Vec<_>>(), area.top + 4.0, area.bottom);
        let x = area.right + 8.0;
        let room = self_width() - x - 14.0;
        let named = ends.iter().zip(heights).map(|((curve, end), y)| {
            let text = label("name", x + 13.0, y + 4.0, Anchor::Start, &fitted(&curve.look.label, room));
            let leader = line("leader", *end, (x, y));
            curve.look.group().child(leader).child(curve.look.marker(x + 4.0, y)).child(text)
        });
        el("g").children(named)
    }
}

const fn self_width() -> f64 {
    Width::Wide.units()
}

/// Points of a line of straight pieces at equal distances from left to right; each curve of a plot begins
/// elsewhere, so that markers of curves that run together do not hide each other.
fn spaced(points: &[(f64, f64)], number: usize) -> Vec<(f64, f64)> {
    const DISTANCE: f64 = 84.0;
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return Vec::new() };
    let mut x = first.0 + 10.0 + (number * 23 % 84) as f64;
    let mut found = Vec::new();
    while x < last.0 - 4.0 {
        let after = points.partition_point(|point| point.0 < x).max(1);
        let (from, to) = (points[after - 1], points[after]);
        let share = if to.0 > from.0 { (x - from.0) / (to.0 - from.0) } else { 1.0 };
        found.push((x, from.1 + share * (to.1 - from.1)));
        x += DISTANCE;
    }
    found
}

/// Moves ascending heights apart to at least [`LABEL_GAP`], as little as that takes, within limits if they fit.
fn apart(heights: &[f64], top: f64, bottom: f64) -> Vec<f64> {
    let gap = if heights.len() > 1 { LABEL_GAP.min((bottom - top) / (heights.len() - 1) as f64) } else { LABEL_GAP };
    let mut placed = heights.to_vec();
    // Down from the top, then up from the bottom: twice, so that a crowd spreads both ways.
    for i in 1..placed.len() {
        let over = (placed[i - 1] + gap - placed[i]).max(0.0);
        placed[i] += over;
    }
    if let Some(last) = placed.last_mut() {
        *last = last.min(bottom);
    }
    for i in (1..placed.len()).rev() {
        placed[i - 1] = placed[i - 1].min(placed[i] - gap);
    }
    placed
}

/// Leaves out what no screen can show: of the points in one of so many columns, given in order of x, it keeps the
/// first, the least, the greatest and the last.
pub(crate) fn thinned(points: &[(f64, f64)], scale: Scale, columns: f64) -> Vec<(f64, f64)> {
    let column = |point: &(f64, f64)| (scale.place(point.0) * columns) as u32;
    let mut kept = Vec::new();
    for run in points.chunk_by(|a, b| column(a) == column(b)) {
        if run.len() <= 4 {
            kept.extend_from_slice(run);
            continue;
        }
        let by_y = |a: &usize, b: &usize| run[*a].1.total_cmp(&run[*b].1);
        let least = (0..run.len()).min_by(by_y).unwrap_or(0);
        let most = (0..run.len()).max_by(by_y).unwrap_or(0);
        let mut places = [0, least, most, run.len() - 1];
        places.sort_unstable();
        let distinct = places.iter().enumerate().filter(|&(i, place)| i == 0 || places[i - 1] != *place);
        kept.extend(distinct.map(|(_, &place)| run[place]));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_distance_and_stay_inside() {
        let placed = apart(&[10.0, 12.0, 14.0, 90.0, 99.0], 0.0, 100.0);
        assert!(placed.windows(2).all(|pair| pair[1] - pair[0] >= LABEL_GAP - 1e-9), "{placed:?}");
        assert!(placed.iter().all(|&y| y <= 100.0));
        assert_eq!(apart(&[10.0, 50.0], 0.0, 100.0), [10.0, 50.0]);
    }

    #[test]
    fn thinning_keeps_extremes() {
        let points: Vec<(f64, f64)> = (0..10_000).map(|i| (f64::from(i), f64::from(i * 7 % 101))).collect();
        let kept = thinned(&points, Scale::Linear { least: 0.0, most: 10_000.0 }, 400.0);
        assert!(kept.len() <= 1_604);
        assert!(kept.iter().any(|p| p.1 == 100.0) && kept.iter().any(|p| p.1 == 0.0));
        assert!(kept.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    }
}
