//! The bytes of a JSON file as a stream: brackets and strings are followed, values are handed out one at a time.
//!
//! Nothing is parsed here; what a value holds is the business of [`super::strict`]. Memory is one buffer of the reader and the value that
//! was asked for, up to its limit.

use std::io::{BufRead, BufReader, Read};

use super::super::lines::{Decoded, UTF8_MARK};
use crate::limits;
use crate::refusal::Refusal;

/// A place in the stream.
pub(super) struct Scanner<R> {
    source: BufReader<Decoded<R>>,
    offset: u64,
}

/// Where a value stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// Bytes from the start of the file to its first byte.
    pub offset: u64,
    /// Longer than the limit: the buffer holds only its beginning.
    pub too_long: bool,
}

/// A buffer for a value, with the most bytes that it may take.
pub(super) struct Keep<'buffer> {
    pub buffer: &'buffer mut Vec<u8>,
    pub limit: usize,
}

impl<R: Read> Scanner<R> {
    pub(super) const fn new(source: BufReader<Decoded<R>>) -> Self {
        Self { source, offset: 0 }
    }

    /// Bytes passed so far.
    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    /// The next byte that is no white space and no byte order mark, not taken; `None` at the end.
    pub(super) fn peek(&mut self) -> Result<Option<u8>, Refusal> {
        loop {
            let offset = self.offset;
            let Some(byte) = self.source.fill_buf()?.first().copied() else { return Ok(None) };
            let is_mark = usize::try_from(offset).ok().and_then(|at| UTF8_MARK.get(at)) == Some(&byte);
            if !is_space(byte) && !is_mark {
                return Ok(Some(byte));
            }
            self.pass(1)?;
        }
    }

    /// As [`Scanner::peek`] where something must follow.
    pub(super) fn peek_more(&mut self) -> Result<u8, Refusal> {
        self.peek()?.ok_or(Refusal::EndsEarly)
    }

    /// Takes the next byte that is no white space, which must be this one.
    pub(super) fn expect(&mut self, byte: u8) -> Result<(), Refusal> {
        if self.peek_more()? != byte {
            return Err(self.damaged());
        }
        self.pass(1)
    }

    /// Takes the next byte if it is this one.
    pub(super) fn take_if(&mut self, byte: u8) -> Result<bool, Refusal> {
        let is_it = self.peek_more()? == byte;
        if is_it {
            self.pass(1)?;
        }
        Ok(is_it)
    }

    /// The refusal of a file that is broken here.
    pub(super) const fn damaged(&self) -> Refusal {
        Refusal::Damaged { offset: self.offset }
    }

    /// Takes one whole value at `depth` open brackets. Its bytes go into `keep`, if given.
    pub(super) fn value(&mut self, depth: usize, keep: Option<Keep<'_>>) -> Result<Span, Refusal> {
        let first = self.peek_more()?;
        let mut state = match first {
            b'{' | b'[' => State::Nest(Nest::at(depth)),
            b'"' => State::Text { opened: false, escaped: false },
            b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => State::Word,
            _ => return Err(self.damaged()),
        };
        let mut span = Span { offset: self.offset, too_long: false };
        let mut keep = keep;
        loop {
            let chunk = self.source.fill_buf()?;
            if chunk.is_empty() {
                return if matches!(state, State::Word) { Ok(span) } else { Err(Refusal::EndsEarly) };
            }
            let (taken, done) = state.go_on(chunk).map_err(|broken| broken.refusal(self.offset))?;
            if let Some(Keep { buffer, limit }) = &mut keep {
                let room = limit.saturating_sub(buffer.len());
                buffer.extend_from_slice(&chunk[..taken.min(room)]);
                span.too_long |= taken > room;
            }
            self.pass(taken)?;
            if done {
                return Ok(span);
            }
        }
    }

