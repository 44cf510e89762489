//! `cargo xtask bench`: the benchmarks, all or one group. A group is a file in a `benches` folder; what it is
//! compared with is in `peers.rs`.

mod drive;
mod pipeline;
mod watch;

use std::fs;
use std::path::Path;

use crate::peers;
use crate::step::{self, Place, Stop};
use crate::window_bench;

/// The packages that may have a `benches` folder, with the folder of each.
const PACKAGES: [(&str, &str); 4] =
    [("fingerprint", "crates/fingerprint"), ("hashlist", "crates/hashlist"), ("engine", "crates/engine"), ("gatehouse", ".")];

/// A benchmark of the whole program, from outside.
type Whole = (&'static str, fn(&Place) -> Result<(), Stop>);

/// Those: they link nothing and start what was built.
const WHOLE: [Whole; 2] = [(pipeline::GROUP, pipeline::bench), (watch::GROUP, watch::bench)];

/// Runs the benchmarks of `group`, or all of them.
///
/// # Errors
/// [`Stop::Missing`] if there is no such group, [`Stop::Failed`] if one of them failed (the others run all the same).
pub(crate) fn bench(place: &Place, group: Option<&str>) -> Result<(), Stop> {
    let all: Vec<_> = PACKAGES
        .iter()
        .flat_map(|(package, folder)| groups(&place.root.join(folder)).into_iter().map(move |group| (*package, group)))
        .collect();
    let whole: Vec<Whole> = WHOLE.into_iter().filter(|(name, _)| group.is_none_or(|wanted| wanted == *name)).collect();
    let chosen: Vec<_> = all.iter().filter(|(_, name)| group.is_none_or(|wanted| wanted == name)).collect();
    if chosen.is_empty() && whole.is_empty() {
        let names: Vec<_> = all.iter().map(|(_, name)| name.as_str()).chain(WHOLE.iter().map(|(name, _)| *name)).collect();
        let there =
            if names.is_empty() { "There are no benchmarks yet".to_owned() } else { format!("The groups are: {}", names.join(", ")) };
        return Err(Stop::Missing(match group {
            Some(wanted) => format!("No benchmark group is called \"{wanted}\". {there}."),
            None => format!("{there}."),
        }));
    }
    let mut failed = Vec::new();
    for (package, name) in chosen {
        let peers = peers::arguments(place, name);
        let mut bench = match name.as_str() {
            window_bench::GROUP => window_bench::prepare(place)?,
            _ => place.cargo(&["bench", "--locked", "-p", package, "--bench", name]),
        };
        if !peers.is_empty() {
            bench.arg("--").args(peers);
        }
        if let Err(why) = step::step(&format!("Benchmark {name} of {package}"), &mut bench) {
            failed.push(format!("{name} ({why})"));
        }
    }
    for (name, bench) in whole {
        if let Err(Stop::Failed(why) | Stop::Missing(why)) = bench(place) {
            failed.push(format!("{name} ({why})"));
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(Stop::Failed(format!("Failed: {}. The lines above say why.", failed.join(", ")))) }
}

/// The benchmark files of one package, sorted; none if it has no `benches` folder.
fn groups(package: &Path) -> Vec<String> {
    let mut groups: Vec<String> = fs::read_dir(package.join("benches"))
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let stem = path.file_stem()?.to_str()?.to_owned();
            path.extension().is_some_and(|extension| extension == "rs").then_some(stem)
        })
        .collect();
    groups.sort();
    groups
}
