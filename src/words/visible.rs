//! Text from strangers, fit for a terminal.

/// A text in one line: control characters of a file or of an item's data are spelt out and do not reach the terminal.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut seen = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() { seen.extend(character.escape_default()) } else { seen.push(character) }
    }
    seen
}

#[cfg(test)]
mod tests {
    #[test]
    fn control_characters_are_spelt_out() {
        assert_eq!(super::visible("Größe \u{1b}[31m\r\n"), "Größe \\u{1b}[31m\\r\\n");
    }
}
