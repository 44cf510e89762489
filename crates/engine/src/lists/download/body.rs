//! Reading the body of an answer into its sink: not one byte more than allowed, and whole or not at all.

use std::io::Read as _;
use std::time::{Duration, Instant};

use super::address::Address;
use super::answer::{self, Asked};
use super::explain::{cut, explain};
use super::failure::{Failure, FailureCode};
use super::pace::Rate;
use super::part::Sink;
use super::transport::{Limits, Progress};
use super::wire::Line;
use crate::model::Shown;

/// Bytes read at once.
const BLOCK: usize = 64 * 1024;
/// Shortest time between two reports of progress.
const REPORT: Duration = Duration::from_millis(200);

/// A body on its way into a sink.
pub(super) struct Body<'a> {
    pub(super) asked: &'a Asked<'a>,
    pub(super) line: &'a Line,
    pub(super) at: &'a Address,
    pub(super) limits: Limits,
    pub(super) total: Option<u64>,
    pub(super) sink: &'a mut dyn Sink,
    pub(super) report: &'a mut dyn FnMut(Progress),
}

impl Body<'_> {
    /// Reads it whole; the answer is the length of the file.
    pub(super) fn take(&mut self, body: ureq::Body, from: u64, etag: Option<&str>) -> Result<u64, Failure> {
        self.line.expect_pace(self.limits.bytes_a_second, self.limits.patience);
        self.sink.begin(from, etag).map_err(|error| Failure::of_home(&error))?;
        match self.read(body, from) {
            // Bytes of what is no list, or too long, are not gone on with.
            Err(failure) if matches!(failure.code, FailureCode::TooLarge | FailureCode::WrongSize | FailureCode::NotAList) => {
                self.sink.begin(0, None).map_err(|error| Failure::of_home(&error))?;
                Err(failure)
            }
            outcome => outcome,
        }
    }

    fn read(&mut self, body: ureq::Body, from: u64) -> Result<u64, Failure> {
        let started = Instant::now();
        let mut reader = body.into_with_config().limit(u64::MAX).reader();
        let mut block = vec![0; BLOCK];
        let (mut have, mut rate, mut reported) = (from, Rate::starting_at(from, Duration::ZERO), Duration::ZERO);
        loop {
            // Where no byte may come any more, one is asked for all the same: only its absence is the end.
            let room = usize::try_from(self.asked.size.max.saturating_sub(have)).unwrap_or(BLOCK).min(BLOCK);
            let bytes = match reader.read(&mut block[..room.max(1)]) {
                Ok(0) => break,
                Ok(_) if room == 0 => return Err(self.too_long(have)),
                Ok(bytes) => bytes,
                Err(error) => return Err(explain(error.into(), self.line, self.at, self.limits)),
            };
            if have == 0 && is_web_page(&block[..bytes]) {
                return Err(self.web_page());
            }
            self.sink.append(&block[..bytes]).map_err(|error| Failure::of_home(&error))?;
            have += bytes as u64;
            let now = started.elapsed();
            if now.saturating_sub(reported) >= REPORT {
                reported = now;
                (self.report)(Progress { bytes: have, total: self.total, bytes_a_second: rate.update(have, now) });
            }
        }
        self.check_end(have)?;
        (self.report)(Progress { bytes: have, total: Some(have), bytes_a_second: rate.update(have, started.elapsed()) });
        Ok(have)
    }

    fn check_end(&self, have: u64) -> Result<(), Failure> {
        let host = Shown::of_text(self.at.host());
        if self.total.is_some_and(|total| total != have) || (self.asked.size.is_exact && have < self.asked.size.max) {
            return Err(cut(self.at));
        }
        if have == 0 {
            return Err(Failure::new(FailureCode::NotAList, format!("{host} gives an empty answer and no list. Is the address right?")));
        }
        answer::too_long_or_short(have, self.asked).map_or(Ok(()), Err)
    }

    fn too_long(&self, have: u64) -> Failure {
        answer::too_long_or_short(have.saturating_add(1), self.asked).unwrap_or_else(|| cut(self.at))
    }

    fn web_page(&self) -> Failure {
        let host = Shown::of_text(self.at.host());
        let sentence = format!("{host} gives a web page and no list. Does the network want you to sign in first, or is the address old?");
        Failure::new(FailureCode::NotAList, sentence)
    }
}

/// Whether the first bytes are those of a web page, whatever its type says.
fn is_web_page(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    [&b"<!doctype html"[..], b"<html"].iter().any(|start| bytes.get(..start.len()).is_some_and(|first| first.eq_ignore_ascii_case(start)))
}
