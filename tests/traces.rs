//! Replay of files: the trace that is shipped, and real ones where they are at hand.
//!
//! What a replay must give (how many items, over how long) is computed from the file here, by other means than the
//! reader's: plain splitting at commas.

use std::io::Write;
use std::path::{Path, PathBuf};

use simctl::arrivals::settings::{KeySettings, ProcessSettings, TimeUnit, TraceFormat, TraceSettings};
use simctl::arrivals::{Arrival, Stream, StreamSettings};
use simctl::kernel::{Distribution, Root, Span, Time};

#[expect(dead_code, reason = "the example's `main` prints what the test compares")]
#[path = "../examples/make_trace.rs"]
mod make_trace;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const START: jiff::Timestamp = jiff::Timestamp::UNIX_EPOCH;

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A real trace and its text, if it is there.
fn real(name: &str) -> Outcome<Option<(PathBuf, String)>> {
    let path = project("../shared/data/arrivals").join(name);
    if !path.exists() {
        println!("skipped: ../shared/data/arrivals/{name} is absent");
        return Ok(None);
    }
    let text = std::fs::read_to_string(&path)?;
    Ok(Some((path, text)))
}

fn trace(path: PathBuf, format: TraceFormat) -> TraceSettings {
    TraceSettings { path, format, reorder: Span::ZERO, skip: Span::ZERO, speed: 1.0 }
}

fn times(column: &str, unit: TimeUnit) -> TraceFormat {
    TraceFormat::Timestamps { time: column.to_owned(), unit, key: None, size: None, service: None }
}

fn stream(trace: TraceSettings) -> Outcome<StreamSettings> {
    Ok(StreamSettings {
        name: "trace".to_owned(),
        process: ProcessSettings::Trace(trace),
        keys: KeySettings::Unique,
        size: Distribution::constant(0.0)?,
        sent_twice: None,
    })
}

fn replay(trace: TraceSettings, load: f64) -> Outcome<Vec<Arrival>> {
    let settings = stream(trace)?;
    assert_eq!(Stream::expected(&settings, START, Time::NEVER, load), None);
    let mut stream = Stream::open(&settings, START, Time::NEVER, load, &Root::new(1, 0))?;
    let mut items = Vec::new();
    while let Some(item) = stream.next()? {
        assert!(items.last().is_none_or(|last: &Arrival| last.at <= item.at), "times never go back");
        items.push(item);
    }
    Ok(items)
}

fn last_s(items: &[Arrival]) -> f64 {
    items.last().map_or(f64::NAN, |item| item.at.as_secs_f64())
}

/// One column of a simple CSV text.
fn column(text: &str, index: usize) -> Vec<&str> {
    text.lines().skip(1).filter_map(|line| line.split(',').nth(index)).collect()
}

fn numbers(fields: &[&str]) -> Outcome<Vec<f64>> {
    Ok(fields.iter().map(|field| field.parse::<f64>()).collect::<Result<_, _>>()?)
}

/// The shipped day.
fn day() -> TraceSettings {
    let name = |text: &str| Some(text.to_owned());
    trace(
        project("scenarios/traces/day.csv"),
        TraceFormat::Timestamps {
            time: "timestamp_s".to_owned(),
            unit: TimeUnit::Seconds,
            key: name("key"),
            size: name("bytes"),
            service: name("service_s"),
        },
    )
}

#[test]
fn the_shipped_trace_is_what_the_example_makes() -> Outcome<()> {
    let mut made = Vec::new();
    make_trace::write_day(&mut made)?;
    let shipped = std::fs::read(project("scenarios/traces/day.csv"))?;
    assert!(made == shipped, "stale: run `cargo run --example make_trace > scenarios/traces/day.csv`");
    assert!(shipped.len() < 600_000, "{} bytes", shipped.len());
    Ok(())
}

