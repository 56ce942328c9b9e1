//! What depends on the size of the heap: lower-bound overhead, and the collector's share of the time.

use super::Page;
use super::element::Element;
use super::figure::Figure;
use super::plot::{Axis, Curve, Plot, Unit};
use super::scale::{Scale, Tick, linear_ticks, log_ticks};
use super::svg::Described;
use super::table::{Table, words};
use crate::number::{bytes, percent, shorter, three_digits, times};
use crate::overhead::Cost;
use crate::schema::{Program, Series};

/// A figure each for wall time, processor time and the time in pauses, if any series has a heap factor.
pub(crate) fn figures(page: &Page<'_>, program: &Program) -> Vec<Element> {
    let by_size = BySize::of(program);
    Measure::ALL.into_iter().filter_map(|measure| by_size.figure(page, measure)).collect()
}

/// What is shown over the size of the heap.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Measure {
    Overhead(Cost),
    InPauses,
}

impl Measure {
    const ALL: [Self; 3] = [Self::Overhead(Cost::Wall), Self::Overhead(Cost::Cpu), Self::InPauses];

    fn title(self) -> &'static str {
        match self {
            Self::Overhead(Cost::Wall) => "Overhead in time, by heap size",
            Self::Overhead(Cost::Cpu) => "Overhead in processor time, by heap size",
            Self::InPauses => "Share of the time in pauses, by heap size",
        }
    }

    /// What the axis and the picture call it.
    fn name(self) -> &'static str {
        match self {
            Self::Overhead(Cost::Wall) => "overhead in time",
            Self::Overhead(Cost::Cpu) => "overhead in processor time",
            Self::InPauses => "share in pauses",
        }
    }

    fn caption(self) -> &'static str {
        match self {
            Self::Overhead(Cost::Wall) => "Time ÷ the least that anything took",
            Self::Overhead(Cost::Cpu) => "Processor time ÷ the least that anything took",
            Self::InPauses => "The collector's share of the time, in which the program could not run",
        }
    }

    fn of(self, series: &Series, program: &Program) -> Option<f64> {
        match self {
            Self::Overhead(cost) => cost.overhead(series, program),
            Self::InPauses => Some(series.median(|round| round.share_in_pauses())?.min(1.0)),
        }
    }

    fn show(self, value: f64) -> String {
        match self {
            Self::Overhead(_) => three_digits(value),
            Self::InPauses => percent(value),
        }
    }
}

/// The series of a program whose heap was limited.
struct BySize<'a> {
    program: &'a Program,
    series: Vec<&'a Series>,
    /// Ascending, each once.
    factors: Vec<f64>,
    /// Each once.
    labels: Vec<String>,
}

impl<'a> BySize<'a> {
    fn of(program: &'a Program) -> Self {
        let series: Vec<&Series> = program.series.iter().filter(|series| series.heap_factor.is_some()).collect();
        let mut factors: Vec<f64> = series.iter().filter_map(|series| series.heap_factor).collect();
        factors.sort_by(f64::total_cmp);
        factors.dedup();
        let mut labels: Vec<String> = Vec::new();
        for series in &series {
            if !labels.contains(&series.label()) {
                labels.push(series.label());
            }
        }
        Self { program, series, factors, labels }
    }

