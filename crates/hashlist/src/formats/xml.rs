//! A pull reader of XML with limits. It knows no document type, no entity but the five of XML, and nothing outside the file.

use std::io::Read;

use quick_xml::errors::Error;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::capped::Capped;
use super::lines::Decoded;
use crate::limits;
use crate::refusal::Refusal;

/// What the reader met.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// An element begins.
    Open(Element),
    /// The innermost element ends; its text since its last child ended.
    Close(String),
    /// The root element has ended, and nothing but white space and comments follows.
    End,
}

/// The beginning of an element.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Element {
    /// Its name without a prefix.
    pub(super) name: String,
    /// Its attributes by their names as written, in order.
    pub(super) attributes: Vec<(String, String)>,
    /// Bytes from the start of the file to its `<`.
    pub(super) offset: u64,
}

impl Element {
    /// The value of the attribute of this name.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The pull reader.
pub(super) struct Xml<R: Read> {
    reader: Reader<Capped<Decoded<R>>>,
    buffer: Vec<u8>,
    /// Names of the open elements.
    open: Vec<String>,
    text: String,
    seen_root: bool,
    /// Names of elements whose text may hold a bare `&`.
    loose: &'static [&'static str],
}

impl<R: Read> Xml<R> {
    /// Reads `source`, UTF-8 or UTF-16 with a byte order mark. In elements named in `loose` a bare `&` is text; elsewhere it is damage.
    pub(super) fn new(source: R, loose: &'static [&'static str]) -> Self {
        let mut reader = Reader::from_reader(Capped::text(source, limits::XML_TEXT_BYTES as u64));
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.allow_dangling_amp = true;
        Self { reader, buffer: Vec::new(), open: Vec::new(), text: String::new(), seen_root: false, loose }
    }

    /// Bytes read so far.
    pub(super) fn bytes(&self) -> u64 {
        self.reader.get_ref().total()
    }

    /// The next beginning or end of an element.
    ///
    /// # Errors
    /// `doctype`, `too_deep`, `too_large`, `ends_early`, `damaged`, `unreadable`.
    pub(super) fn next(&mut self) -> Result<Node, Refusal> {
        loop {
            self.buffer.clear();
            let offset = self.bytes();
            self.reader.get_mut().next_piece();
            let event = self.reader.read_event_into(&mut self.buffer).map_err(|error| refusal(error, offset))?;
            match event {
                Event::Start(start) => {
                    let element = element(&start, offset)?;
                    return self.opened(element).map(Node::Open);
                }
                // Empty elements arrive as a beginning and an end.
                Event::Empty(_) => {}
                Event::End(_) => {
                    self.open.pop();
                    return Ok(Node::Close(std::mem::take(&mut self.text)));
                }
                Event::Text(text) => {
                    let text = text.into_inner();
                    let is_loose = self.open.last().is_some_and(|name| self.loose.contains(&name.as_str()));
                    if text.contains('&') && !is_loose {
                        return Err(Refusal::Damaged { offset });
                    }
                    add_text(&mut self.text, &text)?;
                }
                Event::CData(text) => add_text(&mut self.text, &text.into_inner())?,
                Event::GeneralRef(reference) => {
                    let is_loose = self.open.last().is_some_and(|name| self.loose.contains(&name.as_str()));
                    match resolve(&reference) {
                        Some(character) => add_text(&mut self.text, character.encode_utf8(&mut [0; 4]))?,
                        None if is_loose => add_text(&mut self.text, &format!("&{};", reference.into_inner()))?,
                        None => return Err(Refusal::Damaged { offset }),
                    }
                }
                Event::DocType(_) => return Err(Refusal::Doctype),
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
                Event::Eof if self.open.is_empty() && self.seen_root => return Ok(Node::End),
                Event::Eof => return Err(Refusal::EndsEarly),
            }
        }
    }

    fn opened(&mut self, element: Element) -> Result<Element, Refusal> {
        if self.open.is_empty() && self.seen_root {
            return Err(Refusal::Damaged { offset: element.offset });
        }
        if self.open.len() >= limits::XML_DEPTH {
            return Err(Refusal::TooDeep);
        }
        self.seen_root = true;
        self.text.clear();
        self.open.push(element.name.clone());
        Ok(element)
    }
}

fn add_text(text: &mut String, more: &str) -> Result<(), Refusal> {
    if text.len() + more.len() > limits::XML_TEXT_BYTES {
        return Err(Refusal::TooLarge { limit: format!("an element with a text of more than {} bytes", limits::XML_TEXT_BYTES) });
    }
    text.push_str(more);
    Ok(())
}

fn element(start: &BytesStart<'_>, offset: u64) -> Result<Element, Refusal> {
    let damaged = || Refusal::Damaged { offset };
    let name = start.local_name().as_ref().to_owned();
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        if attributes.len() >= limits::XML_ATTRIBUTES {
            return Err(Refusal::TooLarge { limit: format!("an element with more than {} attributes", limits::XML_ATTRIBUTES) });
        }
        let attribute = attribute.map_err(|_| damaged())?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| damaged())?;
        attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
    }
    Ok(Element { name, attributes, offset })
}

/// The character of a character reference, or of one of the five entities that XML itself knows.
fn resolve(reference: &BytesRef<'_>) -> Option<char> {
    if reference.is_char_ref() {
        return reference.resolve_char_ref().ok().flatten();
    }
    match reference.borrow().into_inner().as_ref() {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => None,
    }
}

fn refusal(error: Error, offset: u64) -> Refusal {
    match error {
        Error::Io(error) => match std::sync::Arc::try_unwrap(error) {
            Ok(error) => Refusal::from(error),
            Err(shared) => Refusal::Unreadable(std::io::Error::new(shared.kind(), shared)),
        },
        // All errors of this sort but one say that the input ended inside markup.
        Error::Syntax(quick_xml::errors::SyntaxError::InvalidBangMarkup) => Refusal::Damaged { offset },
        Error::Syntax(_) => Refusal::EndsEarly,
        _ => Refusal::Damaged { offset },
    }
}
