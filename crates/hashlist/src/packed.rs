//! Entries in memory, packed: a list of ten million does not fit otherwise. An [`Entry`] takes 300 bytes and its texts; packed it takes about as
//! many bytes as it says something.
//!
//! The form never leaves the process, so it has no version. Equal entries give equal bytes, and no row is the beginning of another one.

use std::borrow::Cow;

use fingerprint::signal::{Quality, SignalKind};

use crate::entry::{Entry, Flags, Harm, Media, Opinions, SignalValue, Status, Voices, is_key_of};

/// The start of a row that is gone.
const GONE: u64 = u64::MAX;
/// Where in a row its flags stand: behind the number.
const FLAGS_AT: usize = 4;

/// Entries in order, packed. Rows that were replaced or removed leave their bytes behind until the whole is dropped.
#[derive(Clone, Default)]
pub struct Entries {
    bytes: Vec<u8>,
    starts: Vec<u64>,
    row: Vec<u8>,
}

impl Entries {
    /// No entries.
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), starts: Vec::new(), row: Vec::new() }
    }

    /// Number of places: of entries, and of those taken out since the last [`Entries::close_gaps`].
    pub const fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there is no place.
    pub const fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// The entry at a place, from 0; `None` beyond the last, and where one was taken out.
    pub fn get(&self, place: usize) -> Option<Entry> {
        Some(read(&mut self.row_at(place)?))
    }

    /// The entries in order.
    pub fn iter(&self) -> impl Iterator<Item = Entry> + Clone + '_ {
        (0..self.starts.len()).filter_map(|place| self.get(place))
    }

    /// The entries in order, unpacked: for lists that are short.
    pub fn to_vec(&self) -> Vec<Entry> {
        self.iter().collect()
    }

    /// The keys in order.
    pub fn keys(&self) -> impl Iterator<Item = Cow<'_, str>> {
        (0..self.starts.len()).filter_map(|place| self.key(place))
    }

    /// Puts an entry behind the last.
    pub fn push(&mut self, entry: &Entry) {
        self.starts.push(self.bytes.len() as u64);
        write(entry, &mut self.bytes);
    }

    /// The key at a place, as [`Entries::get`] finds it.
    pub(crate) fn key(&self, place: usize) -> Option<Cow<'_, str>> {
        let mut row = self.row_at(place)?;
        let head = Head::read(&mut row);
        if head.has(Field::OwnKey) {
            return Some(Cow::Borrowed(text(&mut row)));
        }
        Some(Cow::Owned(signals(&mut row).first().map(signal_key).unwrap_or_default()))
    }

    /// Puts an entry in the place of another one. Gives whether it says something else, number and flags included.
    pub(crate) fn replace(&mut self, place: usize, entry: &Entry) -> bool {
        let mut row = std::mem::take(&mut self.row);
        row.clear();
        write(entry, &mut row);
        let differs = self.row_at(place).is_none_or(|known| !known.starts_with(&row));
        if differs && let Some(start) = self.starts.get_mut(place) {
            *start = self.bytes.len() as u64;
            self.bytes.extend_from_slice(&row);
        }
        self.row = row;
        differs
    }

    /// Takes an entry out; its place stays empty.
    pub(crate) fn take(&mut self, place: usize) -> Option<Entry> {
        let entry = self.get(place)?;
        *self.starts.get_mut(place)? = GONE;
        Some(entry)
    }

    /// Gives the entry at a place other flags.
    pub(crate) fn set_flags(&mut self, place: usize, flags: Flags) {
        let at = self.starts.get(place).filter(|start| **start != GONE).map(|start| *start as usize + FLAGS_AT);
        if let Some(byte) = at.and_then(|at| self.bytes.get_mut(at)) {
            *byte = flags.bits();
        }
    }

    /// Drops the places of entries that were taken out; those behind them move up.
    pub(crate) fn close_gaps(&mut self) {
        self.starts.retain(|start| *start != GONE);
    }

    fn row_at(&self, place: usize) -> Option<&[u8]> {
        self.bytes.get(usize::try_from(*self.starts.get(place)?).ok()?..)
    }
}

