//! JSONata: the part of it that machines use, evaluated by an interpreter of this crate's own.
//!
//! No crate was fit: the one there is (`jsonata-rs`) rests since early 2025, panics on expressions it does not know, and
//! reads the clock and a random generator of its own. What is here: literals, paths, predicates, wildcards, ranges,
//! arithmetic, comparisons, `and`, `or`, `in`, `&`, `? :`, `~>`, arrays, objects, variables, blocks, functions, and the
//! functions of `functions`. Regular expressions, sorting (`^`), grouping, transforms (`|`), joins (`@`, `#`), parents
//! (`%`) and partial application are refused when the machine is read.

mod evaluate;
mod functions;
mod lexer;
mod parser;

use serde_json::{Map, Value};

use parser::Node;

/// What an expression may use beside variables.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// Random bits, others each time.
    pub bits: &'a dyn Fn() -> u64,
    /// Milliseconds since 1970.
    pub now_millis: i64,
}

impl std::fmt::Debug for World<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("now_millis", &self.now_millis).finish_non_exhaustive()
    }
}

/// An expression that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    text: Box<str>,
    node: Node,
}

impl Expression {
    /// Reads an expression: what stands between `{%` and `%}`.
    ///
    /// # Errors
    /// What is wrong with the text, or is not evaluated here.
    pub fn parse(text: &str) -> Result<Self, String> {
        let node = parser::parse(text)
            .map_err(|(at, reason)| format!("the expression `{text}` is not understood at character {at}: {reason}"))?;
        Ok(Self { text: text.into(), node })
    }

