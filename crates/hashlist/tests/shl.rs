//! Signed lists: every sample with its expected result, damage at every byte, updates of a published folder, and publishing.
#![expect(clippy::unwrap_used, reason = "a test that meets nothing where something belongs has failed")]

#[path = "shl/damage.rs"]
mod damage;
#[path = "shl/folder.rs"]
mod folder;
#[path = "shl/publishing.rs"]
mod publishing;
#[path = "shl/reading.rs"]
mod reading;
#[path = "shl/roundtrip.rs"]
mod roundtrip;
#[path = "shl/updating.rs"]
mod updating;
