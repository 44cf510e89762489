//! Black box: the real program, each test in a fresh home, JSON in and out. Nothing here imports the product; only `support` starts it.

#[cfg(test)]
mod cli;
#[cfg(test)]
mod copies;
#[cfg(test)]
mod duties;
#[cfg(test)]
mod flow;
#[cfg(test)]
mod folding;
#[cfg(test)]
mod home;
#[cfg(test)]
mod imports;
#[cfg(test)]
mod inbox;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod matching;
#[cfg(test)]
mod papers;
#[cfg(test)]
mod persons;
#[cfg(test)]
mod presets;
#[cfg(test)]
mod publish;
#[cfg(test)]
mod reports;
#[cfg(test)]
mod served;
#[cfg(test)]
mod server;
#[cfg(test)]
mod sources;
#[cfg(test)]
mod support;
#[cfg(test)]
mod takedown;
#[cfg(test)]
mod todos;
#[cfg(test)]
mod vault;
#[cfg(test)]
mod vault_keys;
#[cfg(test)]
mod vault_kills;
