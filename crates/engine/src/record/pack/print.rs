//! A page to print: the sheet and what there is to know around it, on two sheets of paper, without scripts and without anything loaded.

use super::facts::PackFacts;
use super::sheet::{Held, Sheet};
use super::xml::escaped;
use crate::record::profile::NOT_ADVICE;
use crate::record::when;

/// Small, black on white, wraps everything: what is longer than its field is in the text file.
const STYLE: &str = "@page{size:A4;margin:14mm}body{font:8.5pt/1.3 sans-serif;color:#000;background:#fff;margin:0;overflow-wrap:anywhere}\
h1{font-size:13pt;margin:0 0 2mm}h2{font-size:9.5pt;margin:2.5mm 0 .5mm;break-after:avoid}table{border-collapse:collapse;width:100%}\
td{border-bottom:.2mm solid #999;padding:.4mm 1mm;vertical-align:top}td:first-child{width:34%}p{margin:.5mm 0}";
/// Characters of one value on paper.
const LONGEST: usize = 600;
/// Fields of one part on paper.
const MOST: usize = 14;

/// The page.
pub fn page(title: &str, sheet: &Sheet, facts: &PackFacts) -> String {
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title><style>{STYLE}</style></head><body>\n<h1>{0}</h1>\n",
        escaped(title)
    );
    out += &format!(
        "<p>Case {}, made on {} by Gatehouse {}. {}</p>\n",
        facts.case,
        when::shown(facts.made_at),
        escaped(&facts.program),
        escaped(NOT_ADVICE)
    );
    for part in &sheet.parts {
        // What is not held takes one line for all, so that the page stays short.
        let missing: Vec<&str> = part.fields.iter().filter(|field| field.held == Held::NotHeld).map(|field| field.label.as_str()).collect();
        let held: Vec<_> = part.fields.iter().filter(|field| field.held != Held::NotHeld).collect();
        if held.is_empty() {
            continue;
        }
        out += &format!("<h2>{}</h2>\n<table>\n", escaped(&part.title));
        for field in held.iter().take(MOST) {
            out += &format!("<tr><td>{}</td><td>{}</td></tr>\n", escaped(field.label.trim()), shortened(field.held.words()));
        }
        out += "</table>\n";
        if held.len() > MOST {
            out += &format!("<p>{} more lines in 01-fields.txt.</p>\n", held.len() - MOST);
        }
        if !missing.is_empty() {
            out += &format!("<p>Not held: {}.</p>\n", escaped(&missing.join(", ")));
        }
    }
    out + "</body></html>\n"
}

fn shortened(text: &str) -> String {
    match text.chars().count() > LONGEST {
        false => escaped(text),
        true => format!("{} [whole in 01-fields.txt]", escaped(&text.chars().take(LONGEST).collect::<String>())),
    }
}
