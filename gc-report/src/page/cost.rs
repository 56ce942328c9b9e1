//! Time and processor time as bars, with ratios.

use super::Page;
use super::element::{Element, el};
use super::figure::Figure;
use super::look::Look;
use super::svg::{Anchor, Described, Path, Width, fitted, label, line, picture, rectangle, text_width};
use super::table::Table;
use crate::number::{percent, time, times};
use crate::overhead::Cost;
use crate::schema::{Program, Series};
use crate::statistics::{range, ratio, spread};

/// A bar that would be this much longer than the shortest is broken off.
const LONGEST: f64 = 8.0;

struct Bars<'a> {
    look: &'a Look,
    wall: f64,
    wall_range: (f64, f64),
    cpu: Option<f64>,
}

/// Nothing where all series failed, or where there is one alone and nothing to compare.
pub(crate) fn figure(page: &Page<'_>, program: &Program) -> Option<Element> {
    let series = program.main_series();
    let bars = |series: &&Series| {
        let walls = series.each(|round| Cost::Wall.of(round));
        let (wall, wall_range) = (Cost::Wall.median(series)?, range(&walls)?);
        Some(Bars { look: page.look(series), wall, wall_range, cpu: Cost::Cpu.median(series) })
    };
    let mut bars: Vec<Bars<'_>> = series.iter().filter_map(bars).collect();
    if bars.len() < 2 {
        return None;
    }
    bars.sort_by(|a, b| a.wall.total_cmp(&b.wall));
    let least = bars.first()?.wall.max(1.0);
    let greatest = bars.iter().map(|bar| bar.wall.max(bar.cpu.unwrap_or(0.0))).fold(0.0, f64::max);
    let base = page.base(program, Cost::Wall);
    // The reference is shown whole, and so is what is near it.
    let limit = greatest.min((LONGEST * least).max(LONGEST / 2.0 * base.unwrap_or(0.0)));
    let mut table = Table::new(
        format!("{}: time and processor time", program.name),
        &["on", "time", "±", "ratio", "overhead", "processor time", "ratio", "overhead", "rounds"],
    );
    for series in &series {
        table_row(page, program, series, &mut table);
    }
    let mut caption =
        "Medians over the rounds: wall time (solid, with the range of all rounds) and processor time of all \
         threads (striped)."
            .to_owned();
    if base.is_some() {
        caption += &format!(" Ratios are to {}.", page.reference.as_deref().unwrap_or(""));
    }
    if greatest > limit {
        caption += " Bars with a gap are longer than they are drawn.";
    }
    let described = Described {
        title: format!("Time and processor time of {}", program.name),
        description: "Two bars for each collector, the quickest first.".into(),
    };
    let draw = |width: Width, id: u32| draw(&bars, base, limit, width, id, &described);
    Some(Figure { title: "Time and processor time", caption, legend: Vec::new(), table }.plot(page, draw))
}

fn table_row(page: &Page<'_>, program: &Program, series: &Series, table: &mut Table) {
    let name = page.look(series).named();
    if let Some(failure) = &series.error {
        return table.failure(name, failure.kind.name(), &failure.message);
    }
    let of = |cost: Cost| {
        let median = cost.median(series);
        let ratio = median.and_then(|median| ratio(median, page.base(program, cost)?)).map(times);
        (median.map(time), ratio, cost.overhead(series, program).map(times))
    };
    let (wall, cpu) = (of(Cost::Wall), of(Cost::Cpu));
    let spread = spread(&series.each(|round| Cost::Wall.of(round))).map(percent);
    let rounds = Some(series.rounds.len().to_string());
    table.row(name, [wall.0, spread, wall.1, wall.2, cpu.0, cpu.1, cpu.2, rounds]);
}

