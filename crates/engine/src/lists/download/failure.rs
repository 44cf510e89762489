//! Every way in which a fetch can go wrong, with what it means for the next one and a sentence for a person.

use std::time::Duration;

use crate::error::Error;
use crate::model::wire_enum;

wire_enum!(
    /// What went wrong. Whatever it is, the version in use stays in use.
    FailureCode {
        /// No name, no route, no connection.
        NotReached = "not_reached",
        /// The address leads to a private network that the operator did not name.
        PrivateAddress = "private_address",
        /// The certificate does not prove that this is the host.
        BadCertificate = "bad_certificate",
        /// The server speaks only old or broken TLS.
        BadTls = "bad_tls",
        /// A limit of time or speed was passed.
        TooSlow = "too_slow",
        /// The operator stopped it.
        Stopped = "stopped",
        /// 401 or 403.
        AccessRefused = "access_refused",
        /// 404 or 410.
        NotThere = "not_there",
        /// 429 or 503.
        ServerBusy = "server_busy",
        /// Another answer of the 4xx and 5xx kinds.
        ServerFailed = "server_failed",
        /// The answer ended before it was whole.
        Cut = "cut",
        /// A redirect to something that is not followed: another scheme, a circle, too many.
        BadRedirect = "bad_redirect",
        /// A redirect to a host that the operator has not said yes to.
        OtherHost = "other_host",
        /// The answer is compressed although that was not asked for.
        Encoded = "encoded",
        /// Longer than allowed.
        TooLarge = "too_large",
        /// Not as long as the list's index says.
        WrongSize = "wrong_size",
        /// The server does not say where the answer ends.
        NoLength = "no_length",
        /// Empty, or a web page.
        NotAList = "not_a_list",
        /// An answer that does not fit what was asked.
        BadAnswer = "bad_answer",
        /// A file of the home could not be written.
        HomeFailed = "home_failed",
    }
);

/// When it makes sense to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// At the normal interval: trying sooner changes nothing.
    AtInterval,
    /// Soon, then later and later.
    BackOff,
    /// After a person did something.
    AfterFix,
}

impl FailureCode {
    /// When it makes sense to try again.
    pub const fn again(self) -> Again {
        match self {
            Self::NotReached | Self::TooSlow | Self::ServerBusy | Self::ServerFailed | Self::Cut | Self::BadAnswer => Again::BackOff,
            Self::Stopped
            | Self::PrivateAddress
            | Self::BadCertificate
            | Self::BadTls
            | Self::AccessRefused
            | Self::NotThere
            | Self::BadRedirect
            | Self::Encoded
            | Self::TooLarge
            | Self::WrongSize
            | Self::NoLength
            | Self::NotAList => Again::AtInterval,
            Self::OtherHost | Self::HomeFailed => Again::AfterFix,
        }
    }
}

/// A fetch that failed. Nothing that was in use has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What a consumer branches on.
    pub code: FailureCode,
    /// What happened and what to do, for a person. It names the host, never the query of an address and never a secret.
    pub sentence: String,
    /// What the server asked for with 429 and 503, at most 24 hours.
    pub retry_after: Option<Duration>,
    /// The host, with its port where it is not 443, that a redirect leads to and that a person would have to say yes to.
    pub other_host: Option<String>,
}

impl Failure {
    /// A failure with its sentence.
    pub fn new(code: FailureCode, sentence: impl Into<String>) -> Self {
        Self { code, sentence: sentence.into(), retry_after: None, other_host: None }
    }

    /// A failure of the home: the disk, or its rights.
    pub(super) fn of_home(error: &Error) -> Self {
        Self::new(FailureCode::HomeFailed, format!("The download could not be kept: {error}."))
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::List { code: failure.code.as_str().to_owned(), sentence: failure.sentence }
    }
}
