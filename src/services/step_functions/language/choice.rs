//! The rules of a Choice state: comparisons of the input with values, and their combinations.

use jiff::Timestamp;
use serde_json::Value;

use super::jsonata::Expression;
use super::path::Path;
use super::template::Source;

/// When a rule holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// One comparison.
    Compares {
        /// What is looked at.
        variable: Path,
        /// How.
        operator: Operator,
        /// With what.
        operand: Operand,
    },
    /// All of them.
    And(Vec<Self>),
    /// Any of them.
    Or(Vec<Self>),
    /// Not this.
    Not(Box<Self>),
    /// True or false, as written.
    Fixed(bool),
    /// A JSONata expression.
    Expression(Expression),
}

/// What a variable is compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// As written.
    Value(Value),
    /// What a path selects: operators whose name ends in `Path`.
    Path(Path),
}

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `StringEquals`, `NumericLessThan`, …
    Orders(Type, Order),
    /// `StringMatches`, with `*` for any characters.
    Matches,
    /// `IsNull`, `IsPresent`, …
    Is(Nature),
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Strings, by code points.
    Text,
    /// Numbers.
    Numeric,
    /// Booleans.
    Boolean,
    /// RFC 3339 instants.
    Timestamp,
}

/// How two values must stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// =
    Equals,
    /// <
    LessThan,
    /// >
    GreaterThan,
    /// ≤
    LessThanEquals,
    /// ≥
    GreaterThanEquals,
}

/// What a value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// `null`.
    Null,
    /// There at all.
    Present,
    /// A number.
    Numeric,
    /// A string.
    Text,
    /// A boolean.
    Boolean,
    /// A string that is an RFC 3339 instant.
    Timestamp,
}

/// Why a condition neither holds nor does not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConditionError {
    /// A path selects nothing, which nothing catches (`States.Runtime`).
    #[error("Invalid path '{0}': The choice state's condition path references an invalid value.")]
    Nothing(String),
    /// A JSONata expression fails (`States.QueryEvaluationError`).
    #[error("the JSONata expression '{0}' specified for the field 'Condition' {1}")]
    Expression(String, String),
}

/// Names of the operators that order values; each may be followed by `Path`.
const ORDERS: [(&str, Order); 5] = [
    ("LessThanEquals", Order::LessThanEquals),
    ("GreaterThanEquals", Order::GreaterThanEquals),
    ("LessThan", Order::LessThan),
    ("GreaterThan", Order::GreaterThan),
    ("Equals", Order::Equals),
];

impl Operator {
    /// The operator of a name, and whether its operand is a path.
    #[must_use]
    pub fn find(name: &str) -> Option<(Self, bool)> {
        let nature = match name {
            "StringMatches" => return Some((Self::Matches, false)),
            "IsNull" => Some(Nature::Null),
            "IsPresent" => Some(Nature::Present),
            "IsNumeric" => Some(Nature::Numeric),
            "IsString" => Some(Nature::Text),
            "IsBoolean" => Some(Nature::Boolean),
            "IsTimestamp" => Some(Nature::Timestamp),
            _ => None,
        };
        if let Some(nature) = nature {
            return Some((Self::Is(nature), false));
        }
        let (name, path) = name.strip_suffix("Path").map_or((name, false), |name| (name, true));
        let types = [
            ("String", Type::Text),
            ("Numeric", Type::Numeric),
            ("Boolean", Type::Boolean),
            ("Timestamp", Type::Timestamp),
        ];
        let (rest, of) = types.iter().find_map(|&(word, of)| Some((name.strip_prefix(word)?, of)))?;
        let order = ORDERS.iter().find(|(word, _)| *word == rest)?.1;
        (of != Type::Boolean || order == Order::Equals).then_some((Self::Orders(of, order), path))
    }

