//! The functions of JSONata, and those that AWS adds: `$partition`, `$range`, `$hash`, `$random`, `$uuid`, `$parse`.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::super::digest::digest;
use super::super::intrinsic::uuid;
use super::evaluate::{Callable, Evaluator, Item, as_number, collapse, same};

type Given<'a> = Result<Item<'a>, String>;
type Body = for<'e, 'a> fn(&'e Evaluator<'a>, Vec<Item<'a>>) -> Given<'a>;

/// A function of the language: its place in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Builtin(usize);

/// Name, fewest and most arguments, and what it does.
const FUNCTIONS: [(&str, usize, usize, Body); 56] = [
    ("abs", 1, 1, |_, a| numeric(&a, f64::abs)),
    ("append", 2, 2, |e, a| append(e, a)),
    ("average", 1, 1, |_, a| aggregate(a, |list| Some(list.iter().sum::<f64>() / list.len() as f64))),
    ("base64decode", 1, 1, |_, a| {
        textual(&a, |text| {
            let bytes = STANDARD.decode(text).ok();
            let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
            text.map(Value::String).ok_or_else(|| "has no Base64 of a text for $base64decode".to_owned())
        })
    }),
    ("base64encode", 1, 1, |_, a| textual(&a, |text| Ok(json!(STANDARD.encode(text))))),
    ("boolean", 1, 1, |_, a| Ok(if is_nothing(&a[0]) { Item::Nothing } else { truth(a[0].holds()) })),
    ("ceil", 1, 1, |_, a| numeric(&a, libm::ceil)),
    ("contains", 2, 2, |_, a| textual_two(&a, |text, part| Ok(json!(text.contains(part))))),
    ("count", 1, 1, |_, mut a| Ok(Item::of(json!(a.remove(0).elements().len())))),
    ("distinct", 1, 1, |e, a| distinct(e, a)),
    ("each", 2, 2, |e, a| each(e, &a)),
    ("error", 0, 1, |_, a| Err(format!("raised: {}", a.first().map_or(Ok(String::new()), text_of)?))),
    ("exists", 1, 1, |_, a| Ok(truth(!is_nothing(&a[0])))),
    ("filter", 2, 2, |e, a| filter(e, &a)),
    ("floor", 1, 1, |_, a| numeric(&a, libm::floor)),
    ("hash", 1, 2, |_, a| {
        let name = a.get(1).and_then(Item::json).and_then(Value::as_str).unwrap_or("SHA-256").to_owned();
        textual(&a, |text| digest(text, &name).map(Value::String).ok_or_else(|| format!("has no hash {name}")))
    }),
    ("join", 1, 2, |_, a| join(a)),
    ("keys", 1, 1, |_, mut a| keys(a.remove(0))),
    ("length", 1, 1, |_, a| textual(&a, |text| Ok(json!(text.chars().count())))),
    ("lookup", 2, 2, |_, a| {
        let key = text_of(&a[1])?;
        let found = a[0].clone().elements().into_iter().filter_map(|one| one.get(&key).cloned());
        Ok(collapse(found.collect()))
    }),
    ("lowercase", 1, 1, |_, a| textual(&a, |text| Ok(json!(text.to_lowercase())))),
    ("map", 2, 2, |e, a| map(e, &a)),
    ("max", 1, 1, |_, a| aggregate(a, |list| list.iter().copied().reduce(f64::max))),
    ("merge", 1, 1, |_, mut a| merge(a.remove(0))),
    ("millis", 0, 0, |e, _| Ok(Item::of(json!(e.world.now_millis)))),
    ("min", 1, 1, |_, a| aggregate(a, |list| list.iter().copied().reduce(f64::min))),
    ("not", 1, 1, |_, a| Ok(if is_nothing(&a[0]) { Item::Nothing } else { truth(!a[0].holds()) })),
    ("now", 0, 1, |e, a| now(e, &a)),
    ("number", 1, 1, |_, a| to_number(&a[0])),
    ("pad", 2, 3, |_, a| pad(&a)),
    ("parse", 1, 1, |_, a| {
        textual(&a, |text| serde_json::from_str(text).map_err(|error| format!("has no JSON: {error}")))
    }),
    ("partition", 2, 2, |_, a| partition(a)),
    ("power", 2, 2, |_, a| Item::number(libm::pow(as_number(&a[0])?, as_number(&a[1])?))),
    ("random", 0, 1, |e, a| random(e, &a)),
    ("range", 3, 3, |e, a| range(e, &a)),
    ("reduce", 2, 3, |e, a| reduce(e, a)),
    ("replace", 3, 4, |_, a| replace(&a)),
    ("reverse", 1, 1, |_, mut a| list_of(a.remove(0), |list| list.reverse())),
    ("round", 1, 2, |_, a| round(&a)),
    ("sift", 2, 2, |e, a| sift(e, &a)),
    ("single", 1, 2, |e, a| single(e, &a)),
    ("sort", 1, 2, |e, a| sort(e, a)),
    ("split", 2, 3, |_, a| split(&a)),
    ("spread", 1, 1, |_, mut a| spread(a.remove(0))),
    ("sqrt", 1, 1, |_, a| numeric(&a, libm::sqrt)),
    ("string", 1, 2, |_, a| Ok(if is_nothing(&a[0]) { Item::Nothing } else { Item::of(json!(text_of(&a[0])?)) })),
    ("substring", 2, 3, |_, a| substring(&a)),
    ("substringAfter", 2, 2, |_, a| {
        textual_two(&a, |text, part| Ok(json!(text.split_once(part).map_or(text, |(_, after)| after))))
    }),
    ("substringBefore", 2, 2, |_, a| {
        textual_two(&a, |text, part| Ok(json!(text.split_once(part).map_or(text, |(before, _)| before))))
    }),
    ("sum", 1, 1, |_, a| aggregate(a, |list| Some(list.iter().sum()))),
    ("toMillis", 1, 1, |_, a| {
        textual(&a, |text| {
            let instant: Result<jiff::Timestamp, _> = text.parse();
            instant.map(|instant| json!(instant.as_millisecond())).map_err(|_| format!("has no instant: {text}"))
        })
    }),
    ("fromMillis", 1, 1, |_, a| Ok(Item::of(json!(instant(as_number(&a[0])? as i64))))),
    ("trim", 1, 1, |_, a| textual(&a, |text| Ok(json!(text.split_whitespace().collect::<Vec<_>>().join(" "))))),
    ("type", 1, 1, |_, a| Ok(type_of(&a[0]))),
    ("uppercase", 1, 1, |_, a| textual(&a, |text| Ok(json!(text.to_uppercase())))),
    ("uuid", 0, 0, |e, _| Ok(Item::of(json!(uuid((e.world.bits)(), (e.world.bits)()))))),
];

/// The function of a name.
pub(super) fn find(name: &str) -> Option<Builtin> {
    FUNCTIONS.iter().position(|row| row.0 == name).map(Builtin)
}

impl Builtin {
    pub fn fewest(self) -> usize {
        FUNCTIONS[self.0].1
    }

    pub fn call<'a>(self, evaluator: &Evaluator<'a>, arguments: Vec<Item<'a>>) -> Given<'a> {
        let (name, fewest, most, body) = FUNCTIONS[self.0];
        if !(fewest..=most).contains(&arguments.len()) {
            return Err(format!("gives ${name} {} arguments", arguments.len()));
        }
        body(evaluator, arguments)
    }
}

fn is_nothing(item: &Item<'_>) -> bool {
    matches!(item, Item::Nothing)
}

fn truth<'a>(holds: bool) -> Item<'a> {
    Item::of(Value::Bool(holds))
}

/// A string as it is, nothing as an empty one, anything else as JSON.
pub(super) fn text_of(item: &Item<'_>) -> Result<String, String> {
    match item {
        Item::Nothing => Ok(String::new()),
        Item::Json(value) => Ok(value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
        Item::Function(_) => Err("makes a string of a function".to_owned()),
    }
}

fn as_text<'i>(item: &'i Item<'_>) -> Result<&'i str, String> {
    let text = item.json().and_then(Value::as_str);
    text.ok_or_else(|| "has something other than a string where it needs one".to_owned())
}

fn function<'i, 'a>(item: &'i Item<'a>) -> Result<&'i Callable<'a>, String> {
    match item {
        Item::Function(function) => Ok(function),
        _ => Err("has something other than a function where it needs one".to_owned()),
    }
}

fn numeric<'a>(arguments: &[Item<'a>], change: fn(f64) -> f64) -> Given<'a> {
    if is_nothing(&arguments[0]) { Ok(Item::Nothing) } else { Item::number(change(as_number(&arguments[0])?)) }
}

