//! Makes `scenarios/traces/day.csv`: one synthetic day of requests with a morning and an evening peak, and a burst of
//! uploads at 02:00. Deterministic: the same bytes on every machine.
//!
//! ```text
//! cargo run --example make_trace > scenarios/traces/day.csv
//! ```
//!
//! Columns: `timestamp_s` from midnight, `key` of the sender (Zipf over 400), `bytes` (log-normal), and `service_s`
//! (log-normal, with a share that grows with the size).

use std::io::{self, Write};

use simctl::arrivals::settings::{Burst, KeySettings, ProcessSettings, RateProfile};
use simctl::arrivals::{Arrival, Stream, StreamSettings};
use simctl::kernel::{Distribution, Purpose, Root, Span, Time};

/// Mean requests an hour, from midnight: peaks at 9 and 19 o'clock.
const HOURLY: [f64; 24] = [
    90.0, 60.0, 50.0, 50.0, 70.0, 130.0, 300.0, 700.0, 1_250.0, 1_500.0, 1_200.0, 900.0, 800.0, 750.0, 700.0, 750.0,
    850.0, 1_050.0, 1_350.0, 1_450.0, 1_050.0, 600.0, 300.0, 150.0,
];
/// Uploads from 02:00, within 10 minutes.
const BURST: Burst = Burst { items: 1_500, at: Span::from_secs(7_200), within: Span::from_secs(600) };
const SEED: u64 = 20_261_123;
/// A Monday midnight; the hourly rates are read against it.
const START: jiff::Timestamp = jiff::Timestamp::constant(1_795_392_000, 0);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut bytes = Vec::new();
    write_day(&mut bytes)?;
    io::stdout().lock().write_all(&bytes)?;
    Ok(())
}

/// Writes the whole day, header and all.
pub fn write_day(out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    let rates = HOURLY.iter().map(|hourly| hourly / 3_600.0).collect();
    let steps = RateProfile::Steps { rates, period: Span::from_secs(86_400) };
    let mut items = day_of("requests", ProcessSettings::Poisson(steps))?;
    items.extend(day_of("uploads", ProcessSettings::Bursts(vec![BURST]))?);
    items.sort_by_key(|item| item.at);

    let service = Root::new(SEED, 0).purpose("day", "service");
    let base = Distribution::log_normal_median_p99(0.12, 0.9)?;
    writeln!(out, "timestamp_s,key,bytes,service_s")?;
    for (number, item) in (0..).zip(&items) {
        let at_ms = item.at.as_nanos() / 1_000_000;
        let service_ms = service_ms(&base, &service, number, item.size);
        let (at_s, at_rest) = (at_ms / 1_000, at_ms % 1_000);
        let (service_s, service_rest) = (service_ms / 1_000, service_ms % 1_000);
        let (key, size) = (item.key, item.size);
        writeln!(out, "{at_s}.{at_rest:03},c{key:03},{size},{service_s}.{service_rest:03}")?;
    }
    Ok(())
}

/// All items of one day of a stream.
fn day_of(name: &str, process: ProcessSettings) -> Result<Vec<Arrival>, Box<dyn std::error::Error>> {
    let settings = StreamSettings {
        name: name.to_owned(),
        process,
        keys: KeySettings::Zipf { exponent: 1.05, count: 400 },
        size: Distribution::log_normal_median_p99(24_000.0, 900_000.0)?,
        sent_twice: None,
    };
    let until = Time::ZERO + Span::from_secs(86_400);
    let mut stream = Stream::open(&settings, START, until, 1.0, &Root::new(SEED, 0))?;
    let mut items = Vec::new();
    while let Some(item) = stream.next()? {
        items.push(item);
    }
    Ok(items)
}

/// A base time, and 100 ms for each megabyte.
fn service_ms(base: &Distribution, purpose: &Purpose, number: u64, size: u64) -> u64 {
    let base_ms = base.span(&mut purpose.draw(number, 0)).as_millis_ceil();
    base_ms + size / 10_000
}
