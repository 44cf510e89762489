//! `cargo xtask supply`: whose code comes in. Licences and bans of every crate and page package by `deny.toml`, known vulnerabilities from a local
//! copy of the RustSec database, and a bill of materials. Nothing is asked over the network.
//!
//! `deny.toml` is written for `cargo deny`, which reads more of it; this reader needs nothing installed and refuses what it does not understand.

mod advisories;
mod bill;
mod day;
mod licences;
mod page;
mod policy;
mod tree;

use std::path::{Path, PathBuf};

use crate::step::{self, Place, Stop};

use self::advisories::Checked;
use self::day::Day;
use self::policy::Policy;
use self::tree::Tree;

/// Crates that the worker may consist of: what decodes hostile bytes stays small enough to be looked at.
const WORKER_CRATES: usize = 60;
/// Oldest copy of the advisories that a release may rely on, in days.
const FRESH_DAYS: i64 = 30;

/// What is asked for.
pub(crate) struct Wish {
    /// Where a copy of the RustSec database is; otherwise the places of `cargo deny` and `cargo audit` are looked at.
    pub(crate) advisories: Option<PathBuf>,
    /// A missing or old copy is a failure.
    pub(crate) release: bool,
}

/// Runs all checks and writes the bill of materials.
///
/// # Errors
/// [`Stop::Failed`] with every finding.
pub(crate) fn supply(place: &Place, wish: &Wish) -> Result<(), Stop> {
    step::heading("Supply chain");
    let today = Day::today();
    let policy = Policy::read(&place.root.join("deny.toml")).map_err(Stop::Failed)?;
    let tree = Tree::of(place).map_err(Stop::Failed)?;
    let packages = page::read(&place.root.join("ui").join("package-lock.json")).map_err(Stop::Failed)?;

    let mut wrong = policy.expiry_problems(today);
    wrong.extend(policy.check(&tree));
    wrong.extend(page::check(&policy, &packages));
    for lock in ["tests/fuzz/Cargo.lock", "xtask/peers/Cargo.lock"] {
        wrong.extend(policy.check_lock(lock, &read(&place.root.join(lock))?));
    }
    let worker = tree.below("fingerprint");
    if worker.len() > WORKER_CRATES {
        wrong.push(format!("The worker consists of {} crates; at most {WORKER_CRATES} are agreed on.", worker.len()));
    }
    step::say(&format!(
        "    {} crates, {} page packages; the worker consists of {} crates",
        tree.foreign().count(),
        packages.len(),
        worker.len()
    ));

    match advisories::check(wish.advisories.as_deref(), &policy, &tree) {
        Ok(Checked::NoCopy) if wish.release => wrong.push("There is no copy of the RustSec database; a release needs one.".to_owned()),
        Ok(Checked::NoCopy) => {
            step::say("    advisories: skipped: no copy of the RustSec database (git clone it, and name it by --advisories)")
        }
        Ok(Checked::Done { newest, known, found }) => {
            step::say(&format!("    advisories: {known} known, the newest of {newest}"));
            if wish.release && today.days_since(newest) > FRESH_DAYS {
                wrong
                    .push(format!("The copy of the RustSec database ends on {newest}; a release needs one of the last {FRESH_DAYS} days."));
            }
            wrong.extend(found);
        }
        Err(why) => wrong.push(why),
    }
    let bill = place.target.join("supply").join("gatehouse.cdx.json");
    bill::write(&bill, &tree, &packages).map_err(|why| Stop::Failed(format!("{} cannot be written: {why}", bill.display())))?;
    step::say(&format!("    bill of materials: {}", bill.display()));
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Stop::Failed(format!(
        "The supply chain has {} findings:\n{}\ndeny.toml says what is agreed on, and how an exception is made.",
        wrong.len(),
        wrong.join("\n")
    )))
}

fn read(path: &Path) -> Result<String, Stop> {
    std::fs::read_to_string(path).map_err(|why| Stop::Failed(format!("{} cannot be read: {why}", path.display())))
}
