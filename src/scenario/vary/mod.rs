//! `key=values`: a key of a scenario and the values it takes in turn, as a list or a range.

mod around;

use thiserror::Error;

use super::overrides::{Override, OverrideError};

/// The most values of one key.
pub const VALUES_AT_MOST: u32 = 100_000;

/// Digits to which the values between the ends of a range are rounded, so that tables stay readable.
const DIGITS: usize = 6;

/// How a rate of a schedule begins.
const RATE: &str = "rate(";

/// How the values of a range are spaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Equal differences.
    Linear,
    /// Equal ratios.
    Logarithmic,
}

/// A key and the values it takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Vary {
    text: String,
    key: String,
    values: Values,
}

#[derive(Debug, Clone, PartialEq)]
enum Values {
    List(Vec<String>),
    Range(Range),
}

#[derive(Debug, Clone, PartialEq)]
struct Range {
    /// Both ends as written, without the unit.
    ends: [String; 2],
    low: f64,
    high: f64,
    /// What follows each number: `MB`, `/s`, or nothing.
    unit: String,
    /// Whether a number stands for `rate(number unit)`; the unit is in the plural then, after a blank.
    rate: bool,
    scale: Scale,
    count: Option<u32>,
    /// Whether values are rounded to whole numbers.
    whole: bool,
}

/// Why a `key=values` cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VaryError {
    /// The key is at fault.
    #[error(transparent)]
    Key(#[from] OverrideError),
    /// There is no value, or an empty one between two commas.
    #[error("`{0}` has an empty value: write e.g. run.load=0.5,1,2 or run.load=0.1..10:log:20")]
    Empty(String),
    /// A value stands twice.
    #[error("`{key}` has the value {value} twice")]
    Twice {
        /// The key.
        key: String,
        /// The value.
        value: String,
    },
    /// It looks like a range and is none.
    #[error(
        "`{0}` is no range: write LOW..HIGH:COUNT or LOW..HIGH:log:COUNT with LOW below HIGH, e.g. 0.1..10:log:20, 1..1000:log:9:whole or rate(1..60 minutes):4"
    )]
    Range(String),
    /// The scenario has no number to look around.
    #[error("`{0}` has no range, and no number in the scenario to look around: write e.g. {0}=0.1..10:log")]
    Around(String),
    /// A logarithmic range must not reach zero.
    #[error("`{0}` starts at or below 0, where no logarithm is: write e.g. 0.1..10:log:20")]
    Logarithm(String),
    /// Too few or too many values.
    #[error("`{0}` needs 2 to 100,000 values")]
    Count(String),
}

impl Vary {
    /// Reads `key=a,b,c` or `key=LOW..HIGH[:log][:COUNT][:whole]`. Commas within brackets and quotes separate nothing; both ends
    /// of a range may have the same unit (`128MB..1024MB:8`). `rate(LOW..HIGH minutes)` is a range of whole rates.
    ///
    /// # Errors
    /// If the key is badly written, a value is empty or stands twice, or a range is none.
    pub fn parse(text: &str) -> Result<Self, VaryError> {
        let one = Override::parse(text)?;
        let (key, values) = one.halves();
        let (key, values) = (key.trim().to_owned(), values.trim());
        let values = match range(values)? {
            Some(range) => Values::Range(range.distinct(&key)?),
            None => Values::List(list(&key, text, values)?),
        };
        Ok(Self { text: text.to_owned(), key, values })
    }

    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The key, dotted.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// How many values it has in a grid; none for a range without a count.
    #[must_use]
    pub fn count(&self) -> Option<u32> {
        match &self.values {
            Values::List(list) => u32::try_from(list.len()).ok(),
            Values::Range(range) => range.count,
        }
    }

    /// The value of that index in a grid, below [`count`](Self::count).
    #[must_use]
    pub fn value(&self, index: u32) -> String {
        match &self.values {
            Values::List(list) => list.get(index as usize).cloned().unwrap_or_default(),
            Values::Range(range) => {
                let last = range.count.unwrap_or(2) - 1;
                range.at(f64::from(index) / f64::from(last.max(1)))
            }
        }
    }

    /// The value at a share of the way, from 0 to 1.
    #[must_use]
    pub fn at(&self, share: f64) -> String {
        match &self.values {
            Values::List(list) => {
                let index = (share * list.len() as f64) as usize;
                list[index.min(list.len() - 1)].clone()
            }
            Values::Range(range) => range.at(share),
        }
    }

