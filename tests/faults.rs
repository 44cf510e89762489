//! The fault programme: what is survived, each fault by its number. The table is `tests/faults/faults.tsv`; docs/faults.md explains it.
//!
//! Tier Q runs in `cargo xtask test`, N and R in `cargo xtask faults --nightly` and `--release`. A fault that cannot be played here says
//! "skipped: needs …" and is counted; none is skipped in silence.

#[cfg(test)]
#[expect(dead_code, reason = "shared with the black-box tests, which use more of it")]
#[path = "support.rs"]
mod support;

#[cfg(test)]
mod faults {
    mod content;
    mod disk;
    mod ground;
    mod harness;
    mod io;
    mod kills;
    mod mounts;
    mod names;
    mod oracle;
    mod oracle_self;
    #[path = "../../crates/fingerprint/tests/support/mod.rs"]
    mod pictures;
    mod power;
    mod reasons;
    mod secrets;
    mod store;
    mod table;
    mod watching;
}
