//! Paths into JSON values: the JSONPath of the States Language, in the dialect that AWS accepts.
//!
//! `$` is the input, `$$` the context object, `$name` a variable. A path selects one value where every step names one
//! (`.name`, `['name']`, `[3]`, `[-1]`); steps that may select several (`*`, `..`, slices, unions, filters) make a list.
//! Names may hold hyphens and substitutions (`${Name}`) without quotes, a dot may stand before a bracket, and a word in
//! a filter may lack its quotes. A reference path, where a result is put, has steps of the first kind only.

mod read;

use std::borrow::Cow;

use serde_json::Value;

use read::Reader;

/// Where a path begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Root {
    /// `$`: the state's input.
    Input,
    /// `$$`: the context object.
    Context,
    /// `$name`: a variable.
    Variable(String),
}

/// A path.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// Where it begins.
    pub root: Root,
    steps: Vec<Step>,
    text: Box<str>,
}

#[derive(Debug, Clone, PartialEq)]
enum Step {
    Name(String),
    Index(i64),
    Names(Vec<String>),
    Indices(Vec<i64>),
    Slice(Option<i64>, Option<i64>, i64),
    /// `[(@.length-1)]`: so many before the end.
    FromEnd(i64),
    All,
    /// `..` before the step that follows.
    Descend,
    Filter(Filter),
}

#[derive(Debug, Clone, PartialEq)]
enum Filter {
    Exists(Operand),
    Compares(Operand, Comparison, Operand),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Not(Box<Self>),
}

#[derive(Debug, Clone, PartialEq)]
enum Operand {
    /// `@.a.b`: steps from the element that is looked at.
    Element(Vec<Step>),
    Value(Value),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Why a text is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason} at character {at}")]
