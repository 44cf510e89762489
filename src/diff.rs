//! `list diff`: what a version of a list would change here, without making it answer.

use std::path::Path;

use engine::engine::comparing::{self, Comparison, Next};
use engine::engine::listing;
use engine::store::lists::{self, ListRow};
use engine::{Engine, Error};
use serde_json::{Value, json};

use crate::Exit;
use crate::list::{facts_of, text_of};
use crate::out::{self, Out};
use crate::reading;

/// Compares the version that answers with the next one, with a file, or two kept versions with each other.
pub fn run(out: &Out, engine: &Engine, name: &str, file: Option<&Path>, versions: Option<&[u64]>) -> Result<Exit, Error> {
    let core = engine.core()?;
    let list = listing::by_name(core, name)?;
    if let Some(&[from, to]) = versions {
        let comparison = comparing::between(core, &list, (from, to))?;
        let mut facts = json!({"list": list.name, "from": from, "seq": to, "state": "changed"});
        put_comparison(&mut facts, &comparison);
        out.fact(&facts, || between(&comparison, (from, to)));
        return Ok(Exit::Done);
    }
    let hear = reading::heard(out, core);
    let next = match file {
        Some(file) => comparing::with_file(core, &list, file, &hear)?,
        None => comparing::with_source(core, &list, &hear)?,
    };
    match next {
        None => unchanged(out, &list),
        Some(next) => {
            let seq = core.store.read(|connection| lists::next_seq(connection, list.id))?;
            tell(out, &list, &next, seq);
        }
    }
    Ok(Exit::Done)
}

fn unchanged(out: &Out, list: &ListRow) {
    let facts = json!({
        "list": list.name, "seq": list.active_seq, "state": "unchanged", "added": 0, "changed": 0, "withdrawn": 0, "decisions_affected": 0,
    });
    out.fact(&facts, || format!("{}: nothing new.", list.name));
}

fn tell(out: &Out, list: &ListRow, next: &Next, seq: u64) {
    let mut facts = json!({"list": list.name, "from": list.active_seq, "seq": seq});
    let read = facts_of(&next.prepared, next.comparison.now_matching);
    facts.as_object_mut().into_iter().for_each(|facts| facts.extend(read.as_object().cloned().unwrap_or_default()));
    put_comparison(&mut facts, &next.comparison);
    facts["guards"] = next.prepared.guards.iter().map(hashlist::Guard::sentence).collect();
    out.fact(&facts, || {
        let guards = next.prepared.guards.iter().map(hashlist::Guard::sentence);
        let lines: Vec<String> = std::iter::once(text_of(&next.prepared)).chain(guards).collect();
        format!("{}\n{} Nothing was changed.", lines.join("\n"), would(&next.comparison))
    });
}

fn put_comparison(facts: &mut Value, comparison: &Comparison) {
    let Comparison { difference, now_matching, no_longer_matching, decisions_affected } = comparison;
    facts["added"] = json!(difference.added.len());
    facts["changed"] = json!(difference.changed.len());
    facts["withdrawn"] = json!(difference.withdrawn.len());
    facts["now_matching"] = json!(now_matching);
    facts["no_longer_matching"] = json!(no_longer_matching);
    facts["decisions_affected"] = json!(decisions_affected);
}

/// "add 1,204, change 3, withdraw 37; 3 of your older uploads would match that do not now; 2 past decisions rest on what it withdraws."
fn would(comparison: &Comparison) -> String {
    let Comparison { difference, now_matching, no_longer_matching, .. } = comparison;
    format!(
        "It would add {}, change {}, withdraw {}; {} of your older uploads would match that do not now, {} would not any more; {} on what it withdraws.",
        difference.added.len(),
        difference.changed.len(),
        difference.withdrawn.len(),
        now_matching,
        no_longer_matching,
        decisions_rest(comparison)
    )
}

fn between(comparison: &Comparison, (from, to): (u64, u64)) -> String {
    let Comparison { difference, now_matching, no_longer_matching, .. } = comparison;
    format!(
        "Version {to} adds {}, changes {}, withdraws {} against version {from}; {} of your older uploads match it alone, {} match version {from} alone; \
         {} on what it withdraws.",
        difference.added.len(),
        difference.changed.len(),
        difference.withdrawn.len(),
        now_matching,
        no_longer_matching,
        decisions_rest(comparison)
    )
}

fn decisions_rest(comparison: &Comparison) -> String {
    out::count(comparison.decisions_affected, "past decision rests", "past decisions rest")
}
