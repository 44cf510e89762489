//! What became of one record: each gets exactly one outcome, and every reason has a wire name.

/// Why a record or a signal that was meant to be an entry is unusable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RejectReason {
    /// Nothing where a hash belongs.
    Empty,
    /// The right place for hexadecimal, and wrong characters.
    NotHex,
    /// Neither base64 nor base32.
    BadEncoding,
    /// It decodes, but to no length that the kind has.
    WrongLength,
    /// A kind of hash that nobody knows.
    UnknownKind,
    /// It reads as two kinds.
    Ambiguous,
    /// More or fewer fields than the header names.
    FieldCount,
    /// Not a number where one belongs.
    BadNumber,
    /// Not a time where one belongs.
    BadTime,
    /// A field that the format demands is missing.
    MissingField,
    /// Longer than the limit.
    LineTooLong,
    /// Not what the format describes.
    BadRecord,
}

impl RejectReason {
    /// The wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NotHex => "not_hex",
            Self::BadEncoding => "bad_encoding",
            Self::WrongLength => "wrong_length",
            Self::UnknownKind => "unknown_kind",
            Self::Ambiguous => "ambiguous",
            Self::FieldCount => "field_count",
            Self::BadNumber => "bad_number",
            Self::BadTime => "bad_time",
            Self::MissingField => "missing_field",
            Self::LineTooLong => "line_too_long",
            Self::BadRecord => "bad_record",
        }
    }
}

/// Why a record is, by design, not an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SkipReason {
    /// A line or row without content.
    Blank,
    /// A comment.
    Comment,
    /// A line that names the columns or the format.
    Header,
    /// A signal of something that is no file, such as a text or an address.
    NotAFileHash,
    /// The publisher says that the value is context and nothing to look for (`to_ids` of MISP).
    ToIdsFalse,
    /// A STIX pattern that says more than "one of these hashes". Never approximated.
    PatternNotSupported,
    /// A malicious program in a list of harmless files (special code `M` of NSRL).
    SpecialM,
}

impl SkipReason {
    /// The wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Blank => "blank",
            Self::Comment => "comment",
            Self::Header => "header",
            Self::NotAFileHash => "not_a_file_hash",
            Self::ToIdsFalse => "to_ids_false",
            Self::PatternNotSupported => "pattern_not_supported",
            Self::SpecialM => "special_m",
        }
    }
}

/// A reason with its detail. The detail holds lengths and names of fields, never a value: lists are sensitive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The reason.
    pub reason: RejectReason,
    /// One phrase for the person who mends the list; may be empty.
    pub detail: String,
}

impl Rejection {
    /// A rejection with its detail.
    pub fn new(reason: RejectReason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }
}
