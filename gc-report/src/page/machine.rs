//! The machine's calibration, and how the measurement was made.

use super::Page;
use super::element::{Element, el};
use super::figure::Figure;
use super::look::Look;
use super::percentiles;
use super::plot::Curve;
use super::svg::Described;
use super::table::{Table, words};
use crate::number::{bandwidth, bytes, count, percent, time};
use crate::schema::Calibration;

pub(crate) fn section(page: &Page<'_>) -> Option<Element> {
    let results = page.results;
    let heading = el("h2").attr("id", "machineh").text("Machine and method");
    let mut section = el("section").attr("id", "machine").attr("aria-labelledby", "machineh").child(heading);
    let facts = facts(page);
    if !facts.is_empty() {
        section.push(list(facts));
    }
    if let Some(calibration) = &results.calibration {
        section.push(el("h3").text("Calibration"));
        section.push(el("p").class("small").text(
            "What this machine can do without any collector: the bounds that the figures above are to be seen against.",
        ));
        section.push(calibration_table(calibration));
        section.push(el("div").class("figures").children(jitter(page, calibration)));
    }
    if !results.options.is_empty() {
        section.push(el("h3").text("Options of the measurement"));
        section.push(list(results.options.iter().map(|(name, value)| (name.clone(), value.clone())).collect()));
    }
    Some(section.child(method()))
}

fn facts(page: &Page<'_>) -> Vec<(String, String)> {
    let machine = &page.results.machine;
    let facts = [
        ("Processor", Some(machine.processor.clone())),
        ("Processors to use", machine.cores.map(|cores| cores.to_string())),
        ("Memory", machine.memory_bytes.map(|size| bytes(size as f64))),
        ("System", Some(machine.system.clone())),
        ("Measured", Some(page.results.date.clone())),
    ];
    let told = facts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    told.filter(|(_, value)| !value.is_empty()).collect()
}

fn list(facts: Vec<(String, String)>) -> Element {
    let entry = |(name, value): (String, String)| el("div").child(el("dt").text(name)).child(el("dd").text(value));
    el("dl").class("facts").children(facts.into_iter().map(entry))
}

fn calibration_table(calibration: &Calibration) -> Element {
    let mut table = Table::new("Calibration", &["what", "measured"]).below_heading();
    let mut row = |what: &str, value: Option<String>| {
        if let Some(value) = value {
            table.row(words(what), [Some(value)]);
        }
    };
    row("Load from memory, address known only from the load before", calibration.dependent_load_ns.map(time));
    row("Load from memory, address known beforehand", calibration.independent_load_ns.map(time));
    row("Reading from end to end", calibration.sequential_bytes_per_second.map(bandwidth));
    row("Memory that the loads are spread over", calibration.footprint_bytes.map(|size| bytes(size as f64)));
    row("Allocation by moving a pointer", calibration.bump_allocation_ns.map(time));
    row("Reading the clock", calibration.clock_reading_ns.map(time));
    row("Cost of recording, as a share of the program's time", calibration.recorder_share.map(percent));
    let jitter = &calibration.sleep_jitter;
    row("Sleeping thread, wakes too late by (99 %)", jitter.quantile(0.99).map(|ns| time(ns as f64)));
    row("The same, at worst", jitter.max().map(|ns| time(ns as f64)));
    table.element()
}

/// What the machine adds to any latency.
fn jitter(page: &Page<'_>, calibration: &Calibration) -> Option<Element> {
    let jitter = &calibration.sleep_jitter;
    if jitter.is_empty() {
        return None;
    }
    let look = Look::alone("sleeping thread");
    let mut table = Table::new("Lateness of a sleeping thread", &percentiles::headings("times"));
    table.row(words("sleeping thread"), percentiles::numbers(jitter));
    let caption = format!(
        "A thread that only sleeps, a millisecond at a time, {} times, wakes this much too late: latencies of the same size \
         are the machine's, not the collector's.",
        count(jitter.count())
    );
    let described = Described {
        title: "Lateness of a sleeping thread by percentile".into(),
        description: "One curve; the numbers are in the table below.".into(),
    };
    let plot = percentiles::plot(described, "wakes too late by", vec![Curve::new(&look, percentiles::steps(jitter))]);
    let figure = Figure { title: "What the machine adds", caption, legend: Vec::new(), table };
    Some(figure.plot(page, |width, id| plot.draw(width, id)))
}

fn method() -> Element {
    let item = |term: &'static str, text: &'static str| el("div").child(el("dt").text(term)).child(el("dd").text(text));
    let words = [
        (
            "Rounds",
            "Each round of each series is a process of its own, and the series take turns. Figures are medians over \
             the rounds, ± half the distance from the least to the greatest; histograms hold all rounds.",
        ),
        ("Pause", "An interval in which the program could not run, by the collector's own account."),
        ("Stall", "The time of a batch of operations, measured by the same code for every collector."),
        (
            "Open loop",
            "Requests come at a fixed rate whether or not the one before is done; latency is from the intended start.",
        ),
        (
            "Utilisation",
            "MMU(w) is 1 less the largest share of any window of length w that lies in pauses (Cheng and Blelloch, 2001).",
        ),
        ("Overhead", "Cost ÷ the least cost that any configuration reached at any heap size (Cai et al., 2022)."),
        ("Ratios", "Only ratios within one run on one machine are to be compared: absolute figures drift."),
    ];
    let list = el("dl").class("method").children(words.into_iter().map(|(term, text)| item(term, text)));
    el("details").class("method").child(el("summary").text("How to read these figures")).child(list)
}
