//! The root certificate of a server in one's own network, which no public authority certifies. It counts for one place, in place of the roots that come
//! with the program; checking stays on.

use std::path::Path;

use ureq::tls::Certificate;

use crate::error::{Code, Error, Result};

/// Largest file of a certificate, in bytes.
const LARGEST_FILE: u64 = 64 << 10;

/// A certificate, as DER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root(Vec<u8>);

impl Root {
    /// Reads a file with one certificate: as text (PEM), or as bytes (DER).
    ///
    /// # Errors
    /// [`Error::Io`], [`Code::BadArgument`] for another file.
    pub fn read(file: &Path) -> Result<Self> {
        let size = std::fs::metadata(file).map_err(Error::io(file))?.len();
        let bytes = if size > LARGEST_FILE { Vec::new() } else { std::fs::read(file).map_err(Error::io(file))? };
        Self::parse(&bytes).ok_or_else(|| {
            let text = "This is not a certificate. Name the root certificate of your server, as a .pem or .der file. Nothing was changed.";
            Error::refused(Code::BadArgument, text)
        })
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        if let Ok(certificate) = Certificate::from_pem(bytes) {
            return Some(Self(certificate.der().to_vec()));
        }
        // A certificate is a sequence whose length takes two bytes and is that of the rest.
        let length = bytes.get(2..4).map(|length| usize::from(u16::from_be_bytes([length[0], length[1]])));
        let is_der = bytes.starts_with(&[0x30, 0x82]) && length == bytes.len().checked_sub(4);
        is_der.then(|| Self(bytes.to_vec()))
    }

    /// Its bytes.
    pub fn der(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_text_or_bytes_and_nothing_else() {
        let der = [&[0x30, 0x82, 0x01, 0x00][..], &[0; 256]].concat();
        let pem = format!("-----BEGIN CERTIFICATE-----\nMIIB{}=\n-----END CERTIFICATE-----\n", "A".repeat(343));
        assert_eq!(Root::parse(&der), Root::parse(pem.as_bytes()), "both say the same");
        assert_eq!(Root::parse(&der).map(|root| root.der().to_vec()), Some(der.clone()));
        let key = pem.replace("CERTIFICATE", "PRIVATE KEY");
        for other in [&b""[..], b"0", b"-----BEGIN CERTIFICATE-----", &der[..259], key.as_bytes(), b"{\"shl\":1}"] {
            assert_eq!(Root::parse(other), None, "{}", other.escape_ascii());
        }
    }
}
