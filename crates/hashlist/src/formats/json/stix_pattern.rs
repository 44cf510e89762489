//! The part of the STIX pattern language that lists hashes: one observation, comparisons of `file:hashes.<key>` joined by `OR`.
//!
//! Source: STIX 2.1, section 9 (OASIS). Everything else (`AND`, `FOLLOWEDBY`, brackets, `NOT`, `LIKE`, `MATCHES`, other objects, several
//! observations, qualifiers) is not taken, because half of a condition is another condition.

/// The pairs of key and value that a pattern lists, or `None` if it says anything else.
pub(super) fn hashes(pattern: &str) -> Option<Vec<(String, String)>> {
    let mut rest = Rest(pattern.trim());
    rest.sign("[")?;
    let mut found = Vec::new();
    loop {
        rest.comparison(&mut found)?;
        if rest.sign("]").is_some() {
            return rest.0.is_empty().then_some(found);
        }
        rest.word("OR")?;
    }
}

/// What is left of a pattern, without white space in front.
struct Rest<'pattern>(&'pattern str);

impl Rest<'_> {
    fn sign(&mut self, sign: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(sign)?.trim_start();
        Some(())
    }

    /// A word that ends where it ends: `OR`, and not the beginning of `ORDER`.
    fn word(&mut self, word: &str) -> Option<()> {
        let rest = self.0.strip_prefix(word)?;
        let ends = !rest.starts_with(|next: char| next.is_ascii_alphanumeric() || matches!(next, '_' | '-'));
        self.0 = rest.trim_start();
        ends.then_some(())
    }

    fn comparison(&mut self, found: &mut Vec<(String, String)>) -> Option<()> {
        let path = self.0.strip_prefix("file:hashes.")?;
        self.0 = path;
        let key = if path.starts_with('\'') { self.text()? } else { self.name()? };
        if self.sign("=").is_some() {
            found.push((key, self.text()?));
            return Some(());
        }
        self.word("IN")?;
        self.sign("(")?;
        loop {
            found.push((key.clone(), self.text()?));
            if self.sign(")").is_some() {
                return Some(());
            }
            self.sign(",")?;
        }
    }

    /// A key without quotes: letters, digits and `_`.
    fn name(&mut self) -> Option<String> {
        let end = self.0.find(|next: char| !next.is_ascii_alphanumeric() && next != '_').unwrap_or(self.0.len());
        let (name, rest) = self.0.split_at(end);
        self.0 = rest.trim_start();
        (!name.is_empty()).then(|| name.to_owned())
    }

    /// A text in single quotes, in which `\'` and `\\` stand for the sign itself.
    fn text(&mut self) -> Option<String> {
        let inside = self.0.strip_prefix('\'')?;
        let mut found = String::new();
        let mut characters = inside.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '\'' => {
                    self.0 = inside[at + 1..].trim_start();
                    return Some(found);
                }
                '\\' => found.push(characters.next()?.1),
                other => found.push(other),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_hashes_are_taken() {
        for (pattern, pairs) in [
            ("[file:hashes.MD5 = 'a']", vec![("MD5", "a")]),
            (" [ file:hashes.'SHA-256'='a' OR file:hashes.MD5 IN ( 'b','c' ) ] ", vec![("SHA-256", "a"), ("MD5", "b"), ("MD5", "c")]),
            (r"[file:hashes.x_pdq = 'a\'b\\']", vec![("x_pdq", r"a'b\")]),
        ] {
            let found = hashes(pattern).unwrap_or_else(|| panic!("{pattern}"));
            let found: Vec<(&str, &str)> = found.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            assert_eq!(found, pairs, "{pattern}");
        }
    }

    #[test]
    fn whatever_says_more_is_not_taken() {
        for pattern in [
            "[file:hashes.MD5 = 'a' AND file:name = 'x']",
            "[file:hashes.MD5 = 'a'] FOLLOWEDBY [file:hashes.MD5 = 'b']",
            "[file:hashes.MD5 = 'a'] WITHIN 5 SECONDS",
            "[file:hashes.MD5 != 'a']",
            "[NOT file:hashes.MD5 = 'a']",
            "[file:hashes.MD5 LIKE 'a%']",
            "[file:hashes.MD5 = 'a' ORfile:hashes.MD5 = 'b']",
            "[(file:hashes.MD5 = 'a')]",
            "[artifact:hashes.MD5 = 'a']",
            "[file:hashes.MD5 = 'a",
            "[file:hashes.MD5 IN ()]",
            "[]",
            "",
        ] {
            assert_eq!(hashes(pattern), None, "{pattern}");
        }
    }
}
