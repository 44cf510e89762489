//! Which file systems report every change to this machine, and which need polling. Nothing else knows their numbers.

use std::path::Path;

use rustix::io::Errno;

use super::watch::NoEvents;

/// Local file systems whose every change is made by this kernel, so that its events are complete. Source of the numbers: Linux
/// `include/uapi/linux/magic.h` and the file systems' own headers. A file system missing here is polled: slower, and never blind.
#[cfg(target_os = "linux")]
const WITH_EVENTS: [u64; 15] = [
    0xef53,      // ext2, ext3, ext4
    0x5846_5342, // XFS
    0x9123_683e, // Btrfs
    0x2fc1_2fc1, // ZFS
    0xca45_1a4e, // bcachefs
    0xf2f5_2010, // F2FS
    0x0102_1994, // tmpfs
    0x8584_58f6, // ramfs
    0x3153_464a, // JFS
    0x5265_4973, // ReiserFS
    0x3434,      // NILFS2
    0x4d44,      // FAT
    0x2011_bab0, // exFAT
    0x7366_746e, // NTFS3
    0x482b,      // HFS+
];

/// Names of the common ones that are polled, for the sentence on screen.
#[cfg(target_os = "linux")]
const WITHOUT_EVENTS: [(u64, &str); 9] = [
    (0x6969, "NFS"),
    (0xff53_4d42, "SMB"),
    (0xfe53_4d42, "SMB"),
    (0x517b, "SMB"),
    (0x6573_5546, "FUSE"),
    (0x794c_7630, "overlay"),
    (0x0102_1997, "9P"),
    (0x00c3_6400, "Ceph"),
    (0x5346_414f, "AFS"),
];

/// Decides by the type of the file system at `root` whether events can be relied on.
///
/// # Errors
/// [`NoEvents::Filesystem`] for network file systems, FUSE, overlay and unknown ones; [`NoEvents::Denied`] or [`NoEvents::Other`] if the
/// system does not answer.
pub fn events_work(root: &Path) -> Result<(), NoEvents> {
    let answer = rustix::fs::statfs(root).map_err(|errno| match errno {
        Errno::ACCESS | Errno::PERM => NoEvents::Denied,
        other => NoEvents::Other(other.to_string()),
    })?;
    judge(type_number(answer.f_type))
}

/// The number is 32 bits wide, and signed or not by architecture.
#[cfg(target_os = "linux")]
fn type_number(field: impl TryInto<i64>) -> u64 {
    u64::try_from(field.try_into().unwrap_or_default() & 0xffff_ffff).unwrap_or_default()
}

#[cfg(target_os = "linux")]
fn judge(number: u64) -> Result<(), NoEvents> {
    if WITH_EVENTS.contains(&number) {
        return Ok(());
    }
    let name = WITHOUT_EVENTS.iter().find(|(known, _)| *known == number).map(|(_, name)| (*name).to_owned());
    Err(NoEvents::Filesystem(name.unwrap_or_else(|| format!("unknown (0x{number:x})"))))
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn local_file_systems_have_events_and_others_are_polled_by_name() {
        assert_eq!(judge(0xef53), Ok(()), "ext4 is local");
        assert_eq!(judge(0x794c_7630), Err(NoEvents::Filesystem("overlay".to_owned())), "changes of a lower layer are not reported");
        assert_eq!(judge(0x1234), Err(NoEvents::Filesystem("unknown (0x1234)".to_owned())), "an unknown one is not trusted");
        assert_eq!(type_number(-11_317_950_i32), 0xff53_4d42, "a number with the sign bit set is SMB and not huge");
    }

    #[test]
    fn a_missing_root_is_no_file_system() {
        assert!(matches!(events_work(Path::new("/no/such/folder")), Err(NoEvents::Other(_))), "nothing is there to ask");
    }
}