#[test]
fn the_shipped_trace_replays_row_by_row() -> Outcome<()> {
    let text = std::fs::read_to_string(project("scenarios/traces/day.csv"))?;
    let items = replay(day(), 1.0)?;
    let times = numbers(&column(&text, 0))?;
    assert_eq!(items.len(), times.len());
    for (item, time) in items.iter().zip(&times) {
        assert!((item.at.as_secs_f64() - (time - times[0])).abs() < 1e-6);
    }
    let sizes: f64 = numbers(&column(&text, 2))?.iter().sum();
    assert_eq!(items.iter().map(|item| item.size).sum::<u64>() as f64, sizes);
    let services: f64 = numbers(&column(&text, 3))?.iter().sum();
    let replayed: f64 = items.iter().filter_map(|item| item.service).map(Span::as_secs_f64).sum();
    assert!((replayed - services).abs() < 1e-6, "{replayed} {services}");
    let keys: std::collections::BTreeSet<_> = items.iter().map(|item| item.key).collect();
    let names: std::collections::BTreeSet<_> = column(&text, 1).into_iter().collect();
    assert_eq!(keys.len(), names.len());
    Ok(())
}

#[test]
fn a_replay_can_begin_late_run_faster_and_stop_early() -> Outcome<()> {
    let text = std::fs::read_to_string(project("scenarios/traces/day.csv"))?;
    let times = numbers(&column(&text, 0))?;
    let mut settings = day();
    settings.skip = Span::from_secs(7_000);
    settings.speed = 10.0;
    let until = Time::ZERO + Span::from_secs(100);
    let mut stream = Stream::open(&stream(settings)?, START, until, 1.0, &Root::new(1, 0))?;
    let mut count = 0;
    while stream.next()?.is_some() {
        count += 1;
    }
    let wanted = times.iter().filter(|&&time| (7_000.0..8_000.0).contains(&(time - times[0]))).count();
    assert_eq!(count, wanted);
    Ok(())
}

#[test]
fn load_multiplies_the_shipped_trace() -> Outcome<()> {
    let rows = replay(day(), 1.0)?.len() as f64;
    assert_eq!(replay(day(), 3.0)?.len() as f64, 3.0 * rows);
    let half = replay(day(), 1.5)?.len() as f64;
    // A half more for each row on average: sd = sqrt(rows / 4); 3.9 sd is 1e-4 two-sided.
    assert!((half - 1.5 * rows).abs() < 3.9 * (rows / 4.0).sqrt(), "{half}");
    Ok(())
}

#[test]
fn a_missing_file_is_named() -> Outcome<()> {
    let settings = stream(trace(PathBuf::from("no/such.csv"), times("t", TimeUnit::Seconds)))?;
    let opened = Stream::open(&settings, START, Time::NEVER, 1.0, &Root::new(1, 0));
    let message = opened.err().map_or_else(String::new, |error| error.to_string());
    assert!(message.starts_with("no/such.csv: "), "{message}");
    Ok(())
}

#[test]
fn real_minute_counts_replay() -> Outcome<()> {
    let Some((path, text)) = real("azure-functions-2019-day1-sample.csv")? else { return Ok(()) };
    let mut minutes = vec![0u64; 1_440];
    let mut first = None;
    for line in text.lines().skip(1) {
        let fields: Vec<_> = line.split(',').collect();
        let counts = fields[4..].iter().map(|field| field.parse::<u64>()).collect::<Result<Vec<_>, _>>()?;
        first.get_or_insert((fields[2].to_owned(), counts.iter().sum::<u64>()));
        minutes.iter_mut().zip(&counts).for_each(|(sum, count)| *sum += count);
    }
    let items = replay(trace(path.clone(), TraceFormat::MinuteCounts { function: None }), 1.0)?;
    let mut replayed = vec![0u64; 1_440];
    for item in &items {
        replayed[(item.at.as_nanos() / 60_000_000_000) as usize] += 1;
    }
    assert_eq!(replayed, minutes);
    let (function, count) = first.ok_or("no function")?;
    let one = replay(trace(path, TraceFormat::MinuteCounts { function: Some(function) }), 2.0)?;
    assert_eq!(one.len() as u64, 2 * count);
    Ok(())
}

