//! `ncmec_xml`: pages of NCMEC hash sharing, version 2. One record is one entry element; `deleted…` takes an entry away.
//!
//! Every kind of fingerprint is taken for every kind of media: an MD5 of a picture is as good as one of a video.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use super::draft::{Draft, cut};
use super::xml::{Element, Node, Xml};
use super::{About, Content, Page, Record, time};
use crate::entry::{Media, Status, Voices};
use crate::kinds::Kind;
use crate::limits;
use crate::normalize::Encoding;
use crate::outcome::{RejectReason, Rejection};
use crate::refusal::Refusal;

/// The name of the root element.
const ROOT: &str = "queryResult";

/// The address of the next page stands in some saved pages with bare `&` signs.
const LOOSE: &[&str] = &["next"];

/// What a place in the document means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Root,
    /// `images` or `videos`.
    Group,
    Entry,
    Member,
    Id,
    Timestamp,
    Classification,
    Fingerprints,
    Fingerprint,
    Feedback,
    /// All feedback of one sort about one kind of fingerprint.
    Opinion,
    /// Between an opinion and the members that hold it.
    Voters,
    Voter,
    Paging,
    Next,
    /// Anything else; what stands inside counts for nothing.
    Other,
}

impl Place {
    /// The place of an element of this name inside another.
    fn inside(parent: Option<Self>, name: &str) -> Self {
        match (parent, name) {
            (None, _) => Self::Root,
            (Some(Self::Root), "images" | "videos") => Self::Group,
            (Some(Self::Root), "paging") => Self::Paging,
            (Some(Self::Paging), "next") => Self::Next,
            (Some(Self::Group), "image" | "video" | "deletedImage" | "deletedVideo") => Self::Entry,
            (Some(Self::Entry), "member") => Self::Member,
            (Some(Self::Entry), "id") => Self::Id,
            (Some(Self::Entry), "timestamp") => Self::Timestamp,
            (Some(Self::Entry), "classification") => Self::Classification,
            (Some(Self::Entry), "fingerprints") => Self::Fingerprints,
            (Some(Self::Fingerprints), _) => Self::Fingerprint,
            (Some(Self::Entry), "feedback") => Self::Feedback,
            (Some(Self::Feedback), "affirmativeFeedback" | "negativeFeedback") => Self::Opinion,
            // Reasons and the members that gave them stand beside each other, in turn.
            (Some(Self::Opinion | Self::Voters), "members" | "reasons") => Self::Voters,
            (Some(Self::Voters), "member") => Self::Voter,
            _ => Self::Other,
        }
    }
}

/// Reads one page. Records are handed over in the order of the file.
pub(super) fn parse<R: Read>(source: R, sink: &mut dyn FnMut(Record)) -> Result<(u64, Page, About), Refusal> {
    let mut xml = Xml::new(source, LOOSE);
    let mut reader = PageReader { path: Vec::new(), making: None, number: 0, next: None, newest: None, elsewhere: BTreeMap::new(), sink };
    loop {
        match xml.next()? {
            Node::Open(element) => reader.open(element)?,
            Node::Close(text) => reader.close(&text),
            Node::End => break,
        }
    }
    Ok((xml.bytes(), reader.page(), About { notes: reader.notes(), ..About::default() }))
}

/// The state of reading one page.
struct PageReader<'sink> {
    path: Vec<Place>,
    making: Option<Making>,
    number: u64,
    next: Option<String>,
    /// The latest `maxTimestamp`: UTC milliseconds and its text.
    newest: Option<(i64, String)>,
    /// Kinds whose values lie at another address, with their number.
    elsewhere: BTreeMap<String, u64>,
    sink: &'sink mut dyn FnMut(Record),
}

/// An entry element that is being read.
struct Making {
    offset: u64,
    media: Media,
    draft: Draft,
    member: Option<String>,
    id: Option<String>,
    classified: bool,
    disputed: bool,
    /// Name of the fingerprint that is being read.
    fingerprint: String,
    opinion: Opinion,
    voter: String,
    /// Bytes of texts and names so far.
    bytes: usize,
}