    /// The change of a scenario that gives the key this value; messages name `--vary`.
    ///
    /// # Errors
    /// Never where the key was read by [`parse`](Self::parse).
    pub fn change(&self, value: &str) -> Result<Override, OverrideError> {
        Override::parse(&format!("{}={value}", self.key)).map(|one| one.named("--vary"))
    }

    /// How the values are spaced on an axis; none where they are no numbers.
    #[must_use]
    pub fn scale(&self) -> Option<Scale> {
        match &self.values {
            Values::Range(range) => Some(range.scale),
            Values::List(list) => scale_of(list),
        }
    }

    /// Whether it is a range, in which every number between both ends is a value.
    #[must_use]
    pub fn is_range(&self) -> bool {
        matches!(self.values, Values::Range(_))
    }

    /// Whether its values are whole numbers, whatever their unit.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        matches!(&self.values, Values::Range(range) if range.whole)
    }

    /// The number in a value of this key, without its unit; none where it has none. Of `rate(5 minutes)` it is 5.
    #[must_use]
    pub fn number(value: &str) -> Option<f64> {
        let rate = value.strip_prefix(RATE).and_then(|inner| inner.split(' ').next());
        quantity(rate.unwrap_or(value)).map(|(_, number, _)| number)
    }

    /// What follows the number in each value: `MB`, `/s`, or nothing.
    #[must_use]
    pub fn unit(&self) -> &str {
        match &self.values {
            Values::Range(range) => &range.unit,
            Values::List(list) => list.first().and_then(|value| quantity(value)).map_or("", |(_, _, unit)| unit),
        }
    }
}

impl Range {
    /// The same, if no two of its values are the same once they are rounded.
    fn distinct(self, key: &str) -> Result<Self, VaryError> {
        let last = self.count.unwrap_or(2) - 1;
        let value = |index: u32| self.at(f64::from(index) / f64::from(last));
        match (0..last).find(|&index| value(index) == value(index + 1)) {
            Some(index) => Err(VaryError::Twice { key: key.to_owned(), value: value(index) }),
            None => Ok(self),
        }
    }

    fn at(&self, share: f64) -> String {
        if share <= 0.0 {
            return self.written(&self.ends[0]);
        }
        if share >= 1.0 {
            return self.written(&self.ends[1]);
        }
        let value = match self.scale {
            Scale::Linear => self.low + (self.high - self.low) * share,
            Scale::Logarithmic => self.low * libm::pow(self.high / self.low, share),
        };
        let value = if self.whole { libm::round(value) } else { rounded(value) };
        self.written(&value.to_string())
    }

    /// A number as the key takes it.
    fn written(&self, number: &str) -> String {
        match (self.rate, number) {
            (false, _) => format!("{number}{}", self.unit),
            (true, "1") => format!("{RATE}1{})", self.unit.trim_end_matches('s')),
            (true, _) => format!("{RATE}{number}{})", self.unit),
        }
    }
}

/// To [`DIGITS`] significant digits.
fn rounded(value: f64) -> f64 {
    format!("{value:.*e}", DIGITS - 1).parse().unwrap_or(value)
}

/// `rate(1..60 minutes)` and what a range may have after it, if the text is that; an error where it looks like it.
fn rates(text: &str) -> Result<Option<Range>, VaryError> {
    let inside = text.strip_prefix(RATE).and_then(|rest| rest.split_once(')'));
    let Some((ends, after)) = inside.filter(|(inner, _)| inner.contains("..")) else { return Ok(None) };
    let wrong = || VaryError::Range(text.to_owned());
    let (ends, unit) = ends.split_once(' ').ok_or_else(wrong)?;
    let whole = if after.ends_with(":whole") { "" } else { ":whole" };
    let range = range(&format!("{ends}{after}{whole}")).map_err(|_| wrong())?.ok_or_else(wrong)?;
    if !["minutes", "hours", "days"].contains(&unit) || !range.unit.is_empty() || range.low < 1.0 {
        return Err(wrong());
    }
    Ok(Some(Range { unit: format!(" {unit}"), rate: true, ..range }))
}

