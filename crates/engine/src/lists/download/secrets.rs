//! What a publisher gave to the operator alone: a token, a name and password, headers. Kept in a file of the home that only its owner can
//! read, never in the database, in settings, in a log or in `Debug`; sent to the address's own host and nowhere else.

use std::fmt;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::error::{Code, Error, Result};
use crate::home::Home;
use crate::store::subscriptions::SubscriptionId;

/// Most headers of one list.
const HEADERS: usize = 16;
/// Longest value, in bytes: what servers accept as one header.
const LONGEST_VALUE: usize = 8 * 1024;
/// Longest file, in bytes.
const LONGEST_FILE: u64 = 256 * 1024;

/// Headers that decide where a request goes, what it means, or who we are over time. A list cannot set them.
const RESERVED: [&str; 20] = [
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "range",
    "if-range",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
    "accept-encoding",
    "cookie",
    "user-agent",
    "proxy-authorization",
    "keep-alive",
    "content-encoding",
];

/// The secret headers of one list. `Debug` shows how many.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets(Vec<(String, String)>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({} not shown)", self.0.len())
    }
}

impl Secrets {
    /// No secrets.
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// `Authorization: Bearer TOKEN`.
    ///
    /// # Errors
    /// [`Code::BadArgument`] if the token cannot be sent.
    pub fn bearer(token: &str) -> Result<Self> {
        Self::none().with("authorization", &format!("Bearer {}", token.trim()))
    }

    /// `Authorization: Basic …` for a name and a password (RFC 7617).
    ///
    /// # Errors
    /// [`Code::BadArgument`] if the name holds a colon, or if both are too long.
    pub fn basic(name: &str, password: &str) -> Result<Self> {
        if name.contains(':') {
            return Err(bad("the name holds a colon"));
        }
        Self::none().with("authorization", &format!("Basic {}", base64(format!("{name}:{password}").as_bytes())))
    }

