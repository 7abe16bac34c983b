//! What an expression gives.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use serde_json::{Map, Value};

use super::World;
use super::functions::{self, Builtin};
use super::parser::{Node, Operator};

/// Steps of one evaluation at most: AWS allows a second.
const STEPS_AT_MOST: u32 = 200_000;
/// Deepest nesting of an evaluation.
const DEEPEST: u32 = 150;
/// Longest range.
const RANGE_AT_MOST: f64 = 100_000.0;

/// What a part of an expression gives.
#[derive(Clone)]
pub(super) enum Item<'a> {
    Nothing,
    Json(Cow<'a, Value>),
    Function(Callable<'a>),
}

/// What can be called.
#[derive(Clone)]
pub(super) enum Callable<'a> {
    Builtin(Builtin),
    Closure(Rc<Closure<'a>>),
}

/// A function with the variables that it was made among.
pub(super) struct Closure<'a> {
    names: &'a [String],
    body: &'a Node,
    frame: Rc<Frame<'a>>,
}

/// Variables of a block or a call.
pub(super) struct Frame<'a> {
    entries: RefCell<Vec<(&'a str, Item<'a>)>>,
    outer: Option<Rc<Self>>,
}

pub(super) struct Evaluator<'a> {
    variables: &'a Map<String, Value>,
    pub world: World<'a>,
    steps: Cell<u32>,
    depth: Cell<u32>,
    /// All frames: those that hold a function hold themselves, and are emptied at the end.
    frames: RefCell<Vec<Rc<Frame<'a>>>>,
}

type Given<'a> = Result<Item<'a>, String>;

pub(super) fn evaluate(node: &Node, variables: &Map<String, Value>, world: World<'_>) -> Result<Value, String> {
    let evaluator =
        Evaluator { variables, world, steps: Cell::new(0), depth: Cell::new(0), frames: RefCell::new(Vec::new()) };
    let frame = evaluator.frame(None);
    let given = evaluator.give(node, &Item::Nothing, &frame);
    for frame in evaluator.frames.borrow().iter() {
        frame.entries.borrow_mut().clear();
    }
    match given? {
        Item::Json(value) => Ok(value.into_owned()),
        Item::Nothing => Err("returned nothing (undefined)".to_owned()),
        Item::Function(_) => Err("returned a function".to_owned()),
    }
}

/// A number as JSON: whole where it is.
pub(super) fn number(number: f64) -> Value {
    if number == libm::trunc(number) && number.abs() < 9.0e15 {
        return Value::from(number as i64);
    }
    Value::from(number)
}

impl<'a> Item<'a> {
    pub fn of(value: Value) -> Self {
        Self::Json(Cow::Owned(value))
    }

    pub fn number(value: f64) -> Result<Self, String> {
        if value.is_finite() { Ok(Self::of(number(value))) } else { Err("gave a number out of range".to_owned()) }
    }

    pub fn json(&self) -> Option<&Value> {
        match self {
            Self::Json(value) => Some(value),
            _ => None,
        }
    }

    /// One by one: the elements of an array, or the thing itself.
    pub fn elements(self) -> Vec<Cow<'a, Value>> {
        match self {
            Self::Json(Cow::Borrowed(Value::Array(list))) => list.iter().map(Cow::Borrowed).collect(),
            Self::Json(Cow::Owned(Value::Array(list))) => list.into_iter().map(Cow::Owned).collect(),
            Self::Json(one) => vec![one],
            _ => Vec::new(),
        }
    }

    /// Whether it counts as true.
    pub fn holds(&self) -> bool {
        fn holds(value: &Value) -> bool {
            match value {
                Value::Null => false,
                Value::Bool(value) => *value,
                Value::Number(number) => number.as_f64() != Some(0.0),
                Value::String(text) => !text.is_empty(),
                Value::Array(list) => list.iter().any(holds),
                Value::Object(table) => !table.is_empty(),
            }
        }
        self.json().is_some_and(holds)
    }
}

