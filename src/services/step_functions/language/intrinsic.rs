//! Intrinsic functions: `States.Format('{}', $.name)` and its kind.

use base64::Engine;
use serde_json::{Value, json};

use super::path::Path;
use super::template::Source;

/// Deepest nesting of calls.
const DEEPEST: usize = 10;
/// Most characters that `States.Hash` and the two of Base64 take.
const CHARACTERS_AT_MOST: usize = 10_000;
/// Most elements that `States.ArrayRange` makes.
const RANGE_AT_MOST: i64 = 1_000;

/// A call of an intrinsic function.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    function: Function,
    arguments: Vec<Argument>,
}

#[derive(Debug, Clone, PartialEq)]
enum Argument {
    Value(Value),
    Path(Path),
    Call(Call),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    Array,
    ArrayPartition,
    ArrayContains,
    ArrayRange,
    ArrayGetItem,
    ArrayLength,
    ArrayUnique,
    Base64Encode,
    Base64Decode,
    Hash,
    JsonMerge,
    StringToJson,
    JsonToString,
    MathRandom,
    MathAdd,
    StringSplit,
    Uuid,
    Format,
}

/// Name, fewest and most arguments.
const FUNCTIONS: [(&str, Function, usize, usize); 18] = [
    ("Array", Function::Array, 0, usize::MAX),
    ("ArrayPartition", Function::ArrayPartition, 2, 2),
    ("ArrayContains", Function::ArrayContains, 2, 2),
    ("ArrayRange", Function::ArrayRange, 3, 3),
    ("ArrayGetItem", Function::ArrayGetItem, 2, 2),
    ("ArrayLength", Function::ArrayLength, 1, 1),
    ("ArrayUnique", Function::ArrayUnique, 1, 1),
    ("Base64Encode", Function::Base64Encode, 1, 1),
    ("Base64Decode", Function::Base64Decode, 1, 1),
    ("Hash", Function::Hash, 2, 2),
    ("JsonMerge", Function::JsonMerge, 3, 3),
    ("StringToJson", Function::StringToJson, 1, 1),
    ("JsonToString", Function::JsonToString, 1, 1),
    ("MathRandom", Function::MathRandom, 2, 3),
    ("MathAdd", Function::MathAdd, 2, 2),
    ("StringSplit", Function::StringSplit, 2, 2),
    ("UUID", Function::Uuid, 0, 0),
    ("Format", Function::Format, 1, usize::MAX),
];

/// Why a text is no call, or a call has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct IntrinsicError(String);

fn fault<T>(reason: impl Into<String>) -> Result<T, IntrinsicError> {
    Err(IntrinsicError(reason.into()))
}

impl Call {
    /// Reads a call.
    ///
    /// # Errors
    /// An unknown function, arguments that are none or too many, or a text that does not parse.
    pub fn parse(text: &str) -> Result<Self, IntrinsicError> {
        let mut reader = Reader { text, at: 0 };
        let call = reader.call(1)?;
        reader.spaces();
        if reader.at < text.len() {
            return fault(format!("`{text}` goes on after its last parenthesis"));
        }
        Ok(call)
    }

    /// What it is worth.
    ///
    /// # Errors
    /// A path that selects nothing, or arguments that the function does not take.
    pub fn value(&self, source: &dyn Source) -> Result<Value, IntrinsicError> {
        let mut values = Vec::with_capacity(self.arguments.len());
        for argument in &self.arguments {
            values.push(match argument {
                Argument::Value(value) => value.clone(),
                Argument::Path(path) => {
                    let nothing =
                        || IntrinsicError(format!("the path `{}` of an argument selects nothing", path.text()));
                    let found = source.select(path).ok_or_else(nothing)?;
                    if !source.affords(&found) {
                        return fault("the arguments are too large");
                    }
                    found.into_owned()
                }
                Argument::Call(call) => call.value(source)?,
            });
        }
        self.function.evaluate(values, &mut || source.bits())
    }
}

