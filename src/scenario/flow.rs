//! The grammar of flows: `chain := step (-> step)*`, where a step is `service`, `service:label`, `service(file)`,
//! `function`, or, at the end of a chain, a fan-out `[chain, chain]`.

use std::ops::Range;

/// Deepest fan-out inside fan-outs.
const DEPTH_AT_MOST: usize = 8;

/// A path through services and functions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chain {
    /// At least one, unless there is a fan-out.
    pub(crate) steps: Vec<Step>,
    /// Where it divides at its end; empty: it does not.
    pub(crate) branches: Vec<Chain>,
}

/// A service or a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) word: String,
    /// Bytes of the flow.
    pub(crate) span: Range<usize>,
    pub(crate) label: Option<(String, Range<usize>)>,
    pub(crate) file: Option<(String, Range<usize>)>,
}

/// What is wrong with a flow, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FlowError {
    pub(crate) title: String,
    pub(crate) expected: String,
    pub(crate) span: Range<usize>,
}

/// Reads a flow.
pub(crate) fn parse(text: &str) -> Result<Chain, FlowError> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    let chain = parser.chain()?;
    parser.blanks();
    if parser.at < text.len() {
        return Err(parser.error("the flow goes on where it should end", "expected `->` or the end of the flow"));
    }
    Ok(chain)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn take(&mut self, token: &str) -> bool {
        self.blanks();
        let found = self.rest().starts_with(token);
        self.at += if found { token.len() } else { 0 };
        found
    }

    /// An error at the next character.
    fn error(&self, title: impl Into<String>, expected: &str) -> FlowError {
        let length = self.rest().chars().next().map_or(0, char::len_utf8);
        FlowError { title: title.into(), expected: expected.to_owned(), span: self.at..self.at + length }
    }

    fn chain(&mut self) -> Result<Chain, FlowError> {
        let mut chain = Chain { steps: Vec::new(), branches: Vec::new() };
        loop {
            if self.take("[") {
                chain.branches = self.fan_out()?;
                if self.take("->") {
                    return Err(
                        self.error("a fan-out ends its chain", "expected nothing after `]`: go on inside each branch")
                    );
                }
                return Ok(chain);
            }
            let step = self.step()?;
            chain.steps.push(step);
            if !self.take("->") {
                return Ok(chain);
            }
        }
    }

    fn fan_out(&mut self) -> Result<Vec<Chain>, FlowError> {
        self.depth += 1;
        if self.depth > DEPTH_AT_MOST {
            return Err(self.error("fan-outs are nested too deep", "expected at most 8 levels"));
        }
        let mut branches = vec![self.chain()?];
        while self.take(",") {
            branches.push(self.chain()?);
        }
        if !self.take("]") {
            return Err(self.error("the fan-out is not closed", "expected `,`, `->` or `]`"));
        }
        self.depth -= 1;
        Ok(branches)
    }

    fn word(&mut self) -> Option<(String, Range<usize>)> {
        self.blanks();
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let mut length = 0;
        for (index, letter) in self.rest().char_indices() {
            // The arrow's hyphen belongs to the arrow, as in `s3->post`.
            if !allowed(letter) || self.rest()[index..].starts_with("->") {
                break;
            }
            length = index + letter.len_utf8();
        }
        let span = self.at..self.at + length;
        self.at = span.end;
        (length > 0).then(|| (self.text[span.clone()].to_owned(), span))
    }

    fn step(&mut self) -> Result<Step, FlowError> {
        let Some((word, span)) = self.word() else {
            return Err(self.error("a step is missing", "expected the name of a service or function, or `[`"));
        };
        let mut step = Step { word, span, label: None, file: None };
        if self.rest().starts_with(':') {
            self.at += 1;
            let label = self.word();
            step.label = Some(label.ok_or_else(|| self.error("the label is missing", "expected a name after `:`"))?);
        }
        if self.rest().starts_with('(') {
            step.file = Some(self.file()?);
        }
        Ok(step)
    }

    fn file(&mut self) -> Result<(String, Range<usize>), FlowError> {
        let Some(length) = self.rest().find(')') else {
            return Err(self.error("the parenthesis is not closed", "expected a file's path and `)`"));
        };
        let span = self.at + 1..self.at + length;
        self.at += length + 1;
        Ok((self.text[span.clone()].trim().to_owned(), span))
    }
}

/// The flow with one blank around arrows and after commas.
pub(crate) fn normalised(chain: &Chain) -> String {
    let steps = chain.steps.iter().map(|step| {
        let label = step.label.as_ref().map_or(String::new(), |(label, _)| format!(":{label}"));
        let file = step.file.as_ref().map_or(String::new(), |(file, _)| format!("({file})"));
        format!("{}{label}{file}", step.word)
    });
    let mut parts: Vec<String> = steps.collect();
    if !chain.branches.is_empty() {
        let branches: Vec<String> = chain.branches.iter().map(normalised).collect();
        parts.push(format!("[{}]", branches.join(", ")));
    }
    parts.join(" -> ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flows_are_read_and_normalised() {
        for (text, expected) in [
            ("schedule->post", "schedule -> post"),
            (" s3 ->  post ", "s3 -> post"),
            ("sns -> [sqs:billing -> bill,sqs:audit->audit]", "sns -> [sqs:billing -> bill, sqs:audit -> audit]"),
            ("api -> machine(order.asl.json)", "api -> machine(order.asl.json)"),
            ("[events -> a, s3 -> [b, c]]", "[events -> a, s3 -> [b, c]]"),
            ("a-b->c_d", "a-b -> c_d"),
        ] {
            assert_eq!(parse(text).map(|chain| normalised(&chain)), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn errors_point_at_the_fault() {
        for (text, span) in [
            ("", 0..0),
            ("s3 ->", 5..5),
            ("s3 -> [a, b", 11..11),
            ("s3 post", 3..4),
            ("s3 -> [a] -> b", 12..13),
            ("s3: -> a", 4..5),
            ("m(x", 1..2),
            ("s3 -> ä", 6..8),
        ] {
            assert_eq!(parse(text).map_err(|error| error.span), Err(span), "{text}");
        }
    }

    #[test]
    fn nesting_has_a_limit() {
        assert!(parse(&"[".repeat(100_000)).is_err());
    }
}
