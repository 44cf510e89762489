//! `te_cache`: cache files of old versions of the tx program, `simple.<HASH_TYPE>.te`.
//!
//! Rows of CSV without a header: indicator, number of the descriptor, time, labels parted by spaces. In a variant the number of the indicator
//! stands before that of the descriptor.

use std::io::Read;

use super::csv::each_row;
use super::draft::Draft;
use super::json::is_other_type;
use super::lines::Lines;
use super::{Content, Context, Record, media, time};
use crate::kinds::Kind;
use crate::normalize::Encoding;
use crate::outcome::{RejectReason, Rejection, SkipReason};
use crate::refusal::Refusal;

/// The type of indicator in the name of a cache file, such as `HASH_PDQ` in `simple.HASH_PDQ.te`.
fn type_in(file_name: &str) -> Option<&str> {
    let stem = file_name.strip_suffix(".te")?;
    stem.rsplit_once('.').map(|(_, name)| name).filter(|name| !name.is_empty())
}

/// Reads every row; the name of the file says what the first field is.
pub(super) fn parse<R: Read>(lines: &mut Lines<R>, context: &Context<'_>, sink: &mut dyn FnMut(Record)) -> Result<(), Refusal> {
    let name = type_in(context.file_name).unwrap_or_default();
    let kind = Kind::named(name).or(context.answers.only_kind.map(Kind::Matched));
    each_row(lines, b',', sink, |fields| {
        let (indicator, id, added, labels) = match fields {
            [indicator, id, added, labels] | [indicator, _, id, added, labels] => (indicator, id, added, labels),
            other if other.iter().all(|field| field.trim().is_empty()) => return Content::Skipped(SkipReason::Blank),
            other => {
                return Content::Rejected(Rejection::new(
                    RejectReason::FieldCount,
                    format!("{} fields; 4 or 5 were possible", other.len()),
                ));
            }
        };
        if is_other_type(name) {
            return Content::Skipped(SkipReason::NotAFileHash);
        }
        let mut draft = Draft {
            key: Some(id.trim()).filter(|id| !id.is_empty()).map(str::to_owned),
            added: time::millis(added),
            media: media::of_name(name),
            ..Draft::default()
        };
        draft.add_hash(kind.as_ref(), indicator, Encoding::Any, None);
        labels.split_whitespace().for_each(|label| draft.add_label(label));
        draft.into_content()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_stands_in_the_name() {
        for (name, found) in
            [("simple.HASH_PDQ.te", Some("HASH_PDQ")), ("HASH_PDQ.te", None), ("simple..te", None), ("simple.HASH_PDQ.csv", None)]
        {
            assert_eq!(type_in(name), found, "{name}");
        }
    }
}