impl Call {
    /// The paths among its arguments, each with a value that the function can use there.
    pub(super) fn paths(&self, tell: &mut dyn FnMut(&Path, Value)) {
        for (index, argument) in self.arguments.iter().enumerate() {
            match argument {
                Argument::Path(path) => tell(path, self.function.example(index)),
                Argument::Call(call) => call.paths(tell),
                Argument::Value(_) => {}
            }
        }
    }
}

impl Function {
    /// A value that it takes as its argument of this index.
    fn example(self, index: usize) -> Value {
        match (self, index) {
            (Self::MathAdd | Self::MathRandom | Self::ArrayRange, _) | (Self::ArrayPartition, 1) => json!(1),
            (Self::ArrayGetItem, 1) => json!(0),
            (Self::ArrayPartition | Self::ArrayContains | Self::ArrayGetItem | Self::ArrayLength, 0)
            | (Self::ArrayUnique, _) => json!([1, 2]),
            (Self::JsonMerge, _) => json!({}),
            (Self::StringToJson, _) => json!("{}"),
            (Self::Base64Decode, _) => json!("c2FtcGxl"),
            _ => json!("sample"),
        }
    }

    fn evaluate(self, values: Vec<Value>, luck: &mut dyn FnMut() -> u64) -> Result<Value, IntrinsicError> {
        match self {
            Self::Array => Ok(Value::Array(values)),
            Self::ArrayPartition => {
                let size = usize::try_from(integer(&values[1])?).ok().filter(|&size| size > 0);
                let size = size.ok_or_else(|| IntrinsicError("the size of a part must be above zero".into()))?;
                Ok(list(&values[0])?.chunks(size).map(|chunk| Value::Array(chunk.to_vec())).collect())
            }
            Self::ArrayContains => Ok(json!(list(&values[0])?.iter().any(|element| same(element, &values[1])))),
            Self::ArrayRange => range(integer(&values[0])?, integer(&values[1])?, integer(&values[2])?),
            Self::ArrayGetItem => {
                let index = usize::try_from(integer(&values[1])?).ok();
                let element = index.and_then(|index| list(&values[0]).ok()?.get(index).cloned());
                element.ok_or_else(|| IntrinsicError("the array has no such element".into()))
            }
            Self::ArrayLength => Ok(json!(list(&values[0])?.len())),
            Self::ArrayUnique => {
                let mut unique: Vec<Value> = Vec::new();
                for element in list(&values[0])? {
                    if !unique.iter().any(|known| same(known, element)) {
                        unique.push(element.clone());
                    }
                }
                Ok(Value::Array(unique))
            }
            Self::Base64Encode => Ok(json!(base64::engine::general_purpose::STANDARD.encode(short_text(&values[0])?))),
            Self::Base64Decode => {
                let bytes = base64::engine::general_purpose::STANDARD.decode(short_text(&values[0])?);
                let text = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
                text.map(Value::String).ok_or_else(|| IntrinsicError("this is no Base64 of a text".into()))
            }
            Self::Hash => super::digest::digest(&plain_text(&values[0])?, text(&values[1])?)
                .map(Value::String)
                .ok_or_else(|| IntrinsicError("expected MD5, SHA-1, SHA-256, SHA-384 or SHA-512".into())),
            Self::JsonMerge => merge(&values),
            Self::StringToJson => {
                let parsed = serde_json::from_str(text(&values[0])?);
                parsed.map_err(|error| IntrinsicError(format!("this is no JSON: {error}")))
            }
            Self::JsonToString => Ok(Value::String(values[0].to_string())),
            Self::MathRandom => random(&values, luck),
            Self::MathAdd => {
                let sum = integer(&values[0])?.checked_add(integer(&values[1])?);
                sum.map(|sum| json!(sum)).ok_or_else(|| IntrinsicError("the sum is too large".into()))
            }
            Self::StringSplit => {
                let separators: Vec<char> = text(&values[1])?.chars().collect();
                let parts = text(&values[0])?.split(&separators[..]).filter(|part| !part.is_empty());
                Ok(parts.map(|part| Value::String(part.to_owned())).collect())
            }
            Self::Uuid => Ok(Value::String(uuid(luck(), luck()))),
            Self::Format => format_text(&values),
        }
    }
}

