//! What an intent stores of a file: how it was ([`Original`]), and the name under which it waits ([`HoldingName`]).
//!
//! Reads from an open file only; nothing is changed here, and no path is known.

use std::ffi::CStr;
use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt;

use rustix::fs::{Timespec, fgetxattr, flistxattr};
use rustix::io::Errno;
use serde_json::{Value, json};

use super::failure::Failure;
use crate::model::FileIdentity;

/// Extended attributes kept in an intent, names and values together. Linux allows 64 KiB for one value; more would bloat the store, fewer
/// would lose access lists.
const XATTRS_LIMIT_BYTES: usize = 64 * 1024;
/// All bits of a mode that `chmod` sets.
pub(super) const MODE_BITS: u32 = 0o7777;
/// Random bytes of a holding name: 128 bits, so that it can be neither guessed nor met twice.
const NAME_BYTES: usize = 16;
/// Nanoseconds of a second.
pub(super) const SECOND_NS: i64 = 1_000_000_000;

/// Name of a file in the holding directory: 128 random bits in lower hexadecimal, without an extension. Says nothing about the file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HoldingName(String);

impl HoldingName {
    /// A new name.
    ///
    /// # Errors
    /// [`Failure::IoError`] if the system gives no random bytes.
    pub fn random() -> Result<Self, Failure> {
        let mut bytes = [0; NAME_BYTES];
        getrandom::fill(&mut bytes).map_err(|error| Failure::IoError(error.to_string()))?;
        Ok(Self(to_hex(&bytes)))
    }

