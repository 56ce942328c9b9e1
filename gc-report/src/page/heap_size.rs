//! Lower-bound overhead over the size of the heap.

use super::Page;
use super::element::Element;
use super::figure::Figure;
use super::plot::{Axis, Curve, Plot, Unit};
use super::scale::{Scale, Tick, log_ticks};
use super::svg::Described;
use super::table::{Table, words};
use crate::number::{three_digits, times};
use crate::overhead::Cost;
use crate::schema::{Program, Series};

/// One figure for wall time and one for processor time, if any series has a heap factor.
pub(crate) fn figures(page: &Page<'_>, program: &Program) -> Vec<Element> {
    Cost::ALL.into_iter().filter_map(|cost| figure(page, program, cost)).collect()
}

fn figure(page: &Page<'_>, program: &Program, cost: Cost) -> Option<Element> {
    let sized: Vec<&Series> = program.series.iter().filter(|series| series.heap_factor.is_some()).collect();
    if !sized.iter().any(|series| cost.overhead(series, program).is_some()) {
        return None;
    }
    let mut factors: Vec<f64> = sized.iter().filter_map(|series| series.heap_factor).collect();
    factors.sort_by(f64::total_cmp);
    factors.dedup();
    let mut labels: Vec<String> = Vec::new();
    for series in &sized {
        if !labels.contains(&series.label()) {
            labels.push(series.label());
        }
    }
    let at = |label: &str, factor: f64| {
        sized.iter().find(|series| series.label() == label && series.heap_factor == Some(factor)).copied()
    };
    let (title, what) = match cost {
        Cost::Wall => ("Overhead in time, by heap size", "time"),
        Cost::Cpu => ("Overhead in processor time, by heap size", "processor time"),
    };
    let headings: Vec<String> =
        std::iter::once("on".to_owned()).chain(factors.iter().map(|&factor| times(factor))).collect();
    let mut table = Table::new(format!("{}: {title}", program.name), &headings);
    for label in &labels {
        let cell = |&factor: &f64| {
            let series = at(label, factor)?;
            match &series.error {
                Some(failure) => Some(failure.kind.name().to_owned()),
                None => cost.overhead(series, program).map(three_digits),
            }
        };
        table.row(page.looks.get(label).named(), factors.iter().map(cell));
    }
    let unlimited = program.series.iter().filter(|series| series.heap_factor.is_none());
    for (series, overhead) in unlimited.filter_map(|series| Some((series, cost.overhead(series, program)?))) {
        let name = page.look(series).named().text(" (no limit)");
        table.row(name, [Some(three_digits(overhead))]);
    }
    if factors.is_empty() {
        table.row(words("nothing"), []);
    }
    let curve = |label: &String| {
        let point = |&factor: &f64| Some((factor, cost.overhead(at(label, factor)?, program)?));
        let failed = |&&factor: &&f64| at(label, factor).is_some_and(|series| series.error.is_some());
        let points = factors.iter().filter_map(point).collect();
        let failed_at = factors.iter().filter(failed).copied().collect();
        Curve { every_point: true, failed_at, ..Curve::new(page.looks.get(label), points) }
    };
    let mut curves: Vec<Curve<'_>> = labels.iter().map(curve).collect();
    curves.sort_by_key(|curve| curve.look.is_reference);
    // One scale for both costs, so that the two figures can be compared.
    let both =
        Cost::ALL.into_iter().flat_map(|cost| sized.iter().filter_map(move |series| cost.overhead(series, program)));
    let overheads = both.chain([1.0]);
    let y = Scale::log_over_at_least(0.3, overheads);
    let x = Scale::Log { least: factors.first()? * 0.97, most: factors.last()? * 1.03 };
    let mut caption = format!(
        "{} ÷ the least that anything took, over the heap's limit as a multiple of the smallest heap in which the \
         program runs. 1 is the bound; lower is better.",
        capital(what)
    );
    if curves.iter().any(|curve| !curve.failed_at.is_empty()) {
        caption += " A cross at the top: it fails in so small a heap.";
    }
    let legend = curves.iter().map(|curve| curve.look).collect();
    let plot = Plot {
        described: Described {
            title: format!("Lower-bound overhead of {} over heap size, {what}", program.name),
            description: "A curve for each collector, with a point for each heap size.".into(),
        },
        x: Axis {
            scale: x,
            ticks: factors.iter().map(|&factor| Tick::new(factor, format!("{factor}\u{a0}×"))).collect(),
            title: "limit of the heap".into(),
            unit: Unit::Times,
        },
        y: Axis {
            scale: y,
            ticks: log_ticks(y, |ratio| format!("{ratio}\u{a0}×")),
            title: format!("overhead in {what}"),
            unit: Unit::Times,
        },
        curves,
    };
    Some(Figure { title, caption, legend, table }.plot(page, |width, id| plot.draw(width, id)))
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
