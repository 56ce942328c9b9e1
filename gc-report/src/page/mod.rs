//! The page: all results in one HTML file that needs nothing else.
//!
//! Pictures are SVG, drawn here, twice: for a wide and for a narrow place; the style sheet shows the one that
//! fits. Colours are variables of the style sheet, so that light and dark are the same picture; dashes and
//! markers tell series apart without colour. Every picture has a description and a table of its numbers. The
//! script only switches the theme, dims series and opens tables: without it, everything is there.
//!
//! - **A1** The page asks for nothing: it has no address in it, and a policy that forbids requests.
//! - **A2** What is not in the results has no section, no picture and no row.

mod cost;
mod element;
mod figure;
mod heap_size;
mod look;
mod machine;

mod occupancy;
mod overview;
mod percentiles;
mod phases;
mod plot;
mod program;
mod scale;
mod svg;
mod table;
mod timeline;
mod utilisation;

use std::cell::Cell;
use std::io::{self, Write};
use std::path::Path;

use element::{Element, el};
use look::{Look, Looks};

use crate::file::write_whole;
use crate::overhead::Cost;
use crate::schema::{Program, Results, Series};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = concat!(include_str!("script.js"), include_str!("readout.js"));
/// Nothing is fetched, whatever a browser might think of.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/// How the page is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageOptions {
    /// The label of the series that ratios are to, and that is drawn strongest. `None`: the one that most
    /// programs have; of several, the one that comes first.
    pub reference: Option<String>,
}

impl Results {
    /// The page as HTML.
    #[must_use]
    pub fn to_page(&self, options: &PageOptions) -> String {
        let reference = options.reference.clone().or_else(|| most_common_label(self));
        let looks = Looks::of(self, reference.as_deref());
        let page = Page { results: self, looks, reference, last_id: Cell::new(0) };
        format!("<!doctype html>\n{}\n", page.html())
    }

    /// Writes the page with the usual options.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_page(&self, path: impl AsRef<Path>) -> io::Result<()> {
        self.write_page_with(path, &PageOptions::default())
    }

    /// Writes the page.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_page_with(&self, path: impl AsRef<Path>, options: &PageOptions) -> io::Result<()> {
        let text = self.to_page(options);
        write_whole(path.as_ref(), |out| out.write_all(text.as_bytes()))
    }
}

fn most_common_label(results: &Results) -> Option<String> {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for series in results.programs.iter().flat_map(|program| program.main_series()) {
        let label = series.label();
        match counts.iter_mut().find(|(known, _)| *known == label) {
            Some((_, count)) => *count += 1,
            None => counts.push((label, 1)),
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max()?;
    counts.into_iter().find(|(_, count)| *count == most).map(|(label, _)| label)
}

/// What every part of the page needs to know.
struct Page<'a> {
    results: &'a Results,
    looks: Looks,
    /// The label that ratios are to.
    reference: Option<String>,
    last_id: Cell<u32>,
}

impl Page<'_> {
    /// A number that no other picture has.
    fn id(&self) -> u32 {
        self.last_id.set(self.last_id.get() + 1);
        self.last_id.get()
    }

    fn look(&self, series: &Series) -> &Look {
        self.looks.get(&series.label())
    }

    /// What ratios of that program are to; `None` if the reference did not run it.
    fn base(&self, program: &Program, cost: Cost) -> Option<f64> {
        let reference = self.reference.as_ref()?;
        // A ratio to itself says nothing.
        let series = program.main_series();
        let base = series.iter().find(|series| series.label() == *reference)?;
        if series.len() > 1 { cost.median(base) } else { None }
    }

    /// In the order of drawing: the reference is on top.
    fn reference_last<'l, T>(&self, mut series: Vec<(&'l Look, T)>) -> Vec<(&'l Look, T)> {
        series.sort_by_key(|(look, _)| look.is_reference);
        series
    }

    fn title(&self) -> &str {
        if self.results.title.is_empty() { "What a collector costs" } else { &self.results.title }
    }

    fn html(&self) -> Element {
        let head = el("head")
            .child(el("meta").attr("charset", "utf-8"))
            .child(el("meta").attr("http-equiv", "Content-Security-Policy").attr("content", POLICY))
            .child(el("meta").attr("name", "viewport").attr("content", "width=device-width, initial-scale=1"))
            .child(el("meta").attr("name", "color-scheme").attr("content", "light dark"))
            .child(el("title").text(self.title()))
            .child(el("style").own(STYLE));
        let programs = self.results.programs.iter().enumerate();
        let main = el("main")
            .attr("id", "main")
            .attr("tabindex", "-1")
            .children(overview::section(self))
            .children(programs.map(|(number, program)| program::section(self, number, program)))
            .children(machine::section(self));
        let body = el("body")
            .child(el("a").class("skip").attr("href", "#main").text("Skip to the results"))
            .child(self.header())
            .child(self.navigation())
            .child(main)
            .child(el("script").own(SCRIPT));
        el("html").attr("lang", "en").child(head).child(body)
    }

    fn header(&self) -> Element {
        let results = self.results;
        let mut facts = el("p").class("facts");
        for fact in [&results.date, &results.machine.description].into_iter().filter(|fact| !fact.is_empty()) {
            facts.push(el("span").text(fact));
        }
        let versions = results.versions.iter().map(|(name, version)| el("span").text(format_args!("{name} {version}")));
        let theme = el("button").attr("type", "button").attr("id", "theme").attr("hidden", "").text("Theme: automatic");
        let tables =
            el("button").attr("type", "button").attr("id", "tables").attr("hidden", "").text("Show all numbers");
        let buttons = el("div").class("buttons").child(theme).child(tables);
        let mut header = el("header")
            .child(el("div").child(el("h1").text(self.title())).child(facts.children(versions)))
            .child(buttons);
        if results.interrupted {
            let text = "The measurement was ended before it was done: some programs or rounds are missing.";
            header.push(el("p").class("notice").attr("role", "note").text(text));
        }
        header
    }

    fn navigation(&self) -> Element {
        let entry = |target: String, text: &str| el("li").child(el("a").attr("href", target).text(text));
        let programs = self.results.programs.iter().enumerate();
        let links = el("ul")
            .children(overview::is_shown(self).then(|| entry("#overview".into(), "Overview")))
            .children(programs.map(|(number, program)| entry(format!("#p{number}"), &program.name)))
            .child(entry("#machine".into(), "Machine and method"));
        let mut navigation = el("nav").attr("aria-label", "Contents").child(links);
        if self.looks.all().len() > 1 {
            let switch = |look: &Look| {
                let check = el("input").attr("type", "checkbox").attr("checked", "").attr("data-switch", look.id);
                el("label").child(check).child(look.named())
            };
            let looks = self.looks.all().iter().map(switch);
            let legend = el("legend").text("In the pictures");
            navigation.push(el("fieldset").attr("hidden", "").child(legend).children(looks));
        }
        navigation
    }
}