fn draw(bars: &[Bars<'_>], base: Option<f64>, limit: f64, width: Width, id: u32, described: &Described) -> Element {
    let longest_name = bars.iter().map(|bar| text_width(&bar.look.label) + 30.0).fold(0.0, f64::max);
    let (left, row_height, bar_top) = match width {
        Width::Wide => (longest_name.clamp(100.0, 200.0), 40.0, 6.0),
        Width::Narrow => (0.0, 56.0, 22.0),
    };
    let right = width.units() - 132.0;
    let height = row_height * bars.len() as f64 + 6.0;
    let mut svg = picture(id, width.units(), height, described);
    let length = |ns: f64| (ns.min(limit) / limit * (right - left)).max(1.0);
    if let Some(base) = base.filter(|&base| base <= limit) {
        let x = left + length(base);
        svg.push(line("reference", (x, 0.0), (x, height)));
    }
    for (row, bar) in bars.iter().enumerate() {
        let top = row as f64 * row_height;
        let mut group = bar.look.group();
        let name_y = if width == Width::Wide { top + 19.0 } else { top + 14.0 };
        group.push(bar.look.marker(6.0, name_y - 4.0));
        let room = if width == Width::Wide { left - 24.0 } else { width.units() - 20.0 };
        group.push(label("name", 17.0, name_y, Anchor::Start, &fitted(&bar.look.label, room)));
        let top = top + bar_top;
        group.push(rectangle("bar", left, top, length(bar.wall), 14.0));
        if bar.wall > limit {
            group.push(gap(left + (right - left) * 0.9, top, 14.0));
        } else if bar.wall_range.0 < bar.wall_range.1 {
            let (from, to) = (left + length(bar.wall_range.0), left + length(bar.wall_range.1));
            group.push(whisker("under", from, to, top));
            group.push(whisker("range", from, to, top));
        }
        let after = |ns: f64| left + length(ns.max(bar.wall_range.1.min(limit))) + 8.0;
        let shown = |ns: f64, ratio_to: Option<f64>| match ratio_to.and_then(|base| ratio(ns, base)) {
            Some(ratio) => format!("{} · {}", time(ns), times(ratio)),
            None => time(ns),
        };
        group.push(label("value", after(bar.wall), top + 11.5, Anchor::Start, &shown(bar.wall, base)));
        if let Some(cpu) = bar.cpu {
            group.push(stripes(left, top + 17.0, length(cpu), 7.0));
            if cpu > limit {
                group.push(gap(left + (right - left) * 0.9, top + 17.0, 7.0));
            }
            group.push(label(
                "tick",
                left + length(cpu) + 8.0,
                top + 25.0,
                Anchor::Start,
                &format!("cpu {}", time(cpu)),
            ));
        }
        svg.push(group);
    }
    svg
}

/// From the least to the greatest of all rounds.
fn whisker(class: &str, from: f64, to: f64, top: f64) -> Element {
    let mut path = Path::new();
    for x in [from, to] {
        path.move_to(x, top + 3.5);
        path.line_to(x, top + 10.5);
    }
    path.move_to(from, top + 7.0);
    path.line_to(to, top + 7.0);
    path.open().class(class)
}

/// A slanted gap in a bar that is longer than drawn.
fn gap(x: f64, top: f64, height: f64) -> Element {
    Path::through(&[
        (x, top + height + 1.0),
        (x + 5.0, top - 1.0),
        (x + 11.0, top - 1.0),
        (x + 6.0, top + height + 1.0),
    ])
    .closed()
    .class("gap")
}

/// A striped bar, told from a solid one in black and white.
fn stripes(left: f64, top: f64, width: f64, height: f64) -> Element {
    let mut path = Path::new();
    let mut x = left;
    while x < left + width {
        let end = (x + height).min(left + width);
        path.move_to(x, top + height);
        path.line_to(end, top + height - (end - x));
        x += 4.0;
    }
    let outline = rectangle("outline", left, top, width, height);
    el("g").child(outline).child(path.open().class("stripes"))
}