    fn pass(&mut self, count: usize) -> Result<(), Refusal> {
        self.source.consume(count);
        self.offset += count as u64;
        if self.offset > limits::FILE_BYTES {
            return Err(Refusal::TooLarge { limit: "more than 8 GiB".to_owned() });
        }
        Ok(())
    }
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// What a value is, while its end is looked for.
enum State {
    /// A text; `opened` once its first quote was passed.
    Text { opened: bool, escaped: bool },
    /// A number or a word such as `true`.
    Word,
    /// Brackets.
    Nest(Nest),
}

/// Why the end of a value cannot be found.
enum Broken {
    TooDeep,
    /// A closing bracket of the other kind, this many bytes into the chunk.
    Bracket(usize),
}

impl Broken {
    const fn refusal(self, offset: u64) -> Refusal {
        match self {
            Self::TooDeep => Refusal::TooDeep,
            Self::Bracket(at) => Refusal::Damaged { offset: offset + at as u64 },
        }
    }
}

impl State {
    /// Looks at the next bytes; how many of them belong to the value, and whether it ends with them.
    fn go_on(&mut self, chunk: &[u8]) -> Result<(usize, bool), Broken> {
        match self {
            Self::Word => {
                let end = chunk.iter().position(|byte| is_space(*byte) || matches!(byte, b',' | b']' | b'}' | b':' | b'"' | b'[' | b'{'));
                Ok((end.unwrap_or(chunk.len()), end.is_some()))
            }
            Self::Text { opened, escaped } => {
                let begin = usize::from(!*opened);
                *opened = true;
                let (taken, done) = text_end(&chunk[begin..], escaped);
                Ok((begin + taken, done))
            }
            Self::Nest(nest) => nest.go_on(chunk),
        }
    }
}

/// How many bytes belong to a text whose opening quote was passed, and whether it ends with them.
fn text_end(chunk: &[u8], escaped: &mut bool) -> (usize, bool) {
    let mut at = 0;
    while at < chunk.len() {
        if *escaped {
            *escaped = false;
            at += 1;
            continue;
        }
        let Some(sign) = chunk[at..].iter().position(|byte| matches!(byte, b'"' | b'\\')) else { break };
        at += sign + 1;
        if chunk[at - 1] == b'"' {
            return (at, true);
        }
        *escaped = true;
    }
    (chunk.len(), false)
}

/// Open brackets of one value. One bit a bracket tells the two kinds apart, so 64 is the deepest that it could follow.
struct Nest {
    outside: usize,
    open: usize,
    squares: u64,
    text: bool,
    escaped: bool,
}

impl Nest {
    const fn at(outside: usize) -> Self {
        Self { outside, open: 0, squares: 0, text: false, escaped: false }
    }

    fn go_on(&mut self, chunk: &[u8]) -> Result<(usize, bool), Broken> {
        let mut at = 0;
        while at < chunk.len() {
            if self.text {
                let (taken, done) = text_end(&chunk[at..], &mut self.escaped);
                at += taken;
                self.text = !done;
                continue;
            }
            let sign = |byte: &u8| matches!(byte, b'"' | b'{' | b'[' | b'}' | b']');
            let Some(next) = chunk[at..].iter().position(sign) else { break };
            at += next + 1;
            match chunk[at - 1] {
                b'"' => self.text = true,
                open @ (b'{' | b'[') => {
                    if self.outside + self.open >= limits::JSON_DEPTH {
                        return Err(Broken::TooDeep);
                    }
                    self.open += 1;
                    self.squares = self.squares << 1 | u64::from(open == b'[');
                }
                close => {
                    if (self.squares & 1 == 1) != (close == b']') {
                        return Err(Broken::Bracket(at - 1));
                    }
                    self.squares >>= 1;
                    self.open -= 1;
                    if self.open == 0 {
                        return Ok((at, true));
                    }
                }
            }
        }
        Ok((chunk.len(), false))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::lines::Lines;
    use super::*;

    /// One byte at a time, so that every state crosses the border of two chunks.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            out[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    fn one(text: &str, depth: usize, limit: usize) -> Result<(String, bool, Option<u8>), &'static str> {
        let mut scanner = Scanner::new(Lines::new(Slow(text.as_bytes()), 1).into_source());
        let mut buffer = Vec::new();
        let span = scanner.value(depth, Some(Keep { buffer: &mut buffer, limit })).map_err(|refusal| refusal.code())?;
        Ok((String::from_utf8(buffer).unwrap(), span.too_long, scanner.peek().unwrap()))
    }

    #[test]
    fn a_value_ends_where_it_ends() {
        for (text, value, next) in [
            (r#" {"a":"}]\"{","b":[1,{}]} ,"#, r#"{"a":"}]\"{","b":[1,{}]}"#, Some(b',')),
            (r#""a\\" x"#, r#""a\\""#, Some(b'x')),
            ("\u{feff}\r\n-1.5e3]", "-1.5e3", Some(b']')),
            ("true", "true", None),
            ("[]", "[]", None),
        ] {
            assert_eq!(one(text, 0, 99), Ok((value.to_owned(), false, next)), "{text}");
        }
        assert_eq!(one("[1,2,3]", 0, 4), Ok(("[1,2".to_owned(), true, None)), "beyond the limit it is passed all the same");
        assert_eq!(one("[1,2]", 0, 5), Ok(("[1,2]".to_owned(), false, None)), "at the limit it is whole");
    }

    #[test]
    fn what_has_no_end_is_refused() {
        for (text, code) in
            [("", "ends_early"), ("{\"a\":[", "ends_early"), ("\"abc\\\"", "ends_early"), ("{]", "damaged"), ("?", "damaged")]
        {
            assert_eq!(one(text, 0, 99).unwrap_err(), code, "{text}");
        }
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(one(&deep(limits::JSON_DEPTH), 0, 999).is_ok(), "64 brackets");
        assert_eq!(one(&deep(limits::JSON_DEPTH + 1), 0, 999).unwrap_err(), "too_deep", "65 brackets");
        assert!(one(&deep(limits::JSON_DEPTH - 3), 3, 999).is_ok(), "61 brackets inside three");
        assert_eq!(one(&deep(limits::JSON_DEPTH - 2), 3, 999).unwrap_err(), "too_deep", "62 inside three");
    }
}
