//! Colour codes, where they are wanted, and lines broken to the width.

/// Whether text is coloured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    /// Whether codes are written at all.
    pub colour: bool,
}

impl Paint {
    /// Bold, line by line.
    pub(super) fn bold(self, text: &str) -> String {
        self.coded("1", text)
    }

    /// Good news.
    pub(super) fn good(self, text: &str) -> String {
        self.coded("32", text)
    }

    /// Bad news.
    pub(super) fn bad(self, text: &str) -> String {
        self.coded("31", text)
    }

    fn coded(self, code: &str, text: &str) -> String {
        if !self.colour {
            return text.to_owned();
        }
        let lines: Vec<_> = text.lines().map(|line| format!("\u{1b}[{code}m{line}\u{1b}[0m")).collect();
        lines.join("\n")
    }
}

/// The text broken between words so that no line is wider than `width`, unless a word is; lines after the first are
/// indented. A number stays with its unit.
pub(in crate::report) fn wrapped(text: &str, width: usize, indent: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in unbreakable(text) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(&word);
            }
            Some(_) => lines.push(" ".repeat(indent) + &word),
            None => lines.push(word),
        }
    }
    lines.join("\n")
}

/// The text with spaces that pages do not break at between numbers and their units.
pub(super) fn unbroken(text: &str) -> String {
    let words = unbreakable(text.trim()).into_iter().map(|word| word.replace(' ', "\u{a0}"));
    words.collect::<Vec<_>>().join(" ")
}

/// The words of a text, signs and units joined to the number before them.
fn unbreakable(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let bare = word.trim_end_matches([',', '.', ';', ')']);
        let sign = ["%", "×", "→"].contains(&bare) || word.starts_with('±');
        let unit = ["ns", "us", "ms", "s", "min", "h", "d"].contains(&bare);
        match words.last_mut() {
            Some(before) if sign || (unit && before.ends_with(|c: char| c.is_ascii_digit())) => {
                before.push(' ');
                before.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        assert_eq!(wrapped("one two three four", 9, 2), "one two\n  three\n  four");
        assert_eq!(wrapped("unbreakable", 4, 0), "unbreakable");
        assert_eq!(wrapped("", 4, 0), "");
        assert_eq!(wrapped("p99 (28.9 min → 1.40 s, ±3 %)", 12, 0), "p99\n(28.9 min →\n1.40 s, ±3 %)");
    }

    #[test]
    fn codes_are_written_only_when_wanted() {
        assert_eq!(Paint { colour: false }.bad("lost"), "lost");
        assert_eq!(Paint { colour: true }.bad("a\nb"), "\u{1b}[31ma\u{1b}[0m\n\u{1b}[31mb\u{1b}[0m");
    }
}
