//! What is wrong with a scenario: every problem at once, each with its place and what was expected there.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde::Serialize;

use crate::words::visible;

/// More problems than this are counted, not shown.
const SHOWN_AT_MOST: usize = 50;

/// A text that problems can be found in: the scenario's file, or one `--set`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct SourceText {
    name: String,
    text: String,
}

/// A place in one of the source texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) source: usize,
    pub(crate) span: Range<usize>,
}

/// A place as editors and annotations name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Location {
    /// The scenario's file as it was named, or an override (`--set #1`).
    pub text: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    title: String,
    place: Option<Place>,
    expected: String,
    help: Vec<String>,
}

impl Diagnostic {
    /// A problem; `title` reads as a sentence without a full stop.
    pub(crate) fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), place: None, expected: String::new(), help: Vec::new() }
    }

    /// Where it is; none where a default is at fault for want of a written value.
    pub(crate) fn at(mut self, place: Option<Place>) -> Self {
        self.place = place;
        self
    }

    /// What was expected there: it stands beside the caret.
    pub(crate) fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = expected.into();
        self
    }

    /// What to do about it, or where the rule comes from.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// The nearest right spelling, if there is one.
    pub(crate) fn help_nearest(self, nearest: Option<&str>) -> Self {
        match nearest {
            Some(word) => self.help(format!("did you mean `{word}`?")),
            None => self,
        }
    }

    /// What is wrong, in a sentence.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }
}

/// Every problem of a scenario with the texts they were found in; prints as compiler-like frames in plain text.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    sources: Vec<SourceText>,
    items: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Adds a text, named as it shall be printed; its number.
    pub(crate) fn add_source(&mut self, name: impl Into<String>, text: impl Into<String>) -> usize {
        self.sources.push(SourceText { name: name.into(), text: text.into() });
        self.sources.len() - 1
    }

    /// The text of a source.
    pub(crate) fn source_text(&self, source: usize) -> &str {
        self.sources.get(source).map_or("", |source| &source.text)
    }

    /// Adds a problem.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        self.items.push(diagnostic);
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How many problems there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// The problems, in the order of their places once [`super::load`] has returned them.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.items.iter()
    }

    /// Where a problem is: (name of the text, line, column), both from 1, columns in characters.
    #[must_use]
    pub fn position(&self, diagnostic: &Diagnostic) -> Option<(&str, usize, usize)> {
        self.coordinates(diagnostic.place.as_ref()?)
    }

    /// A place as editors name it.
    pub(crate) fn location(&self, place: &Place) -> Option<Location> {
        let (text, line, column) = self.coordinates(place)?;
        Some(Location { text: text.to_owned(), line, column })
    }

    fn coordinates(&self, place: &Place) -> Option<(&str, usize, usize)> {
        let source = self.sources.get(place.source)?;
        let before = source.text.get(..place.span.start)?;
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Some((&source.name, before.matches('\n').count() + 1, before[line_start..].chars().count() + 1))
    }

    /// Puts the problems in the order of their places and drops repetitions.
    pub(crate) fn sort(&mut self) {
        self.items.sort_by_cached_key(|item| {
            let place = item.place.as_ref();
            let place = place.map_or((usize::MAX, 0, 0), |place| (place.source, place.span.start, place.span.end));
            (place, item.title.clone())
        });
        self.items.dedup();
    }

    /// All problems as text, with ANSI colours if `colour`.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let frames = self.items.iter().take(SHOWN_AT_MOST).map(|item| self.frame(item, &renderer));
        let mut text = frames.collect::<Vec<_>>().join("\n\n");
        if let Some(more @ 1..) = self.items.len().checked_sub(SHOWN_AT_MOST) {
            text.push_str(&format!("\n\nand {more} more"));
        }
        text.push('\n');
        text
    }

    fn frame(&self, item: &Diagnostic, renderer: &Renderer) -> String {
        let title = Level::ERROR.primary_title(visible(&item.title));
        let mut group = match item.place.as_ref().and_then(|place| Some((place, self.sources.get(place.source)?))) {
            Some((place, source)) => {
                let annotation = AnnotationKind::Primary.span(clip(&source.text, &place.span));
                let annotation = match item.expected.as_str() {
                    "" => annotation,
                    expected => annotation.label(visible(expected)),
                };
                title.element(Snippet::source(&source.text).path(&source.name).annotation(annotation))
            }
            None if item.expected.is_empty() => Group::with_title(title),
            None => title.element(Level::NOTE.message(visible(&item.expected))),
        };
        for help in &item.help {
            group = group.element(Level::HELP.message(visible(help)));
        }
        renderer.render(&[group])
    }
}

/// The first line of the span, on character boundaries, inside the text.
fn clip(text: &str, span: &Range<usize>) -> Range<usize> {
    let mut start = span.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = span.end.clamp(start, text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let end = text[start..end].find('\n').map_or(end, |newline| start + newline);
    start..end
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostics {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let mut diagnostics = Diagnostics::default();
        let source = diagnostics.add_source("a.toml", "x = 1\nä = 2\n");
        let place = Place { source, span: 11..12 };
        diagnostics.push(Diagnostic::new("wrong").at(Some(place)));
        let item = diagnostics.iter().next().unwrap();
        assert_eq!(diagnostics.position(item), Some(("a.toml", 2, 5)));
    }

    #[test]
    fn a_span_is_clipped_to_its_first_line_and_to_characters() {
        assert_eq!(clip("ab\ncd", &(1..5)), 1..2);
        assert_eq!(clip("ä", &(1..9)), 0..2);
        assert_eq!(clip("", &(3..9)), 0..0);
    }

    #[test]
    fn problems_beyond_the_limit_are_counted() {
        let mut diagnostics = Diagnostics::default();
        for number in 0..SHOWN_AT_MOST + 3 {
            diagnostics.push(Diagnostic::new(format!("problem {number}")));
        }
        assert!(diagnostics.to_string().ends_with("and 3 more\n"));
    }
}
