//! Sizes and numbers of JSON values.

use serde_json::Value;

/// Deepest nesting of a value: what a machine wraps again and again must not exhaust the stack.
const DEEPEST: usize = 400;

/// Whether a value is longer as JSON than so many bytes, or nested deeper than is handled; it stops counting where it is.
pub(super) fn exceeds(value: &Value, bytes: usize) -> bool {
    let mut left = bytes;
    !fits(value, &mut left, 0)
}

/// Takes the length of a value from what is left; false if that is not enough.
pub(super) fn fits(value: &Value, left: &mut usize, depth: usize) -> bool {
    if depth > DEEPEST {
        return false;
    }
    match value {
        Value::Null => take(left, 4),
        Value::Bool(holds) => take(left, 5 - usize::from(*holds)),
        Value::Number(number) => take(left, digits(number)),
        Value::String(text) => take(left, length(text)),
        Value::Array(list) => {
            take(left, 2 + list.len().saturating_sub(1)) && list.iter().all(|one| fits(one, left, depth + 1))
        }
        Value::Object(table) => {
            take(left, 2 + table.len().saturating_sub(1))
                && table.iter().all(|(key, one)| take(left, length(key) + 1) && fits(one, left, depth + 1))
        }
    }
}

fn take(left: &mut usize, bytes: usize) -> bool {
    let enough = *left >= bytes;
    *left = left.saturating_sub(bytes);
    enough
}

fn digits(number: &serde_json::Number) -> usize {
    match number.as_u64() {
        Some(whole) => whole.checked_ilog10().unwrap_or(0) as usize + 1,
        None => number.to_string().len(),
    }
}

/// A string's bytes with its quotes and escapes.
fn length(text: &str) -> usize {
    let escapes = text.bytes().filter(|byte| matches!(byte, b'"' | b'\\' | b'\n' | b'\r' | b'\t')).count();
    let controls = text.bytes().filter(|byte| *byte < 0x20 && !matches!(byte, b'\n' | b'\r' | b'\t')).count();
    text.len() + 2 + escapes + 5 * controls
}

/// A number, or a string that is one.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_size_is_that_of_the_json() {
        for value in [
            json!(null),
            json!([true, false, 0, 10, 99, 100, -7, 1.5, "a\"b\n", "é"]),
            json!({"a": {"b": []}, "c": "\u{1}", "d": {}, "e": u64::MAX}),
        ] {
            let length = value.to_string().len();
            assert!(!exceeds(&value, length) && exceeds(&value, length - 1), "{value}");
        }
        let deep = (0..DEEPEST + 1).fold(json!(1), |inner, _| json!([inner]));
        assert!(exceeds(&deep, usize::MAX) && !exceeds(&deep[0], usize::MAX));
    }
}