impl std::fmt::Debug for Entries {
    /// Values of a list are sensitive: only their number is told.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entries").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl PartialEq for Entries {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Entries {}

impl FromIterator<Entry> for Entries {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Self {
        let mut packed = Self::default();
        entries.into_iter().for_each(|entry| packed.push(&entry));
        packed
    }
}

impl From<Vec<Entry>> for Entries {
    fn from(entries: Vec<Entry>) -> Self {
        entries.into_iter().collect()
    }
}

/// What a row may hold beside number, flags, status and signals. The order is the order in the row.
#[derive(Clone, Copy)]
enum Field {
    /// A key that is not that of the strongest signal.
    OwnKey,
    Kept,
    Quality,
    Size,
    Media,
    Harm,
    Opinions,
    Share,
    Group,
    Labels,
    Source,
    Added,
    Updated,
    Expires,
}

impl Field {
    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// The part of fixed length at the beginning of a row: number (u32), flags (u8), status (u8), which fields follow (u16).
struct Head {
    number: u32,
    flags: Flags,
    status: Status,
    fields: u16,
}

impl Head {
    fn read(row: &mut &[u8]) -> Self {
        let number = u32::from_le_bytes(array(row));
        let [flags, status] = array(row);
        Self {
            number,
            flags: Flags::from_bits(flags).unwrap_or_default(),
            status: one_of(&Status::ALL, status).unwrap_or_default(),
            fields: u16::from_le_bytes(array(row)),
        }
    }

    const fn has(&self, field: Field) -> bool {
        self.fields & field.bit() != 0
    }
}

fn fields_of(entry: &Entry) -> u16 {
    let has_own_key = !entry.signals.first().is_some_and(|signal| is_key_of(&entry.key, signal));
    [
        (Field::OwnKey, has_own_key),
        (Field::Kept, !entry.kept.is_empty()),
        (Field::Quality, entry.quality.is_some()),
        (Field::Size, entry.size.is_some()),
        (Field::Media, entry.media.is_some()),
        (Field::Harm, entry.harm.is_some()),
        (Field::Opinions, entry.opinions != Opinions::default()),
        (Field::Share, entry.share.is_some()),
        (Field::Group, entry.group.is_some()),
        (Field::Labels, !entry.labels.is_empty()),
        (Field::Source, entry.source.is_some()),
        (Field::Added, entry.added.is_some()),
        (Field::Updated, entry.updated.is_some()),
        (Field::Expires, entry.expires.is_some()),
    ]
    .into_iter()
    .filter(|(_, is_there)| *is_there)
    .fold(0, |bits, (field, _)| bits | field.bit())
}

fn write(entry: &Entry, out: &mut Vec<u8>) {
    let fields = fields_of(entry);
    out.extend_from_slice(&entry.number.to_le_bytes());
    out.extend_from_slice(&[entry.flags.bits(), place_in(&Status::ALL, entry.status)]);
    out.extend_from_slice(&fields.to_le_bytes());
    if fields & Field::OwnKey.bit() != 0 {
        put_text(&entry.key, out);
    }
    put_count(entry.signals.len(), out);
    for signal in &entry.signals {
        out.push(place_in(&SignalKind::ALL, signal.kind()));
        out.extend_from_slice(signal.as_bytes());
    }
    if !entry.kept.is_empty() {
        put_count(entry.kept.len(), out);
        entry.kept.iter().flat_map(|(kind, text)| [kind, text]).for_each(|text| put_text(text, out));
    }
    out.extend(entry.quality.map(Quality::get));
    entry.size.iter().for_each(|size| out.extend_from_slice(&size.to_le_bytes()));
    out.extend(entry.media.map(|media| place_in(&Media::ALL, media)));
    out.extend(entry.harm.map(|harm| place_in(&Harm::ALL, harm)));
    if fields & Field::Opinions.bit() != 0 {
        [&entry.opinions.agree, &entry.opinions.against, &entry.opinions.other].into_iter().for_each(|voices| put_voices(voices, out));
    }
    [&entry.share, &entry.group].into_iter().flatten().for_each(|text| put_text(text, out));
    if !entry.labels.is_empty() {
        put_texts(&entry.labels, out);
    }
    entry.source.iter().for_each(|text| put_text(text, out));
    let moments = [entry.added, entry.updated, entry.expires];
    moments.into_iter().flatten().for_each(|moment| out.extend_from_slice(&moment.to_le_bytes()));
}

fn read(row: &mut &[u8]) -> Entry {
    let head = Head::read(row);
    let own_key = head.has(Field::OwnKey).then(|| text(row).to_owned());
    let signals = signals(row);
    let key = own_key.unwrap_or_else(|| signals.first().map(signal_key).unwrap_or_default());
    let there = |field, row: &mut &[u8], read: fn(&mut &[u8], &mut Entry), entry: &mut Entry| {
        if head.has(field) {
            read(row, entry);
        }
    };
    let mut entry = Entry { number: head.number, flags: head.flags, status: head.status, key, signals, ..Entry::default() };
    there(
        Field::Kept,
        row,
        |row, entry| entry.kept = (0..count(row)).map(|_| (text(row).to_owned(), text(row).to_owned())).collect(),
        &mut entry,
    );
    there(Field::Quality, row, |row, entry| entry.quality = Some(Quality::new(byte(row))), &mut entry);
    there(Field::Size, row, |row, entry| entry.size = Some(u64::from_le_bytes(array(row))), &mut entry);
    there(Field::Media, row, |row, entry| entry.media = one_of(&Media::ALL, byte(row)), &mut entry);
    there(Field::Harm, row, |row, entry| entry.harm = one_of(&Harm::ALL, byte(row)), &mut entry);
    there(Field::Opinions, row, |row, entry| entry.opinions = opinions(row), &mut entry);
    there(Field::Share, row, |row, entry| entry.share = Some(text(row).to_owned()), &mut entry);
    there(Field::Group, row, |row, entry| entry.group = Some(text(row).to_owned()), &mut entry);
    there(Field::Labels, row, |row, entry| entry.labels = texts(row), &mut entry);
    there(Field::Source, row, |row, entry| entry.source = Some(text(row).to_owned()), &mut entry);
    there(Field::Added, row, |row, entry| entry.added = Some(i64::from_le_bytes(array(row))), &mut entry);
    there(Field::Updated, row, |row, entry| entry.updated = Some(i64::from_le_bytes(array(row))), &mut entry);
    there(Field::Expires, row, |row, entry| entry.expires = Some(i64::from_le_bytes(array(row))), &mut entry);
    entry
}

fn signal_key(signal: &SignalValue) -> String {
    format!("{}:{signal}", signal.kind())
}

fn signals(row: &mut &[u8]) -> Vec<SignalValue> {
    let read = |row: &mut &[u8]| {
        let kind = one_of(&SignalKind::ALL, byte(row))?;
        SignalValue::from_bytes(kind, bytes(row, kind.byte_len()))
    };
    (0..count(row)).filter_map(|_| read(row)).collect()
}

fn opinions(row: &mut &[u8]) -> Opinions {
    let mut voices = || Voices { count: u32::from_le_bytes(array(row)), names: texts(row) };
    Opinions { agree: voices(), against: voices(), other: voices() }
}

fn texts(row: &mut &[u8]) -> Vec<String> {
    (0..count(row)).map(|_| text(row).to_owned()).collect()
}

fn text<'row>(row: &mut &'row [u8]) -> &'row str {
    let length = count(row);
    // What stands here was a text when it was written.
    str::from_utf8(bytes(row, length)).unwrap_or_default()
}

