//! The top of the page: goals, and all programs at a glance.

use super::Page;
use super::element::{Element, el};
use super::figure::Figure;
use super::look::Look;
use super::scale::{Scale, Tick, log_byte_ticks, log_ticks};
use super::svg::{Anchor, Described, Width, fitted, label, line, picture, rectangle};
use super::table::{Table, words};
use crate::compare::Metric;
use crate::number::{bytes, percent, shorter, three_digits, time, times};
use crate::overhead::Cost;
use crate::schema::{Goal, Program, Series, Unit};
use crate::statistics::ratio;

const WIDTH: f64 = Width::Narrow.units();
const ROW: f64 = 38.0;

/// Whether there is anything to survey: one series alone needs no overview.
pub(crate) fn is_shown(page: &Page<'_>) -> bool {
    let series = page.results.programs.iter().map(|program| program.main_series().len()).sum::<usize>();
    series > 1 || !page.results.goals.is_empty()
}

pub(crate) fn section(page: &Page<'_>) -> Option<Element> {
    if !is_shown(page) {
        return None;
    }
    let heading = el("h2").attr("id", "overviewh").text("Overview");
    let section = el("section").attr("id", "overview").attr("aria-labelledby", "overviewh");
    Some(section.child(heading).child(summary(page)).children(goals(page)).child(glance(page)))
}

fn summary(page: &Page<'_>) -> Element {
    let programs = &page.results.programs;
    let rounds = programs.iter().flat_map(|program| &program.series).map(|series| series.rounds.len()).max();
    let plural = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let mut text = format!(
        "{} on {}, up to {} each.",
        plural(programs.len(), "program"),
        plural(page.looks.all().len(), "configuration"),
        plural(rounds.unwrap_or(0), "round"),
    );
    let failed = programs.iter().flat_map(|program| &program.series).filter(|series| series.error.is_some()).count();
    if failed > 0 {
        text += &format!(" {failed} series failed, and are named where their figures would be.");
    }
    el("p").class("lead").text(text)
}

fn goals(page: &Page<'_>) -> Option<Element> {
    let goals = &page.results.goals;
    if goals.is_empty() {
        return None;
    }
    let met = goals.iter().filter(|goal| goal.met() == Some(true)).count();
    let measured = goals.iter().filter(|goal| goal.met().is_some()).count();
    let heading = el("h3").text(format_args!("Goals: {met} of {measured} met"));
    let mut table = Table::new("Goals", &["what", "at most", "measured", "met", "share of the limit"]).below_heading();
    for goal in goals {
        let name = words(&goal.program).text(": ").text(&goal.what);
        table.push(name, goal_cells(goal));
    }
    Some(el("div").class("goals").child(heading).child(table.element()))
}

fn goal_cells(goal: &Goal) -> [Element; 4] {
    let show = |value: f64| match goal.unit {
        Unit::Nanoseconds => time(value),
        Unit::Bytes => bytes(value),
        Unit::Share => percent(value),
        Unit::Ratio => times(value),
        Unit::Plain => three_digits(value),
    };
    let number = |text: Option<String>| el("td").class("n").text(text.unwrap_or_else(|| "–".into()));
    let (class, verdict) = match goal.met() {
        Some(true) => ("n met", "✓ met"),
        Some(false) => ("n missed", "✗ missed"),
        None => ("n none", "not measured"),
    };
    let share = goal.measured.and_then(|measured| ratio(measured, goal.at_most));
    [
        number(Some(shorter(&show(goal.at_most)))),
        number(goal.measured.map(show)),
        el("td").class(class).text(verdict),
        el("td").class("n").children(share.map(bullet)),
    ]
}

/// A bar from 0 to what was measured, with a line at the limit.
fn bullet(share: f64) -> Element {
    const UNIT: f64 = 50.0;
    let class = if share <= 1.0 { "within" } else { "beyond" };
    el("svg")
        .class("bullet")
        .attr("viewBox", "0 0 100 14")
        .attr("aria-hidden", "true")
        .child(rectangle(class, 0.0, 4.0, (share * UNIT).clamp(1.0, 100.0), 6.0))
        .child(line("limit", (UNIT, 0.0), (UNIT, 14.0)))
}

