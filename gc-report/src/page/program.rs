//! The section of one program.

use std::collections::BTreeSet;

use super::element::{Element, el};
use super::table::Table;
use super::{Page, cost, heap_size, occupancy, percentiles, phases, timeline, utilisation};
use crate::compare::Metric;
use crate::number::{bytes, percent, three_digits, time};
use crate::schema::{Program, Round, Series};
use crate::statistics::ratio;

/// The share of its time for which a process waited for a processor, above which a row is not to be trusted.
const BUSY: f64 = 0.02;

pub(crate) fn section(page: &Page<'_>, number: usize, program: &Program) -> Element {
    let id = format!("p{number}");
    let heading = el("h2").attr("id", format_args!("{id}h")).text(&program.name);
    let mut section = el("section").attr("id", &id).attr("aria-labelledby", format_args!("{id}h")).child(heading);
    if !program.description.is_empty() {
        section.push(el("p").class("lead").text(sentence(&program.description)));
    }
    if !program.operation.is_empty() {
        section.push(el("p").class("small").text(format_args!("One operation: {}.", program.operation)));
    }
    section
        .children(failures(page, program))
        .children(busy(page, program))
        .children(figures_table(page, program))
        .child(pictures(page, program))
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let mut sentence: String = chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default();
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

fn pictures(page: &Page<'_>, program: &Program) -> Element {
    let pictures = cost::figure(page, program)
        .into_iter()
        .chain(percentiles::figures(page, program))
        .chain(utilisation::figure(page, program))
        .chain(heap_size::figures(page, program))
        .chain(phases::figure(page, program))
        .chain(timeline::figure(page, program))
        .chain(occupancy::figure(page, program));
    el("div").class("figures").children(pictures)
}

/// What has no figures, and why.
fn failures(page: &Page<'_>, program: &Program) -> Option<Element> {
    let failed = program.series.iter().filter_map(|series| Some((series, series.error.as_ref()?)));
    let items: Vec<Element> = failed
        .map(|(series, failure)| {
            let size = series.heap_factor.map(|factor| format!(" at {factor}\u{a0}×")).unwrap_or_default();
            let what = el("strong").text(failure.kind.name());
            let message = if failure.message.is_empty() { String::new() } else { format!(": {}", failure.message) };
            el("li").child(page.look(series).named()).text(size).text(" – ").child(what).text(message)
        })
        .collect();
    (!items.is_empty()).then(|| el("ul").class("failures").attr("aria-label", "Failures").children(items))
}

/// Series whose processes had to wait for a processor.
fn busy(page: &Page<'_>, program: &Program) -> Option<Element> {
    let waited = |series: &&Series| {
        let share = series.worst(|round| ratio(round.waited_ns? as f64, round.wall_ns as f64))?;
        (share > BUSY).then(|| (page.look(series).label.clone(), share))
    };
    let busy: Vec<_> = program.main_series().iter().filter_map(waited).collect();
    let worst = busy.iter().map(|(_, share)| *share).fold(0.0, f64::max);
    let labels: Vec<&str> = busy.iter().map(|(label, _)| label.as_str()).collect();
    let text = format!(
        "The machine was busy with something else: {} waited for a processor, for up to {} of a round. Long stalls may be \
         the scheduler's.",
        labels.join(", "),
        percent(worst)
    );
    (!busy.is_empty()).then(|| el("p").class("notice").attr("role", "note").text(text))
}

/// A column of the table: its heading, and what it says of a series.
struct Column {
    heading: String,
    cell: Box<dyn Fn(&Series) -> Option<String>>,
}

impl Column {
    fn new(heading: &str, cell: impl Fn(&Series) -> Option<String> + 'static) -> Self {
        Self { heading: heading.to_owned(), cell: Box::new(cell) }
    }

    /// The median of a figure.
    fn median(heading: &str, of: fn(&Round) -> Option<f64>, show: fn(f64) -> String) -> Self {
        Self::new(heading, move |series| series.median(of).map(show))
    }
}

/// The figures of all series at a glance. What no series tells has no column.
fn figures_table(page: &Page<'_>, program: &Program) -> Option<Element> {
    let main = program.main_series();
    let per_operation = |round: &Round| ratio(round.wall_ns as f64, round.operations as f64);
    let paused = |round: &Round| round.share_in_pauses().filter(|_| !round.pauses.is_empty());
    let longest = |metric: Metric| move |series: &Series| series.worst(|round| metric.of(round)).map(time);
    let mut columns = vec![
        Column::median("time", |round| Metric::Wall.of(round), time),
        Column::median("per operation", per_operation, time),
        Column::new("longest pause", longest(Metric::LongestPause)),
        Column::median("share in pauses", paused, percent),
        Column::new("longest stall", longest(Metric::LongestStall)),
        Column::median("peak memory", |round| Metric::PeakMemory.of(round), bytes),
        Column::median("after shrinking", |round| Metric::ShrunkMemory.of(round), bytes),
    ];
    let names: BTreeSet<String> =
        main.iter().flat_map(|series| series.good_rounds()).flat_map(|round| round.figures.keys().cloned()).collect();
    columns.extend(names.into_iter().map(|name| {
        let heading = name.clone();
        let median = move |series: &Series| series.median(|round| round.figures.get(&name).copied());
        Column::new(&heading, move |series| median(series).map(three_digits))
    }));
    columns.retain(|column| main.iter().any(|series| (column.cell)(series).is_some()));
    if columns.is_empty() {
        return None;
    }
    let headings: Vec<&str> = ["on"].into_iter().chain(columns.iter().map(|column| column.heading.as_str())).collect();
    let caption = "Medians over the rounds; the longest pause and stall are those of all rounds";
    let mut table = Table::new(caption, &headings);
    for series in &main {
        let name = page.look(series).named();
        match &series.error {
            Some(failure) => table.failure(name, failure.kind.name(), &failure.message),
            None => table.row(name, columns.iter().map(|column| (column.cell)(series))),
        }
    }
    Some(table.element())
}
