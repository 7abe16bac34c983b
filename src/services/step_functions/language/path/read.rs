//! From a text to the steps of a path.

use serde_json::Value;

use super::{Comparison, Filter, Operand, PathError, Step};

/// Deepest nesting of parentheses in a filter.
const DEEPEST: usize = 32;

pub(super) struct Reader<'a> {
    pub text: &'a str,
    /// In bytes.
    pub at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn take(&mut self, wanted: char) -> bool {
        let taken = self.peek() == Some(wanted);
        if taken {
            self.at += wanted.len_utf8();
        }
        taken
    }

    fn take_word(&mut self, word: &str) -> bool {
        let taken = self.rest().starts_with(word);
        if taken {
            self.at += word.len();
        }
        taken
    }

    fn spaces(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    pub(super) fn fault(&self, reason: impl Into<String>) -> PathError {
        PathError { at: self.text[..self.at].chars().count() + 1, reason: reason.into() }
    }

    pub(super) fn expect(&mut self, wanted: char, reason: &str) -> Result<(), PathError> {
        if self.take(wanted) { Ok(()) } else { Err(self.fault(reason)) }
    }

    /// Letters, digits, underscores and hyphens, of any script.
    pub(super) fn name(&mut self) -> &'a str {
        let rest = self.rest();
        let mut end = 0;
        loop {
            let left = &rest[end..];
            end += left.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).unwrap_or(left.len());
            match rest[end..].strip_prefix("${").and_then(|inner| inner.find('}')) {
                Some(closes) => end += closes + 3,
                None => break,
            }
        }
        self.at += end;
        &rest[..end]
    }

    pub(super) fn steps(&mut self) -> Result<Vec<Step>, PathError> {
        let mut steps = Vec::new();
        loop {
            if self.take_word("..") {
                steps.push(Step::Descend);
                let step = if self.peek() == Some('[') { self.bracket()? } else { self.dotted()? };
                steps.push(step);
            } else if self.take('.') {
                let step = if self.peek() == Some('[') { self.bracket()? } else { self.dotted()? };
                steps.push(step);
            } else if self.peek() == Some('[') {
                steps.push(self.bracket()?);
            } else {
                return Ok(steps);
            }
        }
    }

    fn dotted(&mut self) -> Result<Step, PathError> {
        if self.take('*') {
            return Ok(Step::All);
        }
        match self.name() {
            "" => Err(self.fault("expected a name or `*`")),
            name => Ok(Step::Name(name.to_owned())),
        }
    }

    fn bracket(&mut self) -> Result<Step, PathError> {
        self.expect('[', "expected `[`")?;
        self.spaces();
        let step = match self.peek() {
            Some('*') => {
                self.at += 1;
                Step::All
            }
            Some('?') => {
                self.at += 1;
                self.spaces();
                self.expect('(', "expected `(`")?;
                let filter = self.alternatives(0)?;
                self.spaces();
                self.expect(')', "expected `)`")?;
                Step::Filter(filter)
            }
            Some('\'' | '"') => self.quoted_names()?,
            Some('(') => self.end_minus()?,
            _ => self.numbers()?,
        };
        self.spaces();
        self.expect(']', "expected `]`")?;
        Ok(step)
    }

    /// `(@.length-1)`
    fn end_minus(&mut self) -> Result<Step, PathError> {
        self.at += 1;
        self.spaces();
        if !self.take_word("@.length") {
            return Err(self.fault("expected `@.length`"));
        }
        self.spaces();
        let back = self.number().filter(|back| *back < 0).ok_or_else(|| self.fault("expected `-` and a number"))?;
        self.spaces();
        self.expect(')', "expected `)`")?;
        Ok(Step::FromEnd(-back))
    }

    fn quoted_names(&mut self) -> Result<Step, PathError> {
        let mut names = vec![self.quoted()?];
        self.spaces();
        while self.take(',') {
            self.spaces();
            names.push(self.quoted()?);
            self.spaces();
        }
        Ok(if names.len() == 1 { Step::Name(names.remove(0)) } else { Step::Names(names) })
    }

    fn quoted(&mut self) -> Result<String, PathError> {
        let Some(quote @ ('\'' | '"')) = self.peek() else { return Err(self.fault("expected a name in quotes")) };
        self.at += 1;
        let mut name = String::new();
        let mut characters = self.rest().char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                // A backslash stands for itself, unless before the quote or another.
                '\\' => match characters.next() {
                    Some((_, escaped)) if escaped == quote || escaped == '\\' => name.push(escaped),
                    Some((_, other)) => name.extend(['\\', other]),
                    None => break,
                },
                _ if character == quote => {
                    self.at += at + 1;
                    return Ok(name);
                }
                _ => name.push(character),
            }
        }
        Err(self.fault("this quote has no end"))
    }

    fn number(&mut self) -> Option<i64> {
        let rest = self.rest();
        let sign = usize::from(rest.starts_with('-'));
        let digits = rest[sign..].bytes().take_while(u8::is_ascii_digit).count();
        let number = rest[..sign + digits].parse().ok()?;
        self.at += sign + digits;
        Some(number)
    }

    /// `3`, `-1`, `0,2`, `1:`, `:-1`, `0:9:2`.
    fn numbers(&mut self) -> Result<Step, PathError> {
        let first = self.number();
        self.spaces();
        if self.take(':') {
            self.spaces();
            let until = self.number();
            self.spaces();
            let step = if self.take(':') { self.number().unwrap_or(1) } else { 1 };
            if step < 1 {
                return Err(self.fault("expected a step of at least 1"));
            }
            return Ok(Step::Slice(first, until, step));
        }
        let Some(first) = first else {
            return Err(self.fault("expected an index, a name in quotes, `*`, a slice or a filter"));
        };
        let mut indices = vec![first];
        while self.take(',') {
            self.spaces();
            indices.push(self.number().ok_or_else(|| self.fault("expected an index"))?);
            self.spaces();
        }
        Ok(if indices.len() == 1 { Step::Index(first) } else { Step::Indices(indices) })
    }

    fn alternatives(&mut self, depth: usize) -> Result<Filter, PathError> {
        let mut filter = self.conjunction(depth)?;
        loop {
            self.spaces();
            if !self.take_word("||") {
                return Ok(filter);
            }
            filter = Filter::Or(Box::new(filter), Box::new(self.conjunction(depth)?));
        }
    }

    fn conjunction(&mut self, depth: usize) -> Result<Filter, PathError> {
        let mut filter = self.term(depth)?;
        loop {
            self.spaces();
            if !self.take_word("&&") {
                return Ok(filter);
            }
            filter = Filter::And(Box::new(filter), Box::new(self.term(depth)?));
        }
    }

    fn term(&mut self, depth: usize) -> Result<Filter, PathError> {
        if depth > DEEPEST {
            return Err(self.fault("this filter is nested too deep"));
        }
        self.spaces();
        if self.peek() == Some('!') && !self.rest().starts_with("!=") {
            self.at += 1;
            return Ok(Filter::Not(Box::new(self.term(depth + 1)?)));
        }
        if self.take('(') {
            let inner = self.alternatives(depth + 1)?;
            self.spaces();
            self.expect(')', "expected `)`")?;
            return Ok(inner);
        }
        let left = self.operand()?;
        self.spaces();
        match self.comparison() {
            Some(comparison) => {
                self.spaces();
                let right = self.operand()?;
                Ok(Filter::Compares(left, comparison, right))
            }
            None => Ok(Filter::Exists(left)),
        }
    }

    fn comparison(&mut self) -> Option<Comparison> {
        let words = [
            ("==", Comparison::Equal),
            ("!=", Comparison::NotEqual),
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        words.into_iter().find(|(word, _)| self.take_word(word)).map(|(_, comparison)| comparison)
    }

    fn operand(&mut self) -> Result<Operand, PathError> {
        if self.take('@') {
            return Ok(Operand::Element(self.steps()?));
        }
        if matches!(self.peek(), Some('\'' | '"')) {
            return Ok(Operand::Value(Value::String(self.quoted()?)));
        }
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c))).unwrap_or(rest.len());
        if end == 0 {
            return Err(self.fault("expected `@`, a string, a number, true, false or null"));
        }
        self.at += end;
        let word = &rest[..end];
        Ok(Operand::Value(serde_json::from_str(word).unwrap_or_else(|_| Value::String(word.to_owned()))))
    }
}
