//! What changes between two versions of a list, by the publisher's key.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::entry::Entry;

/// A digest of everything that an entry says, key included: equal entries have equal digests.
pub type EntryDigest = [u8; 16];

impl Entry {
    /// The digest of this entry: the first 16 bytes of a SHA-256 over its fields, our number excepted. It is stored in the index, so that two versions can be
    /// compared without their originals.
    pub fn digest(&self) -> EntryDigest {
        let mut hasher = Sha256::new();
        // Length before content, so that no two different entries write the same bytes.
        let mut field = |bytes: &[u8]| {
            hasher.update((bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        field(self.key.as_bytes());
        for signal in &self.signals {
            field(signal.kind().as_str().as_bytes());
            field(signal.as_bytes());
        }
        field(&(self.kept.len() as u64).to_le_bytes());
        for (kind, text) in &self.kept {
            field(kind.as_bytes());
            field(text.as_bytes());
        }
        field(&(self.labels.len() as u64).to_le_bytes());
        self.labels.iter().for_each(|label| field(label.as_bytes()));
        field(self.source.as_deref().unwrap_or("\0").as_bytes());
        field(&[self.flags.bits(), self.quality.map_or(u8::MAX, |quality| quality.get())]);
        field(self.status.as_str().as_bytes());
        field(self.harm.map_or("", |harm| harm.as_str()).as_bytes());
        field(self.media.map_or("", |media| media.as_str()).as_bytes());
        field(self.size.map(u64::to_le_bytes).as_ref().map_or(&[], |bytes| bytes.as_slice()));
        for moment in [self.added, self.updated, self.expires] {
            field(moment.map(i64::to_le_bytes).as_ref().map_or(&[], |bytes| bytes.as_slice()));
        }
        // Only where they are there, each after its name: entries of formats without them keep the digest that indexes already store.
        for (name, text) in [("share", &self.share), ("group", &self.group)] {
            if let Some(text) = text {
                field(name.as_bytes());
                field(text.as_bytes());
            }
        }
        let opinions = [("agree", &self.opinions.agree), ("against", &self.opinions.against), ("other", &self.opinions.other)];
        for (name, voices) in opinions.into_iter().filter(|(_, voices)| voices.count > 0) {
            field(name.as_bytes());
            field(&voices.count.to_le_bytes());
            field(&(voices.names.len() as u64).to_le_bytes());
            voices.names.iter().for_each(|name| field(name.as_bytes()));
        }
        let digest: [u8; 32] = hasher.finalize().into();
        let mut short = EntryDigest::default();
        short.copy_from_slice(&digest[..16]);
        short
    }
}

/// The difference of two versions. Keys are in ascending order of their bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Keys that are new.
    pub added: Vec<String>,
    /// Keys whose entry says something else.
    pub changed: Vec<String>,
    /// Keys that are gone.
    pub withdrawn: Vec<String>,
    /// Number of entries that are equal.
    pub unchanged: u64,
}

impl Difference {
    /// Whether the two versions say the same.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.withdrawn.is_empty()
    }
}

/// Compares two versions: each a sequence of (key, digest), in any order, each key once. For entries use [`keys_of`], for an index `Index::keys`.
pub fn difference(
    before: impl IntoIterator<Item = (String, EntryDigest)>,
    after: impl IntoIterator<Item = (String, EntryDigest)>,
) -> Difference {
    let mut old: BTreeMap<String, EntryDigest> = before.into_iter().collect();
    let mut difference = Difference::default();
    for (key, digest) in after {
        match old.remove(&key) {
            None => difference.added.push(key),
            Some(known) if known == digest => difference.unchanged += 1,
            Some(_) => difference.changed.push(key),
        }
    }
    // Of a new list these are all keys: a set of them would take more than sorting them in place.
    difference.added.sort_unstable();
    difference.changed.sort_unstable();
    difference.withdrawn = old.into_keys().collect();
    difference
}

/// Keys and digests of entries, for [`difference`].
pub fn keys_of(entries: &[Entry]) -> impl Iterator<Item = (String, EntryDigest)> + '_ {
    entries.iter().map(|entry| (entry.key.clone(), entry.digest()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::entry::{Opinions, Status, Voices};

    fn entry(key: &str) -> Entry {
        Entry { key: key.to_owned(), ..Entry::default() }
    }

    #[test]
    fn keys_decide_and_content_tells_changed_from_equal() {
        let before = [entry("a"), entry("b"), entry("c")];
        let after = [entry("d"), Entry { status: Status::Confirmed, ..entry("b") }, entry("a")];
        let found = difference(keys_of(&before), keys_of(&after));
        let keys = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let expected = Difference { added: keys(&["d"]), changed: keys(&["b"]), withdrawn: keys(&["c"]), unchanged: 1 };
        assert_eq!(found, expected, "by key, whatever the order");
        assert!(difference(keys_of(&before), keys_of(&before)).is_empty(), "twice the same file changes nothing");
    }

    #[test]
    fn every_field_is_part_of_the_digest() {
        let plain = entry("a");
        let voice = || Voices { count: 1, names: vec!["x".to_owned()] };
        let others = [
            Entry { labels: vec!["x".to_owned()], ..plain.clone() },
            Entry { source: Some(String::new()), ..plain.clone() },
            Entry { size: Some(0), ..plain.clone() },
            Entry { added: Some(0), ..plain.clone() },
            Entry { updated: Some(0), ..plain.clone() },
            Entry { expires: Some(0), ..plain.clone() },
            Entry { media: Some(crate::entry::Media::Image), ..plain.clone() },
            Entry { harm: Some(crate::entry::Harm::Ncii), ..plain.clone() },
            Entry { share: Some("RED".to_owned()), ..plain.clone() },
            Entry { group: Some("RED".to_owned()), ..plain.clone() },
            Entry { opinions: Opinions { agree: voice(), ..Opinions::default() }, ..plain.clone() },
            Entry { opinions: Opinions { against: voice(), ..Opinions::default() }, ..plain.clone() },
            Entry { opinions: Opinions { other: voice(), ..Opinions::default() }, ..plain.clone() },
            Entry { opinions: Opinions { other: Voices { count: 1, names: Vec::new() }, ..Opinions::default() }, ..plain.clone() },
            Entry { kept: vec![("tlsh".to_owned(), "x".to_owned())], ..plain.clone() },
            Entry { quality: Some(fingerprint::signal::Quality::new(3)), ..plain.clone() },
        ];
        let digests: BTreeSet<EntryDigest> = others.iter().chain([&plain]).map(Entry::digest).collect();
        assert_eq!(digests.len(), others.len() + 1, "each says something else");
        assert_eq!(Entry { number: 7, ..plain.clone() }.digest(), plain.digest(), "our number is nothing that the publisher says");
    }
}
