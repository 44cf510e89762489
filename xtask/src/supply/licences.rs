//! Licence expressions: the part of SPDX that packages use, with the old slash for `OR`.

/// Whether an expression can be met with licences of which `may` says yes. It is asked for `Apache-2.0 WITH LLVM-exception` as one.
///
/// # Errors
/// The expression, if it is none.
pub(crate) fn is_allowed(expression: &str, may: &dyn Fn(&str) -> bool) -> Result<bool, String> {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let met = any(&mut rest, may).filter(|_| rest.is_empty());
    met.ok_or_else(|| format!("\"{expression}\" is no licence expression"))
}

fn any(rest: &mut &[&str], may: &dyn Fn(&str) -> bool) -> Option<bool> {
    let mut met = all(rest, may)?;
    while rest.first() == Some(&"OR") {
        *rest = &rest[1..];
        met |= all(rest, may)?;
    }
    Some(met)
}

fn all(rest: &mut &[&str], may: &dyn Fn(&str) -> bool) -> Option<bool> {
    let mut met = one(rest, may)?;
    while rest.first() == Some(&"AND") {
        *rest = &rest[1..];
        met &= one(rest, may)?;
    }
    Some(met)
}

fn one(rest: &mut &[&str], may: &dyn Fn(&str) -> bool) -> Option<bool> {
    let (first, after) = rest.split_first()?;
    *rest = after;
    if *first == "(" {
        let met = any(rest, may)?;
        let (end, after) = rest.split_first()?;
        *rest = after;
        return (*end == ")").then_some(met);
    }
    if matches!(*first, "OR" | "AND" | "WITH" | ")") {
        return None;
    }
    if let ["WITH", exception, after @ ..] = rest {
        let met = may(&format!("{first} WITH {exception}"));
        *rest = after;
        return Some(met);
    }
    Some(may(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_met_or_not() {
        let may = |licence: &str| ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"].contains(&licence);
        let table = [
            ("MIT", true),
            ("GPL-3.0-only", false),
            ("MIT OR GPL-3.0-only", true),
            ("GPL-3.0-only/MIT", true),
            ("MIT AND GPL-3.0-only", false),
            ("MIT AND ISC", true),
            ("(GPL-2.0-only OR MIT) AND ISC", true),
            ("GPL-2.0-only OR MIT AND GPL-3.0-only", false),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("Apache-2.0 WITH other", false),
        ];
        for (expression, expected) in table {
            assert_eq!(is_allowed(expression, &may), Ok(expected), "{expression}");
        }
        for broken in ["", "MIT OR", "(MIT", "MIT ISC", "OR MIT", "MIT)"] {
            assert!(is_allowed(broken, &may).is_err(), "{broken} is no expression");
        }
    }
}
