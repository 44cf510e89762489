//! The steps between an intent and its outcome: taking one file out of a site, and putting it back.
//!
//! No database is known here. The caller commits the intent before the first step and the outcome after the last one; every function can be
//! interrupted after each of its system calls, and [`locate()`] with [`finish_out`] goes on from there. Names never replace other names, and a
//! file's only copy is never removed: at every moment the content lies, whole, under one of the names that the intent knows.
//!
//! - Out: [`inspect`], then [`move_out`]. If that answers [`Failure::AcrossFileSystems`], [`copy_out`], which is [`set_aside`], [`copy_aside`],
//!   and [`put_aside_back`] if the copy fails.
//! - After an interruption: [`locate()`] says under which of its names the file is, [`finish_out`] brings it from there into the holding
//!   directory.
//! - Back: [`put_back`], which can be called again after an interruption.
//!
//! | name | where | what |
//! |---|---|---|
//! | the path | site | the upload |
//! | [`HoldingName`] | holding directory | taken down, mode 0400 |
//! | `.gatehouse-NAME` | beside the path | set aside until its copy in the holding directory is proven (across file systems) |
//! | `NAME.part`, `.gatehouse-NAME.part` | holding directory, beside the path | an unfinished copy; never the only one |
//!
//! Within a call a path is resolved once, beneath the root; afterwards only descriptors count. What a plain reader of `renameat2` misses is
//! in the comments: which file arrived, who may be told "done", what a power cut leaves.

mod back;
pub(super) mod content;
mod dress;
mod failure;
mod locate;
mod out;
mod record;
pub(super) mod slot;
mod stand_in;

pub use self::back::{PutBack, put_back};
pub use self::failure::{Failure, Note};
pub use self::locate::{Found, Ours, locate};
pub use self::out::{Moved, copy_aside, copy_out, finish_out, inspect, move_out, put_aside_back, set_aside};
pub use self::record::{HoldingName, Original, Xattr};
pub use self::stand_in::{put as put_stand_in, take_away as take_stand_in_away};

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests play the site, which renames and removes what it likes")]
pub(super) mod tests;