/// The feedback that is being read.
#[derive(Default)]
struct Opinion {
    against: bool,
    about: String,
    /// Members that were counted: one may stand under several reasons.
    counted: BTreeSet<String>,
}

impl PageReader<'_> {
    fn open(&mut self, element: Element) -> Result<(), Refusal> {
        let place = Place::inside(self.path.last().copied(), &element.name);
        if place == Place::Root && element.name != ROOT {
            return Err(Refusal::UnknownFormat { first_line_bytes: None });
        }
        self.path.push(place);
        if place == Place::Group {
            self.note_newest(&element);
        }
        if place == Place::Entry {
            self.number += 1;
            self.making = Some(Making::of(&element));
        }
        if let Some(making) = &mut self.making
            && making.has_room(&element)
        {
            making.open(place, element);
        }
        Ok(())
    }

    fn close(&mut self, text: &str) {
        let text = text.trim();
        let place = self.path.pop();
        if place == Some(Place::Next) && !text.is_empty() {
            self.next = Some(text.to_owned());
        }
        let Some(making) = &mut self.making else { return };
        making.bytes += text.len();
        match place {
            Some(Place::Entry) => self.finish_entry(),
            Some(Place::Fingerprint) if text.is_empty() => {
                making.draft.reference = true;
                let name = kind(&making.fingerprint).name().to_owned();
                let room = self.elsewhere.len() < limits::KINDS_IN_REPORT;
                *self.elsewhere.entry(if room { name } else { "other".to_owned() }).or_default() += 1;
            }
            Some(place) if making.bytes <= limits::XML_ENTRY_BYTES => making.close(place, text),
            _ => {}
        }
    }

    fn finish_entry(&mut self) {
        if let Some(making) = self.making.take() {
            let offset = making.offset;
            (self.sink)(Record { number: self.number, offset, content: making.finish() });
        }
    }

    fn note_newest(&mut self, group: &Element) {
        let Some(text) = group.attribute("maxTimestamp") else { return };
        let Some(moment) = time::millis(text) else { return };
        if self.newest.as_ref().is_none_or(|(newest, _)| moment > *newest) {
            self.newest = Some((moment, cut(text.trim(), limits::LABEL_BYTES).to_owned()));
        }
    }

    /// The place of this page in its set: pages are ordered by where the next one begins, and the last one names none.
    fn page(&self) -> Page {
        let parameter = |name| self.next.as_deref().and_then(|next| parameter(next, name));
        let order = match &self.next {
            Some(_) => parameter("start").and_then(|start| start.parse().ok()),
            None => Some(u64::MAX),
        };
        // Only a page with a next one names the end of the range that was asked for; the last one names its newest entry.
        let checkpoint = parameter("to").or_else(|| self.newest.as_ref().map(|(_, text)| text.clone()));
        Page { more: self.next.is_some(), checkpoint, order }
    }

    fn notes(&self) -> Vec<String> {
        if self.elsewhere.is_empty() {
            return Vec::new();
        }
        let kinds: Vec<String> = self.elsewhere.iter().map(|(kind, count)| format!("{count} of {kind}")).collect();
        vec![format!("Fingerprints that lie at another address are not part of the file: {}.", kinds.join(", "))]
    }
}

impl Making {
    fn of(element: &Element) -> Self {
        let draft = Draft { withdrawn: element.name.starts_with("deleted"), ..Draft::default() };
        let is_video = element.name.ends_with("ideo");
        Self {
            offset: element.offset,
            media: if is_video { Media::Video } else { Media::Image },
            draft,
            member: None,
            id: None,
            classified: false,
            disputed: false,
            fingerprint: String::new(),
            opinion: Opinion::default(),
            voter: String::new(),
            bytes: 0,
        }
    }

    /// Counts an element inside; whether the entry is still within its limit.
    fn has_room(&mut self, element: &Element) -> bool {
        let attributes: usize = element.attributes.iter().map(|(name, value)| name.len() + value.len()).sum();
        // Brackets and slash of both tags.
        self.bytes += element.name.len() * 2 + attributes + 5;
        self.bytes <= limits::XML_ENTRY_BYTES
    }

