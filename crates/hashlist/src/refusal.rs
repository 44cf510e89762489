//! Why a whole file is not imported. Nothing changes then; the version before stays active.

use std::fmt;
use std::io;

use crate::shl::Problem;

/// A refused file: a code for programs, a sentence for a person.
///
/// The texts never hold a value of the list; names and first words of a file are not repeated either.
#[derive(Debug)]
#[non_exhaustive]
pub enum Refusal {
    /// No byte.
    EmptyFile,
    /// No rule of recognition fits.
    UnknownFormat {
        /// Length of the first line in bytes, or `None` if it does not end within what was looked at.
        first_line_bytes: Option<usize>,
    },
    /// A page of a web site, usually a sign-in page in place of a download.
    WebPage,
    /// The error answer of an exchange.
    ErrorAnswer,
    /// A file of a known origin that is no list of file hashes.
    NotAList {
        /// What it is instead, as the end of "This is …".
        what: &'static str,
    },
    /// XML with a document type definition.
    Doctype,
    /// Cut off.
    EndsEarly,
    /// Broken inside, so that what follows cannot be told apart.
    Damaged {
        /// Bytes from the start of the file to the place.
        offset: u64,
    },
    /// A folder of files that do not belong together.
    MixedFolder {
        /// What was seen, such as "2 files of stopncii, 1 not recognised". No name of a file.
        seen: String,
    },
    /// Beyond a limit.
    TooLarge {
        /// Which limit, as the end of "The file has …".
        limit: String,
    },
    /// Nested too deeply.
    TooDeep,
    /// A packed file.
    Archive {
        /// Its kind, such as `gzip`.
        kind: &'static str,
        /// What its plain-text head says about it; empty for most.
        about: String,
    },
    /// An encrypted file.
    Encrypted,
    /// A table of an office program.
    Spreadsheet,
    /// State of the tx program, whose reading would run code.
    Pickle,
    /// SQL commands as text.
    SqlScript,
    /// Bytes of no known format.
    BinaryUnknown,
    /// A SQLite file with tables of no known format.
    UnknownDatabase,
    /// A SQLite file that would do something when it is read.
    ActiveDatabase {
        /// What it carries, as the end of "This database carries …".
        what: &'static str,
    },
    /// A SQLite file whose inside does not fit together.
    DamagedDatabase,
    /// Web addresses in place of hashes.
    AddressesNotFiles,
    /// Hashes of parts of programs.
    SectionHashes,
    /// A format that stays out on purpose.
    NotPlanned {
        /// Its name.
        format: &'static str,
    },
    /// Records, and none that could be taken; or a new list without an entry.
    NothingAccepted {
        /// Number of records.
        records: u64,
        /// Number of rejected ones.
        rejected: u64,
        /// Number of the first rejected record and its reason.
        first: Option<(u64, &'static str)>,
    },
    /// A rule of the signed list is broken.
    SignedList(Problem),
    /// The bytes could not be read.
    Unreadable(io::Error),
}

impl Refusal {
    /// The wire code, lower_snake_case.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::EmptyFile => "empty_file",
            Self::UnknownFormat { .. } => "unknown_format",
            Self::WebPage => "web_page",
            Self::ErrorAnswer => "error_answer",
            Self::NotAList { .. } => "not_a_list",
            Self::Doctype => "doctype",
            Self::EndsEarly => "ends_early",
            Self::Damaged { .. } => "damaged",
            Self::MixedFolder { .. } => "mixed_folder",
            Self::TooLarge { .. } => "too_large",
            Self::TooDeep => "too_deep",
            Self::Archive { .. } => "archive",
            Self::Encrypted => "encrypted",
            Self::Spreadsheet => "spreadsheet",
            Self::Pickle => "pickle",
            Self::SqlScript => "sql_script",
            Self::BinaryUnknown => "binary_unknown",
            Self::UnknownDatabase | Self::ActiveDatabase { .. } => "unknown_database",
            Self::DamagedDatabase => "damaged",
            Self::AddressesNotFiles => "addresses_not_files",
            Self::SectionHashes => "section_hashes",
            Self::NotPlanned { .. } => "not_planned",
            Self::NothingAccepted { .. } => "nothing_accepted",
            Self::SignedList(problem) => problem.code(),
            Self::Unreadable(_) => "unreadable",
        }
    }

    /// What the file is and what to do, for the screen.
    pub fn sentence(&self) -> String {
        match self {
            Self::UnknownFormat { first_line_bytes } => unknown_format(*first_line_bytes),
            Self::NotAList { what } => format!("This is {what}. It holds no hashes of files, so there is nothing to import."),
            Self::TooLarge { limit } => format!("The file has {limit}. Split it into several lists."),
            Self::Archive { kind, about } if about.is_empty() => {
                format!("This is a packed file ({kind}). Unpack it first and add what is inside.")
            }
            Self::Archive { kind, about } => format!("This is a packed file ({kind}): {about}. Unpack it first and add what is inside."),
            Self::NotPlanned { format } => {
                format!("This is a {format} file. Gatehouse does not read this format; ask the publisher for another one.")
            }
            Self::Damaged { offset } => format!("The file is broken at byte {offset}. Fetch it again, or ask the publisher to mend it."),
            Self::MixedFolder { seen } => {
                format!("The files of this folder do not belong together ({seen}). Put the pages of one list into a folder of their own.")
            }
            Self::ActiveDatabase { what } => {
                format!("This database carries {what}, which hash lists never need. It is not read; export the hashes as CSV and add that.")
            }
            Self::NothingAccepted { records, rejected, first } => nothing_accepted(*records, *rejected, *first),
            Self::SignedList(problem) => problem.to_string(),
            Self::Unreadable(_) => "The file could not be read to its end. Check the disk it lies on and add it again.".to_owned(),
            other => other.fixed_sentence().to_owned(),
        }
    }

    const fn fixed_sentence(&self) -> &'static str {
        match self {
            Self::EmptyFile => "The file is empty. The download may have failed; fetch it again.",
            Self::WebPage => {
                "This is the sign-in page of a web site, or another web page. The download needs you to be signed in; fetch it again."
            }
            Self::ErrorAnswer => {
                "This is an error message of the exchange, saved in place of the list. Check the account and fetch it again."
            }
            Self::Doctype => {
                "This XML file carries a document type definition, which lists never need. It is not read; ask the publisher for a plain file."
            }
            Self::EndsEarly => "The file ends in the middle. The download was cut off; fetch it again.",
            Self::TooDeep => "The file is nested more deeply than any list needs. It is not read; ask the publisher for a plain file.",
            Self::Encrypted => "This file is encrypted. Decrypt it first and add the result.",
            Self::Spreadsheet => "This is a table of an office program. Open it there, save it as CSV, and add the CSV file.",
            Self::Pickle => {
                "This is the internal state of the tx program, and reading it would run code. Export the list with `threatexchange dataset -P --csv` and add that."
            }
            Self::SqlScript => "This is a script of database commands. Gatehouse runs no commands from a file; add the full set instead.",
            Self::BinaryUnknown => {
                "This file is not text and of no list format that Gatehouse knows. Ask the publisher for a CSV or a plain list of hashes."
            }
            Self::UnknownDatabase => {
                "This is a SQLite database without the tables of a hash list that Gatehouse knows. Export the hashes as CSV and add that."
            }
            Self::DamagedDatabase => {
                "This database is damaged. Fetch it again, or export the hashes as CSV where it was made and add that."
            }
            Self::AddressesNotFiles => {
                "This is a list of web addresses. Gatehouse checks files, so it cannot use it; ask for the hash list."
            }
            Self::SectionHashes => {
                "These are hashes of parts of programs, not of whole files. Add the .hdb or .hsb file of the same set instead."
            }
            _ => "The file was not imported.",
        }
    }
}

