//! The words of an expression.

/// A word.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Text(String),
    /// A name, and whether it stood in backticks.
    Name(String, bool),
    /// `$name`; empty for `$`, `$` for `$$`.
    Variable(String),
    Symbol(&'static str),
    End,
}

/// The longest first.
const SYMBOLS: [&str; 34] = [
    ":=", "!=", "<=", ">=", "~>", "..", "**", "?:", "??", ".", "[", "]", "{", "}", "(", ")", ",", ";", ":", "?", "+",
    "-", "*", "/", "%", "=", "<", ">", "&", "|", "^", "@", "#", "~",
];

/// The words with their places, in characters from 1.
pub(super) fn words(text: &str) -> Result<Vec<(usize, Token)>, (usize, String)> {
    let mut words = Vec::new();
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let blank = rest.len() - rest.trim_start().len();
        if blank > 0 {
            at += blank;
            continue;
        }
        let place = text[..at].chars().count() + 1;
        if let Some(comment) = rest.strip_prefix("/*") {
            let end = comment.find("*/").ok_or((place, "this comment has no end".to_owned()))?;
            at += end + 4;
            continue;
        }
        let Some(first) = rest.chars().next() else {
            words.push((place, Token::End));
            return Ok(words);
        };
        let (token, length) = word(rest, first).map_err(|reason| (place, reason))?;
        words.push((place, token));
        at += length;
    }
}

fn word(rest: &str, first: char) -> Result<(Token, usize), String> {
    match first {
        '"' | '\'' => quoted(rest, first),
        '`' => {
            let end = rest[1..].find('`').ok_or("this name has no end")?;
            Ok((Token::Name(rest[1..=end].to_owned(), true), end + 2))
        }
        '$' if rest.starts_with("$$") => Ok((Token::Variable("$".to_owned()), 2)),
        '$' => {
            let name = name(&rest[1..]);
            Ok((Token::Variable(name.to_owned()), 1 + name.len()))
        }
        _ if first.is_ascii_digit() => number(rest),
        _ if first.is_alphabetic() || first == '_' => {
            let name = name(rest);
            Ok((Token::Name(name.to_owned(), false), name.len()))
        }
        _ => {
            let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol));
            symbol
                .map(|symbol| (Token::Symbol(symbol), symbol.len()))
                .ok_or_else(|| format!("`{first}` is no operator"))
        }
    }
}

fn name(text: &str) -> &str {
    &text[..text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len())]
}

fn number(rest: &str) -> Result<(Token, usize), String> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut length = digits(rest);
    // `1..3` is a range and `1.x` a path: a point belongs to the number only before a digit.
    if rest[length..].starts_with('.') && digits(&rest[length + 1..]) > 0 {
        length += 1 + digits(&rest[length + 1..]);
    }
    if rest[length..].starts_with(['e', 'E']) {
        let sign = usize::from(rest[length + 1..].starts_with(['+', '-']));
        let exponent = digits(&rest[length + 1 + sign..]);
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    let number: f64 = rest[..length].parse().map_err(|_| "this is no number".to_owned())?;
    if number.is_finite() { Ok((Token::Number(number), length)) } else { Err("this number is too large".to_owned()) }
}

fn quoted(rest: &str, quote: char) -> Result<(Token, usize), String> {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => text.push(escaped(&mut characters)?),
            _ if character == quote => return Ok((Token::Text(text), at + 1)),
            _ => text.push(character),
        }
    }
    Err("this string has no end".to_owned())
}

fn escaped(characters: &mut impl Iterator<Item = (usize, char)>) -> Result<char, String> {
    let character = characters.next().map(|(_, character)| character);
    Ok(match character {
        Some('n') => '\n',
        Some('t') => '\t',
        Some('r') => '\r',
        Some('b') => '\u{8}',
        Some('f') => '\u{c}',
        Some(plain @ ('"' | '\'' | '\\' | '/' | '`')) => plain,
        Some('u') => {
            let digits: String = characters.take(4).map(|(_, digit)| digit).collect();
            let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
            code.ok_or("expected four hexadecimal digits after `\\u`")?
        }
        _ => return Err("this escape is unknown".to_owned()),
    })
}
