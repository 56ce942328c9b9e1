//! Sizes over time, a strip for each series, with collections marked.

use super::Page;
use super::element::{Element, el};
use super::figure::Figure;
use super::look::Look;
use super::number::{bytes, count, time};
use super::plot::thinned;
use super::scale::{Scale, byte_ticks, time_ticks};
use super::svg::{Anchor, Described, Path, Width, fitted, label, line, picture};
use super::table::Table;
use crate::schema::{CollectionKind, Program, Round, Series};

const WIDTH: f64 = Width::Narrow.units();
const HEIGHT: f64 = 196.0;
const LEFT: f64 = 58.0;
const RIGHT: f64 = WIDTH - 12.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = HEIGHT - 36.0;

/// Nothing where no series has a timeline.
pub(crate) fn figure(page: &Page<'_>, program: &Program) -> Option<Element> {
    let told = |series: &&Series| round_of(series).is_some();
    let series: Vec<&Series> = program.main_series().into_iter().filter(told).collect();
    let rounds: Vec<(&Look, &Round)> = series.iter().filter_map(|s| Some((page.look(s), round_of(s)?))).collect();
    if rounds.is_empty() {
        return None;
    }
    let title = format!("{}: sizes over time", program.name);
    let headings =
        ["on", "greatest heap", "mean heap", "greatest resident", "at the end", "young", "old", "compactions"];
    let mut table = Table::new(title, &headings);
    for (look, round) in &rounds {
        table.row(look.named(), numbers(round));
    }
    let most = rounds.iter().map(|(_, round)| most_bytes(round)).fold(0.0, f64::max);
    let strips: Vec<Element> = rounds.iter().map(|(look, round)| strip(page, program, look, round, most)).collect();
    let mut caption =
        "What the heap says that it uses (filled), and what the process has resident (dotted), on one scale of \
                       bytes; each strip has its own time."
            .to_owned();
    if rounds.iter().any(|(_, round)| !round.collections.is_empty()) {
        caption += " Short marks at the bottom are young collections, tall ones old collections, diamonds compactions.";
    }
    Some(Figure { title: "Memory over time", caption, legend: Vec::new(), table }.strips(strips))
}

fn round_of(series: &Series) -> Option<&Round> {
    series.good_rounds().iter().find(|round| round.timeline.len() > 1)
}

fn most_bytes(round: &Round) -> f64 {
    let sizes = round.timeline.iter().flat_map(|sample| [sample.heap_bytes, sample.resident_bytes]);
    sizes.flatten().max().unwrap_or(0) as f64
}

fn of_kind(round: &Round, kind: CollectionKind) -> usize {
    round.collections.iter().filter(|collection| collection.kind == kind).count()
}

fn numbers(round: &Round) -> Vec<Option<String>> {
    let heap: Vec<u64> = round.timeline.iter().filter_map(|sample| sample.heap_bytes).collect();
    let resident = round.timeline.iter().filter_map(|sample| sample.resident_bytes);
    let greatest = heap.iter().max().map(|&b| bytes(b as f64));
    let mean = (!heap.is_empty()).then(|| bytes(heap.iter().sum::<u64>() as f64 / heap.len() as f64));
    let end = resident.clone().last().map(|b| bytes(b as f64));
    let kinds = [CollectionKind::Young, CollectionKind::Old, CollectionKind::Compaction];
    let counts = kinds.map(|kind| Some(count(of_kind(round, kind) as u64)));
    [greatest, mean, resident.max().map(|b| bytes(b as f64)), end].into_iter().chain(counts).collect()
}