fn list(value: &Value) -> Result<&Vec<Value>, IntrinsicError> {
    value.as_array().ok_or_else(|| IntrinsicError(format!("expected an array, not {value}")))
}

fn text(value: &Value) -> Result<&str, IntrinsicError> {
    value.as_str().ok_or_else(|| IntrinsicError(format!("expected a string, not {value}")))
}

fn short_text(value: &Value) -> Result<&str, IntrinsicError> {
    let text = text(value)?;
    if text.chars().count() > CHARACTERS_AT_MOST { fault("expected at most 10,000 characters") } else { Ok(text) }
}

/// A string as it is, anything else as JSON.
fn plain_text(value: &Value) -> Result<String, IntrinsicError> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if text.chars().count() > CHARACTERS_AT_MOST { fault("expected at most 10,000 characters") } else { Ok(text) }
}

/// A whole number; fractions are rounded down.
fn integer(value: &Value) -> Result<i64, IntrinsicError> {
    let whole = value.as_i64().or_else(|| value.as_f64().map(|value| libm::floor(value) as i64));
    whole.ok_or_else(|| IntrinsicError(format!("expected a number, not {value}")))
}

/// Equal, where 1 and 1.0 are.
fn same(left: &Value, right: &Value) -> bool {
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => left == right,
        _ => left == right,
    }
}

/// From the first to the last, both included.
fn range(first: i64, last: i64, step: i64) -> Result<Value, IntrinsicError> {
    if step == 0 {
        return fault("the step of a range must not be zero");
    }
    let count = (i128::from(last) - i128::from(first)) / i128::from(step) + 1;
    if count > i128::from(RANGE_AT_MOST) {
        return fault("a range has at most 1,000 elements");
    }
    Ok((0..count.max(0) as i64).map(|index| json!(first + index * step)).collect())
}

fn merge(values: &[Value]) -> Result<Value, IntrinsicError> {
    if values[2] != Value::Bool(false) {
        return fault("expected false: only shallow merges are supported");
    }
    let (Some(first), Some(second)) = (values[0].as_object(), values[1].as_object()) else {
        return fault("expected two objects");
    };
    let mut merged = first.clone();
    merged.extend(second.iter().map(|(key, value)| (key.clone(), value.clone())));
    Ok(Value::Object(merged))
}

/// From the first up to below the second; a third is a seed, which gives the same number each time.
fn random(values: &[Value], luck: &mut dyn FnMut() -> u64) -> Result<Value, IntrinsicError> {
    let (low, high) = (integer(&values[0])?, integer(&values[1])?);
    let span = high.checked_sub(low).filter(|&span| span > 0);
    let Some(span) = span else { return fault("expected a start below the end") };
    let bits = match values.get(2) {
        // Steps of a linear congruential generator, so that neighbouring seeds differ.
        Some(seed) => {
            (integer(seed)? as u64).wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407)
                >> 16
        }
        None => luck(),
    };
    Ok(json!(low + (bits % span as u64) as i64))
}

/// A version 4 identifier of these bits.
pub(super) fn uuid(high: u64, low: u64) -> String {
    let high = high & 0xffff_ffff_ffff_0fff | 0x4000;
    let low = low & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000;
    let (a, b, c) = (high >> 32, high >> 16 & 0xffff, high & 0xffff);
    format!("{a:08x}-{b:04x}-{c:04x}-{:04x}-{:012x}", low >> 48, low & 0xffff_ffff_ffff)
}

