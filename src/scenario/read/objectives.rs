//! `[[objective]]` and `baseline`.

use super::Reader;
use crate::kernel::Span;
use crate::metrics::catalogue;
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
        let (side, node) = match (table.get("below"), table.get("above")) {
            (Some(node), _) => (Side::Below, node),
            (None, node) => (Side::Above, node?),
        };
        let seconds = metric.unit == "s";
        let bound = if seconds { node.span().map(Span::as_secs_f64) } else { node.number() };
        let Some(bound) = bound else {
            if !matches!(node.value, Value::Refused) {
                self.wrong_unit(node, metric.name, metric.unit);
            }
            return None;
        };
        if metric.unit == "1" && bound > 1.0 {
            self.fault(
                node,
                format!("`{}` is a share: it never exceeds 1", metric.name),
                "expected a number from 0 to 1",
            );
        }
        let strategies = match table.get("strategies") {
            None => (0..names.len()).collect(),
            Some(list) => {
                let found: Vec<Option<usize>> = list.list()?.iter().map(|node| self.strategy(node, names)).collect();
                found.into_iter().collect::<Option<Vec<_>>>()?
            }
        };
        let word = if side == Side::Below { "below" } else { "above" };
        let written = node.text().map_or_else(|| bound.to_string(), str::to_owned);
        Some(Objective { text: format!("{} {word} {written}", metric.name), metric, bound, side, strategies })
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
