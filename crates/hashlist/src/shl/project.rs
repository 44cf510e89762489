//! Projections of a list for programs that do not read `shl`: unsigned, and poorer. The terms lie beside them in a file of their own, so
//! that no line of theirs can be mistaken for a signal.

use std::fmt::Write as _;

use fingerprint::signal::SignalKind;
use serde_json::Value;

use super::header::{Header, Reshare};
use super::moment;
use crate::entry::{Entry, Media, Status};
use crate::seeds::is_never_alert;

/// The projections, and how many signals have no place in them.
pub(super) struct Projected {
    pub(super) tx_lines: String,
    pub(super) csv: String,
    pub(super) not_projected: u64,
}

/// The signals of live entries in the two forms of the tx program.
///
/// Lines hold `confirmed` and `suspected` entries only, because a reader of lines takes each for certain; the table says the status.
pub(super) fn project<'entry>(name: &str, entries: impl Iterator<Item = &'entry Entry>) -> Projected {
    let mut projected =
        Projected { tx_lines: String::new(), csv: "signal_type,signal_str,collab,category,tags\r\n".to_owned(), not_projected: 0 };
    for entry in entries {
        let signals = typed_signals(entry);
        projected.not_projected += (entry.signals.len() + entry.kept.len()).saturating_sub(signals.len()) as u64;
        for (kind, text) in &signals {
            if matches!(entry.status, Status::Confirmed | Status::Suspected) {
                projected.tx_lines.extend([kind, " ", text, "\n"]);
            }
            let fields = [*kind, text, name, category(entry.status), &entry.labels.join(" ")].map(csv_field);
            projected.csv.extend([&fields.join(","), "\r\n"]);
        }
    }
    projected
}

/// The signals that the tx program has a name for. Digests have one for videos only.
fn typed_signals(entry: &Entry) -> Vec<(&'static str, String)> {
    let is_video = entry.media == Some(Media::Video);
    let mut typed = Vec::new();
    for signal in entry.signals.iter().filter(|signal| !is_never_alert(signal)) {
        let kind = match signal.kind() {
            SignalKind::Pdq => "pdq",
            SignalKind::Md5 if is_video => "video_md5",
            SignalKind::Sha256 if is_video => "video_sha256",
            _ => continue,
        };
        typed.push((kind, signal.to_string()));
    }
    for (kind, text) in &entry.kept {
        match kind.as_str() {
            "tlsh" => typed.push(("text_tlsh", text.clone())),
            "vpdq" => typed.extend(vpdq(text).map(|frames| ("vpdq", frames))),
            _ => {}
        }
    }
    typed
}

/// `[[hex, quality, seconds], …]` to the form of tx: `["<hex>,<quality>,<seconds>", …]`.
fn vpdq(text: &str) -> Option<String> {
    let frames: Vec<(String, u8, f64)> = serde_json::from_str(text).ok()?;
    let frames = frames.into_iter().map(|(hash, quality, seconds)| Value::from(format!("{hash},{quality},{seconds}")));
    Some(Value::from_iter(frames).to_string())
}

const fn category(status: Status) -> &'static str {
    match status {
        Status::Confirmed => "POSITIVE_CLASS",
        Status::Suspected => "INVESTIGATION_SEED",
        Status::Disputed => "DISPUTED",
        Status::Test => "NEGATIVE_CLASS",
    }
}

/// A field of RFC 4180.
fn csv_field(text: &str) -> String {
    if text.contains([',', '"', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// The terms of a list, for people.
pub(super) fn terms(header: &Header) -> String {
    let rule = match header.reshare {
        Reshare::None => "Do not pass entries of this list on to anybody.",
        Reshare::Members => "Pass entries of this list on only to members of the group that it comes from.",
        Reshare::Open => "You may pass entries of this list on.",
    };
    let mut terms = format!("{}\npublished by {}, version {}\n\n{rule}\n", header.name, header.publisher, header.seq);
    let licence = if header.licence.is_empty() { "none named" } else { &header.licence };
    let contact = header.contact.as_deref().unwrap_or("none named");
    let (created, expires) = (moment::text(header.created_ms), moment::text(header.expires_ms));
    let written = write!(
        terms,
        "Licence: {licence}\nTo dispute an entry: {contact}\nAbout: {}\nMade {created}, to be used until {expires}\n\n\
         The files .tx.txt and .csv are copies for other programs. They are not signed and hold less than the signed list (.shl.jsonl).\n\
         An entry says that a publisher vouches for it, not that a file is what it seems. PDQ values can give away a rough outline of a\n\
         picture: treat these files as sensitive.\n",
        header.harm.as_str()
    );
    debug_assert!(written.is_ok(), "a string takes every text");
    terms
}
