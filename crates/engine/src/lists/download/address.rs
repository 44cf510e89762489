//! An address that may be fetched: `https`, a host, a path. Everything else is refused when it is typed, not when it is used.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use crate::error::{Code, Error, Result};
use crate::model::Shown;

/// Longest address in bytes: what servers commonly accept.
const LONGEST: usize = 2048;
/// The port that is meant when none is named.
const PORT: u16 = 443;

/// An `https` address. Equal addresses have equal texts; a fragment is dropped, since it is never sent.
///
/// Its `Debug` and its display form leave the query out: publishers put access keys there.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address {
    host: String,
    port: u16,
    /// Begins with `/`; with the query.
    target: String,
}

impl Address {
    /// Reads an address as a person types it.
    ///
    /// # Errors
    /// [`Code::BadArgument`] with a sentence that says what is wrong: another scheme than `https`, a name and password before the host, a
    /// character that an address cannot have, no host, more than 2048 bytes.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        if text.len() > LONGEST {
            return Err(bad("it is longer than 2048 bytes"));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(bad("it has a space or a letter that an address must write in another way, such as %20 or xn--"));
        }
        if text.contains(['\\', '"', '<', '>', '^', '`', '{', '|', '}']) {
            return Err(bad("it has a character that an address must write as % and two digits"));
        }
        let Some((scheme, rest)) = text.split_once("://") else { return Err(bad("it does not begin with https://")) };
        if !scheme.eq_ignore_ascii_case("https") {
            return Err(bad("it does not begin with https://, and nothing else keeps a list unchanged on its way"));
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let (host, port) = host_and_port(authority)?;
        let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
        Ok(Self { host, port, target })
    }

    /// The host: a name in lower case, or an IP address (version 6 without brackets).
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Host and, where it is not 443, port: what a person is asked about, and what secrets are bound to.
    pub fn origin(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == PORT { host } else { format!("{host}:{}", self.port) }
    }

    /// The whole address, with its query: for the request and for the store, never for a log or a screen.
    pub fn to_text(&self) -> String {
        format!("https://{}{}", self.origin(), self.target)
    }

    /// The address for people: the query, where access keys stand, is left out.
    pub fn shown(&self) -> Shown {
        let path = self.path();
        let query = if path.len() < self.target.len() { "?…" } else { "" };
        Shown::of_text(&format!("https://{}{path}{query}", self.origin()))
    }

    /// The name at the end of the path, for the rules of recognition that look at it; `list` if there is none.
    pub fn file_name(&self) -> &str {
        self.path().rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("list")
    }

    fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// Where a redirect of this address leads (RFC 3986, section 5.2, for the forms that servers send).
    ///
    /// # Errors
    /// As [`Address::parse`]: a redirect to another scheme is refused here.
    pub fn join(&self, reference: &str) -> Result<Self> {
        let origin = self.origin();
        let reference = reference.trim();
        if has_scheme(reference) {
            Self::parse(reference)
        } else if let Some(rest) = reference.strip_prefix("//") {
            Self::parse(&format!("https://{rest}"))
        } else if reference.starts_with('/') {
            Self::parse(&format!("https://{origin}{}", without_dots(reference)))
        } else if reference.starts_with('?') {
            Self::parse(&format!("https://{origin}{}{reference}", self.path()))
        } else {
            Self::parse(&format!("https://{origin}{}", without_dots(&format!("{}{reference}", self.folder()))))
        }
    }

    /// The file of this name beside the one that the address names.
    ///
    /// # Errors
    /// [`Code::BadArgument`] if the name is not a plain one.
    pub fn sibling(&self, name: &str) -> Result<Self> {
        if !is_plain_name(name) {
            return Err(bad("the list names a file that is not a plain name"));
        }
        Ok(Self { target: format!("{}{name}", self.folder()), ..self.clone() })
    }

    fn folder(&self) -> &str {
        let path = self.path();
        path.rfind('/').map_or("/", |end| &path[..=end])
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.shown().as_str())
    }
}

fn bad(why: &str) -> Error {
    Error::refused(Code::BadArgument, format!("This address cannot be used: {why}."))
}

/// Whether this is a name without a folder, a query or an escape: what may be put behind a folder's address.
pub(super) fn is_plain_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (1..=255).contains(&name.len()) && name.bytes().all(is_plain) && !name.starts_with('.')
}

fn has_scheme(reference: &str) -> bool {
    let Some((scheme, _)) = reference.split_once(':') else { return false };
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

/// Takes `.` and `..` out of a path (RFC 3986, section 5.2.4); the query stays as it is.
fn without_dots(target: &str) -> String {
    let (path, query) = target.find('?').map_or((target, ""), |at| target.split_at(at));
    let mut kept: Vec<&str> = Vec::new();
    let mut parts = path.split('/').skip(1).peekable();
    while let Some(part) = parts.next() {
        let is_last = parts.peek().is_none();
        if part == ".." {
            kept.pop();
        }
        match part {
            "." | ".." if is_last => kept.push(""),
            "." | ".." => {}
            _ => kept.push(part),
        }
    }
    format!("/{}{query}", kept.join("/"))
}

fn host_and_port(authority: &str) -> Result<(String, u16)> {
    if authority.contains('@') {
        return Err(bad("it carries a name or a password; give those as a secret of the list, which is kept apart"));
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let Some((inner, after)) = rest.split_once(']') else { return Err(bad("its host has a bracket that does not close")) };
            let address: Ipv6Addr = inner.parse().map_err(|_| bad("its host is no IP address"))?;
            (address.to_string(), after)
        }
        None => {
            let end = authority.find(':').unwrap_or(authority.len());
            (host_name(&authority[..end])?, &authority[end..])
        }
    };
    let port = match port {
        "" | ":" => PORT,
        port => port.strip_prefix(':').and_then(number).filter(|port| *port > 0).ok_or_else(|| bad("its port is no number"))?,
    };
    Ok((host, port))
}

