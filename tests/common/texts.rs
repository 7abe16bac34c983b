//! Scenarios that several test files ask about.

/// Items at one a second for a single ideal server, and for several, named `one` and `two`; `run` is the lines of `[run]`,
/// and `service` the mean of exponential service times.
pub fn queues(name: &str, run: &str, service: &str, servers: u32) -> String {
    format!(
        r#"
name = "{name}"
[run]
{run}
[[arrivals]]
name = "items"
process = "poisson"
rate = "1/s"
[functions.one]
platform = "ideal"
concurrency = 1
service-time = {{ exponential = {{ mean = "{service}" }} }}
[functions.two]
platform = "ideal"
concurrency = {servers}
service-time = {{ exponential = {{ mean = "{service}" }} }}
[[strategy]]
name = "one"
flow = "queue -> one"
[[strategy]]
name = "two"
flow = "queue -> two"
"#
    )
}

/// A scenario named `small`: an invocation for each item, and a batch of that name (as TOML) and rate; `run` is the lines of
/// `[run]`.
pub fn small(run: &str, items: &str, batch: &str, expression: &str) -> String {
    format!(
        r#"
name = "small"
[run]
{run}
[[arrivals]]
name = "items"
process = "poisson"
rate = "{items}"
[functions.post]
service-time = {{ exponential = {{ mean = "1s" }} }}
[[strategy]]
name = "per event"
flow = "events -> post"
[[strategy]]
name = {batch}
flow = "schedule -> post"
[strategy.schedule]
expression = "{expression}"
"#
    )
}
