//! What functions do before their first item.

use super::Reader;
use crate::handlers::{InitialiseSettings, PoolSettings, When};
use crate::model::design::{Node as DesignNode, NodeKind, Resource};
use crate::scenario::tree::{Table, quoted};
use crate::services::downstream::settings::Holding;
use crate::services::lambda::settings::Platform;
use crate::words::ResourceId;

/// The table of what a function does before its first item, if it does anything.
pub(super) fn table_of(function: &Table) -> Option<&Table> {
    function.table("initialise").filter(|table| table.text("when") != Some("none"))
}

/// The downstream to which a function opens connections before its first item.
pub(super) fn connects_to(function: &Table) -> Option<&str> {
    table_of(function)?.text("connects-to")
}

impl Reader<'_> {
    /// What each function of a strategy does before its first item; `functions` holds their tables, by node.
    pub(super) fn initialised_functions(
        &mut self,
        nodes: &mut [DesignNode],
        functions: &[Option<Table>],
        resources: &[Resource],
    ) -> Option<()> {
        for (node, table) in nodes.iter_mut().zip(functions) {
            let Some(table) = table.as_ref().and_then(table_of) else { continue };
            let settings = self.initialise(table, resources)?;
            if let NodeKind::Function(function) = &mut node.kind
                && let Platform::Lambda(lambda) = &mut function.platform
                && settings.when == When::Environment
            {
                let connect = settings.pool.map(|pool| resources[pool.to.index()].settings.connect.clone());
                lambda.environments.initialise = std::iter::once(settings.time.clone()).chain(connect).collect();
            }
            node.initialise = Some(Box::new(settings));
        }
        Some(())
    }

    fn initialise(&mut self, table: &Table, resources: &[Resource]) -> Option<InitialiseSettings> {
        let when = match table.text("when")? {
            "invocation" => When::Invocation,
            _ => When::Environment,
        };
        let time = self.time(table, "time")?;
        let pool = match table.text("connects-to") {
            None => None,
            Some(name) => Some(self.pool(table, name, resources)?),
        };
        Some(InitialiseSettings { when, time, pool })
    }

    /// The connections to the downstream of this name, which keeps them and has room for those of one environment.
    fn pool(&mut self, table: &Table, name: &str, resources: &[Resource]) -> Option<PoolSettings> {
        let place = resources.iter().position(|resource| resource.label == name)?;
        let settings = &resources[place].settings;
        let connections: u32 = table.integer("connections")?;
        if settings.holding == Holding::PerCall {
            let title = format!("connections are opened to {}, which keeps none", quoted(name));
            let expected = format!("expected connection = \"per-environment\" in [downstream.{name}]");
            self.fault(table.get("connects-to")?, title, expected);
            return None;
        }
        if let Some(most) = settings.connections.filter(|&most| most < connections) {
            let title = format!("one environment opens {connections} connections to {}", quoted(name));
            self.fault(table.get("connections")?, title, format!("expected at most {most}: its `connections`"));
            return None;
        }
        Some(PoolSettings { to: ResourceId(u16::try_from(place).ok()?), connections })
    }
}
