//! Functions and the account.

use super::Reader;
use crate::scenario::tree::Table;
use crate::services::lambda::settings::{
    AccountSettings, Architecture, AsyncSettings, EnvironmentSettings, FailureSettings, FunctionSettings, IdlePolicy,
    LambdaSettings, OnFailure, Platform,
};

impl Reader<'_> {
    /// A function, out of a table that was filled.
    pub(super) fn function(&mut self, name: &str, table: &Table) -> Option<FunctionSettings> {
        let service_time = self.time(table, "service-time");
        if table.text("platform")? == "ideal" {
            return Some(FunctionSettings {
                name: name.to_owned(),
                platform: Platform::Ideal { servers: table.limit("concurrency")? },
                service_time: service_time?,
                cpu_share: 0.0,
                measured_at_mb: 128,
                failures: FailureSettings::default(),
            });
        }
        let lambda = self.lambda(table);
        let failures = self.failures(table);
        Some(FunctionSettings {
            name: name.to_owned(),
            platform: Platform::Lambda(Box::new(lambda?)),
            service_time: service_time?,
            cpu_share: table.number("cpu-share")?,
            measured_at_mb: table.megabytes("measured-at")?,
            failures: failures?,
        })
    }

    fn lambda(&mut self, table: &Table) -> Option<LambdaSettings> {
        let environments = self.environments(table);
        let asynchronous = self.asynchronous(table.table("async")?);
        let reserved = match table.get("reserved-concurrency") {
            None => None,
            Some(node) => Some(node.integer::<u32>()?),
        };
        let provisioned: u32 = table.integer("provisioned-concurrency")?;
        if let Some(reserved) = reserved
            && provisioned > reserved
        {
            let title =
                format!("`provisioned-concurrency` {provisioned} is more than `reserved-concurrency` {reserved}");
            self.fault(
                table.get("provisioned-concurrency")?,
                title,
                "expected at most the reserved concurrency: AWS's rule",
            );
        }
        Some(LambdaSettings {
            memory_mb: table.megabytes("memory")?,
            timeout: table.span("timeout")?,
            architecture: match table.text("architecture")? {
                "arm64" => Architecture::Arm,
                _ => Architecture::X86,
            },
            environments: environments?,
            reserved,
            provisioned,
            asynchronous: asynchronous?,
        })
    }

    fn environments(&mut self, table: &Table) -> Option<EnvironmentSettings> {
        let cold_start = table.table("cold-start")?;
        let idle = table.table("idle")?;
        Some(EnvironmentSettings {
            init: self.time(cold_start, "init")?,
            unlogged: self.time(cold_start, "unlogged")?,
            warm_dispatch: self.time(table, "warm-dispatch")?,
            idle: match (idle.span("ttl"), idle.span("function-ttl")) {
                (Some(ttl), _) => IdlePolicy::FixedTtl(ttl),
                (None, Some(ttl)) => IdlePolicy::FunctionTtl(ttl),
                (None, None) => IdlePolicy::HalfEvery(idle.span("half-every")?),
            },
            max_life: table.span("max-life")?,
            max_life_spread: table.span("max-life-spread")?,
            hidden_replacement: table.number("hidden-replacement")?,
        })
    }

    fn asynchronous(&mut self, table: &Table) -> Option<AsyncSettings> {
        Some(AsyncSettings {
            hop: self.time(table, "hop")?,
            max_retries: table.integer("retries")?,
            max_event_age: table.span("max-event-age")?,
            retry_jitter: self.time(table, "retry-jitter")?,
            duplicate_probability: table.number("duplicate-probability")?,
            on_failure: match table.text("on-failure")? {
                "dead-letter-queue" => OnFailure::DeadLetterQueue,
                "destination" => OnFailure::Destination,
                _ => OnFailure::Drop,
            },
        })
    }

    fn failures(&mut self, function: &Table) -> Option<FailureSettings> {
        let table = function.table("failures")?;
        let failures = FailureSettings {
            error: table.number("error")?,
            crash: table.number("crash")?,
            after_effect: table.number("after-effect")?,
            poison: table.number("poison")?,
            fails_at: table.number("fails-at")?,
        };
        if failures.error + failures.crash > 1.0 {
            let title = "`error` and `crash` together are more than 1";
            self.fault(function.get("failures")?, title, "expected chances that exclude each other");
        }
        Some(failures)
    }
}

/// The account, out of a table that was filled.
pub(super) fn account(table: &Table) -> Option<AccountSettings> {
    Some(AccountSettings {
        concurrency: table.integer("concurrency")?,
        scaling_burst: table.integer("scaling-burst")?,
        scaling_period: table.span("scaling-period")?,
    })
}