    /// Whether a value can be its operand.
    #[must_use]
    pub fn accepts(self, operand: &Value) -> bool {
        match self {
            Self::Orders(Type::Text, _) | Self::Matches => operand.is_string(),
            Self::Orders(Type::Numeric, _) => operand.is_number(),
            Self::Orders(Type::Boolean, _) | Self::Is(_) => operand.is_boolean(),
            Self::Orders(Type::Timestamp, _) => instant(operand).is_some(),
        }
    }

    /// What its operand must be, for people.
    #[must_use]
    pub const fn expected(self) -> &'static str {
        match self {
            Self::Orders(Type::Text, _) | Self::Matches => "a string",
            Self::Orders(Type::Numeric, _) => "a number",
            Self::Orders(Type::Boolean, _) | Self::Is(_) => "true or false",
            Self::Orders(Type::Timestamp, _) => "an instant such as \"2026-11-23T09:00:00Z\"",
        }
    }

    /// Whether it holds of a value; of another type than the operator's it does not.
    #[must_use]
    pub fn holds(self, value: &Value, operand: &Value) -> bool {
        match self {
            Self::Orders(Type::Text, order) => {
                value.as_str().zip(operand.as_str()).is_some_and(|(value, operand)| order.holds(value.cmp(operand)))
            }
            Self::Orders(Type::Numeric, order) => value
                .as_f64()
                .zip(operand.as_f64())
                .and_then(|(value, operand)| value.partial_cmp(&operand))
                .is_some_and(|found| order.holds(found)),
            Self::Orders(Type::Boolean, _) => value.is_boolean() && value == operand,
            Self::Orders(Type::Timestamp, order) => {
                instant(value).zip(instant(operand)).is_some_and(|(value, operand)| order.holds(value.cmp(&operand)))
            }
            Self::Matches => {
                value.as_str().zip(operand.as_str()).is_some_and(|(value, pattern)| matches(pattern, value))
            }
            Self::Is(nature) => operand.as_bool() == Some(nature.holds(value)),
        }
    }
}

impl Order {
    fn holds(self, found: std::cmp::Ordering) -> bool {
        match self {
            Self::Equals => found.is_eq(),
            Self::LessThan => found.is_lt(),
            Self::GreaterThan => found.is_gt(),
            Self::LessThanEquals => found.is_le(),
            Self::GreaterThanEquals => found.is_ge(),
        }
    }
}

impl Nature {
    fn holds(self, value: &Value) -> bool {
        match self {
            Self::Null => value.is_null(),
            Self::Present => true,
            Self::Numeric => value.is_number(),
            Self::Text => value.is_string(),
            Self::Boolean => value.is_boolean(),
            Self::Timestamp => instant(value).is_some(),
        }
    }
}

fn instant(value: &Value) -> Option<Timestamp> {
    value.as_str().and_then(instant_of)
}

/// An instant as the language asks for it: of RFC 3339, with a zone, an upper-case T and, of UTC, an upper-case Z.
#[must_use]
pub fn instant_of(text: &str) -> Option<Timestamp> {
    let is_strict = text.contains('T') && !text.contains(['t', 'z', ' ', '[']);
    is_strict.then(|| text.parse().ok()).flatten()
}

/// Whether a text matches a pattern in which `*` stands for any characters, and `\*` for itself.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts: Vec<String> = vec![String::new()];
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        let last = parts.len() - 1;
        match character {
            '\\' => parts[last].extend(characters.next()),
            '*' => parts.push(String::new()),
            _ => parts[last].push(character),
        }
    }
    let Some((first, rest)) = parts.split_first() else { return false };
    let Some(mut left) = text.strip_prefix(first.as_str()) else { return false };
    let Some((last, between)) = rest.split_last() else { return left.is_empty() };
    for part in between {
        let Some(at) = left.find(part.as_str()) else { return false };
        left = &left[at + part.len()..];
    }
    left.ends_with(last.as_str())
}