#[test]
fn real_date_times_replay() -> Outcome<()> {
    let Some((path, text)) = real("azure-llm-code-2023.csv")? else { return Ok(()) };
    let format = TraceFormat::Timestamps {
        time: "TIMESTAMP".to_owned(),
        unit: TimeUnit::DateTime,
        key: None,
        size: Some("ContextTokens".to_owned()),
        service: None,
    };
    let items = replay(trace(path, format), 1.0)?;
    let stamps = column(&text, 0);
    assert_eq!(items.len(), stamps.len());
    // All of one day: seconds of the day by hand.
    let of_day = |stamp: &str| -> Outcome<f64> {
        let parts: Vec<f64> = stamp[11..].split(':').map(str::parse).collect::<Result<_, _>>()?;
        Ok(parts[0] * 3_600.0 + parts[1] * 60.0 + parts[2])
    };
    let span = of_day(stamps[stamps.len() - 1])? - of_day(stamps[0])?;
    assert!((last_s(&items) - span).abs() < 1e-6, "{} {span}", last_s(&items));
    let tokens: f64 = numbers(&column(&text, 1))?.iter().sum();
    assert_eq!(items.iter().map(|item| item.size).sum::<u64>() as f64, tokens);
    Ok(())
}

#[test]
fn real_seconds_replay() -> Outcome<()> {
    for (name, header) in [("web-semicomplete-2015.csv", "epoch_s"), ("card-transactions-2013.csv", "time_s")] {
        let Some((path, text)) = real(name)? else { continue };
        let items = replay(trace(path, times(header, TimeUnit::Seconds)), 1.0)?;
        let times = numbers(&column(&text, 0))?;
        assert_eq!(items.len(), times.len(), "{name}");
        assert_eq!(last_s(&items), times[times.len() - 1] - times[0], "{name}");
    }
    Ok(())
}

/// Requests with execution times, rewritten as invocations by their end: the Azure 2021 form.
#[test]
fn real_invocations_are_put_in_order() -> Outcome<()> {
    let Some((_, text)) = real("alibaba-genai-requests-2024.csv")? else { return Ok(()) };
    let mut rows = Vec::new();
    for line in text.lines().skip(1) {
        let fields: Vec<_> = line.split(',').collect();
        let start = fields[0].parse::<jiff::civil::DateTime>()?.to_zoned(jiff::tz::TimeZone::UTC)?.timestamp();
        let (start, duration) = (start.as_second() as f64, fields[3].parse::<f64>().unwrap_or(0.0));
        rows.push((start + duration, duration, fields[1].to_owned()));
    }
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut file = tempfile::NamedTempFile::new()?;
    writeln!(file, "app,func,end_timestamp,duration")?;
    for (end, duration, function) in &rows {
        writeln!(file, "a,{function},{end},{duration}")?;
    }
    file.flush()?;

    let starts: Vec<f64> = rows.iter().map(|(end, duration, _)| end - duration).collect();
    let (low, high) = starts.iter().fold((f64::MAX, f64::MIN), |(low, high), &s| (low.min(s), high.max(s)));
    let longest = rows.iter().fold(0.0f64, |longest, (_, duration, _)| longest.max(*duration));
    let mut settings = trace(file.path().to_owned(), TraceFormat::Invocations { function: None });
    settings.reorder = Span::from_secs_f64(longest);
    let items = replay(settings.clone(), 1.0)?;
    assert_eq!(items.len(), rows.len());
    assert!((last_s(&items) - (high - low)).abs() < 1e-6);
    let busy: f64 = items.iter().filter_map(|item| item.service).map(Span::as_secs_f64).sum();
    assert!((busy - rows.iter().map(|(_, duration, _)| duration).sum::<f64>()).abs() < 1e-3);

    settings.reorder = Span::ZERO;
    let message = replay(settings, 1.0).err().map_or_else(String::new, |error| error.to_string());
    assert!(message.contains("behind an earlier row; expected at most 0 s"), "{message}");
    Ok(())
}