    /// As it is written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it gives, where these variables are seen.
    ///
    /// # Errors
    /// What became of it: it returned nothing, or a function or operator was given what it does not take.
    pub fn evaluate(&self, variables: &Map<String, Value>, world: World<'_>) -> Result<Value, String> {
        evaluate::evaluate(&self.node, variables, world)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn worth(text: &str) -> Result<Value, String> {
        let input = json!({
            "n": 4, "name": "Ada", "list": [3, 1, 2], "none": [],
            "orders": [{"id": "a", "qty": 2, "price": 5}, {"id": "b", "qty": 1, "price": 20}],
            "o": {"a": 1, "b": 2}, "odd name": true
        });
        let mut variables = Map::new();
        variables.insert("i".to_owned(), input);
        Expression::parse(text)?.evaluate(&variables, World { bits: &|| 10, now_millis: 1_700_000_000_000 })
    }

    #[test]
    fn paths_and_predicates() {
        assert_eq!(worth("$i.name"), Ok(json!("Ada")));
        assert_eq!(worth("$i.orders.id"), Ok(json!(["a", "b"])));
        assert_eq!(worth("$i.orders[0].id"), Ok(json!("a")));
        assert_eq!(worth("$i.orders[-1].id"), Ok(json!("b")));
        assert_eq!(worth("$i.orders[price > 10].id"), Ok(json!("b")));
        assert_eq!(worth("$i.orders[price > 10].id[]"), Ok(json!(["b"])));
        assert_eq!(worth("$i.orders.(qty * price)"), Ok(json!([10, 20])));
        assert_eq!(worth("$sum($i.orders.(qty * price))"), Ok(json!(30)));
        assert_eq!(worth("$i.`odd name`"), Ok(json!(true)));
        assert_eq!(worth("$i.o.*"), Ok(json!([1, 2])));
        assert_eq!(worth("$i.**.id"), Ok(json!(["a", "b"])));
        assert!(worth("$i.missing").unwrap_err().contains("nothing"));
    }

    #[test]
    fn operators() {
        assert_eq!(worth("1 + 2 * 3 - 4 / 2"), Ok(json!(5)));
        assert_eq!(worth("-$i.n % 3"), Ok(json!(-1)));
        assert_eq!(worth("'a' & 1 & null & true & $i.missing"), Ok(json!("a1nulltrue")));
        assert_eq!(worth("$i.n > 3 and $i.name = 'Ada' or false"), Ok(json!(true)));
        assert_eq!(worth("2 in $i.list and $i.n != 5"), Ok(json!(true)));
        assert_eq!(worth("$i.n >= 4 ? 'many' : 'few'"), Ok(json!("many")));
        assert_eq!(worth("[1..3, 9]"), Ok(json!([1, 2, 3, 9])));
        assert_eq!(worth("{'k' & 1: [$i.n], 'gone': $i.missing}"), Ok(json!({"k1": [4]})));
        assert_eq!(worth("($x := 3; $y := $x + 1; $x * $y)"), Ok(json!(12)));
        assert!(worth("1 + 'a'").is_err() && worth("1 < 'a'").is_err());
    }

    #[test]
    fn functions_of_functions() {
        assert_eq!(worth("$map($i.list, function($v, $k){$v * 10 + $k})"), Ok(json!([30, 11, 22])));
        assert_eq!(worth("$filter($i.list, function($v){$v > 1})"), Ok(json!([3, 2])));
        assert_eq!(worth("$reduce($i.list, function($a, $b){$a + $b}, 10)"), Ok(json!(16)));
        assert_eq!(worth("($f := function($n){$n <= 1 ? 1 : $n * $f($n - 1)}; $f(5))"), Ok(json!(120)));
        assert_eq!(worth("$i.list ~> $sum()"), Ok(json!(6)));
        assert_eq!(worth("$each($i.o, function($v, $k){$k & $v})"), Ok(json!(["a1", "b2"])));
        assert_eq!(worth("$sort($i.list)"), Ok(json!([1, 2, 3])));
        assert_eq!(worth("$sort($i.list, function($a, $b){$a < $b})"), Ok(json!([3, 2, 1])));
    }

    #[test]
    fn functions_of_texts_and_numbers() {
        assert_eq!(worth("$uppercase($i.name) & $length('é')"), Ok(json!("ADA1")));
        assert_eq!(worth("$split('a/b/c', '/')[-1]"), Ok(json!("c")));
        assert_eq!(worth("$replace('a b c', ' ', '-')"), Ok(json!("a-b-c")));
        assert_eq!(worth("$join(['a', 'b'], ', ')"), Ok(json!("a, b")));
        assert_eq!(worth("$number('12.5') + $round(2.5) + $floor(-1.5)"), Ok(json!(12.5)));
        assert_eq!(worth("$substring('hello', 1, 3) & $substringAfter('k=v', '=')"), Ok(json!("ellv")));
        assert_eq!(worth("$merge([{'a': 1}, {'b': 2}])"), Ok(json!({"a": 1, "b": 2})));
        assert_eq!(worth("$now()"), Ok(json!("2023-11-14T22:13:20.000Z")));
        assert_eq!(worth("$exists($i.missing) or $not($boolean([]))"), Ok(json!(true)));
        assert_eq!(worth("$string({'a': [1, 'x']})"), Ok(json!("{\"a\":[1,\"x\"]}")));
        assert_eq!(worth("$range(0, 6, 3) ~> $count()"), Ok(json!(3)));
    }

    #[test]
    fn what_is_not_evaluated_is_refused_when_it_is_read() {
        for text in
            ["$i.x ~> /a/", "$i^(x)", "$match($i, /a/)", "$nothing(1)", "1 +", "(1", "a b", "'x", "%.x", "$f(?, 2)"]
        {
            assert!(Expression::parse(text).is_err(), "{text}");
        }
        assert!(Expression::parse(&"(".repeat(100_000)).is_err(), "deep nesting is refused, not followed");
        assert!(Expression::parse(&"-".repeat(100_000)).is_err(), "deep nesting is refused, not followed");
    }

    #[test]
    fn endless_expressions_are_stopped() {
        assert!(worth("($f := function($n){$f($n + 1)}; $f(1))").is_err());
        assert!(worth("$count([1..100000000])").is_err());
        assert!(worth("$sum([1..100000].($sum([1..100000])))").is_err());
    }
}