fn number(digits: &str) -> Option<u16> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

/// A host name in lower case. Numbers in other spellings than four decimal ones are refused: systems read `0x7f.1` as an IP address, and a
/// person does not.
fn host_name(text: &str) -> Result<String> {
    let host = text.to_ascii_lowercase();
    let is_label = |label: &str| {
        let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (1..=63).contains(&label.len()) && label.bytes().all(is_sign) && !label.starts_with('-')
    };
    if host.len() > 253 || !host.split('.').all(is_label) {
        return Err(bad("its host is not a name that can exist"));
    }
    let last = host.rsplit('.').next().unwrap_or_default();
    let looks_like_number = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x");
    if looks_like_number && host.parse::<IpAddr>().is_err() {
        return Err(bad("its host is a number and not an IP address"));
    }
    Ok(host)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_read_as_typed() {
        for (typed, kept) in [
            ("https://lists.example.org/a/b.txt", "https://lists.example.org/a/b.txt"),
            ("HTTPS://Lists.Example.ORG", "https://lists.example.org/"),
            (" https://example.org:443/x?y=1#z ", "https://example.org/x?y=1"),
            ("https://example.org:8443?q", "https://example.org:8443/?q"),
            ("https://192.168.1.7/x", "https://192.168.1.7/x"),
            ("https://[::1]:9000/x", "https://[::1]:9000/x"),
        ] {
            assert_eq!(Address::parse(typed).unwrap().to_text(), kept, "{typed}");
        }
    }

    #[test]
    fn everything_that_is_no_https_address_is_refused() {
        for typed in [
            "http://example.org/x",
            "file:///etc/passwd",
            "data:text/plain,abc",
            "ftp://example.org/",
            "example.org/x",
            "https://",
            "https:///x",
            "https://user:secret@example.org/",
            "https://example.org:0/",
            "https://example.org:99999/",
            "https://example.org:+80/",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://127.1/",
            "https://exa mple.org/",
            "https://exämple.org/",
            "https://example.org./",
            "https://[::1/",
            "https://example.org/a\\b",
        ] {
            assert_eq!(Address::parse(typed).unwrap_err().code(), Code::BadArgument, "{typed}");
        }
        let long = |bytes: usize| format!("https://example.org/{}", "a".repeat(bytes - "https://example.org/".len()));
        assert!(Address::parse(&long(2048)).is_ok(), "at the limit");
        assert!(Address::parse(&long(2049)).is_err(), "one beyond");
    }

    #[test]
    fn redirects_are_resolved_and_other_schemes_refused() {
        let base = Address::parse("https://example.org/lists/tcap/index.json?k=1").unwrap();
        for (reference, to) in [
            ("other.txt", "https://example.org/lists/tcap/other.txt"),
            ("../x/./y?z=..", "https://example.org/lists/x/y?z=.."),
            ("../../../../up", "https://example.org/up"),
            ("..", "https://example.org/lists/"),
            ("/root", "https://example.org/root"),
            ("?page=2", "https://example.org/lists/tcap/index.json?page=2"),
            ("//cdn.example.net/a", "https://cdn.example.net/a"),
            ("https://cdn.example.net/a", "https://cdn.example.net/a"),
        ] {
            assert_eq!(base.join(reference).unwrap().to_text(), to, "{reference}");
        }
        for reference in ["http://example.org/x", "file:///etc/passwd", "data:,x", "javascript:1", "HTTP://example.org/"] {
            assert!(base.join(reference).is_err(), "{reference}");
        }
    }

    #[test]
    fn a_sibling_is_a_plain_name_in_the_same_folder() {
        let base = Address::parse("https://example.org/lists/index.json?k=secret").unwrap();
        assert_eq!(base.sibling("a-1.shl.jsonl").unwrap().to_text(), "https://example.org/lists/a-1.shl.jsonl");
        for name in ["", "..", "../x", "a/b", ".hidden", "a?b", "a%2fb", "https://evil.example"] {
            assert!(base.sibling(name).is_err(), "{name}");
        }
    }

    #[test]
    fn the_query_is_never_shown() {
        let address = Address::parse("https://example.org/x?access_token=very-secret").unwrap();
        assert_eq!(address.shown().as_str(), "https://example.org/x?…");
        assert!(!format!("{address:?}").contains("very-secret"), "nor in Debug, which ends in logs");
    }

    proptest! {
        #[test]
        fn what_was_read_reads_back(text in "\\PC{0,60}", host in "[a-z]{1,9}(\\.[a-z0-9]{1,9}){0,2}", target in "[!-~]{0,40}") {
            for typed in [text, format!("https://{host}/{target}")] {
                if let Ok(address) = Address::parse(&typed) {
                    prop_assert_eq!(Address::parse(&address.to_text()).unwrap(), address);
                }
            }
        }

        #[test]
        fn no_reference_leaves_https(reference in "[!-~]{0,60}") {
            let base = Address::parse("https://example.org/a/b").unwrap();
            if let Ok(there) = base.join(&reference) {
                prop_assert!(there.to_text().starts_with("https://"));
            }
        }
    }
}