/// A range, if the text is one; an error where it looks like one.
fn range(text: &str) -> Result<Option<Range>, VaryError> {
    if let Some(rates) = rates(text)? {
        return Ok(Some(rates));
    }
    let Some((low, rest)) = text.split_once("..") else { return Ok(None) };
    if !low.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '-' | '+' | '.')) {
        return Ok(None);
    }
    let wrong = || VaryError::Range(text.to_owned());
    let mut parts = rest.split(':');
    let high = parts.next().ok_or_else(wrong)?;
    let ((low_text, low, unit), (high_text, high, other)) =
        (quantity(low).ok_or_else(wrong)?, quantity(high).ok_or_else(wrong)?);
    let (mut scale, mut count) = (Scale::Linear, None);
    let mut parts = parts.peekable();
    if parts.next_if_eq(&"log").is_some() {
        scale = Scale::Logarithmic;
    } else {
        parts.next_if_eq(&"linear");
    }
    if let Some(number) = parts.next_if(|part| *part != "whole") {
        let number: u32 = number.parse().map_err(|_| wrong())?;
        if !(2..=VALUES_AT_MOST).contains(&number) {
            return Err(VaryError::Count(text.to_owned()));
        }
        count = Some(number);
    }
    let whole = parts.next_if_eq(&"whole").is_some();
    let fractions = whole && (low.fract() != 0.0 || high.fract() != 0.0);
    if parts.next().is_some() || unit != other || low >= high || fractions {
        return Err(wrong());
    }
    if scale == Scale::Logarithmic && low <= 0.0 {
        return Err(VaryError::Logarithm(text.to_owned()));
    }
    let ends = [low_text, high_text].map(str::to_owned);
    Ok(Some(Range { ends, low, high, unit: unit.to_owned(), rate: false, scale, count, whole }))
}

/// A number and what follows it: letters and slashes only. The number as written comes first.
fn quantity(text: &str) -> Option<(&str, f64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+'))).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let value: f64 = number.parse().ok().filter(|value: &f64| value.is_finite())?;
    unit.chars().all(|c| c.is_ascii_alphabetic() || c == '/').then_some((number, value, unit))
}

/// The values of a list: split at commas outside brackets and quotes.
fn list(key: &str, text: &str, values: &str) -> Result<Vec<String>, VaryError> {
    let (mut list, mut value, mut depth, mut quote) = (Vec::new(), String::new(), 0_usize, None);
    for letter in values.chars() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                list.push(std::mem::take(&mut value));
                continue;
            }
            _ => {}
        }
        value.push(letter);
    }
    list.push(value);
    let list: Vec<String> = list.iter().map(|value| value.trim().to_owned()).collect();
    if list.iter().any(String::is_empty) {
        return Err(VaryError::Empty(text.to_owned()));
    }
    if list.len() > VALUES_AT_MOST as usize {
        return Err(VaryError::Count(text.to_owned()));
    }
    let mut sorted: Vec<&String> = list.iter().collect();
    sorted.sort_unstable();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(VaryError::Twice { key: key.to_owned(), value: pair[0].clone() }),
        None => Ok(list),
    }
}