    fn at(&self, label: &str, factor: f64) -> Option<&'a Series> {
        let found = self.series.iter().find(|series| series.label() == label && series.heap_factor == Some(factor));
        found.copied()
    }

    /// The values of all series.
    fn values(&self, measure: Measure) -> impl Iterator<Item = f64> {
        self.series.iter().filter_map(move |series| measure.of(series, self.program))
    }

    fn figure(&self, page: &Page<'_>, measure: Measure) -> Option<Element> {
        let is_told = |series: &Series| match measure {
            Measure::Overhead(_) => measure.of(series, self.program).is_some(),
            Measure::InPauses => series.good_rounds().iter().any(|round| !round.pauses.is_empty()),
        };
        if !self.series.iter().any(|series| is_told(series)) {
            return None;
        }
        let mut curves: Vec<Curve<'_>> = self.labels.iter().map(|label| self.curve(page, measure, label)).collect();
        curves.sort_by_key(|curve| curve.look.is_reference);
        let mut caption = format!(
            "{}, over the heap's limit as a multiple of the smallest heap in which the program runs. {} is the bound; \
             lower is better.",
            measure.caption(),
            if measure == Measure::InPauses { 0 } else { 1 },
        );
        if curves.iter().any(|curve| !curve.failed_at.is_empty()) {
            caption += " A cross at the top: it fails in so small a heap.";
        }
        if measure == Measure::InPauses {
            caption.extend(self.series.iter().filter_map(|series| above_live(series)));
        }
        let legend = curves.iter().map(|curve| curve.look).collect();
        let plot = Plot {
            described: Described {
                title: format!("{} over heap size: {}", self.program.name, measure.name()),
                description: "A curve for each collector, with a point for each heap size.".into(),
            },
            x: Axis {
                scale: Scale::Log { least: self.factors.first()? * 0.97, most: self.factors.last()? * 1.03 },
                ticks: self.ticks(),
                title: "limit of the heap".into(),
                unit: Unit::Times,
            },
            y: self.axis(measure),
            curves,
        };
        let table = self.table(page, measure);
        let figure = Figure { title: measure.title(), caption, legend, table };
        Some(figure.plot(page, |width, id| plot.draw(width, id)))
    }

    /// A mark for each size but those that what is alive has chosen, which may lie close to another.
    fn ticks(&self) -> Vec<Tick> {
        let is_marked = |&&factor: &&f64| {
            self.series.iter().any(|series| series.heap_factor == Some(factor) && series.live_factor.is_none())
        };
        let marked = self.factors.iter().filter(is_marked);
        marked.map(|&factor| Tick::new(factor, format!("{factor}\u{a0}×"))).collect()
    }

    fn curve<'p>(&self, page: &'p Page<'_>, measure: Measure, label: &str) -> Curve<'p> {
        let point = |&factor: &f64| Some((factor, measure.of(self.at(label, factor)?, self.program)?));
        let failed = |&&factor: &&f64| self.at(label, factor).is_some_and(|series| series.error.is_some());
        let points = self.factors.iter().filter_map(point).collect();
        let failed_at = self.factors.iter().filter(failed).copied().collect();
        Curve { every_point: true, failed_at, ..Curve::new(page.looks.get(label), points) }
    }

    fn axis(&self, measure: Measure) -> Axis {
        let title = measure.name().into();
        match measure {
            Measure::Overhead(_) => {
                // One scale for both costs, so that the two figures can be compared.
                let both = Cost::ALL.into_iter().flat_map(|cost| self.values(Measure::Overhead(cost)));
                let scale = Scale::log_over_at_least(0.3, both.chain([1.0]));
                let ticks = log_ticks(scale, |ratio| format!("{ratio}\u{a0}×"));
                Axis { scale, ticks, title, unit: Unit::Times }
            }
            Measure::InPauses => {
                let most = self.values(measure).fold(0.01, f64::max);
                let ticks = linear_ticks(most, 4, |share| shorter(&percent(share)));
                Axis { scale: Scale::from_zero(most), ticks, title, unit: Unit::Share }
            }
        }
    }

    fn table(&self, page: &Page<'_>, measure: Measure) -> Table {
        let headings = std::iter::once("on".to_owned()).chain(self.factors.iter().map(|&factor| times(factor)));
        let headings: Vec<String> = headings.collect();
        let mut table = Table::new(format!("{}: {}", self.program.name, measure.title()), &headings);
        for label in &self.labels {
            let cell = |&factor: &f64| {
                let series = self.at(label, factor)?;
                match &series.error {
                    Some(failure) => Some(failure.kind.name().to_owned()),
                    None => measure.of(series, self.program).map(|value| measure.show(value)),
                }
            };
            table.row(page.looks.get(label).named(), self.factors.iter().map(cell));
        }
        if let Measure::Overhead(cost) = measure {
            let unlimited = self.program.series.iter().filter(|series| series.heap_factor.is_none());
            for series in unlimited {
                if let Some(overhead) = cost.overhead(series, self.program) {
                    table.row(page.look(series).named().text(" (no limit)"), [Some(three_digits(overhead))]);
                }
            }
        }
        if self.factors.is_empty() {
            table.row(words("nothing"), []);
        }
        table
    }
}

/// A sentence on the heap that was chosen by what is alive.
fn above_live(series: &Series) -> Option<String> {
    let (wanted, is) = (series.live_factor?, series.limit_over_live()?);
    let share = percent(series.median(|round| round.share_in_pauses())?);
    let (live, limit) = (bytes(series.live_bytes? as f64), bytes(series.heap_limit_bytes? as f64));
    let label = series.label();
    Some(if is > wanted * 1.01 {
        format!(
            " At most {live} is alive; {wanted} times that is less than the program needs. In the smallest heap, {limit}, \
             {label} spends {share} of the time in pauses."
        )
    } else {
        format!(
            " At most {live} is alive; in {wanted} times that, {limit}, {label} spends {share} of the time in pauses."
        )
    })
}
