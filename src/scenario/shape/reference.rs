//! The reference page: every key in Markdown.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Field, Kind, Need, Shape, Tagged};
use crate::metrics::catalogue;
use crate::scenario::graph;
use crate::scenario::keys::{SCENARIO, distribution, function, strategy};

/// The whole page.
pub(crate) fn document() -> String {
    let mut page = Page { text: String::from(HEAD), seen: BTreeSet::new() };
    page.shape(&SCENARIO, "The file", 2);
    page.shape(&strategy::STRATEGY, "`[[strategy]]`", 2);
    page.text.push_str(FLOWS);
    for composition in graph::built() {
        if let Some(shape) = composition.shape {
            page.shape(shape, &format!("`[strategy.{}]`", composition.word), 3);
        }
    }
    page.shape(&function::ACCOUNT, "`[strategy.account]`, which overrides `[account]`", 3);
    page.text.push_str("\n## Distributions\n\nA bare value is a constant. Otherwise a table with one of these keys:\n");
    page.distributions(&distribution::TIME);
    page.distributions(&distribution::SIZE);
    page.metrics();
    page.text
}

const HEAD: &str = "# The scenario file, key by key

<!-- Generated from the program's own definitions; a test keeps it equal. -->

A scenario is TOML. Units are written out: durations as `\"250ms\"`, `\"15m\"`, `\"1h30m\"`; sizes as `\"512MB\"` (binary);
rates as `\"40/s\"`, `\"1200/min\"`. A key that is not listed here is an error. Marks: [doc] AWS says so, [measured] a
published measurement, [inferred] a judgement where AWS is silent.
";

const FLOWS: &str = "
### Flows

`flow = \"s3 -> post\"`: steps joined by `->`. A step is a service (`events`, `s3`, `schedule`, `queue`), a service with a
label (`queue:second`), a function by its name, or, at the end, a fan-out `[chain, chain]`.

- A label may be a function's name (`sqs:audit -> audit`); `[strategy.audit]` is the service's then.
- A flow starts with a service and ends in a function; a function stands in a flow at most once.
- `events` and `s3` invoke the functions after them asynchronously; so does a function that another follows.
- `schedule` and `scheduler` wake exactly one function, which ends the flow; a function with `platform = \"fargate\"` follows nothing else.
- `sqs` and `sqs-fifo` feed exactly one function, in batches; functions and `events` may stand before either, `s3` and `sns`
  before `sqs` only: they feed no FIFO queue.
- `sns` and `eventbridge` push a copy to each of what follows them: functions, queues, and `sns` after `eventbridge`. What
  differs by subscription or rule is set on the topic or the bus, by the label or the function that follows it:
  `[strategy.sns.subscriptions.billing]` with `filter = 0.3` keeps seven items in ten from `billing`, and they owe no effect
  below it.
- `s3` notifies functions, `sqs`, `sns` and `eventbridge`.
- `scheduler` is a schedule with a time zone and a flexible window.
- `kinesis` and `dynamodb-streams` keep the order of each key and invoke each function after them by an event source
  mapping of its own, synchronously; at most two functions follow `dynamodb-streams`.
- `queue` feeds exactly one function with `platform = \"ideal\"`; ideal functions follow queues only.
";

struct Page {
    text: String,
    seen: BTreeSet<&'static str>,
}

impl Page {
    fn line(&mut self, line: &str) {
        let _infallible = writeln!(self.text, "{line}");
    }

    /// A section for a shape, and one for each shape it leads to; a shape is described once.
    fn shape(&mut self, shape: &'static Shape, title: &str, level: usize) {
        if !self.seen.insert(shape.name) {
            return;
        }
        self.line(&format!("\n{} {title}\n\n{}\n", "#".repeat(level), shape.doc));
        self.line("| key | value | absent | meaning |\n|---|---|---|---|");
        for field in shape.fields {
            self.row(field);
        }
        for field in shape.fields {
            self.nested(&field.kind, (level + 1).min(4));
        }
    }

    fn row(&mut self, field: &Field) {
        let absent = match field.need {
            Need::Required => "required".to_owned(),
            Need::Optional(meaning) => meaning.to_owned(),
            Need::Default(text) => format!("`{text}`"),
            Need::SameAs(other) => format!("as `{other}`"),
        };
        let source = if field.source.is_empty() { String::new() } else { format!(" {}", field.source) };
        let row = [format!("`{}`", field.name), value(&field.kind), absent, format!("{}{source}", field.doc)];
        self.line(&format!("| {} |", row.map(|cell| cell.replace('|', "\\|")).join(" | ")));
    }

    fn nested(&mut self, kind: &Kind, level: usize) {
        match kind {
            Kind::Table(shape) | Kind::OneOf(shape) => self.shape(shape, shape.name, level),
            Kind::Variants(shapes) => shapes.iter().for_each(|shape| self.shape(shape, shape.name, level)),
            // Distributions have a chapter of their own.
            Kind::ByType(types) => {
                types.all().filter(|kind| !matches!(kind, Kind::OneOf(_))).for_each(|kind| self.nested(kind, level));
            }
            Kind::List { of, .. } | Kind::Map { of, .. } => self.nested(of, level),
            Kind::Tagged(tagged) => self.tagged(tagged),
            _ => {}
        }
    }

    fn distributions(&mut self, kind: &Kind) {
        let Kind::ByType(types) = kind else { return };
        types.all().for_each(|kind| self.nested(kind, 3));
    }

    fn tagged(&mut self, tagged: &'static Tagged) {
        self.shape(tagged.common, &format!("`{}`, every {}", tagged.common.name, tagged.tag), 2);
        let tags: Vec<String> = tagged.variants.iter().map(|(tag, _)| format!("`\"{tag}\"`")).collect();
        let absent = tagged.default.map_or("It is required.".to_owned(), |tag| format!("Absent: `\"{tag}\"`."));
        self.line(&format!("\n`{}`: {} One of {}. {absent}", tagged.tag, tagged.doc, tags.join(", ")));
        for (tag, shape) in tagged.variants {
            self.shape(shape, &format!("`{} = \"{tag}\"`", tagged.tag), 3);
        }
    }

    fn metrics(&mut self) {
        self.line("\n## Metrics of objectives\n\n| metric | unit | meaning |\n|---|---|---|");
        for metric in catalogue::ALL {
            self.line(&format!("| `{}` | {} | {} |", metric.name, metric.unit, metric.meaning));
        }
    }
}

/// What a value may be, in a cell.
fn value(kind: &Kind) -> String {
    match kind {
        Kind::Choice(words) => {
            let words: Vec<String> = words.iter().map(|word| format!("`\"{}\"`: {}", word.word, word.doc)).collect();
            words.join("; ")
        }
        Kind::ByType(types) if types.all().any(|kind| matches!(kind, Kind::OneOf(_))) => {
            "a [distribution](#distributions)".to_owned()
        }
        Kind::ByType(types) => types.all().map(value).collect::<Vec<_>>().join(" or "),
        Kind::Table(shape) => format!("a table: {}", shape.name),
        Kind::Variants(shapes) => {
            format!("a table: {}", shapes.iter().map(|shape| shape.name).collect::<Vec<_>>().join(" or "))
        }
        Kind::List { of, min, max } => format!("a list of {min} to {max}, each {}", value(of)),
        Kind::Map { of, key } => format!("a table by {}, each {}", key.noun(), value(of)),
        Kind::Tagged(tagged) => format!("a table: {}", tagged.common.name),
        Kind::Open(shape) => format!("a table: {}", shape.name),
        kind => kind.expects(),
    }
}
