//! Secret keys of minisign: made, read from their file, and used to sign. The arithmetic is that of the crate `minisign`.

use std::fmt;

use data_encoding::BASE64;
use minisign::SecretKeyBox;

use super::key::PublicKey;
use super::moment;

/// Bytes of a secret key file's key: algorithm, derivation, checksum (2 each), salt 32, two limits of 8, key id 8, key 64, checksum 32.
const BLOB: usize = 158;

/// The most work that a key file may ask for when its password is tried: what minisign itself writes ("sensitive" of libsodium's
/// scrypt). More would let a file stop this program for hours.
const MOST_OPERATIONS: u64 = 33_554_432;

/// The most memory that a key file may ask for, in bytes: 1 GiB, likewise.
const MOST_MEMORY: u64 = 1 << 30;

/// Why a secret key cannot be used. Nothing of the key or of the password stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyProblem {
    /// Not a secret key file of minisign.
    NotAKey,
    /// The key is encrypted and no password was given.
    NeedsPassword,
    /// The password does not open the key, or the file is damaged.
    WrongPassword,
    /// The key asks for more time or memory to be opened than any tool writes.
    TooCostly,
    /// The checksum of the key does not hold.
    Damaged,
    /// The system gave no random numbers, or the signature could not be made.
    Failed,
}

impl KeyProblem {
    /// The wire code, lower_snake_case.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotAKey => "not_a_key",
            Self::NeedsPassword => "needs_password",
            Self::WrongPassword => "wrong_password",
            Self::TooCostly => "key_too_costly",
            Self::Damaged => "key_damaged",
            Self::Failed => "signing_failed",
        }
    }
}

impl fmt::Display for KeyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAKey => "This is not a secret key of minisign. Name the file that was made together with the public key.",
            Self::NeedsPassword => "The secret key is encrypted. Give its password.",
            Self::WrongPassword => "The password does not open this key. Try it again; if you are sure of it, the file is damaged.",
            Self::TooCostly => "The secret key asks for more work to be opened than any tool writes. Make a new key.",
            Self::Damaged => "The secret key is damaged: its checksum does not hold. Use a copy of it.",
            Self::Failed => "The signature could not be made: the system gave no random numbers. Nothing was written.",
        })
    }
}

impl std::error::Error for KeyProblem {}

/// A secret key, ready to sign. It has no `Debug`: it is never printed.
pub struct SecretKey {
    secret: minisign::SecretKey,
    public: PublicKey,
}

impl SecretKey {
    /// The key of a secret key file: its comment line and its line of base64. `password` is only used if the key is encrypted.
    ///
    /// Opening an encrypted key takes up to some seconds and 1 GiB of memory, by the settings in the file.
    /// # Errors
    /// A [`KeyProblem`].
    pub fn read(file: &str, password: Option<&str>) -> Result<Self, KeyProblem> {
        let mut lines = file.lines().map(str::trim).filter(|line| !line.is_empty());
        let (Some(comment), Some(line), None) = (lines.next(), lines.next(), lines.next()) else { return Err(KeyProblem::NotAKey) };
        let blob = BASE64.decode(line.as_bytes()).map_err(|_| KeyProblem::NotAKey)?;
        if !comment.starts_with("untrusted comment:") || blob.len() != BLOB || !blob.starts_with(b"Ed") || blob.get(4..6) != Some(b"B2") {
            return Err(KeyProblem::NotAKey);
        }
        let boxed = SecretKeyBox::from(format!("{comment}\n{line}\n"));
        let secret = match blob.get(2..4) {
            Some([0, 0]) => boxed.into_unencrypted_secret_key().map_err(|_| KeyProblem::Damaged)?,
            Some(b"Sc") => {
                check_cost(&blob)?;
                let password = password.ok_or(KeyProblem::NeedsPassword)?;
                boxed.into_secret_key(Some(password.to_owned())).map_err(|_| KeyProblem::WrongPassword)?
            }
            _ => return Err(KeyProblem::NotAKey),
        };
        let public = minisign::PublicKey::from_secret_key(&secret).map_err(|_| KeyProblem::Damaged)?;
        Ok(Self { public: PublicKey::from_blob(&public.to_bytes()).ok_or(KeyProblem::Damaged)?, secret })
    }

    /// The public half.
    pub const fn public(&self) -> PublicKey {
        self.public
    }

    /// The content of the signature file for these bytes: prehashed, with time and name of the file in the trusted comment.
    pub(super) fn sign(&self, bytes: &[u8], file_name: &str, at_ms: i64) -> Result<String, KeyProblem> {
        self.sign_as("a hash list", bytes, file_name, at_ms)
    }

    /// The same for an export of the ledger: what anybody checks with minisign.
    ///
    /// # Errors
    /// A [`KeyProblem`].
    pub fn sign_record(&self, bytes: &[u8], file_name: &str, at_ms: i64) -> Result<String, KeyProblem> {
        self.sign_as("an export of a Gatehouse ledger", bytes, file_name, at_ms)
    }

    fn sign_as(&self, what: &str, bytes: &[u8], file_name: &str, at_ms: i64) -> Result<String, KeyProblem> {
        let public = minisign::PublicKey::from_bytes(&self.blob()).map_err(|_| KeyProblem::Damaged)?;
        let trusted = format!("timestamp:{}\tfile:{file_name}\thashed", at_ms.div_euclid(1000));
        let untrusted = format!("signature of {what}, {}", moment::text(at_ms));
        // The public key makes the library check its own signature.
        let signed = minisign::sign(Some(&public), &self.secret, bytes, Some(&trusted), Some(&untrusted));
        signed.map(minisign::SignatureBox::into_string).map_err(|_| KeyProblem::Failed)
    }

    fn blob(&self) -> Vec<u8> {
        BASE64.decode(self.public.to_string().as_bytes()).unwrap_or_default()
    }
}

/// Refuses a key whose limits of work are beyond those of any tool. They stand after the salt, little-endian.
fn check_cost(blob: &[u8]) -> Result<(), KeyProblem> {
    let number = |at: usize| {
        let bytes = blob.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).unwrap_or([0xff; 8]);
        u64::from_le_bytes(bytes)
    };
    if number(38) > MOST_OPERATIONS || number(46) > MOST_MEMORY { Err(KeyProblem::TooCostly) } else { Ok(()) }
}

/// A new pair of keys, as files.
pub struct KeyPair {
    /// The public key: `minisign.pub`, and what readers compare.
    pub public: PublicKey,
    /// The content of the secret key file. To be written for its owner alone (mode 0600), and never shown.
    pub secret_file: String,
}

impl KeyPair {
    /// Makes a pair from the system's random numbers. With a password the secret key is encrypted with it.
    ///
    /// # Errors
    /// [`KeyProblem::Failed`].
    pub fn generate(password: Option<&str>) -> Result<Self, KeyProblem> {
        let pair = match password {
            Some(password) => minisign::KeyPair::generate_encrypted_keypair(Some(password.to_owned())),
            None => minisign::KeyPair::generate_unencrypted_keypair(),
        };
        let pair = pair.map_err(|_| KeyProblem::Failed)?;
        let public = PublicKey::from_blob(&pair.pk.to_bytes()).ok_or(KeyProblem::Failed)?;
        let comment = if password.is_some() { "minisign encrypted secret key" } else { "minisign secret key WITHOUT a password" };
        let boxed = pair.sk.to_box(Some(comment)).map_err(|_| KeyProblem::Failed)?;
        Ok(Self { public, secret_file: boxed.into_string() })
    }
}