fn textual<'a>(arguments: &[Item<'a>], change: impl Fn(&str) -> Result<Value, String>) -> Given<'a> {
    if is_nothing(&arguments[0]) { Ok(Item::Nothing) } else { change(as_text(&arguments[0])?).map(Item::of) }
}

fn textual_two<'a>(arguments: &[Item<'a>], change: impl Fn(&str, &str) -> Result<Value, String>) -> Given<'a> {
    let second = as_text(&arguments[1])?;
    textual(&arguments[..1], |text| change(text, second))
}

fn aggregate<'a>(mut arguments: Vec<Item<'a>>, gather: fn(&[f64]) -> Option<f64>) -> Given<'a> {
    if is_nothing(&arguments[0]) {
        return Ok(Item::Nothing);
    }
    let each = arguments.remove(0).elements();
    let numbers: Result<Vec<f64>, String> = each.into_iter().map(|one| as_number(&Item::Json(one))).collect();
    let numbers = numbers?;
    gather(&numbers).filter(|number| !number.is_nan()).map_or(Ok(Item::Nothing), Item::number)
}

/// An array of what is given, changed as a whole.
fn list_of<'a>(item: Item<'a>, change: impl FnOnce(&mut Vec<Value>)) -> Given<'a> {
    if is_nothing(&item) {
        return Ok(Item::Nothing);
    }
    let mut list: Vec<Value> = item.elements().into_iter().map(Cow::into_owned).collect();
    change(&mut list);
    Ok(Item::of(Value::Array(list)))
}

