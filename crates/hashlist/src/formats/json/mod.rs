//! The formats that are JSON: records at known places, one in memory at a time, and a few fields above them.
//!
//! - [`scan`]: the bytes as a stream · [`strict`]: one value as a tree · [`document`]: records and fields at their paths
//! - one file for each publisher, which turns one record into one [`Content`]

mod document;
mod field;
mod misp;
mod rows;
mod scan;
mod stix;
mod stix_pattern;
mod stopncii;
mod strict;
mod tat;
mod threat_updates;
mod vics;
mod warninglist;

use std::io::{BufReader, Read};

use document::{Fields, Found, Layout, read, read_sequence};
use scan::Scanner;
use serde_json::Value as Json;

use super::lines::Decoded;
use super::page::Page;
use super::{About, Content, Context, Format, Record, Summary};
use crate::outcome::{RejectReason, Rejection};
use crate::refusal::Refusal;

pub(crate) use misp::feed_events;
pub(super) use threat_updates::is_other_type;

/// What the first pass over a file found: what its records mean beside each other.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    fields: Fields,
    /// At least one record says what members think of it; then a record that says nothing takes its entry away.
    has_opinions: bool,
    page: Page,
}

impl Facts {
    /// The facts of a file that is nothing but one page.
    pub(crate) fn of_page(page: Page) -> Self {
        Self { page, ..Self::default() }
    }

    /// What the file says of its set.
    pub(crate) const fn page(&self) -> &Page {
        &self.page
    }

    /// Whether opinions were downloaded with the records.
    pub(crate) const fn has_opinions(&self) -> bool {
        self.has_opinions
    }

    /// Whether the file is a case, somebody's investigation, and no list.
    pub(crate) fn is_case(&self) -> bool {
        vics::Model::of(&self.fields).is_case
    }

    /// The group whose entries the file replaces.
    pub(crate) fn group(&self) -> Option<String> {
        misp::event_uuid(&self.fields)
    }

    /// Facts of one file that are facts of all files of its set.
    pub(crate) fn share(set: &mut [Self]) {
        let has_opinions = set.iter().any(Self::has_opinions);
        set.iter_mut().for_each(|facts| facts.has_opinions = has_opinions);
    }
}

/// Whether the kind of every hash of this JSON format is stated, so that a first pass need not look at them.
pub(super) const fn states_kinds(format: Format) -> bool {
    matches!(
        format,
        Format::ThreatUpdates
            | Format::StopNcii
            | Format::Tat
            | Format::Vics
            | Format::MispEvent
            | Format::MispFeed
            | Format::MispWarninglist
            | Format::Stix
    )
}

/// Reads every record.
///
/// # Errors
/// `ends_early`, `damaged`, `too_deep`, `too_large`, `unreadable`.
pub(super) fn parse<R: Read>(
    format: Format,
    source: BufReader<Decoded<R>>,
    context: &Context<'_>,
    sink: &mut dyn FnMut(Record),
) -> Result<Summary, Refusal> {
    let mut scanner = Scanner::new(source);
    let mut records = 0;
    let mut take = |found: Found| {
        records += 1;
        let content = found.json.map_or_else(Content::Rejected, |json| content(format, &json, context));
        sink(Record { number: found.number, offset: found.offset, content });
        Ok(())
    };
    if format == Format::JsonRows || scanner.peek()? == Some(b'[') {
        let bytes = read_sequence(scanner, &mut take)?;
        return Ok(Summary { records, bytes, page: Page::default(), about: About::default() });
    }
    let (fields, bytes) = read(scanner, layout(format, context.facts), &mut take)?;
    Ok(Summary { records, bytes, page: page(format, &fields), about: about(format, &fields) })
}

/// Reads the fields above the records, and of the records only what decides the meaning of others.
///
/// # Errors
/// As [`parse`], and `not_a_list` for a document that says that it holds no hashes of files.
pub(super) fn survey<R: Read>(format: Format, source: BufReader<Decoded<R>>) -> Result<Facts, Refusal> {
    let mut scanner = Scanner::new(source);
    if scanner.peek()? == Some(b'[') {
        return Ok(Facts::default());
    }
    let asks_records = format == Format::ThreatUpdates;
    let whole = layout(format, &Facts::default());
    let layout = if asks_records { whole } else { Layout { records: &[], ..whole } };
    let mut has_opinions = false;
    let (fields, _) = read(scanner, layout, &mut |found| {
        has_opinions |= found.json.is_ok_and(|record| threat_updates::has_opinions(&record));
        Ok(())
    })?;
    if format == Format::MispWarninglist {
        warninglist::refuse_other_kinds(&fields)?;
    }
    let page = page(format, &fields);
    Ok(Facts { fields, has_opinions, page })
}

fn layout(format: Format, facts: &Facts) -> Layout {
    match format {
        Format::ThreatUpdates => threat_updates::LAYOUT,
        Format::StopNcii => stopncii::LAYOUT,
        Format::Tat => tat::LAYOUT,
        Format::Vics => vics::layout(facts.is_case()),
        Format::MispEvent | Format::MispFeed => misp::LAYOUT,
        Format::MispWarninglist => warninglist::LAYOUT,
        Format::Stix => stix::LAYOUT,
        _ => Layout { records: &[""], fields: &[] },
    }
}

fn page(format: Format, fields: &Fields) -> Page {
    match format {
        Format::ThreatUpdates => threat_updates::page(fields),
        Format::StopNcii => stopncii::page(fields),
        Format::Tat => tat::page(fields),
        Format::Stix => stix::page(fields),
        _ => Page::default(),
    }
}

fn about(format: Format, fields: &Fields) -> About {
    match format {
        Format::Vics => vics::about(fields),
        Format::MispWarninglist => warninglist::about(fields),
        _ => About::default(),
    }
}

fn content(format: Format, record: &Json, context: &Context<'_>) -> Content {
    if format == Format::MispWarninglist {
        return warninglist::read(record, &context.facts.fields);
    }
    if !record.is_object() {
        return Content::Rejected(Rejection::new(RejectReason::BadRecord, "not an object"));
    }
    match format {
        Format::ThreatUpdates => threat_updates::read(record, context.facts.has_opinions),
        Format::StopNcii => stopncii::read(record),
        Format::Tat => tat::read(record),
        Format::Vics => vics::read(record, &context.facts.fields, context.answers),
        Format::MispEvent | Format::MispFeed => misp::read(record, &context.facts.fields),
        Format::Stix => stix::read(record, context.answers),
        _ => rows::read(record, context.answers),
    }
}

/// The rejection of a record without a field that it needs.
fn missing(field: &str) -> Content {
    Content::Rejected(Rejection::new(RejectReason::MissingField, format!("no {field}")))
}