/// What several results are: nothing, the one, or a list of them.
pub(super) fn collapse<'a>(mut results: Vec<Value>) -> Item<'a> {
    match results.len() {
        0 => Item::Nothing,
        1 => Item::of(results.remove(0)),
        _ => Item::of(Value::Array(results)),
    }
}

/// Two values are the same, where 1 and 1.0 are.
pub(super) fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| right.get(key).is_some_and(|other| same(value, other)))
        }
        _ => left == right,
    }
}

fn named<'v>(value: &'v Value, name: &str) -> Option<Cow<'v, Value>> {
    match value {
        Value::Object(table) => table.get(name).map(Cow::Borrowed),
        Value::Array(list) => {
            let mut found = Vec::new();
            for one in list.iter().filter_map(|one| named(one, name)) {
                match one.into_owned() {
                    Value::Array(inner) => found.extend(inner),
                    other => found.push(other),
                }
            }
            match collapse(found) {
                Item::Json(found) => Some(Cow::Owned(found.into_owned())),
                _ => None,
            }
        }
        _ => None,
    }
}

fn below(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Array(list) => list.iter().for_each(|one| below(one, found)),
        Value::Object(table) => {
            found.push(value.clone());
            table.values().for_each(|one| below(one, found));
        }
        _ => found.push(value.clone()),
    }
}