pub struct PathError {
    /// From 1.
    pub at: usize,
    /// What is wrong there.
    pub reason: String,
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// A text that is none, with the place of its fault.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let mut reader = Reader { text, at: 0 };
        reader.expect('$', "expected a path, which begins with `$`")?;
        let root = if reader.take('$') {
            Root::Context
        } else {
            let name = reader.name();
            if name.is_empty() { Root::Input } else { Root::Variable(name.to_owned()) }
        };
        let steps = reader.steps()?;
        if reader.at < text.len() {
            return Err(reader.fault("expected `.`, `[` or the end of the path"));
        }
        Ok(Self { root, steps, text: text.into() })
    }

    /// Whether it names one place: what a result can be put at.
    #[must_use]
    pub fn is_reference(&self) -> bool {
        self.steps.iter().all(|step| matches!(step, Step::Name(_) | Step::Index(0..)))
    }

    /// Whether it selects one value, so that its answer is that value and no list.
    #[must_use]
    pub fn is_definite(&self) -> bool {
        self.steps.iter().all(|step| matches!(step, Step::Name(_) | Step::Index(_) | Step::FromEnd(_)))
    }

    /// As it is written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// In brackets, as messages of AWS have it: `$['a'][0]`. Steps that may select several are as they are written.
    #[must_use]
    pub fn canonical(&self) -> String {
        if !self.is_definite() {
            return self.text.to_string();
        }
        let mut text = "$".to_owned();
        for step in &self.steps {
            match step {
                Step::Name(name) => text.push_str(&format!("['{name}']")),
                Step::Index(index) => text.push_str(&format!("[{index}]")),
                _ => {}
            }
        }
        text
    }

    /// Whether it selects all there is at its root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.steps.is_empty()
    }

    /// The name that its first step asks for, if it does.
    #[must_use]
    pub fn first_name(&self) -> Option<&str> {
        match self.steps.first() {
            Some(Step::Name(name)) => Some(name),
            _ => None,
        }
    }

    /// What it selects of a value; none where it names what is not there. A path that may select several selects a list,
    /// perhaps an empty one.
    #[must_use]
    pub fn select<'a>(&self, value: &'a Value) -> Option<Cow<'a, Value>> {
        if self.is_definite() {
            return self.find(value).map(Cow::Borrowed);
        }
        let found = follow(&self.steps, value);
        Some(Cow::Owned(found.into_iter().cloned().collect()))
    }

    /// What a path of steps that each name one place selects.
    fn find<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        let mut found = value;
        for step in &self.steps {
            found = match (step, found) {
                (Step::Name(name), Value::Object(table)) => table.get(name)?,
                (Step::Index(index), Value::Array(list)) => element(list, *index)?,
                (Step::FromEnd(back), Value::Array(list)) => element(list, -back)?,
                _ => return None,
            };
        }
        Some(found)
    }

    /// Puts a value at the place that a reference path names; objects on the way are made where there are none. False
    /// where the way leads into something that has no such place, which is then as it was.
    #[must_use]
    pub fn put(&self, into: &mut Value, value: Value) -> bool {
        if !self.leads_into(into) {
            return false;
        }
        let mut place = into;
        for step in &self.steps {
            let inner = match (step, place) {
                (Step::Name(name), place) => {
                    if place.is_null() {
                        *place = Value::Object(serde_json::Map::new());
                    }
                    place.as_object_mut().map(|table| table.entry(name.as_str()).or_insert(Value::Null))
                }
                (Step::Index(index), Value::Array(list)) => {
                    usize::try_from(*index).ok().and_then(|index| list.get_mut(index))
                }
                _ => None,
            };
            let Some(inner) = inner else { return false };
            place = inner;
        }
        *place = value;
        true
    }

    /// How many steps it has.
    pub(super) fn length(&self) -> usize {
        self.steps.len()
    }

    /// Puts a value where the path would find it, if nothing is there: objects and lists are made on the way. A path that
    /// may select several finds one.
    pub(super) fn fill(&self, place: &mut Value, value: &Value) {
        let mut place = place;
        for step in &self.steps {
            place = match step {
                Step::Name(name) => {
                    if !place.is_object() {
                        *place = Value::Object(serde_json::Map::new());
                    }
                    let Value::Object(table) = place else { return };
                    table.entry(name.as_str()).or_insert(Value::Null)
                }
                Step::Descend => continue,
                step => {
                    let wanted = match step {
                        Step::Index(index @ 0..=9) => *index as usize,
                        _ => 0,
                    };
                    if !place.is_array() {
                        *place = Value::Array(Vec::new());
                    }
                    let Value::Array(list) = place else { return };
                    while list.len() <= wanted {
                        list.push(Value::Object(serde_json::Map::new()));
                    }
                    &mut list[wanted]
                }
            };
        }
        if place.is_null() || *place == Value::Object(serde_json::Map::new()) {
            *place = value.clone();
        }
    }

    /// Whether every step of a reference path finds its place, or may make it.
    fn leads_into(&self, value: &Value) -> bool {
        let mut place = Some(value);
        for step in &self.steps {
            place = match (step, place) {
                (Step::Name(name), Some(Value::Object(table))) => table.get(name),
                (Step::Name(_), None | Some(Value::Null)) => None,
                (Step::Index(index), Some(Value::Array(list))) => {
                    let inner = usize::try_from(*index).ok().and_then(|index| list.get(index));
                    if inner.is_none() {
                        return false;
                    }
                    inner
                }
                _ => return false,
            };
        }
        true
    }
}

fn follow<'a>(steps: &[Step], value: &'a Value) -> Vec<&'a Value> {
    let mut found = vec![value];
    let mut descend = false;
    for step in steps {
        if *step == Step::Descend {
            descend = true;
            continue;
        }
        let from: Vec<&Value> =
            if std::mem::take(&mut descend) { found.iter().flat_map(|value| below(value)).collect() } else { found };
        found = from.into_iter().flat_map(|value| step.select(value)).collect();
    }
    found
}

/// A value and all that is below it.
fn below(value: &Value) -> Vec<&Value> {
    let mut all = vec![value];
    match value {
        Value::Array(list) => all.extend(list.iter().flat_map(below)),
        Value::Object(table) => all.extend(table.values().flat_map(below)),
        _ => {}
    }
    all
}

