//! Functions and the account.

use super::Reader;
use crate::kernel::Span;
use crate::scenario::tree::Table;
use crate::services::fargate::settings::FargateSettings;
use crate::services::fargate::{self, Size, SizeError};
use crate::services::lambda::settings::{
    AccountSettings, AsyncSettings, EnvironmentSettings, FailureSettings, FunctionSettings, IdlePolicy, LambdaSettings,
    OnFailure, Platform,
};
use crate::services::lambda::thread_speed;
use crate::words::Architecture;

/// An image up to this size is pulled within a task's start-up, MB.
const IMAGE_PULLED_IN_START_UP_MB: u64 = 200;
/// What each megabyte beyond it takes: 10 s for 500 MB.
const PULL_MS_PER_MB: u64 = 20;

impl Reader<'_> {
    /// A function, out of a table that was filled.
    pub(super) fn function(&mut self, name: &str, table: &Table) -> Option<FunctionSettings> {
        let service_time = self.time(table, "service-time");
        let platform = match table.text("platform")? {
            "ideal" => {
                return Some(FunctionSettings {
                    name: name.to_owned(),
                    platform: Platform::Ideal { servers: table.limit("concurrency")? },
                    service_time: service_time?,
                    cpu_share: 0.0,
                    measured_speed: 1.0,
                    failures: FailureSettings::default(),
                });
            }
            "fargate" => self.fargate(table).map(|fargate| Platform::Fargate(Box::new(fargate))),
            _ => self.lambda(table).map(|lambda| Platform::Lambda(Box::new(lambda))),
        };
        let failures = self.failures(table);
        Some(FunctionSettings {
            name: name.to_owned(),
            platform: platform?,
            service_time: service_time?,
            cpu_share: table.number("cpu-share")?,
            measured_speed: measured_speed(table)?,
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
            architecture: architecture(table)?,
            environments: environments?,
            reserved,
            provisioned,
            asynchronous: asynchronous?,
            shed_older_than: table.span("shed-older-than"),
        })
    }

    fn fargate(&mut self, table: &Table) -> Option<FargateSettings> {
        let start_up = self.time(table, "start-up");
        let job = self.job(table);
        let size = self.size(table);
        let further = table.megabytes("image")?.saturating_sub(IMAGE_PULLED_IN_START_UP_MB);
        Some(FargateSettings {
            size: size?,
            architecture: architecture(table)?,
            start_up: start_up?,
            pull_share: table.number("pull-share")?,
            further_pull: Span::from_millis(further * PULL_MS_PER_MB),
            duplicate_probability: table.number("duplicate-probability")?,
            start_failure: table.number("start-failure")?,
            job: job?,
        })
    }

    /// Processor and memory of a task, if AWS has that size.
    fn size(&mut self, table: &Table) -> Option<Size> {
        match Size::new(table.number("vcpu")?, table.megabytes("memory")?) {
            Ok(size) => Some(size),
            Err(error) => {
                let (key, expected) = match &error {
                    SizeError::Processor { .. } => {
                        ("vcpu", "expected 0.25, 0.5, 1, 2, 4, 8 or 16: the limit is AWS's".to_owned())
                    }
                    SizeError::Memory { allowed, .. } => ("memory", format!("expected {allowed}: the limit is AWS's")),
                };
                self.fault(table.get(key)?, error.to_string(), expected);
                None
            }
        }
    }

    fn environments(&mut self, table: &Table) -> Option<EnvironmentSettings> {
        let cold_start = table.table("cold-start")?;
        let idle = table.table("idle")?;
        Some(EnvironmentSettings {
            init: self.time(cold_start, "init")?,
            initialise: Vec::new(),
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

fn architecture(table: &Table) -> Option<Architecture> {
    Some(match table.text("architecture")? {
        "arm64" => Architecture::Arm,
        _ => Architecture::X86,
    })
}

/// Speed of one thread where a service time was measured: on a Lambda function of so much memory, or on so many vCPUs.
fn measured_speed(table: &Table) -> Option<f64> {
    match table.number("measured-at") {
        Some(vcpus) => Some(vcpus.min(1.0)),
        None => table.megabytes("measured-at").map(thread_speed),
    }
}

/// What Fargate tasks share, out of a table that was filled.
pub(super) fn fargate_account(table: &Table) -> Option<fargate::settings::AccountSettings> {
    Some(fargate::settings::AccountSettings { vcpus: table.integer("fargate-vcpus")? })
}

/// The account, out of a table that was filled.
pub(super) fn account(table: &Table) -> Option<AccountSettings> {
    Some(AccountSettings {
        concurrency: table.integer("concurrency")?,
        scaling_burst: table.integer("scaling-burst")?,
        scaling_period: table.span("scaling-period")?,
    })
}