impl<'a> Evaluator<'a> {
    fn frame(&self, outer: Option<Rc<Frame<'a>>>) -> Rc<Frame<'a>> {
        let frame = Rc::new(Frame { entries: RefCell::new(Vec::new()), outer });
        self.frames.borrow_mut().push(Rc::clone(&frame));
        frame
    }

    /// Counts work, so that none goes on for ever.
    pub fn step(&self, steps: usize) -> Result<(), String> {
        let taken = self.steps.get().saturating_add(u32::try_from(steps).unwrap_or(u32::MAX));
        self.steps.set(taken);
        if taken > STEPS_AT_MOST { Err("takes longer than it may".to_owned()) } else { Ok(()) }
    }

    fn give(&self, node: &'a Node, here: &Item<'a>, frame: &Rc<Frame<'a>>) -> Given<'a> {
        self.step(1)?;
        self.depth.set(self.depth.get() + 1);
        if self.depth.get() > DEEPEST {
            return Err("goes deeper than it may".to_owned());
        }
        let given = self.node(node, here, frame);
        self.depth.set(self.depth.get() - 1);
        given
    }

    fn node(&self, node: &'a Node, here: &Item<'a>, frame: &Rc<Frame<'a>>) -> Given<'a> {
        match node {
            Node::Value(value) => Ok(Item::Json(Cow::Borrowed(value))),
            Node::Here => Ok(here.clone()),
            Node::Variable(name) => Ok(self.variable(name, frame)),
            Node::Name(name) => Ok(self.name(here, name)),
            Node::All => Ok(all(here)),
            Node::Below => {
                let mut found = Vec::new();
                here.json().into_iter().for_each(|value| below(value, &mut found));
                self.step(found.len())?;
                Ok(collapse(found))
            }
            Node::Path(left, right) => self.path(left, right, here, frame),
            Node::Filter(from, by) => self.filter(from, by, here, frame),
            Node::Keep(inner) => match self.give(inner, here, frame)? {
                Item::Json(value) if !value.is_array() => Ok(Item::of(Value::Array(vec![value.into_owned()]))),
                other => Ok(other),
            },
            Node::Array(nodes) => self.array(nodes, here, frame),
            Node::Range(first, last) => self.range(first, last, here, frame).map(|list| Item::of(Value::Array(list))),
            Node::Object(entries) => self.object(entries, here, frame),
            Node::Minus(inner) => match self.give(inner, here, frame)? {
                Item::Nothing => Ok(Item::Nothing),
                other => Item::number(-as_number(&other)?),
            },
            Node::Binary(operator, left, right) => self.binary(*operator, left, right, here, frame),
            Node::If(condition, then, otherwise) => {
                if self.give(condition, here, frame)?.holds() {
                    return self.give(then, here, frame);
                }
                otherwise.as_ref().map_or(Ok(Item::Nothing), |node| self.give(node, here, frame))
            }
            Node::Bind(name, value) => {
                let value = self.give(value, here, frame)?;
                frame.entries.borrow_mut().push((name, value.clone()));
                Ok(value)
            }
            Node::Block(nodes) => {
                let inner = self.frame(Some(Rc::clone(frame)));
                nodes.iter().try_fold(Item::Nothing, |_, node| self.give(node, here, &inner))
            }
            Node::Function(names, body) => {
                let closure = Closure { names, body, frame: Rc::clone(frame) };
                Ok(Item::Function(Callable::Closure(Rc::new(closure))))
            }
            Node::Call(function, arguments) => self.called(function, arguments, here, frame),
        }
    }

    /// What a part gives, its copy counted.
    fn weighed(&self, node: &'a Node, here: &Item<'a>, frame: &Rc<Frame<'a>>) -> Given<'a> {
        let given = self.give(node, here, frame)?;
        self.step(given.json().map_or(0, weight))?;
        Ok(given)
    }

    fn variable(&self, name: &str, frame: &Rc<Frame<'a>>) -> Item<'a> {
        let mut looked = Some(frame);
        while let Some(at) = looked {
            if let Some((_, item)) = at.entries.borrow().iter().rev().find(|(known, _)| *known == name) {
                return item.clone();
            }
            looked = at.outer.as_ref();
        }
        match (self.variables.get(name), functions::find(name)) {
            (Some(value), _) => Item::Json(Cow::Borrowed(value)),
            (None, Some(builtin)) => Item::Function(Callable::Builtin(builtin)),
            (None, None) => Item::Nothing,
        }
    }

    fn name(&self, here: &Item<'a>, name: &str) -> Item<'a> {
        let found = match here {
            Item::Json(Cow::Borrowed(value)) => named(value, name),
            Item::Json(Cow::Owned(value)) => named(value, name).map(|found| Cow::Owned(found.into_owned())),
            _ => None,
        };
        found.map_or(Item::Nothing, Item::Json)
    }

    fn path(&self, left: &'a Node, right: &'a Node, here: &Item<'a>, frame: &Rc<Frame<'a>>) -> Given<'a> {
        let from = self.give(left, here, frame)?;
        if !from.json().is_some_and(Value::is_array) {
            return if matches!(from, Item::Nothing) { Ok(Item::Nothing) } else { self.give(right, &from, frame) };
        }
        let is_constructed = matches!(right, Node::Array(_));
        let mut results: Vec<Value> = Vec::new();
        for element in from.elements() {
            match self.give(right, &Item::Json(element), frame)? {
                Item::Json(Cow::Owned(Value::Array(list))) if !is_constructed => results.extend(list),
                Item::Json(Cow::Borrowed(Value::Array(list))) if !is_constructed => {
                    results.extend(list.iter().cloned());
                }
                Item::Json(value) => results.push(value.into_owned()),
                _ => {}
            }
        }
        self.step(results.len())?;
        let keeps = matches!(right, Node::Keep(_)) && !results.is_empty();
        Ok(if keeps { Item::of(Value::Array(results)) } else { collapse(results) })
    }

    fn filter(&self, from: &'a Node, by: &'a Node, here: &Item<'a>, frame: &Rc<Frame<'a>>) -> Given<'a> {
        let elements = self.give(from, here, frame)?.elements();
        let length = elements.len() as f64;
        let mut results = Vec::new();
        for (index, element) in elements.into_iter().enumerate() {
            let element = Item::Json(element);
            let wanted = match self.give(by, &element, frame)? {
                Item::Json(value) if value.is_number() => {
                    let wanted = libm::floor(value.as_f64().unwrap_or(-1.0));
                    (if wanted < 0.0 { wanted + length } else { wanted }) == index as f64
                }
                other => other.holds(),
            };
            if let (true, Item::Json(element)) = (wanted, element) {
                results.push(element.into_owned());
            }
        }
        Ok(collapse(results))
    }

    fn array(&self, nodes: &'a [Node], here: &Item<'a>, frame: &Rc<Frame<'a>>) -> Given<'a> {
        let mut list = Vec::new();
        for node in nodes {
            match node {
                Node::Range(first, last) => list.extend(self.range(first, last, here, frame)?),
                _ => match self.weighed(node, here, frame)? {
                    Item::Json(Cow::Owned(Value::Array(inner))) if !matches!(node, Node::Array(_)) => {
                        list.extend(inner);
                    }
                    Item::Json(Cow::Borrowed(Value::Array(inner))) => list.extend(inner.iter().cloned()),
                    Item::Json(value) => list.push(value.into_owned()),
                    _ => {}
                },
            }
        }
        self.step(list.len())?;
        Ok(Item::of(Value::Array(list)))
    }

    fn range(
        &self,
        first: &'a Node,
        last: &'a Node,
        here: &Item<'a>,
        frame: &Rc<Frame<'a>>,
    ) -> Result<Vec<Value>, String> {
        let (first, last) = (self.give(first, here, frame)?, self.give(last, here, frame)?);
        if matches!(first, Item::Nothing) || matches!(last, Item::Nothing) {
            return Ok(Vec::new());
        }
        let (first, last) = (as_number(&first)?, as_number(&last)?);
        if first != libm::trunc(first) || last != libm::trunc(last) {
            return Err("has a range of numbers that are not whole".to_owned());
        }
        if last - first >= RANGE_AT_MOST {
            return Err("has a range that is too long".to_owned());
        }
        self.step((last - first).max(0.0) as usize)?;
        Ok((first as i64..=last as i64).map(Value::from).collect())
    }

    fn object(&self, entries: &'a [(Node, Node)], here: &Item<'a>, frame: &Rc<Frame<'a>>) -> Given<'a> {
        let mut table = Map::new();
        for (key, value) in entries {
            let key = match self.give(key, here, frame)? {
                Item::Json(key) if key.is_string() => key.as_str().unwrap_or_default().to_owned(),
                _ => return Err("has a key that is no string".to_owned()),
            };
            if let Item::Json(value) = self.weighed(value, here, frame)? {
                table.insert(key, value.into_owned());
            }
        }
        Ok(Item::of(Value::Object(table)))
    }

    fn binary(
        &self,
        operator: Operator,
        left: &'a Node,
        right: &'a Node,
        here: &Item<'a>,
        frame: &Rc<Frame<'a>>,
    ) -> Given<'a> {
        let truth = |holds: bool| Ok(Item::of(Value::Bool(holds)));
        let left = self.give(left, here, frame)?;
        match operator {
            Operator::And => return truth(left.holds() && self.give(right, here, frame)?.holds()),
            Operator::Or => return truth(left.holds() || self.give(right, here, frame)?.holds()),
            _ => {}
        }
        let right = self.give(right, here, frame)?;
        match operator {
            Operator::Concatenate => {
                let text = functions::text_of(&left)? + &functions::text_of(&right)?;
                self.step(text.len() / 64)?;
                Ok(Item::of(Value::String(text)))
            }
            Operator::Equal | Operator::NotEqual => {
                let (Some(left), Some(right)) = (left.json(), right.json()) else { return truth(false) };
                truth(same(left, right) == (operator == Operator::Equal))
            }
            Operator::In => {
                let Some(wanted) = left.json() else { return truth(false) };
                truth(right.clone().elements().iter().any(|element| same(wanted, element)))
            }
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                compared(operator, &left, &right)
            }
            _ => calculated(operator, &left, &right),
        }
    }

    fn called(&self, function: &'a Node, arguments: &'a [Node], here: &Item<'a>, frame: &Rc<Frame<'a>>) -> Given<'a> {
        let Item::Function(function) = self.give(function, here, frame)? else {
            return Err("calls what is no function".to_owned());
        };
        let mut given = Vec::with_capacity(arguments.len());
        for argument in arguments {
            given.push(self.give(argument, here, frame)?);
        }
        if let Callable::Builtin(builtin) = &function
            && given.len() + 1 == builtin.fewest()
        {
            given.insert(0, here.clone());
        }
        self.call(&function, given)
    }

    /// Calls a function; arguments that it does not take are dropped.
    pub fn call(&self, function: &Callable<'a>, mut arguments: Vec<Item<'a>>) -> Given<'a> {
        match function {
            Callable::Builtin(builtin) => builtin.call(self, arguments),
            Callable::Closure(closure) => {
                let frame = self.frame(Some(Rc::clone(&closure.frame)));
                arguments.resize(closure.names.len(), Item::Nothing);
                let named = closure.names.iter().map(String::as_str).zip(arguments);
                frame.entries.borrow_mut().extend(named);
                self.give(closure.body, &Item::Nothing, &frame)
            }
        }
    }

    /// How many arguments a function looks at.
    pub fn arity(function: &Callable<'a>) -> usize {
        match function {
            Callable::Builtin(builtin) => builtin.fewest(),
            Callable::Closure(closure) => closure.names.len(),
        }
    }
}

/// How much there is to copy of a value: its parts, and its text by the 64 bytes.
pub(super) fn weight(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(weight).sum::<usize>(),
        Value::Object(table) => 1 + table.values().map(weight).sum::<usize>(),
        Value::String(text) => 1 + text.len() / 64,
        _ => 1,
    }
}

fn all<'a>(here: &Item<'a>) -> Item<'a> {
    let mut found = Vec::new();
    for element in here.clone().elements() {
        if let Value::Object(table) = &*element {
            for value in table.values() {
                match value {
                    Value::Array(list) => found.extend(list.iter().cloned()),
                    other => found.push(other.clone()),
                }
            }
        }
    }
    collapse(found)
}