/// Each `{}` is the next argument; `\{` and `\}` are braces.
fn format_text(values: &[Value]) -> Result<Value, IntrinsicError> {
    let mut arguments = values[1..].iter();
    let mut out = String::new();
    let mut characters = text(&values[0])?.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => out.extend(characters.next()),
            '{' if characters.peek() == Some(&'}') => {
                characters.next();
                let Some(argument) = arguments.next() else { return fault("there are more `{}` than arguments") };
                match argument {
                    Value::String(text) => out.push_str(text),
                    other => out.push_str(&other.to_string()),
                }
            }
            _ => out.push(character),
        }
    }
    if arguments.next().is_some() { fault("there are more arguments than `{}`") } else { Ok(Value::String(out)) }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn spaces(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn take(&mut self, wanted: char) -> bool {
        self.spaces();
        let taken = self.rest().starts_with(wanted);
        if taken {
            self.at += wanted.len_utf8();
        }
        taken
    }

    fn word(&mut self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn call(&mut self, depth: usize) -> Result<Call, IntrinsicError> {
        if depth > DEEPEST {
            return fault("intrinsic functions are nested at most 10 deep");
        }
        let word = self.word();
        let known = word.strip_prefix("States.").and_then(|name| FUNCTIONS.iter().find(|known| known.0 == name));
        let Some(&(_, function, fewest, most)) = known else {
            return fault(format!("there is no intrinsic function `{word}`"));
        };
        if !self.take('(') {
            return fault(format!("expected `(` after `{word}`"));
        }
        let mut arguments = Vec::new();
        if !self.take(')') {
            loop {
                arguments.push(self.argument(depth)?);
                if self.take(')') {
                    break;
                }
                if !self.take(',') {
                    return fault(format!("expected `,` or `)` among the arguments of `{word}`"));
                }
            }
        }
        if !(fewest..=most).contains(&arguments.len()) {
            let wanted = if fewest == most { fewest.to_string() } else { format!("at least {fewest}") };
            return fault(format!("`{word}` takes {wanted} arguments, not {}", arguments.len()));
        }
        let call = Call { function, arguments };
        call.check(word)?;
        Ok(call)
    }

    fn argument(&mut self, depth: usize) -> Result<Argument, IntrinsicError> {
        self.spaces();
        let rest = self.rest();
        if rest.starts_with('\'') {
            return self.quoted().map(|text| Argument::Value(Value::String(text)));
        }
        if rest.starts_with("States.") {
            return self.call(depth + 1).map(Argument::Call);
        }
        if rest.starts_with('$') {
            let end = path_end(rest);
            self.at += end;
            let path = Path::parse(rest[..end].trim_end());
            return path.map(Argument::Path).map_err(|error| IntrinsicError(format!("`{}`: {error}", &rest[..end])));
        }
        let end = rest.find([',', ')']).unwrap_or(rest.len());
        let literal = rest[..end].trim();
        self.at += end;
        match serde_json::from_str::<Value>(literal) {
            Ok(value) if !value.is_array() && !value.is_object() && !value.is_string() => Ok(Argument::Value(value)),
            _ => {
                fault(format!("`{literal}` is no argument: expected a path, a number, 'a string', true, false or null"))
            }
        }
    }

    fn quoted(&mut self) -> Result<String, IntrinsicError> {
        let mut text = String::new();
        let mut characters = self.rest().char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            match character {
                // `\{` and `\}` are left for States.Format to read.
                '\\' => match characters.next() {
                    Some((_, brace @ ('{' | '}' | '\\'))) => text.extend(['\\', brace]),
                    Some((_, escaped)) => text.push(escaped),
                    None => break,
                },
                '\'' => {
                    self.at += at + 1;
                    return Ok(text);
                }
                _ => text.push(character),
            }
        }
        fault("a string has no end")
    }
}

/// Where a path among arguments ends: at a comma or parenthesis outside of brackets and quotes.
fn path_end(text: &str) -> usize {
    let (mut depth, mut quote) = (0_i32, None);
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') if depth > 0 => quote = Some(character),
            (None, '[' | '(') => depth += 1,
            (None, ']') => depth -= 1,
            (None, ')') if depth > 0 => depth -= 1,
            (None, ',' | ')') if depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}