    fn open(&mut self, place: Place, element: Element) {
        let id = || element.attribute("id").unwrap_or_default().trim().to_owned();
        match place {
            Place::Member => self.member = Some(id()),
            Place::Fingerprint => self.fingerprint = element.name,
            Place::Opinion => {
                let against = element.name == "negativeFeedback";
                self.disputed |= against;
                let about = cut(element.attribute("type").unwrap_or_default(), limits::KIND_BYTES).to_owned();
                self.opinion = Opinion { against, about, counted: BTreeSet::new() };
            }
            Place::Voter => self.voter = id(),
            _ => {}
        }
    }

    fn close(&mut self, place: Place, text: &str) {
        match place {
            Place::Id => self.id = Some(text.to_owned()),
            Place::Member => self.draft.source = Some(cut(text, limits::LABEL_BYTES).to_owned()).filter(|name| !name.is_empty()),
            // A time that cannot be read loses itself and not the entry.
            Place::Timestamp => self.draft.updated = time::millis(text),
            Place::Classification => {
                self.classified |= !text.is_empty();
                self.draft.add_label(text);
            }
            Place::Fingerprint => self.draft.add_hash(Some(&kind(&self.fingerprint)), text, Encoding::Any, None),
            Place::Voter => self.vote(text),
            _ => {}
        }
    }

    /// Counts a member once for each kind of fingerprint that it speaks about.
    fn vote(&mut self, name: &str) {
        let Opinion { against, about, counted } = &mut self.opinion;
        if !counted.insert(self.voter.clone()) {
            return;
        }
        let opinions = &mut self.draft.opinions;
        let voices: &mut Voices = if *against { &mut opinions.against } else { &mut opinions.agree };
        voices.add(&if about.is_empty() { name.to_owned() } else { format!("{name} ({about})") });
    }

    fn finish(mut self) -> Content {
        if self.bytes > limits::XML_ENTRY_BYTES {
            let detail = format!("an entry of more than {} bytes", limits::XML_ENTRY_BYTES);
            return Content::Rejected(Rejection::new(RejectReason::LineTooLong, detail));
        }
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        let (Some(member), Some(id)) = (given(self.member), given(self.id)) else {
            return Content::Rejected(Rejection::new(RejectReason::MissingField, "no id of the member or of the entry"));
        };
        // Entry ids repeat between members.
        self.draft.key = Some(format!("{member}-{id}"));
        self.draft.add_label(self.media.as_str());
        self.draft.media = Some(self.media);
        self.draft.status = Some(match (self.disputed, self.classified) {
            (true, _) => Status::Disputed,
            (false, true) => Status::Confirmed,
            (false, false) => Status::Suspected,
        });
        self.draft.into_content()
    }
}

/// The kind of a fingerprint element. A kind that nobody knows is kept under the publisher's name.
fn kind(name: &str) -> Kind {
    Kind::of_tag(cut(name, limits::KIND_BYTES))
}

/// One parameter of the address of the next page, decoded.
fn parameter(next: &str, name: &str) -> Option<String> {
    let (_, query) = next.split_once('?')?;
    let value = query.split('&').find_map(|pair| pair.split_once('=').filter(|(known, _)| *known == name))?.1;
    Some(cut(&percent_decoded(value), limits::LABEL_BYTES).to_owned())
}

/// Text with its `%3A` escapes resolved (RFC 3986, section 2.1); an escape that is none stays as it is.
fn percent_decoded(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        decoded.push_str(before);
        let digits = after.get(..2).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let escaped = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(u8::is_ascii);
        match escaped {
            Some(byte) => decoded.push(char::from(byte)),
            None => decoded.push('%'),
        }
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    decoded.push_str(rest);
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_the_next_address_are_decoded() {
        let next = "/v2/entries?from=2017-10-20T00%3A00%3A00.000Z&to=2017-10-30T00%3A00%3A00.000Z&start=2001&size=1000";
        assert_eq!(parameter(next, "to").as_deref(), Some("2017-10-30T00:00:00.000Z"), "with its colons");
        assert_eq!(parameter(next, "start").as_deref(), Some("2001"), "a number");
        assert_eq!(parameter(next, "end"), None, "not there");
        assert_eq!(percent_decoded("100%é%zz%41%"), "100%é%zzA%", "what is no escape stays");
    }
}