/// A panel of dots: a row for each program, a marker for each series.
struct Panel {
    title: &'static str,
    show: fn(f64) -> String,
    ticks: fn(Scale) -> Vec<Tick>,
    value: fn(&Page<'_>, &Program, &Series) -> Option<f64>,
    /// A line at 1.
    is_ratio: bool,
}

const PANELS: [Panel; 3] = [
    Panel { title: "Time", show: times, ticks: |scale| log_ticks(scale, times), value: time_ratio, is_ratio: true },
    Panel {
        title: "Longest pause",
        show: time,
        ticks: |scale| log_ticks(scale, time),
        value: |_, _, series| series.worst(|round| Metric::LongestPause.of(round)),
        is_ratio: false,
    },
    Panel {
        title: "Peak memory",
        show: bytes,
        ticks: log_byte_ticks,
        value: |_, _, series| series.median(|round| Metric::PeakMemory.of(round)),
        is_ratio: false,
    },
];

fn time_ratio(page: &Page<'_>, program: &Program, series: &Series) -> Option<f64> {
    ratio(Cost::Wall.median(series)?, page.base(program, Cost::Wall)?)
}

/// All programs in one figure.
fn glance(page: &Page<'_>) -> Element {
    let panels = PANELS.iter().filter_map(|panel| panel.draw(page));
    let reference = page.reference.as_deref().unwrap_or("the first");
    let caption = format!(
        "A row for each program, a marker for each configuration, on logarithmic axes: further left is better. Time is \
         relative to {reference}; the longest pause is that of all rounds. A cross: it failed."
    );
    let legend = el("div").class("legend").children(page.looks.all().iter().map(Look::named));
    let figure = Figure { title: "At a glance", caption, legend: Vec::new(), table: table(page) };
    figure.strips(panels.collect::<Vec<_>>().into_iter().chain([legend]))
}

impl Panel {
    fn draw(&self, page: &Page<'_>) -> Option<Element> {
        let of = |program: &Program, series: &Series| (self.value)(page, program, series);
        let programs = &page.results.programs;
        let values =
            programs.iter().flat_map(|program| program.main_series().into_iter().filter_map(move |s| of(program, s)));
        let values: Vec<f64> = values.filter(|&value| value > 0.0).collect();
        if values.is_empty() {
            return None;
        }
        let scale = Scale::log_over(values.into_iter().chain(self.is_ratio.then_some(1.0)));
        let (left, right, top) = (8.0, WIDTH - 20.0, 44.0);
        let height = top + ROW * programs.len() as f64;
        let across = |value: f64| left + scale.place(value) * (right - left);
        let described = Described {
            title: format!("{} of all programs", self.title),
            description: "A row for each program, a marker for each configuration. The numbers are in the table below."
                .into(),
        };
        let mut svg = picture(page.id(), WIDTH, height, &described);
        svg.push(label("name", 0.0, 13.0, Anchor::Start, self.title));
        let mut free_from = f64::NEG_INFINITY;
        for tick in (self.ticks)(scale) {
            let x = across(tick.value);
            let class = if self.is_ratio && tick.value == 1.0 { "reference" } else { "grid" };
            svg.push(line(class, (x, top - 6.0), (x, height)));
            let half = super::svg::text_width(&tick.label) / 2.0;
            if x - half > free_from {
                svg.push(label("tick", x.clamp(half, WIDTH - half), 31.0, Anchor::Middle, &tick.label));
                free_from = x + half + 6.0;
            }
        }
        for (row, program) in programs.iter().enumerate() {
            let y = top + row as f64 * ROW;
            svg.push(label("tick on", 0.0, y + 10.0, Anchor::Start, &fitted(&program.name, WIDTH)));
            svg.push(line("axis", (0.0, y + 24.0), (WIDTH, y + 24.0)));
            svg.push(self.dots(page, program, y + 24.0, &across));
        }
        Some(svg)
    }

    fn dots(&self, page: &Page<'_>, program: &Program, y: f64, across: &dyn Fn(f64) -> f64) -> Element {
        let mut series: Vec<(&Look, &Series)> =
            program.main_series().into_iter().map(|series| (page.look(series), series)).collect();
        series = page.reference_last(series);
        let mut group = el("g");
        for (look, series) in series {
            let dot = |x: f64| look.group().child(look.marker(x, y));
            let x = match (self.value)(page, program, series) {
                Some(value) => across(value),
                None if self.is_ratio && series.error.is_some() => {
                    let x = WIDTH - 7.0;
                    let ends = [((x - 4.0, y - 4.0), (x + 4.0, y + 4.0)), ((x - 4.0, y + 4.0), (x + 4.0, y - 4.0))];
                    let cross = ends.map(|(from, to)| line("fail", from, to));
                    let text = el("title").text(format_args!("{} failed", look.label));
                    group.push(look.group().child(text).children(cross));
                    continue;
                }
                None => continue,
            };
            let value = (self.value)(page, program, series).map(self.show).unwrap_or_default();
            group.push(dot(x).child(el("title").text(format_args!("{}: {value}", look.label))));
        }
        group
    }
}

fn table(page: &Page<'_>) -> Table {
    let headings =
        ["on", "time", "ratio", "overhead", "longest pause", "longest stall", "latency 99.9 %", "peak memory"];
    let mut table = Table::new("All programs", &headings);
    for (number, program) in page.results.programs.iter().enumerate() {
        table.group(el("a").attr("href", format_args!("#p{number}")).text(&program.name));
        for series in program.main_series() {
            let name = page.look(series).named();
            if let Some(failure) = &series.error {
                table.failure(name, failure.kind.name(), &failure.message);
                continue;
            }
            let worst = |metric: Metric| series.worst(|round| metric.of(round)).map(time);
            let numbers = [
                Cost::Wall.median(series).map(time),
                time_ratio(page, program, series).map(times),
                Cost::Wall.overhead(series, program).map(times),
                worst(Metric::LongestPause),
                worst(Metric::LongestStall),
                worst(Metric::OpenLoopP999),
                series.median(|round| Metric::PeakMemory.of(round)).map(bytes),
            ];
            table.row(name, numbers);
        }
    }
    table
}