/// A number below 2^32, seven bits a byte, the lowest first; the top bit says that more follow.
fn count(row: &mut &[u8]) -> usize {
    let mut value = 0;
    for shift in (0..32).step_by(7) {
        let byte = byte(row);
        value |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    value
}

fn byte(row: &mut &[u8]) -> u8 {
    let [byte] = array(row);
    byte
}

fn array<const N: usize>(row: &mut &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(bytes(row, N));
    array
}

/// The next bytes of a row. Rows are written above and changed nowhere, so they are never shorter than what is asked for.
fn bytes<'row>(row: &mut &'row [u8], length: usize) -> &'row [u8] {
    let (bytes, rest) = row.split_at(length);
    *row = rest;
    bytes
}

fn put_count(value: usize, out: &mut Vec<u8>) {
    let mut rest = value;
    while rest > 0x7f {
        out.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

fn put_text(text: &str, out: &mut Vec<u8>) {
    put_count(text.len(), out);
    out.extend_from_slice(text.as_bytes());
}

fn put_texts(texts: &[String], out: &mut Vec<u8>) {
    put_count(texts.len(), out);
    texts.iter().for_each(|text| put_text(text, out));
}

fn put_voices(voices: &Voices, out: &mut Vec<u8>) {
    out.extend_from_slice(&voices.count.to_le_bytes());
    put_texts(&voices.names, out);
}

fn place_in<T: PartialEq>(all: &[T], value: T) -> u8 {
    all.iter().position(|one| *one == value).map_or(u8::MAX, |place| place as u8)
}

fn one_of<T: Copy>(all: &[T], place: u8) -> Option<T> {
    all.get(usize::from(place)).copied()
}

#[cfg(test)]
mod tests {
    use fingerprint::signal::{Md5, Pdq, Sha1, Sha256};
    use proptest::prelude::*;

    use super::*;

    fn any_signal() -> impl Strategy<Value = SignalValue> {
        prop_oneof![
            any::<[u8; 16]>().prop_map(|bytes| SignalValue::Md5(Md5::new(bytes))),
            any::<[u8; 20]>().prop_map(|bytes| SignalValue::Sha1(Sha1::new(bytes))),
            any::<[u8; 32]>().prop_map(|bytes| SignalValue::Sha256(Sha256::new(bytes))),
            any::<[u8; 32]>().prop_map(|bytes| SignalValue::Pdq(Pdq::new(bytes))),
        ]
    }

    fn some_text() -> impl Strategy<Value = String> {
        prop_oneof![Just(String::new()), "\\PC{1,12}", Just("x".repeat(128)), Just("y".repeat(20_000))]
    }

    fn any_voices() -> impl Strategy<Value = Voices> {
        (any::<u32>(), prop::collection::vec(some_text(), 0..3)).prop_map(|(count, names)| Voices { count, names })
    }

    prop_compose! {
        fn any_entry()(
            (number, own_key, signals, kept) in
                (any::<u32>(), prop::option::of(some_text()), prop::collection::vec(any_signal(), 0..4), prop::collection::vec((some_text(), some_text()), 0..3)),
            (quality, size, media, harm) in (
                prop::option::of(0u8..=100), prop::option::of(any::<u64>()), prop::option::of(prop::sample::select(&Media::ALL[..])),
                prop::option::of(prop::sample::select(&Harm::ALL[..])),
            ),
            status in prop::sample::select(&Status::ALL[..]),
            (agree, against, other) in (any_voices(), any_voices(), any_voices()),
            (share, group, source) in (prop::option::of(some_text()), prop::option::of(some_text()), prop::option::of(some_text())),
            labels in prop::collection::vec(some_text(), 0..4),
            flags in 0u8..64,
            (added, updated, expires) in (any::<Option<i64>>(), any::<Option<i64>>(), any::<Option<i64>>()),
            silent in any::<bool>(),
        ) -> Entry {
            let key = own_key.unwrap_or_else(|| signals.first().map(signal_key).unwrap_or_default());
            let opinions = if silent { Opinions::default() } else { Opinions { agree, against, other } };
            Entry {
                number, key, signals, kept, quality: quality.map(Quality::new), size, media, harm, status, opinions, share, group, labels, source,
                flags: Flags::from_bits(flags).unwrap(), added, updated, expires,
            }
        }
    }

    proptest! {
        #[test]
        fn packed_entries_are_the_entries(entries in prop::collection::vec(any_entry(), 0..6)) {
            let packed: Entries = entries.iter().cloned().collect();
            prop_assert_eq!(packed.to_vec(), entries.clone(), "all that they say");
            let keys: Vec<String> = packed.keys().map(Cow::into_owned).collect();
            prop_assert_eq!(keys, entries.into_iter().map(|entry| entry.key).collect::<Vec<_>>(), "keys alone");
        }

        #[test]
        fn replacing_tells_whether_something_changed(before in any_entry(), other in any_entry(), same in any::<bool>()) {
            let after = if same { before.clone() } else { other };
            let mut packed: Entries = [before.clone(), before.clone()].into_iter().collect();
            prop_assert_eq!(packed.replace(0, &after), after != before);
            prop_assert_eq!(packed.to_vec(), [after, before], "and the neighbour stays");
        }
    }

    #[test]
    fn a_taken_entry_leaves_a_gap_until_gaps_are_closed() {
        let named = |key: &str| Entry { key: key.to_owned(), ..Entry::default() };
        let mut packed = Entries::from(vec![named("a"), named("b"), named("c")]);
        assert_eq!(packed.take(1), Some(named("b")));
        assert_eq!((packed.take(1), packed.get(1), packed.len()), (None, None, 3), "its place stays");
        packed.set_flags(1, Flags { expired: true, ..Flags::default() });
        packed.set_flags(2, Flags { expired: true, ..Flags::default() });
        packed.close_gaps();
        let marked = Entry { flags: Flags { expired: true, ..Flags::default() }, ..named("c") };
        assert_eq!(packed.to_vec(), [named("a"), marked]);
    }

    #[test]
    fn an_entry_of_a_plain_list_takes_little_more_than_its_signal() {
        let signal = SignalValue::Sha256(Sha256::new([7; 32]));
        let packed = Entries::from(vec![Entry { number: 1, key: signal_key(&signal), signals: vec![signal], ..Entry::default() }]);
        assert_eq!(packed.bytes.len(), 8 + 1 + 1 + 32, "head, one signal, its kind, its bytes");
    }
}