fn append<'a>(evaluator: &Evaluator<'a>, mut arguments: Vec<Item<'a>>) -> Given<'a> {
    let (second, first) = (arguments.pop().unwrap_or(Item::Nothing), arguments.pop().unwrap_or(Item::Nothing));
    if is_nothing(&first) || is_nothing(&second) {
        return Ok(if is_nothing(&first) { second } else { first });
    }
    let more = second.elements();
    evaluator.step(more.iter().map(|one| super::evaluate::weight(one)).sum())?;
    list_of(first, |list| list.extend(more.into_iter().map(Cow::into_owned)))
}

fn distinct<'a>(evaluator: &Evaluator<'a>, mut arguments: Vec<Item<'a>>) -> Given<'a> {
    let mut unique: Vec<Value> = Vec::new();
    for element in arguments.remove(0).elements() {
        evaluator.step(unique.len())?;
        if !unique.iter().any(|known| same(known, &element)) {
            unique.push(element.into_owned());
        }
    }
    Ok(collapse(unique))
}

fn each<'a>(evaluator: &Evaluator<'a>, arguments: &[Item<'a>]) -> Given<'a> {
    let call = function(&arguments[1])?;
    let Some(Value::Object(table)) = arguments[0].json() else { return Ok(Item::Nothing) };
    let mut results = Vec::new();
    for (key, value) in table {
        let pair = vec![Item::of(value.clone()), Item::of(json!(key))];
        if let Item::Json(value) = evaluator.call(call, pair)? {
            results.push(value.into_owned());
        }
    }
    Ok(collapse(results))
}

/// What `$map`, `$filter` and their kind hand to a function: the value, its index and the whole, as many as it takes.
fn handed<'a>(call: &Callable<'a>, value: &Cow<'a, Value>, index: usize, whole: &Item<'a>) -> Vec<Item<'a>> {
    let mut arguments = vec![Item::Json(value.clone())];
    if Evaluator::arity(call) > 1 {
        arguments.push(Item::of(json!(index)));
    }
    if Evaluator::arity(call) > 2 {
        arguments.push(whole.clone());
    }
    arguments
}

