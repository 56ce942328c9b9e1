//! Percentile curves on the axes of HdrHistogram: every step to the right is a nine more.

use super::Page;
use super::element::Element;
use super::figure::Figure;
use super::look::Look;
use super::plot::{Axis, Curve, Plot, Unit};
use super::scale::{Scale, Tick, log_ticks};
use super::svg::Described;
use super::table::Table;
use crate::number::{count, percentile, three_digits, time};
use crate::schema::{Histogram, Program, Round, Series};

const PERCENTILES: [f64; 5] = [0.5, 0.9, 0.99, 0.999, 0.9999];

/// What is drawn, and how it is told.
struct Subject {
    title: &'static str,
    caption: &'static str,
    axis: &'static str,
    of: fn(&Round) -> &Histogram,
    /// Drawn thin beside it.
    beside: Option<fn(&Round) -> &Histogram>,
}

const PAUSES: Subject = Subject {
    title: "Pauses",
    caption: "How long the collector stopped the program, by its own account. At 99.9\u{a0}%, one pause in a thousand is \
              longer. Lower is better.",
    axis: "length of a pause",
    of: |round| &round.pauses,
    beside: None,
};

const OPEN_LOOP: Subject = Subject {
    title: "Latency, open loop",
    caption: "Requests arrive at a fixed rate, and each is timed from when it should have started: a stall counts for all \
              that it delays. Lower is better.",
    axis: "latency of a request",
    of: |round| &round.open_loop,
    beside: Some(|round| &round.closed_loop),
};

const CLOSED_LOOP: Subject = Subject {
    title: "Latency, closed loop",
    caption: "Each request is timed from its actual start, after the one before it has ended: a stall counts once, however \
              many requests it delays.",
    axis: "latency of a request",
    of: |round| &round.closed_loop,
    beside: None,
};

const STALLS: Subject = Subject {
    title: "Stalls",
    caption: "Times of equal batches of operations, measured alike for every collector: what interrupts the program makes \
              a batch longer, whoever accounts for it. Lower is better.",
    axis: "time of a batch",
    of: |round| &round.stalls,
    beside: None,
};

/// What a series has to say about a subject.
struct Told<'a> {
    look: &'a Look,
    main: Histogram,
    beside: Histogram,
}

/// Pauses, latencies and stalls, as far as the program has them.
pub(crate) fn figures(page: &Page<'_>, program: &Program) -> Vec<Element> {
    let mut rounds = program.series.iter().flat_map(|series| series.good_rounds());
    let has_open_loop = rounds.any(|round| !round.open_loop.is_empty());
    let subjects = [Some(PAUSES), Some(OPEN_LOOP), (!has_open_loop).then_some(CLOSED_LOOP), Some(STALLS)];
    subjects.into_iter().flatten().filter_map(|subject| figure(page, program, &subject)).collect()
}

fn figure(page: &Page<'_>, program: &Program, subject: &Subject) -> Option<Element> {
    let of = |series: &Series| {
        let beside = subject.beside.map(|of| series.pooled(of)).unwrap_or_default();
        Told { look: page.look(series), main: series.pooled(subject.of), beside }
    };
    let mut told: Vec<Told<'_>> = program.main_series().into_iter().map(of).collect();
    told.retain(|told| !told.main.is_empty());
    if told.is_empty() {
        return None;
    }
    let mut table = Table::new(format!("{}: {}", program.name, subject.title), &headings("times"));
    for Told { look, main, beside } in &told {
        table.row(look.named(), numbers(main));
        if !beside.is_empty() {
            table.row(look.named().text(" (closed loop)"), numbers(beside));
        }
    }
    let mut caption = subject.caption.to_owned();
    if told.iter().any(|told| !told.beside.is_empty()) {
        caption += " Thin: timed from the actual start instead (closed loop).";
    }
    let rates = program.series.iter().flat_map(|series| &series.rounds).filter_map(|round| round.open_loop_rate);
    if let Some(rate) = rates.reduce(f64::max).filter(|_| subject.title == OPEN_LOOP.title) {
        caption += &format!(" {} requests a second.", three_digits(rate));
    }
    let legend = told.iter().map(|told| told.look).collect();
    let described = Described {
        title: format!("{} of {} by percentile", subject.title, program.name),
        description: "A curve for each collector; the numbers are in the table below.".into(),
    };
    // Thin curves below all others, the reference above.
    told.sort_by_key(|told| told.look.is_reference);
    let thin = told.iter().filter(|told| !told.beside.is_empty());
    let thin = thin.map(|told| Curve { faint: true, ..Curve::new(told.look, steps(&told.beside)) });
    let curves = thin.chain(told.iter().map(|told| Curve::new(told.look, steps(&told.main)))).collect();
    let plot = plot(described, subject.axis, curves);
    Some(Figure { title: subject.title, caption, legend, table }.plot(page, |width, id| plot.draw(width, id)))
}

