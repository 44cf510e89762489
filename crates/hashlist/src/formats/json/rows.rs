//! `json_rows`: objects whose keys are columns, as in a CSV file.

use serde_json::Value as Json;

use super::super::columns::Column;
use super::super::{Answers, Content, csv};
use super::field;

pub(super) fn read(record: &Json, answers: &Answers) -> Content {
    let mut filled: Vec<(Column, String)> = Vec::new();
    for (key, value) in record.as_object().into_iter().flatten() {
        let column = answers.mapping.as_ref().and_then(|mapping| mapping.named(key)).unwrap_or_else(|| Column::named(key));
        filled.extend(values(value).map(|text| (column.clone(), text)));
    }
    let filled: Vec<(&Column, &str)> = filled.iter().map(|(column, text)| (column, text.as_str())).collect();
    csv::filled_row(&filled)
}

/// The plain values of a key: of an array each of them, of an object none.
fn values(value: &Json) -> impl Iterator<Item = String> {
    let listed = match value {
        Json::Array(items) => items.as_slice(),
        other => std::slice::from_ref(other),
    };
    listed.iter().filter_map(|item| match item {
        Json::Bool(truth) => Some(truth.to_string()),
        other => field::plain(other).map(|text| text.into_owned()),
    })
}
