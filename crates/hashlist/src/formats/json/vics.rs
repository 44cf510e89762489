//! `vics`: media records of Project VIC and CAID, as hash sets and as cases (OData JSON, models 1.x and 2.0).

use serde_json::Value as Json;

use super::super::draft::Draft;
use super::super::{About, Answers, Content, media};
use super::document::{Fields, Layout};
use super::{field, missing};
use crate::entry::Status;
use crate::kinds::Kind;
use crate::normalize::Encoding;

const CONTEXTS: [&str; 2] = ["@odata.context", "odata.metadata"];

/// Categories that are proposed to alert, where the operator chose none: those that every known model grades as the most serious.
const PROPOSED: [i64; 2] = [1, 2];

/// Where the records stand: directly under `value` in a hash set, under the media of each case otherwise.
pub(super) const fn layout(is_case: bool) -> Layout {
    Layout { records: if is_case { &["value/Media"] } else { &["value"] }, fields: &CONTEXTS }
}

/// What the context of a document says.
pub(super) struct Model {
    /// The country model, such as `US`; numbers of categories mean something else in each.
    name: Option<String>,
    /// A case: somebody's investigation, and no list.
    pub is_case: bool,
}

impl Model {
    pub(super) fn of(fields: &Fields) -> Self {
        let context = CONTEXTS.iter().find_map(|name| fields.get(name)?.as_str()).unwrap_or_default();
        let (path, fragment) = context.split_once('#').unwrap_or((context, ""));
        let mut parts = path.split('/').skip_while(|part| !part.ends_with(".xml")).skip(1);
        let name = parts.next().filter(|name| !name.is_empty() && !name.starts_with('$'));
        Self { name: name.map(str::to_owned), is_case: fragment.starts_with("Cases") }
    }
}

pub(super) fn about(fields: &Fields) -> About {
    let is_case = Model::of(fields).is_case;
    let note = "This is a case file: the records of somebody's investigation, and no hash set that was made to be passed on.";
    About { notes: is_case.then(|| note.to_owned()).into_iter().collect(), ..About::default() }
}

pub(super) fn read(record: &Json, fields: &Fields, answers: &Answers) -> Content {
    let Some(md5) = field::text(record, "MD5") else { return missing("MD5") };
    let category: Option<i64> = field::number(record, "Category");
    let mut draft = Draft {
        key: field::text(record, "MediaID").map(|id| id.into_owned()),
        size: field::number(record, "MediaSize"),
        media: field::text(record, "MimeType").and_then(|name| media::of_type(&name)),
        updated: field::moment(record, "DateUpdated"),
        status: status(record, category),
        category_not_chosen: !category.is_some_and(|category| is_chosen(category, answers)),
        ..Draft::default()
    };
    for (name, value) in [("md5", Some(md5)), ("sha1", field::text(record, "SHA1")), ("photodna", field::text(record, "PhotoDNA"))] {
        if let Some(value) = value {
            draft.add_hash(Kind::named(name).as_ref(), &value, Encoding::Any, None);
        }
    }
    for hash in field::items(record, "AlternativeHashes") {
        if let (Some(name), Some(value)) = (field::text(hash, "HashName"), field::text(hash, "HashValue")) {
            draft.add_hash(Some(&field::kind(&name)), &value, Encoding::Any, None);
        }
    }
    draft.add_label(&label(category, &Model::of(fields)));
    draft.into_content()
}

/// A number is never translated: it means something else in every country's model.
fn label(category: Option<i64>, model: &Model) -> String {
    match (category, &model.name) {
        (None, _) => "category:none".to_owned(),
        (Some(category), None) => format!("category:{category}"),
        (Some(category), Some(name)) => format!("category:{category} ({name} model)"),
    }
}

fn is_chosen(category: i64, answers: &Answers) -> bool {
    answers.categories.as_ref().map_or_else(|| PROPOSED.contains(&category), |chosen| chosen.contains(&category))
}

/// Real exports say "precategorised" of every record while the category is empty: only both together confirm.
fn status(record: &Json, category: Option<i64>) -> Option<Status> {
    if field::truth(record, "IsPrecategorized") == Some(true) && category.is_some_and(|category| category != 0) {
        return Some(Status::Confirmed);
    }
    (field::truth(record, "IsSuspected") == Some(true)).then_some(Status::Suspected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_context_names_the_model_and_tells_a_case_from_a_list() {
        let model = |context: &str| {
            let model = Model::of(&Fields::from([("@odata.context", json!(context))]));
            (model.name, model.is_case)
        };
        let base = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml";
        assert_eq!(model(&format!("{base}/US/$metadata#Media")), (Some("US".to_owned()), false), "a list of the US model");
        assert_eq!(model(&format!("{base}/Default/$metadata#Cases")), (Some("Default".to_owned()), true), "a case");
        assert_eq!(model("http://github.com/ICMEC/ProjectVic/DataModels/1.3.xml#Cases"), (None, true), "a case of an older model");
        assert_eq!(model("x"), (None, false), "something else");
    }
}