pub(super) fn as_number(item: &Item<'_>) -> Result<f64, String> {
    let number = item.json().and_then(Value::as_f64);
    number.ok_or_else(|| "has something other than a number where it needs one".to_owned())
}

fn compared<'a>(operator: Operator, left: &Item<'a>, right: &Item<'a>) -> Given<'a> {
    let (Some(left), Some(right)) = (left.json(), right.json()) else { return Ok(Item::Nothing) };
    let order = match (left, right) {
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        (Value::Number(left), Value::Number(right)) => left.as_f64().partial_cmp(&right.as_f64()),
        _ => None,
    };
    let order = order.ok_or("compares values that are not both numbers or both strings")?;
    Ok(Item::of(Value::Bool(match operator {
        Operator::Less => order.is_lt(),
        Operator::LessOrEqual => order.is_le(),
        Operator::Greater => order.is_gt(),
        _ => order.is_ge(),
    })))
}

fn calculated<'a>(operator: Operator, left: &Item<'a>, right: &Item<'a>) -> Given<'a> {
    let is_nothing = |item: &Item<'_>| matches!(item, Item::Nothing);
    let numbers = [left, right].map(|item| if is_nothing(item) { Ok(0.0) } else { as_number(item) });
    let [left_number, right_number] = numbers;
    let (a, b) = (left_number?, right_number?);
    if is_nothing(left) || is_nothing(right) {
        return Ok(Item::Nothing);
    }
    Item::number(match operator {
        Operator::Add => a + b,
        Operator::Subtract => a - b,
        Operator::Multiply => a * b,
        Operator::Divide => a / b,
        _ => libm::fmod(a, b),
    })
}