fn map<'a>(evaluator: &Evaluator<'a>, arguments: &[Item<'a>]) -> Given<'a> {
    let call = function(&arguments[1])?;
    let mut results = Vec::new();
    for (index, element) in arguments[0].clone().elements().iter().enumerate() {
        if let Item::Json(value) = evaluator.call(call, handed(call, element, index, &arguments[0]))? {
            results.push(value.into_owned());
        }
    }
    Ok(collapse(results))
}

fn filter<'a>(evaluator: &Evaluator<'a>, arguments: &[Item<'a>]) -> Given<'a> {
    chosen(evaluator, &arguments[0], function(&arguments[1])?).map(collapse)
}

fn chosen<'a>(evaluator: &Evaluator<'a>, from: &Item<'a>, call: &Callable<'a>) -> Result<Vec<Value>, String> {
    let mut results = Vec::new();
    for (index, element) in from.clone().elements().into_iter().enumerate() {
        if evaluator.call(call, handed(call, &element, index, from))?.holds() {
            results.push(element.into_owned());
        }
    }
    Ok(results)
}

fn single<'a>(evaluator: &Evaluator<'a>, arguments: &[Item<'a>]) -> Given<'a> {
    let mut found = match arguments.get(1) {
        Some(call) => chosen(evaluator, &arguments[0], function(call)?)?,
        None => arguments[0].clone().elements().into_iter().map(Cow::into_owned).collect(),
    };
    if found.len() == 1 { Ok(Item::of(found.remove(0))) } else { Err(format!("gives $single {} values", found.len())) }
}

fn reduce<'a>(evaluator: &Evaluator<'a>, mut arguments: Vec<Item<'a>>) -> Given<'a> {
    let first = if arguments.len() > 2 { arguments.pop() } else { None };
    let mut elements = arguments[0].clone().elements().into_iter();
    let Some(mut so_far) = first.or_else(|| elements.next().map(Item::Json)) else { return Ok(Item::Nothing) };
    let call = function(&arguments[1])?;
    for element in elements {
        so_far = evaluator.call(call, vec![so_far, Item::Json(element)])?;
    }
    Ok(so_far)
}

fn sift<'a>(evaluator: &Evaluator<'a>, arguments: &[Item<'a>]) -> Given<'a> {
    let call = function(&arguments[1])?;
    let Some(Value::Object(table)) = arguments[0].json() else { return Ok(Item::Nothing) };
    let mut left = Map::new();
    for (key, value) in table {
        if evaluator.call(call, vec![Item::of(value.clone()), Item::of(json!(key))])?.holds() {
            left.insert(key.clone(), value.clone());
        }
    }
    Ok(if left.is_empty() { Item::Nothing } else { Item::of(Value::Object(left)) })
}

/// Sorts: numbers or strings by themselves, anything by a function that says whether two are out of order.
fn sort<'a>(evaluator: &Evaluator<'a>, mut arguments: Vec<Item<'a>>) -> Given<'a> {
    let by = if arguments.len() > 1 { arguments.pop() } else { None };
    if is_nothing(&arguments[0]) {
        return Ok(Item::Nothing);
    }
    let mut sorted: Vec<Value> = Vec::new();
    for element in arguments.remove(0).elements() {
        let element = element.into_owned();
        let (mut low, mut high) = (0, sorted.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if out_of_order(evaluator, by.as_ref(), &sorted[middle], &element)? {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        evaluator.step(sorted.len() / 16)?;
        sorted.insert(low, element);
    }
    Ok(Item::of(Value::Array(sorted)))
}

fn out_of_order<'a>(
    evaluator: &Evaluator<'a>,
    by: Option<&Item<'a>>,
    first: &Value,
    second: &Value,
) -> Result<bool, String> {
    if let Some(by) = by {
        let pair = vec![Item::of(first.clone()), Item::of(second.clone())];
        return Ok(evaluator.call(function(by)?, pair)?.holds());
    }
    match (first, second) {
        (Value::Number(first), Value::Number(second)) => Ok(first.as_f64() > second.as_f64()),
        (Value::String(first), Value::String(second)) => Ok(first > second),
        _ => Err("sorts what is neither all numbers nor all strings".to_owned()),
    }
}

fn join(mut arguments: Vec<Item<'_>>) -> Given<'_> {
    let separator = if arguments.len() > 1 { as_text(&arguments[1])?.to_owned() } else { String::new() };
    if is_nothing(&arguments[0]) {
        return Ok(Item::Nothing);
    }
    let each = arguments.remove(0).elements();
    let texts: Result<Vec<String>, String> =
        each.into_iter().map(|one| as_text(&Item::Json(one)).map(str::to_owned)).collect();
    Ok(Item::of(Value::String(texts?.join(&separator))))
}

fn keys(item: Item<'_>) -> Given<'_> {
    let mut names: Vec<Value> = Vec::new();
    for element in item.elements() {
        for name in element.as_object().into_iter().flat_map(Map::keys) {
            if !names.iter().any(|known| known.as_str() == Some(name)) {
                names.push(json!(name));
            }
        }
    }
    Ok(collapse(names))
}

fn merge(item: Item<'_>) -> Given<'_> {
    let mut merged = Map::new();
    for element in item.elements() {
        match element.into_owned() {
            Value::Object(table) => merged.extend(table),
            _ => return Err("gives $merge something other than objects".to_owned()),
        }
    }
    Ok(Item::of(Value::Object(merged)))
}

fn spread(item: Item<'_>) -> Given<'_> {
    let mut parts = Vec::new();
    for element in item.elements() {
        match element.into_owned() {
            Value::Object(table) => parts.extend(table.into_iter().map(|(key, value)| json!({ key: value }))),
            other => parts.push(other),
        }
    }
    Ok(collapse(parts))
}

fn partition(mut arguments: Vec<Item<'_>>) -> Given<'_> {
    let size = as_number(&arguments[1])?;
    if size < 1.0 {
        return Err("has parts of less than one element".to_owned());
    }
    let list: Vec<Value> = arguments.remove(0).elements().into_iter().map(Cow::into_owned).collect();
    Ok(Item::of(list.chunks(size as usize).map(|part| Value::Array(part.to_vec())).collect()))
}

/// From the first to the last, both included: AWS's own.
fn range<'a>(evaluator: &Evaluator<'a>, arguments: &[Item<'a>]) -> Given<'a> {
    let (first, last, step) = (as_number(&arguments[0])?, as_number(&arguments[1])?, as_number(&arguments[2])?);
    let count = libm::floor((last - first) / step) + 1.0;
    if !(0.0..=1_000.0).contains(&count) {
        return Err("has a range of no or more than 1,000 elements".to_owned());
    }
    evaluator.step(count as usize)?;
    let at = |index: u32| super::evaluate::number(first + f64::from(index) * step);
    Ok(Item::of((0..count as u32).map(at).collect()))
}

fn random<'a>(evaluator: &Evaluator<'a>, arguments: &[Item<'a>]) -> Given<'a> {
    let bits = match arguments.first() {
        // A seed gives the same number each time.
        Some(seed) => (as_number(seed)? as i64 as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15),
        None => (evaluator.world.bits)(),
    };
    Item::number((bits >> 11) as f64 / (1_u64 << 53) as f64)
}

fn now<'a>(evaluator: &Evaluator<'a>, arguments: &[Item<'a>]) -> Given<'a> {
    let now = evaluator.world.now_millis;
    let Some(picture) = arguments.first() else { return Ok(Item::of(json!(instant(now)))) };
    let instant = jiff::Timestamp::from_millisecond(now).unwrap_or_default();
    let mut text = as_text(picture)?.to_owned();
    let parts = [
        ("[Y0001]", "%Y"),
        ("[Y]", "%Y"),
        ("[M01]", "%m"),
        ("[M]", "%-m"),
        ("[D01]", "%d"),
        ("[D]", "%-d"),
        ("[H01]", "%H"),
        ("[H]", "%-H"),
        ("[m01]", "%M"),
        ("[m]", "%M"),
        ("[s01]", "%S"),
        ("[s]", "%S"),
        ("[f001]", "%3f"),
        ("[Z]", "+00:00"),
    ];
    for (mark, format) in parts {
        text = text.replace(mark, &instant.strftime(format).to_string());
    }
    if text.contains('[') {
        Err(format!("has a picture for $now that is not known: {text}"))
    } else {
        Ok(Item::of(json!(text)))
    }
}

fn instant(millis: i64) -> String {
    let instant = jiff::Timestamp::from_millisecond(millis).unwrap_or_default();
    format!("{}Z", instant.strftime("%Y-%m-%dT%H:%M:%S.%3f"))
}

fn to_number<'a>(item: &Item<'a>) -> Given<'a> {
    match item.json() {
        None => Ok(Item::Nothing),
        Some(Value::Number(_)) => Ok(item.clone()),
        Some(Value::Bool(holds)) => Ok(Item::of(json!(i32::from(*holds)))),
        Some(Value::String(text)) => {
            let number = text.trim().parse().ok().filter(|number: &f64| number.is_finite());
            number.map_or_else(|| Err(format!("makes a number of \"{text}\"")), Item::number)
        }
        Some(other) => Err(format!("makes a number of {other}")),
    }
}

/// To the nearest, halves to the even one.
fn round<'a>(arguments: &[Item<'a>]) -> Given<'a> {
    if is_nothing(&arguments[0]) {
        return Ok(Item::Nothing);
    }
    let digits = arguments.get(1).map_or(Ok(0.0), as_number)?;
    let scale = libm::pow(10.0, digits);
    Item::number(libm::rint(as_number(&arguments[0])? * scale) / scale)
}

fn pad<'a>(arguments: &[Item<'a>]) -> Given<'a> {
    let width = as_number(&arguments[1])?;
    if width.abs() > 10_000.0 {
        return Err("pads to more than 10,000 characters".to_owned());
    }
    let with = arguments.get(2).map_or(Ok(" "), as_text)?;
    let with = if with.is_empty() { " " } else { with };
    textual(&arguments[..1], |text| {
        let missing = (width.abs() as usize).saturating_sub(text.chars().count());
        let padding: String = with.chars().cycle().take(missing).collect();
        Ok(json!(if width < 0.0 { padding + text } else { text.to_owned() + &padding }))
    })
}

fn replace<'a>(arguments: &[Item<'a>]) -> Given<'a> {
    let (pattern, by) = (as_text(&arguments[1])?, as_text(&arguments[2])?);
    if pattern.is_empty() {
        return Err("replaces an empty string".to_owned());
    }
    let most = arguments.get(3).map(as_number).transpose()?;
    textual(&arguments[..1], |text| {
        let changed = most.map_or_else(|| text.replace(pattern, by), |most| text.replacen(pattern, by, most as usize));
        Ok(json!(changed))
    })
}

fn split<'a>(arguments: &[Item<'a>]) -> Given<'a> {
    let separator = as_text(&arguments[1])?;
    let most = arguments.get(2).map(as_number).transpose()?.map_or(usize::MAX, |most| most as usize);
    textual(&arguments[..1], |text| {
        if separator.is_empty() {
            return Ok(text.chars().take(most).map(|one| json!(one.to_string())).collect());
        }
        Ok(text.split(separator).take(most).map(|part| json!(part)).collect())
    })
}

fn substring<'a>(arguments: &[Item<'a>]) -> Given<'a> {
    let from = as_number(&arguments[1])?;
    let length = arguments.get(2).map(as_number).transpose()?;
    textual(&arguments[..1], |text| {
        let whole = text.chars().count() as f64;
        let from = if from < 0.0 { (whole + from).max(0.0) } else { from };
        let taken = text.chars().skip(from as usize).take(length.map_or(usize::MAX, |length| length.max(0.0) as usize));
        Ok(json!(taken.collect::<String>()))
    })
}

fn type_of<'a>(item: &Item<'a>) -> Item<'a> {
    let word = match item {
        Item::Nothing => return Item::Nothing,
        Item::Function(_) => "function",
        Item::Json(value) => match **value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        },
    };
    Item::of(json!(word))
}
