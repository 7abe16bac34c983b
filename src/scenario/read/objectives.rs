//! `[[objective]]` and `baseline`.

use super::Reader;
use crate::kernel::Span;
use crate::metrics::catalogue::{self, Metric};
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::nearest::nearest;
use crate::scenario::shape::alternatives;
use crate::scenario::tree::{Node, Table, Value, quoted};
use crate::scenario::{Objective, Side};

/// Reads every objective; `names` are the strategies'.
pub(crate) fn objectives(reader: &mut Reader<'_>, list: &Node, names: &[&str]) -> Option<Vec<Objective>> {
    let objectives: Vec<Option<Objective>> =
        list.list()?.iter().map(|node| node.table().and_then(|table| reader.objective(table, names))).collect();
    objectives.into_iter().collect()
}

impl Reader<'_> {
    fn objective(&mut self, table: &Table, names: &[&str]) -> Option<Objective> {
        let metric = catalogue::find(table.text("metric")?)?;
        let (word, side, node) = Side::KEYS.into_iter().find_map(|(key, side)| Some((key, side, table.get(key)?)))?;
        let seconds = metric.unit == "s";
        let bound = if seconds { node.span().map(Span::as_secs_f64) } else { node.number() };
        let Some(bound) = bound else {
            if !matches!(node.value, Value::Refused) {
                self.wrong_unit(node, metric.name, metric.unit);
            }
            return None;
        };
        self.reachable(node, metric, side, bound);
        let strategies = match table.get("strategies") {
            None => (0..names.len()).collect(),
            Some(list) => self.held_against(list.list()?, names)?,
        };
        let written = node.text().map_or_else(|| bound.to_string(), str::to_owned);
        let text = format!("{} {} {written}", metric.name, word.replace('-', " "));
        let location = node.origin.place().and_then(|place| self.diagnostics.location(&place));
        Some(Objective { text, metric, bound, side, strategies, location })
    }

    /// Refuses bounds that no run can meet: no metric is negative, and no share exceeds 1.
    fn reachable(&mut self, node: &Node, metric: &Metric, side: Side, bound: f64) {
        let name = metric.name;
        if metric.unit == "1" && bound > 1.0 {
            let title = format!("`{name}` is a share: it never exceeds 1");
            self.fault(node, title, "expected a number from 0 to 1");
        } else if metric.unit == "1" && bound == 1.0 && side == Side::Above {
            let title = format!("`{name}` is never above 1: no strategy could meet this");
            self.fault(node, title, "expected a bound below 1, or write `at-least = 1`");
        } else if bound == 0.0 && side == Side::Below {
            let zero = if metric.unit == "s" { "\"0s\"" } else { "0" };
            let title = format!("`{name}` is never below 0: no strategy could meet this");
            self.fault(node, title, format!("expected a bound above 0, or write `at-most = {zero}`"));
        }
    }

    /// The indices of the strategies of a list, each at most once.
    fn held_against(&mut self, list: &[Node], names: &[&str]) -> Option<Vec<usize>> {
        let mut found = Vec::new();
        for node in list {
            let strategy = self.strategy(node, names);
            if strategy.is_some() && found.contains(&strategy) {
                let title = format!("{} stands twice among the strategies", quoted(node.text()?));
                self.fault(node, title, "expected each strategy at most once");
            }
            found.push(strategy);
        }
        found.into_iter().collect()
    }

    fn wrong_unit(&mut self, node: &Node, metric: &str, unit: &str) {
        let (title, expected) = if unit == "s" {
            (format!("`{metric}` is a length of time"), "expected a duration such as \"60s\"".to_owned())
        } else {
            (format!("`{metric}` is no length of time"), format!("expected a bare number (in {unit})"))
        };
        self.fault(node, title, expected);
    }

    /// The index of the strategy that a text names.
    pub(crate) fn strategy(&mut self, node: &Node, names: &[&str]) -> Option<usize> {
        let name = node.text()?;
        let found = names.iter().position(|other| *other == name);
        if found.is_none() {
            let diagnostic = Diagnostic::new(format!("no strategy is named {}", quoted(name)))
                .at(node.origin.place())
                .expected(format!("expected {}", alternatives(names.iter().map(|name| quoted(name)).collect())))
                .help_nearest(nearest(name, names.iter().copied()));
            self.diagnostics.push(diagnostic);
        }
        found
    }
}
