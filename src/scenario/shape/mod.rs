//! The shape language: one definition of a key feeds the check of its value, its default, the JSON Schema, the
//! reference page and what `check` prints.

pub(crate) mod check;
pub(crate) mod fill;
mod known;
pub(crate) mod reference;
mod scalar;
pub(crate) mod schema;

use crate::kernel::Span;
use crate::metrics::catalogue::{self, Metric};

/// A table with fixed keys.
#[derive(Debug)]
pub(crate) struct Shape {
    /// Its name in the schema and the reference, unique.
    pub(crate) name: &'static str,
    /// What it is for, in a sentence.
    pub(crate) doc: &'static str,
    /// Its keys, in the order they are best written.
    pub(crate) fields: &'static [Field],
}

/// A key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) need: Need,
    pub(crate) doc: &'static str,
    /// Where its default comes from: an AWS page or measurement, or nothing where it is our own.
    pub(crate) source: &'static str,
    /// Where its limits come from: an AWS page, or nothing where they are our own.
    pub(crate) limit: &'static str,
}

/// What holds where the key is absent.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Need {
    /// It may not be absent.
    Required,
    /// Its absence has a meaning, which is this.
    Optional(&'static str),
    /// This TOML value.
    Default(&'static str),
    /// The value of another key of the same table.
    SameAs(&'static str),
}

/// What a value may be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// A length of time, a multiple of `step`.
    Duration { min: Span, max: Span, step: Span },
    /// A length of time, zero too, or this word.
    DurationOr(&'static str),
    /// A size in whole megabytes between the two.
    Memory { min_mb: u64, max_mb: u64 },
    /// A size of up to a terabyte.
    Bytes,
    /// Items in a length of time.
    Rate,
    /// A share or chance in [0, 1].
    Probability,
    /// A whole number between the two.
    Integer { min: i64, max: i64 },
    /// A number between the two.
    Number { min: f64, max: f64 },
    /// Any text of 1 to 1,024 characters without control characters; what it says.
    Text(&'static str),
    /// JSON of up to 256 KiB, AWS's largest payload, in one line or several; what it says.
    Json(&'static str),
    /// A name that is shown in reports: 1 to 64 characters.
    Label,
    /// Lower-case letters, digits and hyphens.
    Slug,
    /// A date and a time with an offset.
    DateTime,
    /// `12:30`.
    TimeOfDay,
    /// One of a few words.
    Choice(&'static [Word]),
    /// The name of a metric.
    Metric,
    /// Different things by the type of the TOML value.
    ByType(&'static Types),
    /// A list of like values.
    List { of: &'static Kind, min: usize, max: usize },
    /// A table whose keys are names that the scenario gives.
    Map { of: &'static Kind, key: Names },
    /// A table with fixed keys.
    Table(&'static Shape),
    /// A table with fixed keys beside others whose meaning is known only later, by the names in a flow.
    Open(&'static Shape),
    /// A table with exactly one of the keys.
    OneOf(&'static Shape),
    /// A table of one of several shapes, told by its keys.
    Variants(&'static [&'static Shape]),
    /// A table whose further keys depend on the value of one.
    Tagged(&'static Tagged),
}

/// What the keys of a map name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    /// Functions.
    Function,
    /// What functions call.
    Downstream,
    /// `p50`, `p99`, `p999`.
    Percentile,
    /// Steps of a flow, by label or function.
    Label,
    /// States of a state machine.
    State,
    /// Errors of a task.
    Error,
}

impl Names {
    /// As it reads after "a".
    pub(crate) const fn noun(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Downstream => "downstream",
            Self::Percentile => "percentile",
            Self::Label => "step of the flow",
            Self::State => "state",
            Self::Error => "failure",
        }
    }

    /// How such a key is written.
    const fn expects(self) -> &'static str {
        match self {
            Self::Function | Self::Downstream | Self::Label => "letters, digits, `-` and `_`, at most 64",
            Self::Percentile => "p0 to p100; p999 and \"p99.9\" are 99.9 %",
            Self::State => "1 to 80 characters, AWS's limit",
            Self::Error => "the name of an error, 1 to 256 characters, not one of `States.ALL` and `States.TaskFailed`",
        }
    }

    fn allow(self, key: &str) -> bool {
        match self {
            Self::Function | Self::Downstream | Self::Label => check::is_name(key),
            Self::Percentile => crate::scenario::units::percentile(key).is_some(),
            Self::State => (1..=80).contains(&key.chars().count()),
            Self::Error => {
                (1..=256).contains(&key.chars().count()) && !["States.ALL", "States.TaskFailed"].contains(&key)
            }
        }
    }
}

/// A word of a choice and what it means.
#[derive(Debug)]
pub(crate) struct Word {
    pub(crate) word: &'static str,
    pub(crate) doc: &'static str,
}

/// What a value may be by its TOML type.
#[derive(Debug)]
pub(crate) struct Types {
    pub(crate) text: Option<Kind>,
    pub(crate) number: Option<Kind>,
    pub(crate) table: Option<Kind>,
    pub(crate) list: Option<Kind>,
}

/// A table whose further keys depend on the value of `tag`.
#[derive(Debug)]
pub(crate) struct Tagged {
    pub(crate) tag: &'static str,
    pub(crate) doc: &'static str,
    /// The value of the tag where it is absent; none: it is required.
    pub(crate) default: Option<&'static str>,
    /// Keys that every variant has.
    pub(crate) common: &'static Shape,
    /// Value of the tag and the further keys.
    pub(crate) variants: &'static [(&'static str, &'static Shape)],
}

impl Shape {
    /// The key of that name.
    pub(crate) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

impl Tagged {
    /// The further keys for a value of the tag.
    pub(crate) fn variant(&self, tag: &str) -> Option<&'static Shape> {
        self.variants.iter().find(|(name, _)| *name == tag).map(|&(_, shape)| shape)
    }
}

/// The metrics that have a figure for a whole strategy, so that an objective may speak of them. `within_share` has one
/// for each bound on latency only, those of [`PER_RESOURCE`] one for each downstream, and those of states one for each
/// state.
pub(crate) fn metrics() -> impl Iterator<Item = &'static Metric> {
    let of_whole = |name: &str| name != "within_share" && !PER_RESOURCE.contains(&name) && !name.starts_with("state_");
    catalogue::ALL.iter().filter(move |metric| of_whole(metric.name))
}

/// Metrics of what functions call, which add up to nothing.
const PER_RESOURCE: [&str; 3] = ["calls_at_once_mean", "calls_at_once_max", "connections_max"];

const fn field(name: &'static str, kind: Kind, need: Need, doc: &'static str, source: &'static str) -> Field {
    Field { name, kind, need, doc, source, limit: "" }
}

/// A key that must be given.
pub(crate) const fn required(name: &'static str, kind: Kind, doc: &'static str) -> Field {
    field(name, kind, Need::Required, doc, "")
}

/// A key that may be absent, which then means `absent`.
pub(crate) const fn optional(name: &'static str, kind: Kind, absent: &'static str, doc: &'static str) -> Field {
    field(name, kind, Need::Optional(absent), doc, "")
}

/// A key with a default of our own.
pub(crate) const fn default(name: &'static str, kind: Kind, default: &'static str, doc: &'static str) -> Field {
    field(name, kind, Need::Default(default), doc, "")
}

/// A key with a default that has a source.
pub(crate) const fn sourced(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    doc: &'static str,
    source: &'static str,
) -> Field {
    field(name, kind, Need::Default(default), doc, source)
}

impl Field {
    /// The same key, whose limits are AWS's.
    pub(crate) const fn limited_by(mut self, page: &'static str) -> Self {
        self.limit = page;
        self
    }
}

/// A length of time between the two, both in nanoseconds.
pub(crate) const fn duration(min: Span, max: Span) -> Kind {
    Kind::Duration { min, max, step: Span::from_nanos(1) }
}

/// The longest length of time that a scenario may name: ten years of 365.25 days.
pub(crate) const LONGEST: Span = Span::from_secs(315_576_000);

/// Any length of time, zero too.
pub(crate) const ANY_DURATION: Kind = duration(Span::ZERO, LONGEST);
/// Any length of time above zero.
pub(crate) const POSITIVE_DURATION: Kind = duration(Span::from_nanos(1), LONGEST);
/// Any finite number above zero.
pub(crate) const POSITIVE_NUMBER: Kind = Kind::Number { min: f64::MIN_POSITIVE, max: 1e12 };

impl Kind {
    /// What is expected, as it reads after "expected".
    pub(crate) fn expects(&self) -> String {
        match self {
            Self::Duration { min, max, step } => {
                let whole = if *step == Span::from_secs(1) { " in whole seconds" } else { "" };
                format!("a duration{whole} such as {}{}", example((*min).max(*step)), range_of(*min, *max))
            }
            Self::DurationOr(word) => format!("{}, or \"{word}\"", ANY_DURATION.expects()),
            Self::Memory { min_mb, max_mb } => {
                format!("a size such as \"512MB\", from {min_mb}MB to {max_mb}MB in whole megabytes")
            }
            Self::Bytes => "a size such as \"4KB\"".to_owned(),
            Self::Rate => "a rate such as \"40/s\" or \"1200/min\"".to_owned(),
            Self::Probability => "a probability from 0 to 1".to_owned(),
            Self::Integer { min, max } => format!("a whole number from {min} to {max}"),
            Self::Number { min, max } if *min == f64::MIN_POSITIVE => format!("a number above 0, at most {max}"),
            Self::Number { min, max } => format!("a number from {min} to {max}"),
            Self::Text(what) | Self::Json(what) => (*what).to_owned(),
            Self::Label => "a name of 1 to 64 characters".to_owned(),
            Self::Slug => "a name of lower-case letters, digits and hyphens such as \"atm-day\"".to_owned(),
            Self::DateTime => "a date and time such as \"2026-11-23T00:00:00Z\"".to_owned(),
            Self::TimeOfDay => "a time of day such as \"12:30\"".to_owned(),
            Self::Choice(words) => alternatives(words.iter().map(|word| format!("\"{}\"", word.word)).collect()),
            Self::Metric => "the name of a metric such as \"latency_p99\"".to_owned(),
            Self::ByType(types) => alternatives(types.all().map(Self::expects).collect()),
            Self::List { of, .. } => format!("a list, each entry {}", of.expects()),
            Self::Map { key, .. } => format!("a table with one entry a {}", key.noun()),
            Self::Table(shape) | Self::Open(shape) => format!("a table {}", keys_of(shape)),
            Self::OneOf(shape) => format!(
                "a table with one of the keys {}",
                shape.fields.iter().map(|field| field.name).collect::<Vec<_>>().join(", ")
            ),
            Self::Variants(shapes) => {
                format!("a table {}", alternatives(shapes.iter().map(|shape| keys_of(shape)).collect()))
            }
            Self::Tagged(tagged) => format!("a table with `{}`", tagged.tag),
        }
    }
}

impl Types {
    /// The kinds there are, simplest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Kind> {
        [&self.text, &self.number, &self.table, &self.list].into_iter().flatten()
    }
}

/// The keys of a shape as a table shows them: `{ mean, cv }`.
pub(crate) fn keys_of(shape: &Shape) -> String {
    let names: Vec<&str> = shape.fields.iter().map(|field| field.name).collect();
    format!("{{ {} }}", names.join(", "))
}

/// `a`, `a or b`, `a, b or c`.
pub(crate) fn alternatives(mut words: Vec<String>) -> String {
    let last = words.pop().unwrap_or_default();
    if words.is_empty() { last } else { format!("{} or {last}", words.join(", ")) }
}

/// A length of time as a scenario writes it, e.g. `90s`, `15m`, `1500ms`.
pub(crate) fn written(span: Span) -> String {
    const UNITS: [(u64, &str); 6] = [
        (86_400_000_000_000, "d"),
        (3_600_000_000_000, "h"),
        (60_000_000_000, "m"),
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
        (1_000, "us"),
    ];
    let nanos = span.as_nanos();
    if nanos == 0 {
        return "0s".to_owned();
    }
    match UNITS.into_iter().find(|&(size, _)| nanos.is_multiple_of(size)) {
        Some((size, unit)) => format!("{}{unit}", nanos / size),
        None => format!("{nanos}ns"),
    }
}

fn example(min: Span) -> &'static str {
    if min >= Span::from_secs(60) {
        "\"1h\""
    } else if min >= Span::from_secs(1) {
        "\"90s\" or \"15m\""
    } else {
        "\"15m\" or \"250ms\""
    }
}

fn range_of(min: Span, max: Span) -> String {
    match (min.as_nanos(), max) {
        (0, LONGEST) => String::new(),
        (1, LONGEST) => ", above zero".to_owned(),
        (0, max) => format!(", at most {}", written(max)),
        (1, max) => format!(", above zero and at most {}", written(max)),
        (_, LONGEST) => format!(", at least {}", written(min)),
        (_, max) => format!(", from {} to {}", written(min), written(max)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_written_in_their_largest_whole_unit() {
        for (nanos, text) in
            [(0, "0s"), (1, "1ns"), (900_000_000_000, "15m"), (90_000_000_000, "90s"), (1_500_000_000, "1500ms")]
        {
            assert_eq!(written(Span::from_nanos(nanos)), text);
        }
    }
}