impl Condition {
    /// Whether it holds.
    ///
    /// # Errors
    /// A path that selects nothing, but for `IsPresent`; a JSONata expression that is neither true nor false.
    pub fn holds(&self, source: &dyn Source) -> Result<bool, ConditionError> {
        match self {
            Self::Compares { variable, operator, operand } => {
                let Some(value) = source.select(variable) else {
                    return match (operator, operand) {
                        (Operator::Is(Nature::Present), Operand::Value(wanted)) => Ok(wanted == &Value::Bool(false)),
                        _ => Err(ConditionError::Nothing(variable.text().to_owned())),
                    };
                };
                match operand {
                    Operand::Value(operand) => Ok(operator.holds(&value, operand)),
                    Operand::Path(path) => {
                        let operand = source.select(path);
                        let operand = operand.ok_or_else(|| ConditionError::Nothing(path.text().to_owned()))?;
                        Ok(operator.holds(&value, &operand))
                    }
                }
            }
            Self::And(all) => all.iter().try_fold(true, |so_far, one| Ok(so_far && one.holds(source)?)),
            Self::Or(any) => any.iter().try_fold(false, |so_far, one| Ok(so_far || one.holds(source)?)),
            Self::Not(inner) => inner.holds(source).map(|holds| !holds),
            Self::Fixed(holds) => Ok(*holds),
            Self::Expression(expression) => {
                let told = |reason: String| ConditionError::Expression(expression.text().to_owned(), reason);
                match source.evaluate(expression).map_err(told)? {
                    Value::Bool(holds) => Ok(holds),
                    other => Err(told(format!("gave {other}, which is neither true nor false"))),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::template::Plain;
    use super::*;
    use serde_json::json;

    #[test]
    fn every_operator_is_known_and_nothing_else() {
        for name in
            ["StringEquals", "StringLessThanPath", "NumericGreaterThanEqualsPath", "BooleanEqualsPath", "IsNull"]
        {
            assert!(Operator::find(name).is_some(), "{name}");
        }
        assert_eq!(
            Operator::find("TimestampEqualsPath"),
            Some((Operator::Orders(Type::Timestamp, Order::Equals), true))
        );
        for name in ["BooleanLessThan", "IsNullPath", "StringMatchesPath", "NumericEqual", "Equals", ""] {
            assert_eq!(Operator::find(name), None, "{name}");
        }
    }

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, text, wanted) in [
            ("foo*.log", "foo23.log", true),
            ("*.log", "zebra.log", true),
            ("foo*.*", "foobar.zebra", true),
            ("a\\*b", "a*b", true),
            ("a\\*b", "axb", false),
            ("abc", "abcd", false),
            ("a*a", "a", false),
            ("*", "", true),
        ] {
            assert_eq!(matches(pattern, text), wanted, "{pattern} {text}");
        }
    }

    #[test]
    fn what_is_not_there_is_asked_for_by_is_present_only() {
        let present = |operator: Operator, wanted: bool| Condition::Compares {
            variable: Path::parse("$.a").unwrap(),
            operator,
            operand: Operand::Value(json!(wanted)),
        };
        let nothing = json!({});
        let nothing = Plain(&nothing);
        assert_eq!(present(Operator::Is(Nature::Present), false).holds(&nothing), Ok(true));
        assert_eq!(present(Operator::Is(Nature::Present), true).holds(&nothing), Ok(false));
        assert_eq!(
            present(Operator::Is(Nature::Null), true).holds(&nothing),
            Err(ConditionError::Nothing("$.a".into()))
        );
    }

    #[test]
    fn conditions_combine() {
        let is = |path: &str, value: i64| Condition::Compares {
            variable: Path::parse(path).unwrap(),
            operator: Operator::Orders(Type::Numeric, Order::Equals),
            operand: Operand::Value(json!(value)),
        };
        let input = json!({"a": 1, "b": 2});
        let holds = |condition: Condition| condition.holds(&Plain(&input)).unwrap();
        assert!(holds(Condition::And(vec![is("$.a", 1), is("$.b", 2)])));
        assert!(!holds(Condition::And(vec![is("$.a", 1), is("$.b", 3)])));
        assert!(holds(Condition::Or(vec![is("$.a", 0), is("$.b", 2)])));
        assert!(holds(Condition::Not(Box::new(is("$.a", 0)))));
    }
}
