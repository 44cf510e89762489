//! Gives a file back what it carried besides its content: owner, attributes, mode, times.
//!
//! Not being allowed to is no failure but a [`Note`]: the content is worth more than its mode.

use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt;

use rustix::fs::{Gid, Mode, Timestamps, Uid, XattrFlags, fchmod, fchown, fsetxattr, futimens};

use super::failure::{Failure, Note};
use super::record::{MODE_BITS, Original, moment_ns, read_xattrs, timespec};

/// Set-user-id and set-group-id.
const SET_ID_BITS: u32 = 0o6000;

/// Gives the file what was recorded, and only what differs: of somebody else's file, which keeps all of it, nothing needs to be set.
///
/// The order matters: a change of owner clears set-id bits and capabilities, an access list changes the mode, and all of them the ctime only.
pub(super) fn dress(file: &File, original: &Original) -> Result<Vec<Note>, Failure> {
    let mut notes = Vec::new();
    let metadata = file.metadata()?;
    let is_owner_set = (metadata.uid(), metadata.gid()) == (original.owner, original.group)
        || fchown(file, Some(Uid::from_raw(original.owner)), Some(Gid::from_raw(original.group))).is_ok();
    if !is_owner_set {
        notes.push(Note::OwnerNotSet);
    }
    if !write_xattrs(file, original)? {
        notes.push(Note::XattrsNotSet);
    }
    // A set-id bit on a file that is ours now would lend our rights to whoever runs it.
    let mode = if is_owner_set { original.mode } else { original.mode & !SET_ID_BITS };
    let is_mode_set = file.metadata()?.mode() & MODE_BITS == mode || fchmod(file, Mode::from_raw_mode(mode)).is_ok();
    if !is_mode_set || mode != original.mode {
        notes.push(Note::ModeNotSet);
    }
    let times = Timestamps { last_access: timespec(original.atime_ns), last_modification: timespec(original.mtime_ns) };
    if !has_times(&file.metadata()?, original) && futimens(file, &times).is_err() {
        notes.push(Note::TimesNotSet);
    }
    Ok(notes)
}

/// Takes back what [`dress`] did that matters in a holding directory: mode and owner.
pub(super) fn undress(file: &File, before: &Metadata) -> Result<(), Failure> {
    let dressed = file.metadata()?;
    if (dressed.uid(), dressed.gid()) != (before.uid(), before.gid()) {
        fchown(file, Some(Uid::from_raw(before.uid())), Some(Gid::from_raw(before.gid())))?;
    }
    if dressed.mode() != before.mode() {
        fchmod(file, Mode::from_raw_mode(before.mode() & MODE_BITS))?;
    }
    Ok(())
}

fn has_times(found: &Metadata, original: &Original) -> bool {
    let times = (moment_ns(found.atime(), found.atime_nsec()), moment_ns(found.mtime(), found.mtime_nsec()));
    times == (original.atime_ns, original.mtime_ns)
}

/// Sets the recorded attributes that are missing or differ; says whether all stand now.
fn write_xattrs(file: &File, original: &Original) -> Result<bool, Failure> {
    let (present, _) = read_xattrs(file)?;
    let differing = original.xattrs.iter().filter(|recorded| !present.contains(recorded));
    let failed = differing.filter(|(name, value)| fsetxattr(file, name.as_slice(), value, XattrFlags::empty()).is_err());
    Ok(failed.count() == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::moves::tests::{A, Place};

    #[test]
    fn an_owner_that_cannot_be_set_is_listed_and_gets_no_set_id_bits() {
        if rustix::process::geteuid().is_root() {
            eprintln!("skipped: root gives files away");
            return;
        }
        let place = Place::new();
        let path = place.upload("a", A);
        let recorded = Original { owner: 0, group: 0, mode: 0o6755, ..place.inspect(&path, A).unwrap() };
        place.move_out(&path, &recorded).unwrap();
        assert_eq!(place.put_back(&path, &recorded, A).unwrap().notes, [Note::OwnerNotSet, Note::ModeNotSet]);
        assert_eq!(place.at(&path).metadata().unwrap().mode() & MODE_BITS, 0o755);
    }
}