impl Step {
    fn select<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        match (self, value) {
            (Self::Name(name), Value::Object(table)) => table.get(name).into_iter().collect(),
            (Self::Names(names), Value::Object(table)) => names.iter().filter_map(|name| table.get(name)).collect(),
            (Self::Index(index), Value::Array(list)) => element(list, *index).into_iter().collect(),
            (Self::Indices(indices), Value::Array(list)) => {
                indices.iter().filter_map(|&index| element(list, index)).collect()
            }
            (Self::FromEnd(back), Value::Array(list)) => element(list, -back).into_iter().collect(),
            (Self::Slice(from, until, step), Value::Array(list)) => slice(list, *from, *until, *step),
            (Self::All, Value::Array(list)) => list.iter().collect(),
            (Self::All, Value::Object(table)) => table.values().collect(),
            (Self::Filter(filter), Value::Array(list)) => list.iter().filter(|element| filter.holds(element)).collect(),
            (Self::Filter(filter), Value::Object(table)) => {
                table.values().filter(|element| filter.holds(element)).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// An element by its index, from the end where that is negative.
fn element(list: &[Value], index: i64) -> Option<&Value> {
    let index = if index < 0 { index + list.len() as i64 } else { index };
    list.get(usize::try_from(index).ok()?)
}

fn slice(list: &[Value], from: Option<i64>, until: Option<i64>, step: i64) -> Vec<&Value> {
    let length = list.len() as i64;
    let clamp = |index: i64| if index < 0 { (index + length).max(0) } else { index.min(length) };
    let (from, until) = (clamp(from.unwrap_or(0)), clamp(until.unwrap_or(length)));
    let step = usize::try_from(step).unwrap_or(1);
    (from..until).step_by(step).filter_map(|index| element(list, index)).collect()
}

impl Filter {
    fn holds(&self, element: &Value) -> bool {
        match self {
            Self::Exists(operand) => operand.value(element).is_some(),
            Self::Compares(left, comparison, right) => match (left.value(element), right.value(element)) {
                (Some(left), Some(right)) => comparison.holds(&left, &right),
                _ => false,
            },
            Self::And(left, right) => left.holds(element) && right.holds(element),
            Self::Or(left, right) => left.holds(element) || right.holds(element),
            Self::Not(inner) => !inner.holds(element),
        }
    }
}

impl Operand {
    fn value(&self, element: &Value) -> Option<Value> {
        match self {
            Self::Element(steps) => follow(steps, element).first().copied().cloned(),
            Self::Value(value) => Some(value.clone()),
        }
    }
}

impl Comparison {
    fn holds(self, left: &Value, right: &Value) -> bool {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let order = match (left, right) {
            (Value::Number(left), Value::Number(right)) => left.as_f64().partial_cmp(&right.as_f64()),
            (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
            (left, right) => (left == right).then_some(Equal),
        };
        match self {
            Self::Equal => order == Some(Equal),
            Self::NotEqual => order != Some(Equal),
            Self::Less => order == Some(Less),
            Self::LessOrEqual => matches!(order, Some(Less | Equal)),
            Self::Greater => order == Some(Greater),
            Self::GreaterOrEqual => matches!(order, Some(Greater | Equal)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn selected(path: &str, value: &Value) -> Option<Value> {
        Path::parse(path).unwrap_or_else(|error| panic!("{path}: {error}")).select(value).map(Cow::into_owned)
    }

    #[test]
    fn a_definite_path_selects_one_value_or_none() {
        let value = json!({"store": {"book": [{"n": 1}, {"n": 2}]}, "input-foo-bar": 7, "a b": {"c": null}});
        assert_eq!(selected("$", &value), Some(value.clone()));
        assert_eq!(selected("$.store.book[1].n", &value), Some(json!(2)));
        assert_eq!(selected("$.store.book[-2].n", &value), Some(json!(1)));
        assert_eq!(selected("$.input-foo-bar", &value), Some(json!(7)));
        assert_eq!(selected("$['a b']['c']", &value), Some(json!(null)));
        assert_eq!(selected("$.store.book[2]", &value), None);
        assert_eq!(selected("$.store.book.[0].n", &value), Some(json!(1)));
        assert_eq!(selected("$.store.book[(@.length-1)].n", &value), Some(json!(2)));
        assert!(Path::parse("$.${Table_Key}.x").is_ok(), "a substitution may stand in a name");
        assert_eq!(selected("$.store.missing", &value), None);
    }

    #[test]
    fn a_path_that_may_select_several_selects_a_list() {
        let value = json!({"vals": [0, 10, 20, 30, 40], "deep": [{"k": 1, "in": {"k": 2}}]});
        assert_eq!(selected("$.vals[3:]", &value), Some(json!([30, 40])));
        assert_eq!(selected("$.vals[:-3]", &value), Some(json!([0, 10])));
        assert_eq!(selected("$.vals[0:5:2]", &value), Some(json!([0, 20, 40])));
        assert_eq!(selected("$.vals[0,2]", &value), Some(json!([0, 20])));
        assert_eq!(selected("$.vals[*]", &value), Some(json!([0, 10, 20, 30, 40])));
        assert_eq!(selected("$..k", &value), Some(json!([1, 2])));
        assert_eq!(selected("$.missing[*]", &value), Some(json!([])));
    }

    #[test]
    fn filters_choose_elements() {
        let value = json!({"books": [{"price": 8, "isbn": "x"}, {"price": 12}, {"price": 9, "title": "a"}]});
        let prices = |path: &str| selected(path, &value).unwrap();
        assert_eq!(prices("$.books[?(@.price < 10)].price"), json!([8, 9]));
        assert_eq!(prices("$.books[?(@.isbn)].price"), json!([8]));
        assert_eq!(prices("$.books[?(@.title == a)].price"), json!([9]), "a word without quotes");
        assert_eq!(prices("$.books[?(!@.isbn && (@.price >= 12 || @.title == 'a'))].price"), json!([12, 9]));
    }

    #[test]
    fn a_result_is_put_where_a_reference_path_says() {
        let put = |path: &str, mut into: Value| Path::parse(path).unwrap().put(&mut into, json!(1)).then_some(into);
        assert_eq!(put("$", json!({"a": 2})), Some(json!(1)));
        assert_eq!(put("$.b.c", json!({"a": 2})), Some(json!({"a": 2, "b": {"c": 1}})));
        assert_eq!(put("$.a", json!({"a": 2})), Some(json!({"a": 1})));
        assert_eq!(put("$.a[1]", json!({"a": [0, 0]})), Some(json!({"a": [0, 1]})));
        assert_eq!(put("$.a[2]", json!({"a": [0, 0]})), None, "there is no such place");
        assert_eq!(put("$.a.b", json!({"a": 2})), None, "a number has no names");
        assert_eq!(put("$.b", json!(null)), Some(json!({"b": 1})));
    }

    #[test]
    fn roots_are_told_apart() {
        assert_eq!(Path::parse("$$.Execution.Id").unwrap().root, Root::Context);
        assert_eq!(Path::parse("$total").unwrap().root, Root::Variable("total".into()));
        assert_eq!(Path::parse("$.total").unwrap().root, Root::Input);
        assert!(Path::parse("$.a[0].b").unwrap().is_reference());
        assert!(!Path::parse("$.a[-1]").unwrap().is_reference());
        assert!(!Path::parse("$.a[*]").unwrap().is_reference());
    }

    #[test]
    fn what_is_no_path_is_refused_with_its_place() {
        for (text, at) in [
            (".guid", 1),
            ("..guid", 1),
            ("()", 1),
            ("$...", 4),
            ("$.", 3),
            ("$.a[", 5),
            ("$.a['b]", 6),
            ("$.a b", 4),
            ("", 1),
        ] {
            let error = Path::parse(text).expect_err(text);
            assert_eq!(error.at, at, "{text}: {error}");
        }
        assert!(Path::parse(&format!("$[?({}", "(".repeat(10_000))).is_err(), "deep nesting is refused, not followed");
    }
}
