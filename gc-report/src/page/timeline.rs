//! Sizes over time, a strip for each series, with collections marked.

use super::Page;
use super::element::{Element, el};
use super::figure::Figure;
use super::look::Look;
use super::plot::thinned;
use super::scale::{Scale, byte_ticks, time_ticks};
use super::svg::{Anchor, Described, Path, Width, fitted, label, line, picture};
use super::table::Table;
use crate::number::{bytes, count, time};
use crate::schema::{CollectionKind, Program, Round, Series};

/// Where the values of a strip are drawn.
#[derive(Clone, Copy)]
struct Area {
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Area {
    fn of(width: Width) -> Self {
        let height = match width {
            Width::Wide => 280.0,
            Width::Narrow => 196.0,
        };
        let width = width.units();
        Self { width, height, left: 58.0, right: width - 12.0, top: 44.0, bottom: height - 36.0 }
    }
}

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
    let mut caption =
        "What the heap says that it uses (filled), and what the process has resident (dotted).".to_owned();
    if rounds.len() > 1 {
        caption += " All strips have one scale of bytes; each has its own time.";
    }
    if rounds.iter().any(|(_, round)| !round.collections.is_empty()) {
        caption += " Short marks at the bottom are young collections, tall ones old collections, diamonds compactions.";
    }
    let draw = |(look, round): &(&Look, &Round), width: Width, id: u32| strip(program, look, round, most, width, id);
    let figure = Figure { title: "Memory over time", caption, legend: Vec::new(), table };
    Some(match &rounds[..] {
        [one] => figure.plot(page, |width, id| draw(one, width, id)),
        many => figure.strips(many.iter().map(|one| draw(one, Width::Narrow, page.id()))),
    })
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
    let resident: Vec<u64> = round.timeline.iter().filter_map(|sample| sample.resident_bytes).collect();
    let greatest = heap.iter().max().map(|&b| bytes(b as f64));
    let mean = (!heap.is_empty()).then(|| bytes(heap.iter().map(|&b| b as f64).sum::<f64>() / heap.len() as f64));
    let end = resident.last().map(|&b| bytes(b as f64));
    let kinds = [CollectionKind::Young, CollectionKind::Old, CollectionKind::Compaction];
    let counts = kinds.map(|kind| Some(count(of_kind(round, kind) as u64)));
    [greatest, mean, resident.iter().max().map(|&b| bytes(b as f64)), end].into_iter().chain(counts).collect()
}

fn strip(program: &Program, look: &Look, round: &Round, most: f64, width: Width, id: u32) -> Element {
    let area = Area::of(width);
    let Area { left, right, top, bottom, .. } = area;
    let end_ns = round.timeline.iter().map(|sample| sample.at_ns).max().unwrap_or(1).max(1) as f64;
    let (x, y) = (Scale::Linear { least: 0.0, most: end_ns }, Scale::from_zero(most));
    let across = |at_ns: f64| left + x.place(at_ns) * (right - left);
    let up = |bytes: f64| bottom - y.place(bytes) * (bottom - top);
    let described = Described {
        title: format!("Memory of {} on {} over time", program.name, look.label),
        description: "Bytes of the heap and resident bytes, with collections marked.".into(),
    };
    let mut svg = picture(id, area.width, area.height, &described);
    for tick in byte_ticks(most * 1.06, 3) {
        svg.push(line("grid", (left, up(tick.value)), (right, up(tick.value))));
        svg.push(label("tick", left - 7.0, up(tick.value) + 4.0, Anchor::End, &tick.label));
    }
    let ticks = time_ticks(end_ns, 3);
    for tick in &ticks {
        let at = across(tick.value);
        svg.push(line("grid", (at, bottom), (at, bottom + 5.0)));
        let anchor = if at > right - 16.0 { Anchor::End } else { Anchor::Middle };
        svg.push(label("tick", at.min(right), bottom + 18.0, anchor, &tick.label));
    }
    svg.push(line("axis", (left, bottom), (right, bottom)));
    let curve = |size: fn(&crate::Sample) -> Option<u64>| {
        let of = |sample: &crate::Sample| Some((sample.at_ns as f64, size(sample)? as f64));
        let points: Vec<(f64, f64)> = round.timeline.iter().filter_map(of).collect();
        thinned(&points, x, 0.6 * (right - left))
            .into_iter()
            .map(|(at, bytes)| (across(at), up(bytes)))
            .collect::<Vec<_>>()
    };
    let mut group = look.group();
    let heap = curve(|sample| sample.heap_bytes);
    if let (Some(first), Some(last)) = (heap.first(), heap.last()) {
        let mut fill = Path::new();
        fill.line_to(first.0, bottom);
        heap.iter().for_each(|&(x, y)| fill.line_to(x, y));
        fill.line_to(last.0, bottom);
        group.push(fill.closed().class("area"));
        group.push(Path::through(&heap).open().class("c"));
    }
    let resident = curve(|sample| sample.resident_bytes);
    if !resident.is_empty() {
        svg.push(Path::through(&resident).open().class("resident"));
    }
    svg.push(group);
    svg.push(collections(round, top, bottom, across));
    svg.push(look.group().child(look.marker(6.0, 9.0)));
    svg.push(label("name", 17.0, 13.0, Anchor::Start, &fitted(&look.label, area.width - 130.0)));
    svg.push(label("tick", right, 13.0, Anchor::End, &format!("peak {}", bytes(most_bytes(round)))));
    let (young, old) = (of_kind(round, CollectionKind::Young), of_kind(round, CollectionKind::Old));
    if young + old > 0 {
        let text = format!("{} young, {} old in {}", count(young as u64), count(old as u64), time(end_ns));
        svg.push(label("tick", 17.0, 29.0, Anchor::Start, &text));
    }
    svg
}

/// A mark for each collection, as far as a screen can show them.
fn collections(round: &Round, top: f64, bottom: f64, across: impl Fn(f64) -> f64) -> Element {
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
                path.move_to(x, bottom);
                path.line_to(x, bottom - 6.0);
            }
            1 => {
                path.move_to(x, bottom);
                path.line_to(x, top);
            }
            _ => {
                path.move_to(x, top - 5.0);
                for (dx, dy) in [(4.0, 4.0), (0.0, 8.0), (-4.0, 4.0), (0.0, 0.0)] {
                    path.line_to(x + dx, top - 5.0 + dy);
                }
                path.move_to(x, top + 3.0);
                path.line_to(x, bottom);
            }
        }
    }
    let classes = ["young", "old", "compaction"];
    el("g").children(marks.into_iter().zip(classes).map(|(path, class)| path.open().class(class)))
}