    /// The name as an intent stored it, or `None` if it is not of our form.
    pub fn from_stored(name: &str) -> Option<Self> {
        let is_ours = name.len() == 2 * NAME_BYTES && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_ours.then(|| Self(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Name under which the file waits beside its path while it is copied to another file system. The sweep leaves out exactly the names of
    /// open intents, never a pattern: uploaders choose names too.
    pub fn aside(&self) -> String {
        format!(".gatehouse-{}", self.0)
    }
}

/// One extended attribute: name and value.
pub type Xattr = (Vec<u8>, Vec<u8>);

/// A file as it was when the intent was written: what [`put_back`](super::put_back) gives back to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Original {
    /// Which file.
    pub identity: FileIdentity,
    /// Permission, set-id and sticky bits.
    pub mode: u32,
    /// Number of the owning user.
    pub owner: u32,
    /// Number of the owning group.
    pub group: u32,
    /// Time of the last change of the content, nanoseconds since 1970.
    pub mtime_ns: i64,
    /// Time of the last reading before ours, nanoseconds since 1970.
    pub atime_ns: i64,
    /// Number of names of the inode, at least 1.
    pub links: u64,
    /// Extended attributes, name and value, at most 64 KiB in all.
    pub xattrs: Vec<Xattr>,
    /// Number of attributes beyond that limit, or unreadable. A move keeps them, a copy does not.
    pub xattrs_left_out: u64,
}

impl Original {
    /// The form that an intent stores. Attributes are pairs of hexadecimal strings.
    pub fn to_json(&self) -> Value {
        let xattrs: Vec<Value> = self.xattrs.iter().map(|(name, value)| json!([to_hex(name), to_hex(value)])).collect();
        json!({
            "device": self.identity.device, "inode": self.identity.inode, "size": self.identity.size, "ctime_ns": self.identity.ctime_ns,
            "mode": self.mode, "owner": self.owner, "group": self.group, "mtime_ns": self.mtime_ns, "atime_ns": self.atime_ns,
            "links": self.links, "xattrs": xattrs, "xattrs_left_out": self.xattrs_left_out,
        })
    }

    /// Reads [`Original::to_json`] back; `None` if a field is missing or of the wrong kind.
    pub fn from_json(stored: &Value) -> Option<Self> {
        let large = |key: &str| stored.get(key)?.as_u64();
        let small = |key: &str| u32::try_from(large(key)?).ok();
        let moment = |key: &str| stored.get(key)?.as_i64();
        let hex = |pair: &Value, at: usize| from_hex(pair.get(at)?.as_str()?);
        let xattrs = stored.get("xattrs")?.as_array()?.iter().map(|pair| Some((hex(pair, 0)?, hex(pair, 1)?)));
        Some(Self {
            identity: FileIdentity {
                device: large("device")?,
                inode: large("inode")?,
                size: large("size")?,
                ctime_ns: moment("ctime_ns")?,
            },
            mode: small("mode")?,
            owner: small("owner")?,
            group: small("group")?,
            mtime_ns: moment("mtime_ns")?,
            atime_ns: moment("atime_ns")?,
            links: large("links")?,
            xattrs: xattrs.collect::<Option<_>>()?,
            xattrs_left_out: large("xattrs_left_out")?,
        })
    }

    pub(super) fn of(file: &File) -> Result<Self, Failure> {
        let metadata = file.metadata()?;
        let (xattrs, xattrs_left_out) = read_xattrs(file)?;
        Ok(Self {
            identity: identity_of(&metadata),
            mode: metadata.mode() & MODE_BITS,
            owner: metadata.uid(),
            group: metadata.gid(),
            mtime_ns: moment_ns(metadata.mtime(), metadata.mtime_nsec()),
            atime_ns: moment_ns(metadata.atime(), metadata.atime_nsec()),
            links: metadata.nlink(),
            xattrs,
            xattrs_left_out,
        })
    }

    pub(super) fn is_same_file_as(&self, other: &FileIdentity) -> bool {
        (other.device, other.inode) == (self.identity.device, self.identity.inode)
    }

    pub(super) fn is_inode_of(&self, found: &Metadata) -> bool {
        found.is_file() && self.is_same_file_as(&identity_of(found))
    }

    /// Whether `found` is this file and was not written to. Its ctime is left out: the move itself changes it.
    pub(super) fn is_unchanged_in(&self, found: &Metadata) -> bool {
        self.is_inode_of(found) && found.size() == self.identity.size && moment_ns(found.mtime(), found.mtime_nsec()) == self.mtime_ns
    }
}

/// All extended attributes up to the limit, and the number of those left out.
pub(super) fn read_xattrs(file: &File) -> Result<(Vec<Xattr>, u64), Failure> {
    let mut list = vec![0; XATTRS_LIMIT_BYTES];
    let listed = match flistxattr(file, &mut list[..]) {
        Ok(len) => &list[..len],
        Err(Errno::OPNOTSUPP) => return Ok((Vec::new(), 0)),
        Err(errno) => return Err(errno.into()),
    };
    let (mut kept, mut left_out, mut room) = (Vec::new(), 0, XATTRS_LIMIT_BYTES);
    let mut value = vec![0; XATTRS_LIMIT_BYTES];
    for name in listed.split_inclusive(|byte| *byte == 0) {
        let read = CStr::from_bytes_with_nul(name).ok().and_then(|name| fgetxattr(file, name, &mut value[..]).ok());
        let name = name.strip_suffix(b"\0").unwrap_or(name);
        match read.and_then(|len| room.checked_sub(name.len() + len).map(|rest| (len, rest))) {
            Some((len, rest)) => {
                kept.push((name.to_vec(), value[..len].to_vec()));
                room = rest;
            }
            None => left_out += 1,
        }
    }
    Ok((kept, left_out))
}

pub(super) fn identity_of(metadata: &Metadata) -> FileIdentity {
    FileIdentity {
        device: metadata.dev(),
        inode: metadata.ino(),
        size: metadata.size(),
        ctime_ns: moment_ns(metadata.ctime(), metadata.ctime_nsec()),
    }
}

/// Nanoseconds since 1970; years beyond 1677 to 2262 become the nearest of them.
pub(super) const fn moment_ns(seconds: i64, nanoseconds: i64) -> i64 {
    seconds.saturating_mul(SECOND_NS).saturating_add(nanoseconds)
}

pub(super) fn timespec(moment_ns: i64) -> Timespec {
    Timespec { tv_sec: moment_ns.div_euclid(SECOND_NS), tv_nsec: moment_ns.rem_euclid(SECOND_NS) }
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    rest.is_empty().then(|| pairs.iter().map(byte).collect())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::moves::tests::{A, Place};

    #[test]
    fn an_original_and_a_holding_name_survive_being_stored() {
        let place = Place::new();
        let path = place.upload("a", A);
        let mut original = place.inspect(&path, A).unwrap();
        original.xattrs = vec![(b"user.\xff".to_vec(), vec![]), (b"user.b".to_vec(), vec![0, 255])];
        (original.mtime_ns, original.identity.inode) = (-1, u64::MAX);
        let text = original.to_json().to_string();
        assert_eq!(Original::from_json(&serde_json::from_str(&text).unwrap()), Some(original.clone()));
        let Value::Object(fields) = original.to_json() else { panic!("an object") };
        for field in fields.keys() {
            let mut short = fields.clone();
            short.remove(field);
            assert_eq!(Original::from_json(&Value::Object(short)), None, "without {field}");
        }
        assert_eq!(HoldingName::from_stored(place.name.as_str()), Some(place.name.clone()));
        for wrong in ["", "../../etc/passwd", &place.name.as_str()[1..], &place.name.as_str().to_uppercase().replace(char::is_numeric, "A")]
        {
            assert_eq!(HoldingName::from_stored(wrong), None, "{wrong}");
        }
    }
}
