//! HTML and SVG as a tree that can only be written escaped.
//!
//! - **A3** Text and attribute values come from anywhere, and are escaped when they are written. What is not
//!   escaped is `&'static str`: part of this program.
//! - **A4** No attribute is an event handler or an address: nothing from the data is run or fetched.

use std::fmt::{self, Display, Write};

/// Elements that have no content and no end.
const VOID: &[&str] = &["br", "hr", "input", "meta"];

/// An element with attributes and content.
#[derive(Clone, Debug)]
pub(crate) struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    content: Vec<Node>,
}

#[derive(Clone, Debug)]
enum Node {
    Element(Element),
    Text(String),
    /// Style sheets and scripts.
    Own(&'static str),
}

/// An element without attributes or content, to be filled by the methods.
pub(crate) fn el(name: &'static str) -> Element {
    Element { name, attributes: Vec::new(), content: Vec::new() }
}

impl Element {
    pub(crate) fn attr(mut self, name: &'static str, value: impl Display) -> Self {
        debug_assert!(!name.starts_with("on") && !matches!(name, "src" | "srcset" | "action"), "A4: {name}");
        self.attributes.push((name, value.to_string()));
        self
    }

    /// A number in an SVG attribute: two decimals are more than a screen shows.
    pub(crate) fn at(self, name: &'static str, value: f64) -> Self {
        self.attr(name, Decimal(value))
    }

    pub(crate) fn class(self, class: impl Display) -> Self {
        self.attr("class", class)
    }

    pub(crate) fn text(mut self, text: impl Display) -> Self {
        self.content.push(Node::Text(text.to_string()));
        self
    }

    pub(crate) fn own(mut self, text: &'static str) -> Self {
        self.content.push(Node::Own(text));
        self
    }

    pub(crate) fn child(mut self, child: Element) -> Self {
        self.push(child);
        self
    }

    pub(crate) fn children(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        children.into_iter().for_each(|child| self.push(child));
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.content.is_empty()
    }

    pub(crate) fn push(&mut self, child: Element) {
        self.content.push(Node::Element(child));
    }
}

impl Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}", self.name)?;
        for (name, value) in &self.attributes {
            write!(f, " {name}=\"{}\"", Escaped(value))?;
        }
        f.write_char('>')?;
        if VOID.contains(&self.name) {
            return Ok(());
        }
        for node in &self.content {
            match node {
                Node::Element(element) => element.fmt(f)?,
                Node::Text(text) => Escaped(text).fmt(f)?,
                Node::Own(text) => f.write_str(text)?,
            }
        }
        write!(f, "</{}>", self.name)
    }
}

/// Text in which nothing is markup.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                '\0' => f.write_char('\u{fffd}')?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// A coordinate with at most two decimals.
#[derive(Clone, Copy)]
pub(crate) struct Decimal(pub(crate) f64);

impl Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hundredths = (self.0 * 100.0).round() as i64;
        let (sign, whole, rest) =
            (if hundredths < 0 { "-" } else { "" }, hundredths.abs() / 100, hundredths.abs() % 100);
        match rest {
            0 => write!(f, "{sign}{whole}"),
            rest if rest % 10 == 0 => write!(f, "{sign}{whole}.{}", rest / 10),
            rest => write!(f, "{sign}{whole}.{rest:02}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_attributes_are_escaped() {
        let hostile = "<script>alert('x')</script> & \"q\"";
        let written = el("p").attr("title", hostile).text(hostile).to_string();
        let escaped = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;q&quot;";
        assert_eq!(written, format!("<p title=\"{escaped}\">{escaped}</p>"));
    }

    #[test]
    fn void_elements_have_no_end() {
        assert_eq!(el("p").child(el("br")).text("x").to_string(), "<p><br>x</p>");
    }

    #[test]
    fn coordinates_are_short() {
        let shown: Vec<String> = [0.0, 1.5, -0.25, 12.0, 3.456, -0.001].map(|v| Decimal(v).to_string()).into();
        assert_eq!(shown, ["0", "1.5", "-0.25", "12", "3.46", "0"]);
    }
}