    /// One more header; one of the same name is replaced.
    ///
    /// # Errors
    /// [`Code::BadArgument`] for a name or value that cannot be sent, or one that decides about the request itself. The sentence does not
    /// repeat the value.
    pub fn with(mut self, name: &str, value: &str) -> Result<Self> {
        let name = name.trim().to_ascii_lowercase();
        // Names are tokens (RFC 9110, section 5.6.2).
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if !(1..=64).contains(&name.len()) || !name.bytes().all(is_token) {
            return Err(bad("the name of a header is not one"));
        }
        if RESERVED.contains(&name.as_str()) {
            return Err(bad("this header is set by Gatehouse itself"));
        }
        let value = value.trim();
        if !(1..=LONGEST_VALUE).contains(&value.len()) || !value.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
            return Err(bad("the value is empty, longer than 8 KiB, or has a character that cannot be sent"));
        }
        self.0.retain(|(kept, _)| *kept != name);
        self.0.push((name, value.to_owned()));
        if self.0.len() > HEADERS { Err(bad("there are more than 16 headers")) } else { Ok(self) }
    }

    /// A token, if there is one, and headers as lines of `Name: value`.
    ///
    /// # Errors
    /// As [`Secrets::with`].
    pub fn of_lines(token: &str, headers: &[String]) -> Result<Self> {
        let start = if token.trim().is_empty() { Self::none() } else { Self::bearer(token)? };
        headers.iter().try_fold(start, |secrets, header| {
            let (name, value) = header.split_once(':').ok_or_else(|| bad("say a header as 'Name: value'"))?;
            secrets.with(name, value)
        })
    }

    /// Names and values, for the request alone.
    pub(super) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The names of the headers, which may be shown.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The secrets of a subscription; none if nothing was kept.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Code::Refused`] if others could read or change the file, or if it is damaged.
    pub fn load(home: &Home, subscription: SubscriptionId) -> Result<Self> {
        let path = path_of(home, subscription);
        let file = match File::open(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::none()),
            opened => opened.map_err(Error::io(&path))?,
        };
        let metadata = file.metadata().map_err(Error::io(&path))?;
        if metadata.mode() & 0o077 != 0 || metadata.uid() != rustix::process::geteuid().as_raw() {
            return Err(Error::refused(
                Code::Refused,
                "The file with a list's secrets can be read by others, so it is not used. Get a new secret from the publisher and give it again.",
            ));
        }
        let mut text = String::new();
        file.take(LONGEST_FILE).read_to_string(&mut text).map_err(Error::io(&path))?;
        let kept: Vec<(String, String)> = serde_json::from_str(&text).map_err(|_| damaged())?;
        kept.iter().try_fold(Self::none(), |secrets, (name, value)| secrets.with(name, value)).map_err(|_| damaged())
    }

    /// Keeps the secrets of a subscription, in place of those before.
    ///
    /// # Errors
    /// [`Error::Io`]. Then those before are still there.
    pub fn save(&self, home: &Home, subscription: SubscriptionId) -> Result<()> {
        let path = path_of(home, subscription);
        let part = path.with_extension("part");
        remove(&part);
        let mut file = File::options().create_new(true).write(true).mode(0o600).open(&part).map_err(Error::io(&part))?;
        let text = serde_json::to_string(&self.0).map_err(|error| Error::refused(Code::Internal, error.to_string()))?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(Error::io(&part))?;
        rename(&part, &path)
    }
}

/// Removes the secrets of a subscription.
pub fn forget(home: &Home, subscription: SubscriptionId) {
    let path = path_of(home, subscription);
    remove(&path.with_extension("part"));
    remove(&path);
}

fn path_of(home: &Home, subscription: SubscriptionId) -> PathBuf {
    home.root().join("keys").join(format!("subscription-{subscription}.secret"))
}

fn bad(why: &str) -> Error {
    Error::refused(Code::BadArgument, format!("This secret cannot be used: {why}."))
}

fn damaged() -> Error {
    Error::refused(Code::Refused, "The file with a list's secrets is damaged. Give the secret again.")
}

/// Source: RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let value = three.iter().fold(0u32, |value, byte| value << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for place in 0..4 {
            let sign = SIGNS[(value >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= three.len() { char::from(sign) } else { '=' });
        }
    }
    text
}

#[expect(clippy::disallowed_methods, reason = "a file of the home that this module wrote; it may be missing")]
fn remove(path: &Path) {
    drop(std::fs::remove_file(path));
}

#[expect(clippy::disallowed_methods, reason = "a file of the home that this module wrote, over its own older one")]
fn rename(from: &Path, to: &Path) -> Result<()> {
    std::fs::rename(from, to).map_err(Error::io(to))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const ID: SubscriptionId = SubscriptionId::new(3);

    #[test]
    fn secrets_are_kept_for_the_owner_alone_and_shown_nowhere() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::open(dir.path()).unwrap();
        assert!(Secrets::load(&home, ID).unwrap().is_empty());
        let secrets = Secrets::bearer(" very-secret ").unwrap().with("X-Functions-Key", "other").unwrap();
        secrets.save(&home, ID).unwrap();
        secrets.save(&home, ID).unwrap();
        assert_eq!(Secrets::load(&home, ID).unwrap(), secrets);
        let path = path_of(&home, ID);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(format!("{secrets:?}"), "Secrets(2 not shown)");
        assert_eq!(secrets.names().collect::<Vec<_>>(), ["authorization", "x-functions-key"]);

        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(Secrets::load(&home, ID).unwrap_err().code(), Code::Refused, "others could have read it");
        forget(&home, ID);
        assert!(Secrets::load(&home, ID).unwrap().is_empty());
    }

    #[test]
    fn a_damaged_file_is_said_and_not_sent() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::open(dir.path()).unwrap();
        Secrets::bearer("abc").unwrap().save(&home, ID).unwrap();
        for text in ["", "[", "[[\"host\",\"evil.example\"]]", "[[\"a\",\"b\\r\\nc: d\"]]", "{}"] {
            std::fs::write(path_of(&home, ID), text).unwrap();
            assert_eq!(Secrets::load(&home, ID).unwrap_err().code(), Code::Refused, "{text}");
        }
    }

    #[test]
    fn what_would_change_the_request_is_refused_without_repeating_it() {
        let long = "x".repeat(LONGEST_VALUE + 1);
        for (name, value) in [
            ("host", "x"),
            ("Range", "x"),
            ("Cookie", "x"),
            ("", "x"),
            ("a b", "x"),
            ("a", ""),
            ("a", "b\r\nc: d"),
            ("a", "é"),
            ("a", &long),
        ] {
            let error = Secrets::none().with(name, value).unwrap_err();
            assert_eq!(error.code(), Code::BadArgument, "{name}");
            assert!(value.len() < 3 || !error.to_string().contains(value), "the value is not in the sentence");
        }
        assert!(Secrets::none().with("a", &long[1..]).is_ok(), "at the limit");
        let many = (0..16).try_fold(Secrets::none(), |secrets, n| secrets.with(&format!("x-{n}"), "v")).unwrap();
        assert!(many.clone().with("x-3", "again").is_ok(), "a replaced one does not count twice");
        assert!(many.with("x-16", "v").is_err());
    }

    #[test]
    fn basic_is_encoded_as_the_standard_says() {
        let header = |name: &str, password: &str| Secrets::basic(name, password).unwrap().0[0].1.clone();
        assert_eq!(header("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "the example of RFC 7617");
        for (plain, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(plain.as_bytes()), text, "the examples of RFC 4648");
        }
        assert!(Secrets::basic("a:b", "c").is_err(), "the colon parts name and password");
    }
}
