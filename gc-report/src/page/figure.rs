//! A picture with its heading, how to read it, and its numbers.

use super::Page;
use super::element::{Element, el};
use super::look::Look;
use super::svg::Width;
use super::table::Table;

pub(crate) struct Figure<'a> {
    pub(crate) title: &'a str,
    /// How it is to be read, in a sentence or two.
    pub(crate) caption: String,
    /// Named below the narrow picture, which has no room for names beside the curves.
    pub(crate) legend: Vec<&'a Look>,
    pub(crate) table: Table,
}

impl Figure<'_> {
    /// A picture that is drawn for each width.
    pub(crate) fn plot(self, page: &Page<'_>, draw: impl Fn(Width, u32) -> Element) -> Element {
        // As everywhere else on the page, not in the order of drawing.
        let mut looks = self.legend.clone();
        looks.sort_by_key(|look| look.id);
        let legend = el("div").class("legend").children(looks.iter().map(|look| look.named()));
        let wide = el("div").class("wide").child(draw(Width::Wide, page.id()));
        let narrow = el("div").class("narrow").child(draw(Width::Narrow, page.id())).child(legend);
        self.frame("plot", [wide, narrow])
    }

    /// Small pictures side by side, as many as fit.
    pub(crate) fn strips(self, pictures: impl IntoIterator<Item = Element>) -> Element {
        let strips = pictures.into_iter().map(|picture| el("div").class("strip").child(picture));
        self.frame("plot span", [el("div").class("strips").children(strips)])
    }

    fn frame(self, class: &str, pictures: impl IntoIterator<Item = Element>) -> Element {
        let caption = el("figcaption").child(el("h3").text(self.title)).child(el("p").text(&self.caption));
        let numbers = el("details").child(el("summary").text("Numbers")).child(self.table.element());
        el("figure").class(class).child(caption).children(pictures).child(numbers)
    }
}
