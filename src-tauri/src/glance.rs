//! How things are, in numbers: what the tray shows and what notifications are made from.

use std::collections::BTreeSet;

use engine::engine::digest::{Fault, Look, Wishes};
use engine::engine::{overview, viewing};
use engine::lists::download::schedule::QuietHours;
use engine::store::sites::SiteHealth;
use jiff::Zoned;

use crate::commands::app::read_settings;
use crate::shell::{Answer, Shell};
use crate::wire::{Language, Settings, Watching};

/// Problems that are no fault: what is set up that way, or chosen.
const NO_FAULT: [&str; 3] = ["practice_list_only", "paused", "watched_elsewhere"];

/// How things are.
#[derive(Clone, Debug)]
pub struct Glance {
    /// Cases in the inbox.
    pub waiting: u64,
    /// Who watches.
    pub watching: Watching,
    /// Sites, practice too.
    pub sites: u64,
    /// Of these, paused.
    pub paused: u64,
    /// Things that need a person.
    pub attention: u64,
    /// What is broken.
    pub faults: BTreeSet<Fault>,
    /// Holds that end within the week.
    pub holds_ending: u64,
    /// Until when the person stopped for today.
    pub stopped_until: Option<i64>,
    /// What the person set.
    pub settings: Option<Settings>,
}

impl Default for Glance {
    fn default() -> Self {
        Self {
            waiting: 0,
            watching: Watching::No,
            sites: 0,
            paused: 0,
            attention: 0,
            faults: BTreeSet::new(),
            holds_ending: 0,
            stopped_until: None,
            settings: None,
        }
    }
}

impl Glance {
    /// Nothing is watched, on purpose.
    pub fn is_paused(&self) -> bool {
        self.sites > 0 && self.paused == self.sites
    }

    /// The language of the window.
    pub fn language(&self) -> Language {
        self.settings.as_ref().map_or(Language::System, |settings| settings.language)
    }

    /// What a person wants to be told.
    pub fn wishes(&self) -> Wishes {
        let Some(settings) = &self.settings else { return Wishes { cases: false, faults: false, holds: false, quiet: None } };
        Wishes {
            cases: settings.notify_cases,
            faults: settings.notify_faults,
            holds: settings.notify_holds,
            quiet: QuietHours::parse(&settings.notify_quiet),
        }
    }

    /// This moment, for the digest.
    pub fn look(&self, now: i64, is_focused: bool) -> Look {
        Look {
            now,
            utc_offset_minutes: Zoned::now().offset().seconds() / 60,
            is_focused,
            stopped_until: self.stopped_until,
            waiting: self.waiting,
            faults: self.faults.clone(),
            holds_ending: self.holds_ending,
        }
    }
}

/// Looks at the home.
///
/// # Errors
/// The store's own, or that the home is not open.
pub fn glance(shell: &Shell) -> Answer<Glance> {
    let (core, watching) = (shell.core()?, shell.watching()?);
    let waiting = core.store.read(|connection| engine::store::inbox::counts(connection, core.clock.now_ms()))?.inbox;
    let overview = overview::overview(&core, watching == Watching::Here)?;
    let codes: Vec<&str> = overview.problems.iter().map(|problem| problem.code).filter(|code| !NO_FAULT.contains(code)).collect();
    Ok(Glance {
        waiting,
        watching,
        sites: overview.sites.len() as u64,
        paused: overview.sites.iter().filter(|view| view.state.health == SiteHealth::Paused).count() as u64,
        attention: codes.len() as u64,
        faults: codes.iter().filter_map(|code| Fault::of_problem(code)).collect(),
        holds_ending: overview.holds_ending.len() as u64,
        stopped_until: viewing::stopped_until(&core)?,
        settings: Some(read_settings(&core)?),
    })
}
