//! Signature files of minisign, and the check of a whole file against one, as a stream.
//!
//! The arithmetic is that of the crate `minisign-verify`; the form of the signature file is read here, strictly: the crate accepts text
//! around the four lines, and then a damaged signature file would pass.

use std::io::Read;

use data_encoding::BASE64;
use sha2::{Digest, Sha256};

use super::key::{PublicKey, shown_id};
use super::keyring::Keyring;
use super::problem::Problem;
use crate::limits;
use crate::refusal::Refusal;

/// What a check of a signature proved, for [`super::Replay`]. It can only be made by [`verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// Length of the file in bytes.
    pub bytes: u64,
    /// The key whose signatures hold.
    pub signer: PublicKey,
    /// The trusted comment: signed, shown to people, never used for a decision.
    pub trusted_comment: String,
}

/// A signature file, parsed.
pub(super) struct SignatureFile {
    key_id: [u8; 8],
    is_prehashed: bool,
    trusted_comment: String,
    decoded: minisign_verify::Signature,
}

const fn bad(why: &'static str) -> Problem {
    Problem::BadSignature { why }
}

impl SignatureFile {
    /// Reads the four lines. Each ends with LF or CR LF, base64 is canonical, and nothing else stands in the file.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Problem> {
        if bytes.len() > limits::SIGNATURE_BYTES {
            return Err(bad("the signature file is too long"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| bad("the signature file is damaged"))?;
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let [untrusted, signature, trusted, global] = lines.as_slice() else { return Err(bad("the signature file is damaged")) };
        let whole =
            [untrusted, signature, trusted, global].map(|line| line.strip_suffix('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)));
        let [Some(untrusted), Some(signature), Some(trusted), Some(global)] = whole else {
            return Err(bad("the signature file is cut off"));
        };
        let trusted_comment = trusted.strip_prefix("trusted comment: ").ok_or(bad("the signature file is damaged"))?;
        if !untrusted.starts_with("untrusted comment: ") {
            return Err(bad("the signature file is damaged"));
        }
        let blob = BASE64.decode(signature.as_bytes()).map_err(|_| bad("the signature file is damaged"))?;
        let global_length = BASE64.decode(global.as_bytes()).map_err(|_| bad("the signature file is damaged"))?.len();
        let (Some(algorithm), Some(id), 74, 64) = (blob.get(..2), blob.get(2..10), blob.len(), global_length) else {
            return Err(bad("the signature file is damaged"));
        };
        let mut key_id = [0; 8];
        key_id.copy_from_slice(id);
        let four_lines = format!("{untrusted}\n{signature}\n{trusted}\n{global}\n");
        Ok(Self {
            key_id,
            is_prehashed: algorithm == b"ED",
            trusted_comment: trusted_comment.to_owned(),
            decoded: minisign_verify::Signature::decode(&four_lines).map_err(|_| bad("it is of an unknown kind"))?,
        })
    }

    pub(super) const fn key_id(&self) -> [u8; 8] {
        self.key_id
    }
}

/// Checks a file against its signature file before a byte of its content is used, reading it once, from its beginning to its end.
///
/// `most_bytes` is the size that an index declared, or the limit of a list file; not one byte more is read into the check. Memory is one
/// buffer, except for the legacy form of signatures, which needs the whole file and is limited to 64 MiB.
/// # Errors
/// `bad_signature` (damaged, or one of the two signatures does not hold), `unknown_key` (a key id that the keyring does not know),
/// `too_large`, `unreadable`.
pub fn verify(source: impl Read, most_bytes: u64, signature: &[u8], keys: &Keyring) -> Result<Verified, Refusal> {
    let signature = SignatureFile::read(signature)?;
    let candidates = keys.with_id(signature.key_id);
    if candidates.is_empty() {
        return Err(Problem::UnknownKey { key_id: shown_id(signature.key_id) }.into());
    }
    if signature.is_prehashed {
        prehashed(source, most_bytes, &signature, &candidates)
    } else {
        legacy(source, most_bytes, &signature, &candidates)
    }
}

/// Bytes read at once.
const CHUNK: usize = 64 << 10;

fn prehashed(mut source: impl Read, most_bytes: u64, signature: &SignatureFile, candidates: &[PublicKey]) -> Result<Verified, Refusal> {
    let keys: Vec<minisign_verify::PublicKey> = candidates.iter().map(PublicKey::verifier).collect::<Result<_, _>>()?;
    let streams: Result<Vec<_>, _> = keys.iter().map(|key| key.verify_stream(&signature.decoded)).collect();
    let mut streams = streams.map_err(|_| bad("it is of an unknown kind"))?;
    let mut digest = Sha256::new();
    let (mut buffer, mut bytes) = (vec![0; CHUNK], 0);
    loop {
        let read = match source.read(&mut buffer) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        if read == 0 {
            break;
        }
        bytes += read as u64;
        if bytes > most_bytes {
            return Err(too_large(most_bytes));
        }
        digest.update(&buffer[..read]);
        streams.iter_mut().for_each(|stream| stream.update(&buffer[..read]));
    }
    let signer = candidates.iter().zip(&mut streams).find_map(|(key, stream)| stream.finalize().is_ok().then_some(*key));
    proven(signer, digest.finalize().into(), bytes, signature)
}

fn legacy(source: impl Read, most_bytes: u64, signature: &SignatureFile, candidates: &[PublicKey]) -> Result<Verified, Refusal> {
    let most_bytes = most_bytes.min(limits::LEGACY_SIGNED_BYTES);
    let mut file = Vec::new();
    source.take(most_bytes + 1).read_to_end(&mut file)?;
    if file.len() as u64 > most_bytes {
        return Err(too_large(most_bytes));
    }
    let mut signer = None;
    for key in candidates {
        if key.verifier()?.verify(&file, &signature.decoded, true).is_ok() {
            signer = Some(*key);
        }
    }
    proven(signer, Sha256::digest(&file).into(), file.len() as u64, signature)
}

fn proven(signer: Option<PublicKey>, sha256: [u8; 32], bytes: u64, signature: &SignatureFile) -> Result<Verified, Refusal> {
    let signer = signer.ok_or(bad("the file or its signature was changed"))?;
    Ok(Verified { sha256, bytes, signer, trusted_comment: signature.trusted_comment.clone() })
}

fn too_large(most_bytes: u64) -> Refusal {
    Refusal::TooLarge { limit: format!("more than the {most_bytes} bytes that are allowed here") }
}
