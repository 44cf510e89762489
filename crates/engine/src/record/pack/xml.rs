//! XML that is only written: elements in the order in which they are added, empty ones left out.

/// An element under construction.
#[derive(Clone, Debug)]
pub struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    inside: Inside,
}

#[derive(Clone, Debug)]
enum Inside {
    Text(String),
    Elements(Vec<Element>),
}

impl Element {
    /// An element that holds others.
    pub fn new(name: &'static str) -> Self {
        Self { name, attributes: Vec::new(), inside: Inside::Elements(Vec::new()) }
    }

    /// An element that holds text.
    pub fn of_text(name: &'static str, text: &str) -> Self {
        Self { name, attributes: Vec::new(), inside: Inside::Text(text.to_owned()) }
    }

    /// With an attribute.
    pub fn attribute(mut self, name: &'static str, value: &str) -> Self {
        self.attributes.push((name, value.to_owned()));
        self
    }

    /// Adds an element; one without anything inside is left out.
    pub fn with(mut self, child: Self) -> Self {
        if let Inside::Elements(children) = &mut self.inside
            && !child.is_empty()
        {
            children.push(child);
        }
        self
    }

    /// Adds text as an element, if there is any.
    pub fn text(self, name: &'static str, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.with(Self::of_text(name, text)),
            None => self,
        }
    }

    fn is_empty(&self) -> bool {
        match &self.inside {
            Inside::Text(text) => text.is_empty(),
            Inside::Elements(children) => children.is_empty(),
        }
    }

    /// The document with this root.
    pub fn document(&self) -> String {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        self.write(&mut out, 0);
        out
    }

    fn write(&self, out: &mut String, depth: usize) {
        let indent = "  ".repeat(depth);
        let attributes: String = self.attributes.iter().map(|(name, value)| format!(" {name}=\"{}\"", escaped(value))).collect();
        match &self.inside {
            Inside::Text(text) => out.push_str(&format!("{indent}<{0}{attributes}>{1}</{0}>\n", self.name, escaped(text))),
            Inside::Elements(children) => {
                out.push_str(&format!("{indent}<{}{attributes}>\n", self.name));
                children.iter().for_each(|child| child.write(out, depth + 1));
                out.push_str(&format!("{indent}</{}>\n", self.name));
            }
        }
    }
}

/// Text for XML and HTML: nothing in it is markup, and nothing in it is a character that XML forbids.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(u32::from(c), 0xFFFE | 0xFFFF) => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}