fn strip(page: &Page<'_>, program: &Program, look: &Look, round: &Round, most: f64) -> Element {
    let end_ns = round.timeline.iter().map(|sample| sample.at_ns).max().unwrap_or(1).max(1) as f64;
    let (x, y) = (Scale::Linear { least: 0.0, most: end_ns }, Scale::from_zero(most));
    let across = |at_ns: f64| LEFT + x.place(at_ns) * (RIGHT - LEFT);
    let up = |bytes: f64| BOTTOM - y.place(bytes) * (BOTTOM - TOP);
    let described = Described {
        title: format!("Memory of {} on {} over time", program.name, look.label),
        description: "Bytes of the heap and resident bytes, with collections marked.".into(),
    };
    let mut svg = picture(page.id(), WIDTH, HEIGHT, &described);
    for tick in byte_ticks(most * 1.06, 3) {
        svg.push(line("grid", (LEFT, up(tick.value)), (RIGHT, up(tick.value))));
        svg.push(label("tick", LEFT - 7.0, up(tick.value) + 4.0, Anchor::End, &tick.label));
    }
    let ticks = time_ticks(end_ns, 3);
    for tick in &ticks {
        let at = across(tick.value);
        svg.push(line("grid", (at, BOTTOM), (at, BOTTOM + 5.0)));
        let anchor = if at > RIGHT - 16.0 { Anchor::End } else { Anchor::Middle };
        svg.push(label("tick", at.min(RIGHT), BOTTOM + 18.0, anchor, &tick.label));
    }
    svg.push(line("axis", (LEFT, BOTTOM), (RIGHT, BOTTOM)));
    let curve = |size: fn(&crate::Sample) -> Option<u64>| {
        let of = |sample: &crate::Sample| Some((sample.at_ns as f64, size(sample)? as f64));
        let points: Vec<(f64, f64)> = round.timeline.iter().filter_map(of).collect();
        thinned(&points, x).into_iter().map(|(at, bytes)| (across(at), up(bytes))).collect::<Vec<_>>()
    };
    let mut group = look.group();
    let heap = curve(|sample| sample.heap_bytes);
    if let (Some(first), Some(last)) = (heap.first(), heap.last()) {
        let mut area = Path::new();
        area.line_to(first.0, BOTTOM);
        heap.iter().for_each(|&(x, y)| area.line_to(x, y));
        area.line_to(last.0, BOTTOM);
        group.push(area.closed().class("area"));
        group.push(Path::through(&heap).open().class("c"));
    }
    let resident = curve(|sample| sample.resident_bytes);
    if !resident.is_empty() {
        svg.push(Path::through(&resident).open().class("resident"));
    }
    svg.push(group);
    svg.push(collections(round, across));
    svg.push(look.group().child(look.marker(6.0, 9.0)));
    svg.push(label("name", 17.0, 13.0, Anchor::Start, &fitted(&look.label, WIDTH - 130.0)));
    svg.push(label("tick", RIGHT, 13.0, Anchor::End, &format!("peak {}", bytes(most_bytes(round)))));
    let (young, old) = (of_kind(round, CollectionKind::Young), of_kind(round, CollectionKind::Old));
    if young + old > 0 {
        let text = format!("{} young, {} old collections in {}", count(young as u64), count(old as u64), time(end_ns));
        svg.push(label("tick", 17.0, 29.0, Anchor::Start, &text));
    }
    svg
}

/// A mark for each collection, as far as a screen can show them.
fn collections(round: &Round, across: impl Fn(f64) -> f64) -> Element {
    let mut marks = [Path::new(), Path::new(), Path::new()];
    let mut free_from = [f64::NEG_INFINITY; 3];
    for collection in &round.collections {
        let x = across(collection.at_ns as f64);
        let kind = match collection.kind {
            CollectionKind::Young => 0,
            CollectionKind::Old | CollectionKind::Other => 1,
            CollectionKind::Compaction => 2,
        };
        if x < free_from[kind] {
            continue;
        }
        free_from[kind] = x + 1.5;
        let path = &mut marks[kind];
        match kind {
            0 => {
                path.move_to(x, BOTTOM);
                path.line_to(x, BOTTOM - 6.0);
            }
            1 => {
                path.move_to(x, BOTTOM);
                path.line_to(x, TOP);
            }
            _ => {
                path.move_to(x, TOP - 5.0);
                for (dx, dy) in [(4.0, 4.0), (0.0, 8.0), (-4.0, 4.0), (0.0, 0.0)] {
                    path.line_to(x + dx, TOP - 5.0 + dy);
                }
                path.move_to(x, TOP + 3.0);
                path.line_to(x, BOTTOM);
            }
        }
    }
    let classes = ["young", "old", "compaction"];
    el("g").children(marks.into_iter().zip(classes).map(|(path, class)| path.open().class(class)))
}
