//! From characters to tokens.

use super::{Reader, read_error};
use crate::error::{Res, error_of};
use crate::number;
use crate::value::{ErrorKind, Source, Value};

pub(super) enum Token<'gc> {
    End,
    Open,
    OpenVector,
    OpenBytes,
    Close,
    Dot,
    Prefix(&'static str),
    DatumComment,
    DefineLabel(u64),
    UseLabel(u64),
    Datum(Value<'gc>),
}

/// A name or number has at most this many characters.
const MOST_CHARACTERS: usize = 1 << 20;

fn is_delimiter(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '"' | ';' | '\'' | '`' | ',')
}

/// The characters that have names.
pub(crate) const CHARACTER_NAMES: [(&str, char); 10] = [
    ("alarm", '\u{7}'),
    ("backspace", '\u{8}'),
    ("delete", '\u{7f}'),
    ("escape", '\u{1b}'),
    ("newline", '\n'),
    ("null", '\0'),
    ("return", '\r'),
    ("space", ' '),
    ("tab", '\t'),
    ("linefeed", '\n'),
];

impl<'gc> Reader<'_, 'gc> {
    pub(super) fn here(&self) -> Source {
        Source { file: self.input.file, line: self.input.line }
    }

    fn peek(&mut self) -> Res<'gc, Option<char>> {
        let next = self.input.peek_char();
        next.map(|found| found.map(|(c, _)| c)).map_err(|error| error_of(ErrorKind::File, error.to_string(), &[]))
    }

    fn take(&mut self) -> Res<'gc, Option<char>> {
        self.input.read_char().map_err(|error| error_of(ErrorKind::File, error.to_string(), &[]))
    }

    /// Skips white space and comments, but for `#;`.
    pub(super) fn skip_space(&mut self) -> Res<'gc, ()> {
        while let Some(c) = self.peek()? {
            if c.is_whitespace() {
                self.take()?;
            } else if c == ';' {
                while self.take()?.is_some_and(|c| c != '\n') {}
            } else if c == '#' && self.second()? == Some('|') {
                self.block_comment()?;
            } else {
                break;
            }
        }
        Ok(())
    }

    fn second(&mut self) -> Res<'gc, Option<char>> {
        let byte = self.input.peek_byte(1);
        byte.map(|b| b.map(|b| b as char)).map_err(|error| error_of(ErrorKind::File, error.to_string(), &[]))
    }

    fn block_comment(&mut self) -> Res<'gc, ()> {
        let start = self.here();
        let mut depth = 0u64;
        loop {
            match (self.take()?, self.peek()?) {
                (Some('#'), Some('|')) => {
                    self.take()?;
                    depth += 1;
                }
                (Some('|'), Some('#')) => {
                    self.take()?;
                    depth -= 1;
                    if depth == 0 {
                        return Ok(());
                    }
                }
                (None, _) => return Err(read_error(start, "the text ends inside of a comment")),
                _ => {}
            }
        }
    }

    pub(super) fn token(&mut self) -> Res<'gc, Token<'gc>> {
        let start = self.here();
        let Some(c) = self.peek()? else { return Ok(Token::End) };
        match c {
            '(' => self.single(Token::Open),
            ')' => self.single(Token::Close),
            '\'' => self.single(Token::Prefix("quote")),
            '`' => self.single(Token::Prefix("quasiquote")),
            ',' => {
                self.take()?;
                if self.peek()? == Some('@') {
                    self.take()?;
                    return Ok(Token::Prefix("unquote-splicing"));
                }
                Ok(Token::Prefix("unquote"))
            }
            '"' => {
                self.take()?;
                let text = self.quoted('"', start)?;
                Ok(Token::Datum(self.ctx.string(&text)?))
            }
            '#' => self.hash(start),
            _ => self.word(start),
        }
    }

    fn single(&mut self, token: Token<'gc>) -> Res<'gc, Token<'gc>> {
        self.take()?;
        Ok(token)
    }

    /// The characters up to the next delimiter.
    fn run(&mut self, text: &mut String) -> Res<'gc, ()> {
        while let Some(c) = self.peek()? {
            if is_delimiter(c) {
                break;
            }
            if text.len() >= MOST_CHARACTERS {
                return Err(read_error(self.here(), "a name or number is too long"));
            }
            text.push(c);
            self.take()?;
        }
        Ok(())
    }

    fn hash(&mut self, start: Source) -> Res<'gc, Token<'gc>> {
        self.take()?;
        match self.peek()? {
            Some('(') => self.single(Token::OpenVector),
            Some(';') => self.single(Token::DatumComment),
            Some('\\') => {
                self.take()?;
                self.character(start)
            }
            Some('!') => {
                let mut text = String::new();
                self.run(&mut text)?;
                match text.as_str() {
                    "!fold-case" => self.input.fold_case = true,
                    "!no-fold-case" => self.input.fold_case = false,
                    "!eof" => return Ok(Token::Datum(Value::Eof)),
                    "!unspecific" | "!unspecified" => return Ok(Token::Datum(Value::Unspecified)),
                    _ if start.line == 1 => {
                        // The first line of a script.
                        while self.take()?.is_some_and(|c| c != '\n') {}
                    }
                    _ => return Err(read_error(start, format!("unknown directive #{text}"))),
                }
                self.skip_space()?;
                self.token()
            }
            Some(c) if c.is_ascii_digit() => {
                let mut digits = String::new();
                while let Some(c) = self.peek()?.filter(char::is_ascii_digit) {
                    digits.push(c);
                    self.take()?;
                    if digits.len() > 18 {
                        return Err(read_error(start, "a label is too large"));
                    }
                }
                let label = digits.parse().unwrap_or(0);
                match self.take()? {
                    Some('=') => Ok(Token::DefineLabel(label)),
                    Some('#') => Ok(Token::UseLabel(label)),
                    _ => Err(read_error(start, "expected = or # after a label")),
                }
            }
            _ => {
                let mut text = String::from("#");
                self.run(&mut text)?;
                let lower = text.to_lowercase();
                match lower.as_str() {
                    "#t" | "#true" => Ok(Token::Datum(Value::TRUE)),
                    "#f" | "#false" => Ok(Token::Datum(Value::FALSE)),
                    "#u8" if self.peek()? == Some('(') => self.single(Token::OpenBytes),
                    _ => match number::parse(self.ctx, &text, 10)? {
                        Some(number) => Ok(Token::Datum(number)),
                        None => Err(read_error(start, format!("unknown syntax: {}", shorten(&text)))),
                    },
                }
            }
        }
    }

    fn character(&mut self, start: Source) -> Res<'gc, Token<'gc>> {
        let Some(first) = self.take()? else { return Err(read_error(start, "the text ends inside of a character")) };
        let mut text = String::from(first);
        if !is_delimiter(first) {
            self.run(&mut text)?;
        }
        if text.chars().count() == 1 {
            return Ok(Token::Datum(Value::Char(first)));
        }
        let folded = if self.input.fold_case { text.to_lowercase() } else { text.clone() };
        if let Some((_, c)) = CHARACTER_NAMES.iter().find(|(name, _)| *name == folded) {
            return Ok(Token::Datum(Value::Char(*c)));
        }
        let hexadecimal = text.strip_prefix(['x', 'X']).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match hexadecimal.and_then(char::from_u32) {
            Some(c) => Ok(Token::Datum(Value::Char(c))),
            None => Err(read_error(start, format!("unknown character: #\\{}", shorten(&text)))),
        }
    }

    /// The text up to `end`, with escapes.
    fn quoted(&mut self, end: char, start: Source) -> Res<'gc, String> {
        let mut text = String::new();
        loop {
            let Some(c) = self.take()? else { return Err(read_error(start, "the text ends inside of a string")) };
            if c == end {
                return Ok(text);
            }
            if c != '\\' {
                text.push(c);
                continue;
            }
            match self.take()? {
                Some('a') => text.push('\u{7}'),
                Some('b') => text.push('\u{8}'),
                Some('t') => text.push('\t'),
                Some('n') => text.push('\n'),
                Some('r') => text.push('\r'),
                Some('x' | 'X') => {
                    let mut digits = String::new();
                    loop {
                        match self.take()? {
                            Some(';') => break,
                            Some(c) if c.is_ascii_hexdigit() && digits.len() < 8 => digits.push(c),
                            _ => {
                                return Err(read_error(
                                    self.here(),
                                    "\\x in a string takes hex digits and a semicolon",
                                ));
                            }
                        }
                    }
                    match u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32) {
                        Some(c) => text.push(c),
                        None => return Err(read_error(self.here(), format!("no character has the number {digits}"))),
                    }
                }
                Some(c) if c.is_whitespace() => {
                    // A line that goes on: the spaces around its end are left out.
                    let mut c = c;
                    while c != '\n' {
                        match self.take()? {
                            Some(next) if next.is_whitespace() => c = next,
                            _ => return Err(read_error(self.here(), "text after a backslash at the end of a line")),
                        }
                    }
                    while self.peek()?.is_some_and(|c| c == ' ' || c == '\t') {
                        self.take()?;
                    }
                }
                Some(c @ ('"' | '\\' | '|')) => text.push(c),
                Some(c) => return Err(read_error(self.here(), format!("unknown escape: \\{c}"))),
                None => return Err(read_error(start, "the text ends inside of a string")),
            }
        }
    }

    /// A symbol or a number.
    fn word(&mut self, start: Source) -> Res<'gc, Token<'gc>> {
        let (mut text, mut quoted) = (String::new(), false);
        loop {
            match self.peek()? {
                Some('|') => {
                    self.take()?;
                    quoted = true;
                    text += &self.quoted('|', start)?;
                }
                Some(c) if !is_delimiter(c) => {
                    if text.len() >= MOST_CHARACTERS {
                        return Err(read_error(start, "a name or number is too long"));
                    }
                    self.take()?;
                    if self.input.fold_case { text.extend(c.to_lowercase()) } else { text.push(c) }
                }
                _ => break,
            }
        }
        if !quoted {
            if text == "." {
                return Ok(Token::Dot);
            }
            let begins_like_a_number = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'));
            if begins_like_a_number && let Some(number) = number::parse(self.ctx, &text, 10)? {
                return Ok(Token::Datum(number));
            }
            if let Some((numerator, denominator)) = text.split_once('/')
                && numerator.trim_start_matches(['+', '-']).chars().all(|c| c.is_ascii_digit())
                && numerator.ends_with(|c: char| c.is_ascii_digit())
                && !denominator.is_empty()
                && denominator.chars().all(|c| c == '0')
            {
                return Err(read_error(start, format!("no number has the denominator 0: {}", shorten(&text))));
            }
            if text.is_empty() {
                return Err(read_error(start, "unknown syntax"));
            }
        }
        Ok(Token::Datum(self.ctx.symbol(&text)?))
    }
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= 40 { text.to_owned() } else { text.chars().take(40).chain("…".chars()).collect() }
}
