//! The section of one program.

use std::collections::BTreeSet;

use super::element::{Element, el};
use super::number::{percent, three_digits};
use super::table::Table;
use super::{Page, cost, heap_size, occupancy, percentiles, timeline, utilisation};
use crate::schema::{Program, Series};
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

/// Figures that only this program has.
fn figures_table(page: &Page<'_>, program: &Program) -> Option<Element> {
    let main = program.main_series();
    let rounds = || main.iter().flat_map(|series| series.good_rounds());
    let names: BTreeSet<&String> = rounds().flat_map(|round| round.figures.keys()).collect();
    let has_shrunk = rounds().any(|round| round.shrunk_bytes.is_some());
    let has_peak = rounds().any(|round| round.peak_bytes.is_some());
    let has_operations = rounds().any(|round| round.operations > 0);
    let mut headings: Vec<&str> = vec!["on"];
    headings.extend(has_operations.then_some("time per operation"));
    headings.extend(has_peak.then_some("peak memory"));
    headings.extend(has_shrunk.then_some("after shrinking"));
    headings.extend(names.iter().map(|name| name.as_str()));
    if headings.len() == 1 {
        return None;
    }
    let mut table = Table::new("Figures, medians over the rounds", &headings);
    for series in &main {
        let name = page.look(series).named();
        if let Some(failure) = &series.error {
            table.failure(name, failure.kind.name(), &failure.message);
            continue;
        }
        let bytes = |of: fn(&crate::Round) -> Option<u64>| {
            series.median(|round| of(round).map(|bytes| bytes as f64)).map(super::number::bytes)
        };
        let per_operation = series.median(|round| ratio(round.wall_ns as f64, round.operations as f64));
        let mut cells = Vec::new();
        cells.extend(has_operations.then(|| per_operation.map(super::number::time)));
        cells.extend(has_peak.then(|| bytes(|round| round.peak_bytes)));
        cells.extend(has_shrunk.then(|| bytes(|round| round.shrunk_bytes)));
        cells.extend(
            names.iter().map(|&name| series.median(|round| round.figures.get(name).copied()).map(three_digits)),
        );
        table.row(name, cells);
    }
    Some(table.element())
}
