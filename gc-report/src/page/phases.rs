//! What pauses are spent on: a bar for each phase, a row of the table for each cause.

use super::Page;
use super::element::Element;
use super::figure::Figure;
use super::look::Look;
use super::svg::{Anchor, Described, Width, fitted, label, picture, rectangle};
use super::table::Table;
use crate::number::{count, percent, time};
use crate::schema::{Pause, Program, Series};

const WIDTH: f64 = Width::Narrow.units();
const TOP: f64 = 26.0;
const ROW: f64 = 22.0;

/// A phase or a cause, how often it occurred, and its time.
#[derive(Clone, Debug, PartialEq)]
struct Share {
    name: String,
    count: u64,
    total_ns: u64,
    longest_ns: u64,
}

/// Nothing where no series tells the phases of its pauses.
pub(crate) fn figure(page: &Page<'_>, program: &Program) -> Option<Element> {
    let told: Vec<(&Look, &Series)> = program
        .main_series()
        .into_iter()
        .filter(|series| !phases(series).is_empty())
        .map(|series| (page.look(series), series))
        .collect();
    if told.is_empty() {
        return None;
    }
    let headings = ["on", "what", "times", "in all", "share", "longest"];
    let mut table = Table::new(format!("{}: pauses by phase and by cause", program.name), &headings);
    for (look, series) in &told {
        let all_ns: u64 = pauses(series).fold(0, |sum, pause| sum.saturating_add(pause.duration_ns));
        for (kind, shares) in [("phase", phases(series)), ("cause", causes(series))] {
            for share in shares {
                let part = (all_ns > 0).then(|| percent(share.total_ns as f64 / all_ns as f64));
                let what = Some(format!("{kind} {}", share.name));
                let times = [share.total_ns, share.longest_ns].map(|ns| Some(time(ns as f64)));
                let [total, longest] = times;
                table.row(look.named(), [what, Some(count(share.count)), total, part, longest]);
            }
        }
    }
    let strips = told.iter().map(|(look, series)| strip(page, program, look, series));
    let caption = "Time in pauses by phase, as far as the collector tells, with the share of all pause time. The table has \
                   the causes too.";
    let figure = Figure { title: "What pauses are spent on", caption: caption.into(), legend: Vec::new(), table };
    Some(figure.strips(strips))
}

fn pauses(series: &Series) -> impl Iterator<Item = &Pause> {
    series.good_rounds().iter().flat_map(|round| &round.pause_list)
}

fn phases(series: &Series) -> Vec<Share> {
    let phases = pauses(series).flat_map(|pause| &pause.phases).filter(|(_, ns)| *ns > 0);
    gathered(phases.map(|(name, ns)| (name.as_str(), *ns)))
}

fn causes(series: &Series) -> Vec<Share> {
    gathered(
        pauses(series).filter(|pause| !pause.cause.is_empty()).map(|pause| (pause.cause.as_str(), pause.duration_ns)),
    )
}

/// By name, the greatest total first.
fn gathered<'a>(parts: impl Iterator<Item = (&'a str, u64)>) -> Vec<Share> {
    let mut shares: Vec<Share> = Vec::new();
    for (name, ns) in parts {
        match shares.iter_mut().find(|share| share.name == name) {
            Some(share) => {
                share.count += 1;
                share.total_ns = share.total_ns.saturating_add(ns);
                share.longest_ns = share.longest_ns.max(ns);
            }
            None => shares.push(Share { name: name.to_owned(), count: 1, total_ns: ns, longest_ns: ns }),
        }
    }
    shares.sort_by(|a, b| b.total_ns.cmp(&a.total_ns).then_with(|| a.name.cmp(&b.name)));
    shares
}

fn strip(page: &Page<'_>, program: &Program, look: &Look, series: &Series) -> Element {
    let shares = phases(series);
    let all_ns: u64 = pauses(series).fold(0, |sum, pause| sum.saturating_add(pause.duration_ns));
    let most_ns = shares.first().map_or(1, |share| share.total_ns).max(1);
    let described = Described {
        title: format!("Pauses of {} on {} by phase", program.name, look.label),
        description: "A bar for each phase, the longest in all first.".into(),
    };
    let mut svg = picture(page.id(), WIDTH, TOP + ROW * shares.len() as f64, &described);
    svg.push(look.group().child(look.marker(6.0, 9.0)));
    svg.push(label("name", 17.0, 13.0, Anchor::Start, &fitted(&look.label, WIDTH - 20.0)));
    let (left, right) = (82.0, WIDTH - 112.0);
    for (row, share) in shares.iter().enumerate() {
        let y = TOP + row as f64 * ROW;
        let length = (share.total_ns as f64 / most_ns as f64 * (right - left)).max(1.0);
        let part = share.total_ns as f64 / all_ns.max(1) as f64;
        let value = format!("{} · {}", time(share.total_ns as f64), percent(part));
        svg.push(label("tick on", left - 8.0, y + 12.0, Anchor::End, &fitted(&share.name, left - 8.0)));
        svg.push(look.group().child(rectangle("bar", left, y + 2.0, length, 13.0)));
        svg.push(label("tick", left + length + 8.0, y + 12.0, Anchor::Start, &value));
    }
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_gathered_by_name_the_greatest_first() {
        let shares = gathered([("mark", 5), ("young", 7), ("mark", 4)].into_iter());
        let found: Vec<_> = shares.iter().map(|s| (s.name.as_str(), s.count, s.total_ns, s.longest_ns)).collect();
        assert_eq!(found, [("mark", 2, 9, 5), ("young", 1, 7, 7)]);
    }
}
