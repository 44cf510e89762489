//! What the layout of the site software says of a file: its role, the facts in its name, and what it was made from.

use std::collections::BTreeMap;

use super::wire_enum;

wire_enum!(
    /// What a file is to the site. It steers order and folding, never whether an upload is looked at.
    Role {
        /// Somebody's file as the site stores it.
        Upload = "upload",
        /// Made by the site from an upload: a thumbnail, a resized copy.
        Generated = "generated",
        /// Profile pictures and covers.
        Avatar = "avatar",
        /// A kept earlier state of an upload.
        OldVersion = "old_version",
        /// The site has removed it and still keeps it on the disk.
        Removed = "removed",
        /// A copy of another server's file.
        RemoteCache = "remote_cache",
        /// An upload in progress. After a day it counts as an upload.
        Temporary = "temporary",
        /// The site's own furniture: logos, smilies, covers of categories.
        Site = "site",
        /// Not media: index files, logs, databases.
        Skip = "skip",
    }
);

impl Role {
    /// Whether files of this role are read and compared.
    pub const fn is_checked(self) -> bool {
        !matches!(self, Self::Temporary | Self::Skip)
    }

    /// Whether the site made the file from another one, so that it can belong to that one's case.
    pub const fn is_derived(self) -> bool {
        matches!(self, Self::Generated | Self::OldVersion)
    }
}

wire_enum!(
    /// What the hash in a stored name claims to be.
    ClaimedHash {
        /// MD5 in hexadecimal.
        Md5 = "md5",
        /// SHA-1 in hexadecimal.
        Sha1 = "sha1",
        /// SHA-256 in hexadecimal.
        Sha256 = "sha256",
        /// SHA-1 as a number of 31 digits in base 36.
        Sha1Base36 = "sha1_base36",
    }
);

/// Facts from a path, by name, in their display form. They are claims: whoever chose the name chose them.
pub type Facts = BTreeMap<String, String>;

/// What a preset says of one path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sorted {
    /// Its role; `None` only for what was never sorted.
    pub role: Option<Role>,
    /// Number of the rule that fitted, from 0; `None` if none did.
    pub rule: Option<u32>,
    /// Facts in the name.
    pub facts: Facts,
    /// What the file was made from: a path below the site's root, in which `*` stands for one unknown part, or `=name=value` for a fact that both share.
    pub of: Option<Vec<u8>>,
    /// `=name=value`, if other files can be made from this one.
    pub shares: Option<Vec<u8>>,
    /// The hash that the name claims.
    pub claim: Option<(ClaimedHash, String)>,
}

impl Sorted {
    /// The role, an upload where no rule fits.
    pub fn role(&self) -> Role {
        self.role.unwrap_or(Role::Upload)
    }

    /// Whose it is, as the name says.
    pub fn uploader(&self) -> Option<&str> {
        ["uploader", "owner"].into_iter().find_map(|name| self.facts.get(name)).map(String::as_str)
    }
}

/// Where a chosen folder lies in a layout. Patterns speak of paths below the base of the software.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Level {
    /// Leads from the base down to the chosen folder.
    pub prefix: String,
    /// Leads from the chosen folder down to the base, if a folder above was chosen.
    pub strip: String,
}

impl Level {
    /// The path below the base; `None` for what lies beside it.
    pub fn to_base(&self, path: &[u8]) -> Option<Vec<u8>> {
        let below = match self.strip.as_str() {
            "" => path,
            strip => path.strip_prefix(strip.as_bytes())?.strip_prefix(b"/")?,
        };
        Some(joined(self.prefix.as_bytes(), below))
    }

    /// The path below the chosen folder; `None` for what lies outside of it.
    pub fn to_site(&self, base: &[u8]) -> Option<Vec<u8>> {
        let below = match self.prefix.as_str() {
            "" => base,
            prefix => base.strip_prefix(prefix.as_bytes())?.strip_prefix(b"/")?,
        };
        Some(joined(self.strip.as_bytes(), below))
    }
}

fn joined(dir: &[u8], below: &[u8]) -> Vec<u8> {
    if dir.is_empty() { below.to_vec() } else { [dir, b"/", below].concat() }
}