impl Call {
    /// What is known to be wrong before anything runs: a number that is written as something else.
    fn check(&self, word: &str) -> Result<(), IntrinsicError> {
        let numbers: &[usize] = match self.function {
            Function::MathAdd | Function::MathRandom => &[0, 1],
            Function::ArrayRange => &[0, 1, 2],
            Function::ArrayPartition | Function::ArrayGetItem => &[1],
            _ => &[],
        };
        for &index in numbers {
            if let Some(Argument::Value(value)) = self.arguments.get(index)
                && !value.is_number()
            {
                return fault(format!("`{word}` takes a number or a path here, not {value}"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worth(text: &str) -> Result<Value, IntrinsicError> {
        let input = json!({"name": "Ada", "list": [1, 2, 2, 3], "n": 4, "o": {"a": 1}, "a,b": 7});
        Call::parse(text)?.value(&super::super::template::Plain(&input))
    }

    #[test]
    fn arrays() {
        assert_eq!(worth("States.Array(1, 'a', $.n, null)"), Ok(json!([1, "a", 4, null])));
        assert_eq!(worth("States.ArrayPartition($.list, 3)"), Ok(json!([[1, 2, 2], [3]])));
        assert_eq!(worth("States.ArrayContains($.list, 3)"), Ok(json!(true)));
        assert_eq!(worth("States.ArrayRange(1, 9, 2)"), Ok(json!([1, 3, 5, 7, 9])));
        assert_eq!(worth("States.ArrayGetItem($.list, 3)"), Ok(json!(3)));
        assert_eq!(worth("States.ArrayLength($.list)"), Ok(json!(4)));
        assert_eq!(worth("States.ArrayUnique($.list)"), Ok(json!([1, 2, 3])));
        assert!(worth("States.ArrayGetItem($.list, 4)").is_err());
        assert!(worth("States.ArrayRange(1, 2000, 1)").is_err());
    }

    #[test]
    fn texts_and_json() {
        assert_eq!(worth("States.Format('Hello {}, {} \\{x\\}', $.name, 3)"), Ok(json!("Hello Ada, 3 {x}")));
        assert_eq!(worth("States.Format('it\\'s {}', States.Format('{}!', $.name))"), Ok(json!("it's Ada!")));
        assert_eq!(worth("States.StringSplit('a,b;;c', ',;')"), Ok(json!(["a", "b", "c"])));
        assert_eq!(worth("States.JsonToString($.o)"), Ok(json!("{\"a\":1}")));
        assert_eq!(worth("States.StringToJson('[1, true]')"), Ok(json!([1, true])));
        assert_eq!(
            worth("States.JsonMerge($.o, States.StringToJson('{\"b\":2}'), false)"),
            Ok(json!({"a": 1, "b": 2}))
        );
        assert_eq!(worth("States.Base64Encode('Data to encode')"), Ok(json!("RGF0YSB0byBlbmNvZGU=")));
        assert_eq!(worth("States.Base64Decode('RGF0YSB0byBlbmNvZGU=')"), Ok(json!("Data to encode")));
        assert_eq!(worth("States.Hash('input data', 'SHA-1')"), Ok(json!("aaff4a450a104cd177d28d18d74485e8cae074b7")));
    }

    #[test]
    fn numbers() {
        assert_eq!(worth("States.MathAdd($.n, -1)"), Ok(json!(3)));
        assert_eq!(worth("States.MathRandom(1, 5)"), Ok(json!(1 + 10 % 4)));
        let seeded = worth("States.MathRandom(1, 999, $.n)");
        assert!(seeded.is_ok() && seeded == worth("States.MathRandom(1, 999, 4)"));
        assert_eq!(worth("States.UUID()"), Ok(json!("00000000-0000-400a-8000-00000000000a")));
    }

    #[test]
    fn paths_may_hold_commas_in_quotes() {
        assert_eq!(worth("States.MathAdd($['a,b'], 1)"), Ok(json!(8)));
    }

    #[test]
    fn what_is_no_call_is_refused() {
        for text in [
            "States.Nothing()",
            "States.Format()",
            "States.UUID(1)",
            "States.MathAdd(1, '-1')",
            "States.Format('{}', $.name",
            "States.Format('{}, $.name)",
            "States.Array(1) x",
            "States.Array(abc)",
            "Format('{}')",
        ] {
            assert!(Call::parse(text).is_err(), "{text}");
        }
        let deep = format!("{}1{}", "States.Array(".repeat(11), ")".repeat(11));
        assert!(Call::parse(&deep).is_err());
        assert!(worth("States.Format('{}')").is_err() && worth("States.Format('x', 1)").is_err());
    }
}
