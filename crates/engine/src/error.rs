//! What can go wrong with an operation.
//!
//! Rules. What happens to one upload is not an error but an outcome ([`crate::model::Reason`]). An [`Error`] means that *this operation* failed
//! and changed nothing that it does not name. The sentence for a person is built at the edge, from the [`Code`] and the fields: in `src/out.rs`
//! for a terminal, in `ui/src/lib/words.ts` for the page. A code exists only if somebody branches on it.

use std::path::PathBuf;

use crate::model::wire_enum;

wire_enum!(
    /// What a consumer branches on.
    Code {
        /// No such site, case, list or batch.
        NotFound = "not_found",
        /// The draft is final already.
        TooLate = "too_late",
        /// The system refused access.
        PermissionDenied = "permission_denied",
        /// No space left on a disk.
        NoRoom = "no_room",
        /// Another Gatehouse process holds the lock for longer than we wait.
        Busy = "busy",
        /// The operation is not allowed in this state.
        Refused = "refused",
        /// Keeping a protected case needs a note of at least ten characters.
        NoteNeeded = "note_needed",
        /// An argument is out of its bounds.
        BadArgument = "bad_argument",
        /// The directory is a site already, or lies inside one, or holds one.
        SiteExists = "site_exists",
        /// The name is in use.
        NameTaken = "name_taken",
        /// The list file is refused; the detail is the list refusal code.
        ListRefused = "list_refused",
        /// A guard asks a question first; the detail is the guard's code.
        Guard = "guard",
        /// The list leaves a question open; the detail names it.
        Question = "question",
        /// The database is damaged, or written by a newer Gatehouse, or on a network drive.
        HomeDamaged = "home_damaged",
        /// The home was written by a newer Gatehouse.
        HomeNewer = "home_newer",
        /// The vault's key is not here.
        KeyMissing = "key_missing",
        /// The vault's key is here, and closed.
        KeyLocked = "key_locked",
        /// The case is held.
        Held = "held",
        /// The vault clock still runs.
        TooEarly = "too_early",
        /// The operator stopped it.
        Cancelled = "cancelled",
        /// A defect of Gatehouse, or a system failure without a better word.
        Internal = "internal",
    }
);

/// Whether trying again makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// The same call fails again.
    Never,
    /// It may pass by itself.
    Later,
    /// After somebody mended something.
    AfterFix,
}

/// A failed operation of the engine.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store failed: full disk, lock. A damaged file is a refusal that says what to do.
    #[error("the database failed: {0}")]
    Store(#[source] rusqlite::Error),
    /// A file of the home, or a folder that was named, could not be used.
    #[error("{}: {source}", crate::model::Shown::of_path(path))]
    Io {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No such thing.
    #[error("there is no {what} {name}")]
    NotFound {
        /// `site`, `case`, `list`, `batch`, `version`.
        what: &'static str,
        /// As it was named, in its display form.
        name: String,
    },
    /// The operation is not allowed here. The text says why, in words for a person.
    #[error("{text}")]
    Refused {
        /// What a consumer branches on.
        code: Code,
        /// Why, and what to do.
        text: String,
    },
    /// The list file is refused as a whole.
    #[error("{sentence}")]
    List {
        /// The refusal code of the list formats.
        code: String,
        /// One sentence that says what the file is and what to do.
        sentence: String,
    },
}

/// The result of an operation of the engine.
pub type Result<T> = std::result::Result<T, Error>;

impl From<rusqlite::Error> for Error {
    /// Damage may be met by any call, not only while the database is opened.
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => Self::damaged_database(&error.to_string()),
            _ => Self::Store(error),
        }
    }
}

impl Error {
    /// The database is damaged: `what` says where it showed.
    pub fn damaged_database(what: &str) -> Self {
        let text = format!(
            "The database is damaged ({what}). Nothing was changed; your site's files and the vault are safe. Close every Gatehouse, then run `gatehouse database rebuild`."
        );
        Self::refused(Code::HomeDamaged, text)
    }

    /// Shorthand for a refusal with its reason.
    pub fn refused(code: Code, text: impl Into<String>) -> Self {
        Self::Refused { code, text: text.into() }
    }

    /// Wraps a failed file operation with the path that it was about.
    pub fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        |source| Self::Io { path, source }
    }

    /// What a consumer branches on.
    pub fn code(&self) -> Code {
        match self {
            Self::Store(error) => match error.sqlite_error_code() {
                Some(rusqlite::ErrorCode::DiskFull) => Code::NoRoom,
                Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => Code::Busy,
                Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => Code::HomeDamaged,
                Some(rusqlite::ErrorCode::ReadOnly | rusqlite::ErrorCode::CannotOpen) => Code::PermissionDenied,
                _ => Code::Internal,
            },
            Self::Io { source, .. } => match source.kind() {
                std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => Code::PermissionDenied,
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Code::NoRoom,
                std::io::ErrorKind::NotFound => Code::NotFound,
                _ => Code::Internal,
            },
            Self::NotFound { .. } => Code::NotFound,
            Self::Refused { code, .. } => *code,
            Self::List { .. } => Code::ListRefused,
        }
    }

    /// Whether trying again makes sense.
    pub fn retry(&self) -> Retry {
        match self.code() {
            Code::Busy => Retry::Later,
            Code::NoRoom | Code::PermissionDenied | Code::HomeDamaged => Retry::AfterFix,
            _ => Retry::Never,
        }
    }

    /// A word that goes with the code where there is one: the list refusal code, the guard, the question.
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::List { code, .. } => Some(code.clone()),
            Self::Refused { text, .. } => Some(text.clone()),
            Self::NotFound { name, .. } => Some(name.clone()),
            Self::Store(_) | Self::Io { .. } => None,
        }
    }
}
