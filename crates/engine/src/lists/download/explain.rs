//! What an error of the libraries below means, in words for a person.

use super::address::Address;
use super::failure::{Failure, FailureCode};
use super::transport::Limits;
use super::wire::{Ended, Line};
use crate::model::Shown;

/// What an error of the libraries means, in words.
pub(super) fn explain(error: ureq::Error, line: &Line, at: &Address, limits: Limits) -> Failure {
    let host = Shown::of_text(at.host());
    let failure = |code, sentence: String| Failure::new(code, sentence);
    match line.ended() {
        Some(Ended::Stopped) => {
            return failure(FailureCode::Stopped, "Loading was stopped. The version in use has not changed.".to_owned());
        }
        Some(Ended::Private) => return private(at),
        Some(Ended::TooSlow) => {
            let (rate, seconds) = (limits.bytes_a_second, limits.patience.as_secs());
            return failure(
                FailureCode::TooSlow,
                format!("{host} sent less than {rate} bytes a second for {seconds} seconds. It is tried again."),
            );
        }
        None => {}
    }
    if let Some(tls) = tls_error(&error) {
        return explain_tls(tls, &host);
    }
    match error {
        ureq::Error::HostNotFound => failure(FailureCode::NotReached, format!("The name {host} was not found. Is the network there?")),
        ureq::Error::Timeout(ureq::Timeout::Global) => {
            failure(FailureCode::TooSlow, format!("Loading from {host} took longer than {} minutes.", limits.total.as_secs().div_ceil(60)))
        }
        ureq::Error::Timeout(ureq::Timeout::Resolve | ureq::Timeout::Connect) => {
            failure(FailureCode::NotReached, format!("{host} could not be connected to within {} seconds.", limits.connect.as_secs()))
        }
        ureq::Error::Timeout(_) => {
            failure(FailureCode::TooSlow, format!("{host} did not answer within {} seconds.", limits.headers.as_secs()))
        }
        ureq::Error::Io(error) if is_before_answer(&error) => {
            failure(FailureCode::NotReached, format!("{host} could not be connected to. Is the network there?"))
        }
        ureq::Error::Io(_) => cut(at),
        _ => failure(FailureCode::BadAnswer, format!("{host} gives an answer that cannot be read. It is tried again.")),
    }
}

fn is_before_answer(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{
        AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkDown, NetworkUnreachable, PermissionDenied, TimedOut,
    };
    matches!(
        error.kind(),
        AddrNotAvailable | ConnectionRefused | HostUnreachable | NetworkDown | NetworkUnreachable | PermissionDenied | TimedOut
    )
}

fn tls_error(error: &ureq::Error) -> Option<&rustls::Error> {
    match error {
        ureq::Error::Rustls(error) => Some(error),
        ureq::Error::Io(error) => error.get_ref().and_then(|inner| inner.downcast_ref()),
        _ => None,
    }
}

fn explain_tls(error: &rustls::Error, host: &Shown) -> Failure {
    use rustls::CertificateError as Bad;
    let why = match error {
        rustls::Error::InvalidCertificate(Bad::Expired | Bad::ExpiredContext { .. }) => {
            format!("The certificate of {host} has run out. Is the clock of this computer right? Else tell the publisher.")
        }
        rustls::Error::InvalidCertificate(Bad::NotValidYet | Bad::NotValidYetContext { .. }) => {
            format!("The certificate of {host} is not valid yet. Is the clock of this computer right? Else tell the publisher.")
        }
        rustls::Error::InvalidCertificate(Bad::NotValidForName | Bad::NotValidForNameContext { .. }) => {
            format!("Whoever answers for {host} shows the certificate of another host. Is the network one that wants you to sign in first?")
        }
        rustls::Error::InvalidCertificate(_) => {
            format!("The certificate of {host} is signed by nobody who is trusted, or is damaged. Nothing was loaded. Tell the publisher.")
        }
        _ => {
            let sentence =
                format!("{host} speaks no TLS that can be trusted (version 1.2 or 1.3 is needed). Nothing was loaded. Tell the publisher.");
            return Failure::new(FailureCode::BadTls, sentence);
        }
    };
    Failure::new(FailureCode::BadCertificate, why)
}

/// An address inside a private network.
pub(super) fn private(at: &Address) -> Failure {
    let host = Shown::of_text(at.host());
    Failure::new(FailureCode::PrivateAddress, format!("{host} leads into a private network, which nobody named. It was not connected to."))
}

/// An answer that ended early.
pub(super) fn cut(at: &Address) -> Failure {
    let host = Shown::of_text(at.host());
    Failure::new(FailureCode::Cut, format!("The answer of {host} ended before it was whole. It is gone on with at the next try."))
}
