//! A field sheet: parts with fields in the order of a form, as text, as JSON and for a printed page.

use serde_json::{Map, Value, json};

use crate::record::help::wrapped;

/// Width of a line of text.
const WIDTH: usize = 100;

/// What stands beside a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// A value.
    Text(String),
    /// It is not known here.
    NotHeld,
    /// Only the operator can know it.
    FillIn,
}

impl Held {
    /// As text.
    pub fn words(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::NotHeld => "(not held)",
            Self::FillIn => "(you must fill this in)",
        }
    }
}

/// One line of the form.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name on the form.
    pub label: String,
    /// Its value.
    pub held: Held,
}

/// A part of the form.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its heading.
    pub title: String,
    /// Its lines.
    pub fields: Vec<Field>,
}

impl Part {
    /// An empty part.
    pub fn new(title: &str) -> Self {
        Self { title: title.to_owned(), fields: Vec::new() }
    }

    /// Adds a value.
    pub fn with(mut self, label: &str, text: impl Into<String>) -> Self {
        self.fields.push(Field { label: label.to_owned(), held: Held::Text(text.into()) });
        self
    }

    /// Adds a value that may not be held.
    pub fn maybe(mut self, label: &str, text: Option<impl Into<String>>) -> Self {
        let held = text.map_or(Held::NotHeld, |text| Held::Text(text.into()));
        self.fields.push(Field { label: label.to_owned(), held });
        self
    }

    /// Adds a value that only the operator knows.
    pub fn ask(mut self, label: &str, text: Option<&str>) -> Self {
        let held = text.map_or(Held::FillIn, |text| Held::Text(text.to_owned()));
        self.fields.push(Field { label: label.to_owned(), held });
        self
    }
}

/// The whole sheet.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Its parts in order.
    pub parts: Vec<Part>,
}

impl Sheet {
    /// One `label: value` a line; long values are broken and indented.
    pub fn text(&self) -> String {
        let mut lines = Vec::new();
        for part in &self.parts {
            lines.extend([part.title.clone(), "-".repeat(part.title.chars().count())]);
            for field in &part.fields {
                let value = field.held.words();
                match value.contains('\n') || field.label.len() + value.chars().count() + 2 > WIDTH {
                    false => lines.push(format!("{}: {value}", field.label)),
                    true => {
                        lines.push(format!("{}:", field.label));
                        lines.extend(value.lines().flat_map(|line| wrapped(line, WIDTH - 4)).map(|line| format!("    {line}")));
                    }
                }
            }
            lines.push(String::new());
        }
        lines.join("\n")
    }

    /// The same for machines, in the same order. A value that is not there is null, and `fill_in` says that somebody should know it.
    pub fn json(&self) -> String {
        let field = |field: &Field| match &field.held {
            Held::Text(text) => json!({"label": field.label, "value": text}),
            Held::NotHeld => json!({"label": field.label, "value": null}),
            Held::FillIn => json!({"label": field.label, "value": null, "fill_in": true}),
        };
        let part = |part: &Part| json!({"title": part.title, "fields": part.fields.iter().map(field).collect::<Vec<_>>()});
        let mut whole = Map::new();
        whole.insert("parts".to_owned(), self.parts.iter().map(part).collect());
        serde_json::to_string_pretty(&Value::Object(whole)).unwrap_or_default() + "\n"
    }
}
