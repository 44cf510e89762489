//! A path with captures in it: `${month}/${of}.attach`.

use regex::bytes::Captures;

/// One piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Capture(String),
}

/// A path below the base, with `${capture}`, and `*` for one part that is not known.
#[derive(Clone, Debug)]
pub struct Template(Vec<Piece>);

impl Template {
    /// Reads a template whose captures the pattern has.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str, known: &[String]) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}').ok_or_else(|| format!("of = \"{text}\": a ${{ without its }}"))?;
            if !known.iter().any(|capture| capture == name) {
                return Err(format!("of = \"{text}\": the pattern has no capture {name}"));
            }
            pieces.push(Piece::Text(before.to_owned()));
            pieces.push(Piece::Capture(name.to_owned()));
            rest = after;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        let stars = text.split('/').filter(|part| part.contains('*'));
        if stars.clone().any(|part| part != "*") || stars.count() > 1 {
            return Err(format!("of = \"{text}\": * stands for one whole part of a path, once"));
        }
        Ok(Self(pieces))
    }

    /// The path. An empty capture takes the slash after it away.
    pub fn fill(&self, captures: &Captures<'_>) -> Vec<u8> {
        let mut path = Vec::new();
        let mut after_nothing = false;
        for piece in &self.0 {
            match piece {
                Piece::Capture(name) => {
                    let value = captures.name(name).map(|found| found.as_bytes()).unwrap_or_default();
                    after_nothing = value.is_empty();
                    path.extend_from_slice(value);
                }
                Piece::Text(text) => {
                    let text = if after_nothing { text.strip_prefix('/').unwrap_or(text) } else { text };
                    path.extend_from_slice(text.as_bytes());
                    after_nothing = after_nothing && text.is_empty();
                }
            }
        }
        path
    }
}
