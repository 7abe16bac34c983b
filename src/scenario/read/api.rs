//! APIs and their clients.

use super::Reader;
use crate::kernel::Distribution;
use crate::model::design::CalledApi;
use crate::scenario::shape::written;
use crate::scenario::tree::Table;
use crate::services::api_gateway::settings::{AccountSettings, GatewaySettings, Kind, Throttle};
use crate::services::sdk_client::settings::{Callee, CallerSettings, ClientSettings, RetryMode};

/// Median and 99th percentile of an API's overhead, in seconds.
const fn overhead_of(kind: Kind) -> (f64, f64) {
    match kind {
        Kind::Http => (0.006, 0.025),
        Kind::Rest => (0.012, 0.050),
    }
}

impl Reader<'_> {
    /// An API and its clients, out of a table that was filled.
    pub(super) fn called_api(&mut self, table: &Table) -> Option<CalledApi> {
        let kind = match table.text("kind")? {
            "rest" => Kind::Rest,
            _ => Kind::Http,
        };
        let (gateway, callers) = (self.gateway(kind, table), self.callers(table.table("client")?));
        Some(CalledApi { gateway: gateway?, callers: callers? })
    }

    fn gateway(&mut self, kind: Kind, table: &Table) -> Option<GatewaySettings> {
        let integration_timeout = table.span("integration-timeout").unwrap_or(kind.integration_timeout());
        if let Some(node) = table.get("integration-timeout")
            && kind == Kind::Http
            && integration_timeout > kind.integration_timeout()
        {
            let title = format!("an HTTP API does not wait for {}", written(integration_timeout));
            self.fault(node, title, "expected at most 30s: AWS's limit; a REST API's may be raised");
            return None;
        }
        let overhead = match table.get("overhead") {
            Some(_) => self.time(table, "overhead")?,
            None => {
                let (median, p99) = overhead_of(kind);
                Distribution::log_normal_median_p99(median, p99).ok()?
            }
        };
        Some(GatewaySettings { kind, integration_timeout, overhead, throttle: self.stage_throttle(table)? })
    }

    /// The limit of a stage, if it has one; outside: it is wrong, which is then said.
    fn stage_throttle(&mut self, table: &Table) -> Option<Option<Throttle>> {
        let burst = table.integer("throttle-burst");
        match (table.integer("throttle-rate"), table.get("throttle-burst")) {
            (Some(rate), _) => Some(Some(Throttle { rate, burst: burst.unwrap_or(rate) })),
            (None, None) => Some(None),
            (None, Some(node)) => {
                self.fault(node, "a `throttle-burst` needs a `throttle-rate`", "expected both or neither");
                None
            }
        }
    }

    fn callers(&mut self, table: &Table) -> Option<CallerSettings> {
        let mode = match table.text("retry")? {
            "none" => RetryMode::None,
            "legacy" => RetryMode::Legacy,
            "standard-2026" => RetryMode::Standard2026,
            "adaptive" => RetryMode::Adaptive,
            _ => RetryMode::Standard,
        };
        if let Some(node) = table.get("attempts").filter(|node| mode == RetryMode::None && node.integer() != Some(1)) {
            self.fault(
                node,
                "a client that does not retry has one attempt",
                "expected a `retry` mode, or no `attempts`",
            );
            return None;
        }
        let client = ClientSettings::new(mode, Callee::Other);
        let max_attempts = table.integer("attempts").unwrap_or(client.max_attempts);
        Some(CallerSettings {
            client: ClientSettings { max_attempts, ..client },
            objects: table.integer("count")?,
            timeout: table.span("timeout")?,
            network: self.time(table, "network")?,
        })
    }
}

/// What an account's APIs share, out of a table that was filled.
pub(super) fn api_account(table: &Table) -> Option<AccountSettings> {
    Some(AccountSettings {
        throttle: Throttle { rate: table.integer("api-rate")?, burst: table.integer("api-burst")? },
    })
}
