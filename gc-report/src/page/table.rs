//! Tables of numbers: one under every picture.

use super::element::{Element, el};

/// A table whose first column names the rows.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    caption: String,
    has_heading: bool,
    head: Element,
    /// Bodies that are complete, and the one that rows go into.
    groups: Vec<Element>,
    body: Element,
    columns: usize,
}

impl Table {
    pub(crate) fn new<H: AsRef<str>>(caption: impl Into<String>, headings: &[H]) -> Self {
        let heading = |(place, text): (usize, &H)| {
            let cell = el("th").attr("scope", "col");
            let cell = if place == 0 { cell } else { cell.class("n") };
            cell.text(text.as_ref())
        };
        let head = el("tr").children(headings.iter().enumerate().map(heading));
        Self {
            caption: caption.into(),
            has_heading: false,
            head,
            groups: Vec::new(),
            body: el("tbody"),
            columns: headings.len(),
        }
    }

    /// The caption is not shown: a heading above the table says the same.
    pub(crate) fn below_heading(mut self) -> Self {
        self.has_heading = true;
        self
    }

    /// A row: its name, then its numbers. What is missing is a dash.
    pub(crate) fn row(&mut self, name: Element, numbers: impl IntoIterator<Item = Option<String>>) {
        self.push(
            name,
            numbers.into_iter().map(|number| match number {
                Some(number) => el("td").class("n").text(number),
                None => el("td").class("n none").text("–"),
            }),
        );
    }

    /// A row of cells that are made elsewhere.
    pub(crate) fn push(&mut self, name: Element, cells: impl IntoIterator<Item = Element>) {
        let head = el("th").attr("scope", "row").child(name);
        self.body.push(el("tr").child(head).children(cells));
    }

    /// A heading across the table: what the rows below it belong to.
    pub(crate) fn group(&mut self, name: Element) {
        let head = el("th").attr("scope", "rowgroup").attr("colspan", self.columns).child(name);
        let body = std::mem::replace(&mut self.body, el("tbody").child(el("tr").class("group").child(head)));
        self.groups.push(body);
    }

    /// A row that says in words why it has no numbers.
    pub(crate) fn failure(&mut self, name: Element, kind: &str, message: &str) {
        let what = el("td").class("failed").attr("colspan", self.columns - 1);
        let kind = el("strong").text(kind);
        let what = what.child(kind).text(if message.is_empty() { "" } else { ": " }).text(message);
        self.push(name, [what]);
    }

    /// The table, in a box that scrolls where it is too wide, by keyboard too.
    pub(crate) fn element(self) -> Element {
        let table = el("table")
            .child(el("caption").class(if self.has_heading { "unseen" } else { "seen" }).text(&self.caption))
            .child(el("thead").child(self.head))
            .children(self.groups.into_iter().filter(|group| !group.is_empty()))
            .child(self.body);
        el("div")
            .class("scroll")
            .attr("role", "region")
            .attr("tabindex", "0")
            .attr("aria-label", &self.caption)
            .child(table)
    }
}

/// Plain words as the name of a row.
pub(crate) fn words(text: &str) -> Element {
    el("span").text(text)
}
