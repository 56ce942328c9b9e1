//! How full the blocks were before and after a compaction.

use super::Page;
use super::element::{Element, el};
use super::figure::Figure;
use super::look::Look;
use super::svg::{Anchor, Described, Path, Width, label, picture};
use super::table::Table;
use crate::number::{bytes, count, percent, shorter};
use crate::schema::{Occupancy, Program, Series};

const WIDTH: f64 = Width::Narrow.units();
const TOP: f64 = 40.0;
const CELL_GAP: f64 = 1.0;
/// More blocks than this are shown as the means of neighbours.
const MOST_CELLS: usize = 1_600;
/// Shades between empty and full.
const SHADES: usize = 8;

/// Nothing where no series has a map.
pub(crate) fn figure(page: &Page<'_>, program: &Program) -> Option<Element> {
    let told: Vec<(&Look, &Occupancy)> =
        program.main_series().into_iter().filter_map(|series| Some((page.look(series), map_of(series)?))).collect();
    if told.is_empty() {
        return None;
    }
    let headings = ["on", "blocks before", "in use", "full on average", "blocks after", "in use", "full on average"];
    let mut table = Table::new(format!("{}: occupancy of blocks", program.name), &headings);
    let mut strips = Vec::new();
    for (look, map) in told {
        let numbers = [&map.before, &map.after].map(|blocks| {
            let (used, mean) = used_and_mean(blocks);
            [count(blocks.len() as u64), count(used as u64), percent(mean)]
        });
        table.row(look.named(), numbers.into_iter().flatten().map(Some));
        let cells = cells_per_row(map.before.len().max(map.after.len()).div_ceil(blocks_per_cell(map)));
        for (when, blocks) in [("before", &map.before), ("after", &map.after)] {
            strips.push(grid(page, program, look, when, blocks, map, cells));
        }
    }
    let caption =
        "A square for each block in the order of addresses: the stronger, the fuller; an outline is a free block. What \
         is left empty can be given back or used for large objects."
            .to_owned();
    Some(Figure { title: "Blocks before and after compaction", caption, legend: Vec::new(), table }.strips(strips))
}

fn map_of(series: &Series) -> Option<&Occupancy> {
    let mut maps = series.good_rounds().iter().rev().filter_map(|round| round.occupancy.as_ref());
    maps.find(|map| !map.before.is_empty() || !map.after.is_empty())
}

/// How many blocks hold anything, and how full those are on average.
fn used_and_mean(blocks: &[f32]) -> (usize, f64) {
    let used: Vec<f64> = blocks.iter().filter(|&&share| share > 0.0).map(|&share| f64::from(share)).collect();
    (used.len(), if used.is_empty() { 0.0 } else { used.iter().sum::<f64>() / used.len() as f64 })
}

fn blocks_per_cell(map: &Occupancy) -> usize {
    map.before.len().max(map.after.len()).div_ceil(MOST_CELLS).max(1)
}

/// So many that the picture is about two and a half times as wide as high.
fn cells_per_row(cells: usize) -> usize {
    ((cells as f64 * 2.5).sqrt().ceil() as usize).clamp(16, 72)
}

fn grid(
    page: &Page<'_>,
    program: &Program,
    look: &Look,
    when: &str,
    blocks: &[f32],
    map: &Occupancy,
    per_row: usize,
) -> Element {
    let per_cell = blocks_per_cell(map);
    let cells: Vec<f32> = blocks.chunks(per_cell).map(|run| run.iter().sum::<f32>() / run.len() as f32).collect();
    let size = WIDTH / per_row as f64;
    let rows = map.before.len().max(map.after.len()).div_ceil(per_cell).div_ceil(per_row);
    let (used, mean) = used_and_mean(blocks);
    let described = Described {
        title: format!("Blocks of {} on {} {when} compaction", program.name, look.label),
        description: format!("{} blocks hold objects, and are {} full on average.", count(used as u64), percent(mean)),
    };
    let mut svg = picture(page.id(), WIDTH, TOP + rows as f64 * size, &described);
    svg.push(look.group().child(look.marker(6.0, 9.0)));
    svg.push(label("name", 17.0, 13.0, Anchor::Start, &format!("{}, {when}", look.label)));
    let unit = if per_cell == 1 { String::new() } else { format!("; a square is {per_cell}") };
    let text = format!(
        "{} of {} blocks of {} in use, {} full{unit}",
        count(used as u64),
        count(blocks.len() as u64),
        shorter(&bytes(map.block_bytes as f64)),
        percent(mean),
    );
    svg.push(label("tick", 0.0, 30.0, Anchor::Start, &text));
    let mut shades = vec![Path::new(); SHADES + 1];
    for (place, &share) in cells.iter().enumerate() {
        let (x, y) = ((place % per_row) as f64 * size, TOP + (place / per_row) as f64 * size);
        let side = (size - CELL_GAP).max(size * 0.7);
        let shade = if share > 0.0 { ((share * SHADES as f32).ceil() as usize).clamp(1, SHADES) } else { 0 };
        let inset = if shade == 0 { 0.5 } else { 0.0 };
        let path = &mut shades[shade];
        path.move_to(x + inset, y + inset);
        path.line_to(x + side - inset, y + inset);
        path.line_to(x + side - inset, y + side - inset);
        path.line_to(x + inset, y + side - inset);
        path.line_to(x + inset, y + inset);
    }
    let mut group = look.group();
    for (shade, path) in shades.into_iter().enumerate() {
        let element = path.open();
        group.push(match shade {
            0 => element.class("free"),
            shade => element.class("block").attr("fill-opacity", shade as f64 / SHADES as f64),
        });
    }
    svg.child(el("g").child(group))
}