/// A plot of percentile curves.
pub(crate) fn plot<'a>(described: Described, axis: &str, curves: Vec<Curve<'a>>) -> Plot<'a> {
    let all = || curves.iter().flat_map(|curve| &curve.points);
    let most = all().map(|point| point.0).fold(1.0, f64::max);
    let x = Scale::Linear { least: 0.0, most };
    let y = Scale::log_over(all().map(|point| point.1));
    let nines = (1..=(most.floor() as i32)).map(|nines| 1.0 - 10_f64.powi(-nines));
    let ticks = std::iter::once(0.0).chain([0.5]).chain(nines);
    let ticks = ticks.map(|share| Tick::new(nines_of(share), percentile(share))).collect();
    Plot {
        described,
        x: Axis { scale: x, ticks, title: "percentile".into(), unit: Unit::Nines },
        y: Axis { scale: y, ticks: log_ticks(y, time), title: axis.into(), unit: Unit::Time },
        curves,
    }
}

/// Where a percentile lies: 1 for 90 %, 2 for 99 %, …. No histogram has more than twelve nines.
fn nines_of(share: f64) -> f64 {
    (-(1.0 - share).log10()).clamp(0.0, 12.0)
}

/// The distribution as a staircase. The greatest value ends half a value short of 100 %, which is infinitely
/// far.
pub(crate) fn steps(histogram: &Histogram) -> Vec<(f64, f64)> {
    let count = histogram.count() as f64;
    let mut below = 0_u64;
    let mut points = Vec::with_capacity(histogram.buckets().len() * 2);
    for &(value, times) in histogram.buckets() {
        let from = nines_of(below as f64 / count);
        below = below.saturating_add(times);
        let to = nines_of((below as f64).min(count - 0.5) / count);
        points.extend([(from, value as f64), (to, value as f64)]);
    }
    points
}

/// The columns of [`numbers`].
pub(crate) fn headings(what: &str) -> Vec<String> {
    let fixed = ["on".to_owned(), what.to_owned()];
    fixed.into_iter().chain(PERCENTILES.map(percentile)).chain(["greatest".to_owned()]).collect()
}

pub(crate) fn numbers(histogram: &Histogram) -> Vec<Option<String>> {
    let values = PERCENTILES.map(|share| histogram.quantile(share));
    let shown = values.into_iter().chain([histogram.max()]).map(|ns| Some(time(ns? as f64)));
    std::iter::once(Some(count(histogram.count()))).chain(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_curve_is_the_staircase_of_its_histogram() {
        let points = steps(&Histogram::of_buckets([(100, 90), (700, 9), (900, 1)]));
        let rounded: Vec<_> = points.iter().map(|(x, y)| ((x * 1000.0).round() / 1000.0, *y)).collect();
        assert_eq!(rounded, [(0.0, 100.0), (1.0, 100.0), (1.0, 700.0), (2.0, 700.0), (2.0, 900.0), (2.301, 900.0)]);
    }

    #[test]
    fn a_single_value_is_a_line() {
        let points = steps(&Histogram::of_values([5]));
        assert_eq!((points[0], points[1].1), ((0.0, 5.0), 5.0));
        assert!(points[1].0 > 0.0 && points[1].0.is_finite());
    }
}
