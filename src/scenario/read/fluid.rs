//! What a fluid cannot be made of, each at its place.

use super::Reader;
use crate::arrivals::StreamSettings;
use crate::fluid::{Refusal, flow_of, refused_stream, tells};
use crate::model::design::Design;
use crate::model::outcome::FluidFlow;
use crate::scenario::RunSettings;
use crate::scenario::tree::{Node, Table};

impl Reader<'_> {
    /// Refuses streams and strategies that have no fluid, where a scenario asks for one.
    pub(crate) fn check_fluid(
        &mut self,
        root: &Table,
        streams: &[StreamSettings],
        designs: &[Design],
        run: &RunSettings,
    ) {
        let tables = |key: &str| root.get(key).and_then(Node::list).unwrap_or_default().iter();
        let mut streams_pass = true;
        for (node, stream) in tables("arrivals").zip(streams) {
            let Some((key, refusal)) = refused_stream(stream, run.start, run.load) else { continue };
            let at = node.table().and_then(|table| table.get(key)).unwrap_or(node);
            self.refuse_fluid(at, &refusal);
            streams_pass = false;
        }
        let streams = if streams_pass { streams } else { &[] };
        for (node, design) in tables("strategy").zip(designs) {
            let refusal = match flow_of(design, streams) {
                Err(refusal) => refusal,
                Ok(flow) => {
                    self.check_precision(root, run, flow);
                    continue;
                }
            };
            let Some(table) = node.table() else { continue };
            let at = place(root, table, &refusal).or_else(|| table.get("flow")).unwrap_or(node);
            self.refuse_fluid(at, &refusal);
        }
    }

    /// A precision is of what is told.
    fn check_precision(&mut self, root: &Table, run: &RunSettings, flow: FluidFlow) {
        let Some(asked) = run.precision.filter(|asked| !tells(flow, asked.metric.name)) else { return };
        if let Some(node) = root.table("run").and_then(|run| run.get("precision")) {
            let title = format!("mode = \"fluid\" does not tell {}", asked.metric.name);
            self.fault(node, title, "expected a metric that is not of single items: docs/fluid.md has them");
        }
    }

    fn refuse_fluid(&mut self, node: &Node, refusal: &Refusal) {
        self.fault(node, format!("mode = \"fluid\" does not play {}", refusal.what), refusal.expected);
    }
}

/// Where a refused thing was written: in the strategy's own table of the node, else in that of the function.
fn place<'a>(root: &'a Table, strategy: &'a Table, refusal: &Refusal) -> Option<&'a Node> {
    let node = refusal.node.as_deref()?;
    let of_functions = root.table("functions").and_then(|functions| functions.table(node));
    let tables = [strategy.table(node), of_functions];
    tables.into_iter().flatten().filter_map(|table| table.get(refusal.key)).find(|node| node.origin.place().is_some())
}