/// Numbers of one unit lie on an axis: a logarithmic one where they span more than a factor of twenty.
fn scale_of(list: &[String]) -> Option<Scale> {
    let quantities: Vec<_> = list.iter().map(|value| quantity(value)).collect::<Option<_>>()?;
    let unit = quantities.first()?.2;
    if quantities.len() < 2 || quantities.iter().any(|quantity| quantity.2 != unit) {
        return None;
    }
    let numbers = || quantities.iter().map(|quantity| quantity.1);
    let (low, high) = (numbers().fold(f64::INFINITY, f64::min), numbers().fold(f64::NEG_INFINITY, f64::max));
    Some(if low > 0.0 && high / low > 20.0 { Scale::Logarithmic } else { Scale::Linear })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<String> {
        let vary = Vary::parse(text).unwrap_or_else(|error| panic!("{error}"));
        (0..vary.count().expect("a count")).map(|index| vary.value(index)).collect()
    }

    #[test]
    fn a_value_of_a_key_that_was_read_can_be_set() {
        for text in [" run . load =1,2", "\t\"a.b\".c=1,2", "a.' b'=1,2"] {
            let vary = Vary::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(vary.change("1").map(|change| change.as_set()), Ok(format!("{}=1", vary.key())));
        }
        assert!(Vary::parse(" ':a=1,2").is_err(), "a quote that is not closed, behind a blank");
    }

    #[test]
    fn lists_are_split_outside_brackets_and_quotes() {
        assert_eq!(values("run.load=1, 2,5"), ["1", "2", "5"]);
        let key = "strategy.\"a, b=c\".schedule.expression";
        let vary = Vary::parse(&format!("{key}=rate(5 minutes),cron(0,30 * * * ? *),\"x,y\"")).unwrap();
        assert_eq!(vary.key(), key);
        assert_eq!(
            (0..3).map(|i| vary.value(i)).collect::<Vec<_>>(),
            ["rate(5 minutes)", "cron(0,30 * * * ? *)", "\"x,y\""]
        );
        assert_eq!(vary.change("rate(1 hour)").unwrap().text(), format!("{key}=rate(1 hour)"));
    }

    #[test]
    fn ranges_are_spaced_evenly_or_by_ratio_and_keep_their_unit() {
        assert_eq!(values("a=1..9:9"), ["1", "2", "3", "4", "5", "6", "7", "8", "9"]);
        assert_eq!(values("a=0.1..10:log:5"), ["0.1", "0.316228", "1", "3.16228", "10"]);
        assert_eq!(values("a=128MB..1024MB:log:4"), ["128MB", "256MB", "512MB", "1024MB"]);
        assert_eq!(values("a=-1..1:linear:3"), ["-1", "0", "1"]);
        assert_eq!(values("a=10/s..20/s:2"), ["10/s", "20/s"]);
        assert_eq!(values("a=1..100:log:4:whole"), ["1", "5", "22", "100"]);
        assert_eq!(values("a=128MB..513MB:3:whole"), ["128MB", "321MB", "513MB"]);
        assert_eq!(values("a=rate(1..9 hours):3"), ["rate(1 hour)", "rate(5 hours)", "rate(9 hours)"]);
        assert_eq!(values("a=rate(1..60 minutes):log:3"), ["rate(1 minute)", "rate(8 minutes)", "rate(60 minutes)"]);
    }

    #[test]
    fn a_share_of_the_way_is_a_value() {
        let vary = Vary::parse("a=1..100:log").unwrap();
        assert_eq!(
            (vary.count(), vary.at(0.0), vary.at(0.5), vary.at(1.0)),
            (None, "1".into(), "10".into(), "100".into())
        );
        let vary = Vary::parse("a=x,y,z").unwrap();
        assert_eq!([0.0, 0.34, 0.99, 1.0].map(|share| vary.at(share)), ["x", "y", "z", "z"]);
    }

    #[test]
    fn numbers_of_one_unit_have_a_scale() {
        let scale = |text: &str| Vary::parse(text).unwrap().scale();
        assert_eq!(scale("a=1,2,3"), Some(Scale::Linear));
        assert_eq!(scale("a=1s,10s,100s"), Some(Scale::Logarithmic));
        assert_eq!(scale("a=0.1..10:log:3"), Some(Scale::Logarithmic));
        for text in ["a=1s,2m", "a=rate(1 hour),rate(2 hours)", "a=7"] {
            assert_eq!(scale(text), None, "{text}");
        }
        assert_eq!((Vary::number("512MB"), Vary::number("rate(90 minutes)")), (Some(512.0), Some(90.0)));
        assert_eq!(Vary::number("cron(0 2 * * ? *)"), None);
    }

    #[test]
    fn what_is_no_list_and_no_range_is_refused() {
        for (text, because) in [
            ("run.load", "has no value"),
            ("run.load=", "empty value"),
            ("run.load=1,,2", "empty value"),
            ("run.load=1,2,1", "twice"),
            ("run.load=2..1:3", "is no range"),
            ("run.load=1..2:3:4", "is no range"),
            ("run.load=1..2MB:3", "is no range"),
            ("run.load=1..x:3", "is no range"),
            ("run.load=0..2:log:3", "no logarithm"),
            ("run.load=1..2:1", "2 to 100,000 values"),
            ("run.load=1..3:5:whole", "twice"),
            ("run.load=0.5..3:5:whole", "is no range"),
            ("a=rate(0..9 minutes):3", "is no range"),
            ("a=rate(1..9 weeks):3", "is no range"),
            ("a=rate(1..9minutes):3", "is no range"),
        ] {
            let error = Vary::parse(text).expect_err(text).to_string();
            assert!(error.contains(because), "{text}: {error}");
        }
    }
}
