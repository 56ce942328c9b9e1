//! Utilisation curves.

use super::Page;
use super::element::Element;
use super::figure::Figure;
use super::look::Look;
use super::plot::{Axis, Curve, Plot, Unit};
use super::scale::{Scale, Tick, log_ticks};
use super::svg::Described;
use super::table::Table;
use crate::number::{count, percent, percentile, time};
use crate::schema::{Program, UtilisationPoint};
use crate::utilisation::{LONGEST_WINDOW_NS, SHORTEST_WINDOW_NS};

const CAPTION: &str = "In the worst stretch of time of each length, the share in which the program could run. Higher is \
                       better; 0 means that one pause fills the window.";

const WINDOWS_NS: [u64; 5] = [100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000];

/// Nothing where no series tells its pauses one by one.
pub(crate) fn figure(page: &Page<'_>, program: &Program) -> Option<Element> {
    let series = program.main_series();
    let mut told: Vec<(&Look, Vec<UtilisationPoint>)> =
        series.iter().map(|series| (page.look(series), series.utilisation())).collect();
    told.retain(|(_, curve)| !curve.is_empty());
    if told.is_empty() {
        return None;
    }
    let headings: Vec<String> =
        ["on".to_owned()].into_iter().chain(WINDOWS_NS.map(|window_ns| time(window_ns as f64))).collect();
    let title = format!("{}: least share left to the program, by window", program.name);
    let mut table = Table::new(title, &headings);
    for (look, curve) in &told {
        let at = |window_ns| curve.iter().find(|point| point.window_ns == window_ns).map(|p| percent(p.utilisation));
        table.row(look.named(), WINDOWS_NS.map(at));
    }
    let mut caption = CAPTION.to_owned();
    // A curve that was measured is about all pauses, whatever the list leaves out.
    let listed = series.iter().flat_map(|series| series.good_rounds()).filter(|round| round.utilisation.is_empty());
    let left_out = listed.fold(0, |sum: u64, round| sum.saturating_add(round.pauses_left_out));
    if left_out > 0 {
        caption += &format!(" Of the last pauses only (not listed, since earlier: {}).", count(left_out));
    }
    let longest = told.iter().filter_map(|(_, curve)| curve.last()).map(|point| point.window_ns).max().unwrap_or(0);
    let legend = told.iter().map(|(look, _)| *look).collect();
    let curves = page.reference_last(told).into_iter().map(|(look, curve)| {
        Curve::new(look, curve.iter().map(|point| (point.window_ns as f64, point.utilisation)).collect())
    });
    // A short run has no long windows.
    let x = Scale::Log {
        least: SHORTEST_WINDOW_NS as f64,
        most: longest.clamp(10 * SHORTEST_WINDOW_NS, LONGEST_WINDOW_NS) as f64,
    };
    let share = |share: f64| Tick::new(share, percentile(share));
    let plot = Plot {
        described: Described {
            title: format!("Minimum mutator utilisation of {}", program.name),
            description: "Least share of any window that is left to the program, from 0.1 ms to 1 s.".into(),
        },
        x: Axis { scale: x, ticks: log_ticks(x, time), title: "length of the window".into(), unit: Unit::Time },
        y: Axis {
            scale: Scale::Linear { least: 0.0, most: 1.0 },
            ticks: [0.0, 0.25, 0.5, 0.75, 1.0].map(share).into(),
            title: "left to the program".into(),
            unit: Unit::Share,
        },
        curves: curves.collect(),
    };
    let figure = Figure { title: "Minimum mutator utilisation", caption, legend, table };
    Some(figure.plot(page, |width, id| plot.draw(width, id)))
}