fn unknown_format(first_line_bytes: Option<usize>) -> String {
    let line = match first_line_bytes {
        Some(bytes) => format!("Its first line has {bytes} bytes"),
        None => "Its first line is very long".to_owned(),
    };
    format!(
        "Gatehouse does not recognise this file. {line} and fits none of the formats. The nearest are: one hash a line, sha256sum output, CSV with a \
         header, hashdeep output, tx lines. Name the columns in a first line, or choose the format yourself."
    )
}

fn nothing_accepted(records: u64, rejected: u64, first: Option<(u64, &str)>) -> String {
    let first = first.map(|(record, reason)| format!(", the first is record {record}: {reason}")).unwrap_or_default();
    format!(
        "None of the {records} records could be taken ({rejected} rejected{first}). Nothing was imported; check the file or choose another format."
    )
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence())
    }
}

impl std::error::Error for Refusal {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable(source) => Some(source),
            _ => None,
        }
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::SignedList(problem)
    }
}

impl From<io::Error> for Refusal {
    /// An error that carries a refusal (a reader that met a limit) gives that refusal back.
    fn from(error: io::Error) -> Self {
        match error.downcast::<Refusal>() {
            Ok(refusal) => refusal,
            Err(error) => Self::Unreadable(error),
        }
    }
}
