//! Scenarios as a whole: what loads, what is understood, and what overrides change.

use std::path::Path;

use simctl::scenario::{self, Diagnostics, Override, Scenario};

fn starter_with(overrides: &[&str]) -> Result<Scenario, Diagnostics> {
    let overrides: Vec<Override> = overrides.iter().map(|text| Override::parse(text).unwrap()).collect();
    scenario::load_text("starter.toml", scenario::starter(), Path::new(""), &overrides)
}

#[test]
fn tmp() {
    println!("{}", scenario::explain(&starter_with(&[]).unwrap()));
    println!(
        "{}",
        starter_with(&[
            "functions.handle.timeout=30m",
            "functions.handle.memroy=1GB",
            "run.laod=2",
            "run.duration=3600",
            "strategy.\"hourly batch\".flow=shedule -> handle",
            "objective=[{metric=\"latency_p99\", below=3}]",
            "strategy.\"per event\".handle.memory=700MB",
            "arrivals.orders.rate=5"
        ])
        .unwrap_err()
    );
}
