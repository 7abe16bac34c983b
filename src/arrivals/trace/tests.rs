//! Small traces written out, and every error with its line.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;
use crate::arrivals::settings::TimeUnit;

fn settings(format: TraceFormat) -> TraceSettings {
    TraceSettings { path: PathBuf::from("t.csv"), format, reorder: Span::ZERO, skip: Span::ZERO, speed: 1.0 }
}

fn times() -> TraceSettings {
    settings(TraceFormat::Timestamps {
        time: "t".to_owned(),
        unit: TimeUnit::Seconds,
        key: None,
        size: None,
        service: None,
    })
}

fn full() -> TraceSettings {
    let name = |text: &str| Some(text.to_owned());
    settings(TraceFormat::Timestamps {
        time: "t".to_owned(),
        unit: TimeUnit::Seconds,
        key: name("key"),
        size: name("bytes"),
        service: name("service"),
    })
}

fn invocations(function: Option<&str>) -> TraceSettings {
    settings(TraceFormat::Invocations { function: function.map(str::to_owned) })
}

fn minutes(function: Option<&str>) -> TraceSettings {
    settings(TraceFormat::MinuteCounts { function: function.map(str::to_owned) })
}

fn open(text: impl Into<Vec<u8>>, settings: &TraceSettings, load: f64) -> Result<Trace, ArrivalError> {
    let source: Source = Box::new(io::Cursor::new(text.into()));
    Trace::from_source(source, Path::new("t.csv"), settings, load, &Root::new(9, 0), "s")
}

fn replay(text: impl Into<Vec<u8>>, settings: &TraceSettings, load: f64) -> Result<Vec<(Time, Carried)>, ArrivalError> {
    let mut trace = open(text, settings, load)?;
    std::iter::from_fn(|| trace.next().transpose()).collect()
}

/// Arrival times in milliseconds.
fn millis(text: impl Into<Vec<u8>>, settings: &TraceSettings, load: f64) -> Vec<u64> {
    let items = replay(text, settings, load).unwrap_or_else(|error| panic!("{error}"));
    items.iter().map(|(at, _)| at.as_nanos() / 1_000_000).collect()
}

fn message(text: impl Into<Vec<u8>>, settings: &TraceSettings) -> String {
    match replay(text, settings, 1.0) {
        Ok(items) => panic!("{} items instead of an error", items.len()),
        Err(error) => error.to_string(),
    }
}

#[test]
fn times_are_from_the_first_arrival() {
    assert_eq!(millis("t\n1431857100.5\n1431857100.5\n1431857102\n", &times(), 1.0), [0, 0, 1_500]);
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_are_fine() {
    assert_eq!(millis("\u{feff}t,x\r\n1,a\r\n\r\n3,b\r\n", &times(), 1.0), [0, 2_000]);
}

#[test]
fn a_missing_last_line_end_loses_nothing() {
    assert_eq!(millis("t\n1\n2", &times(), 1.0), [0, 1_000]);
}

#[test]
fn rows_carry_key_size_and_service() {
    let items = replay("key,t,bytes,service\n\"a,b\",0,512,0.25\nc,1,7.0,1e-3\n\"a,b\",2,0,0\n", &full(), 1.0);
    let carried: Vec<_> = items.unwrap_or_default().into_iter().map(|(_, carried)| carried).collect();
    assert_eq!(carried.iter().map(|c| c.size).collect::<Vec<_>>(), [Some(512), Some(7), Some(0)]);
    let services = [250, 1, 0].map(|ms| Some(Span::from_millis(ms)));
    assert_eq!(carried.iter().map(|c| c.service).collect::<Vec<_>>(), services);
    assert_eq!(carried[0].key, carried[2].key);
    assert_ne!(carried[0].key, carried[1].key);
}

#[test]
fn rows_within_the_window_are_put_in_order() {
    let mut settings = times();
    settings.reorder = Span::from_secs(2);
    // The earliest arrival is the third row: the clock starts there.
    assert_eq!(millis("t\n10\n11\n9.5\n11\n10\n12\n", &settings, 1.0), [0, 500, 500, 1_500, 1_500, 2_500]);
}

#[test]
fn a_row_exactly_at_the_window_is_still_in_time() {
    let mut settings = times();
    settings.reorder = Span::from_secs(2);
    assert_eq!(millis("t\n10\n8\n", &settings, 1.0), [0, 2_000]);
}

/// A count that no run can replay ends in an error, and one in a skipped minute is never drawn.
#[test]
fn minutes_with_more_items_than_a_run_may_have_are_refused_or_skipped() {
    let counts = "HashFunction,1,2\nf,18446744073709551615,2\n";
    let error = open(counts, &minutes(None), 1.0).expect_err("too many").to_string();
    assert!(error.starts_with("t.csv: more than 2000000000 items"), "{error}");
    let after = TraceSettings { skip: Span::from_secs(60), ..minutes(None) };
    assert_eq!(replay(counts, &after, 1.0).map(|items| items.len()).expect("two items"), 2);
    assert!(replay("HashFunction,1,2\nf,0,3\n", &minutes(None), 1e9).is_err(), "with the load in it");
}

#[test]
fn skip_and_speed_move_and_shrink_time() {
    let mut settings = times();
    settings.skip = Span::from_secs(10);
    settings.speed = 4.0;
    assert_eq!(millis("t\n100\n109.9\n110\n114\n130\n", &settings, 1.0), [0, 1_000, 5_000]);
}

#[test]
fn invocations_start_when_they_end_less_their_duration() {
    let mut settings = invocations(None);
    settings.reorder = Span::from_secs(5);
    let text = "app,func,end_timestamp,duration\na,f,3,1\na,g,4,4\na,f,5,0.5\n";
    let items = replay(text, &settings, 1.0).unwrap_or_default();
    let starts: Vec<_> = items.iter().map(|(at, _)| at.as_nanos() / 1_000_000).collect();
    assert_eq!(starts, [0, 2_000, 4_500]);
    let services: Vec<_> = items.iter().filter_map(|(_, carried)| carried.service).collect();
    assert_eq!(services, [4_000, 1_000, 500].map(Span::from_millis));
    assert_eq!(items[1].1.key, items[2].1.key);
    settings.format = invocations(Some("f")).format;
    assert_eq!(millis(text, &settings, 1.0), [0, 2_500]);
}

#[test]
fn minute_counts_are_summed_or_picked() {
    let text = "HashOwner,HashApp,HashFunction,Trigger,1,2,3\no,a,f,http,2,0,1\no,a,g,timer,3,0,0\n";
    let all = millis(text, &minutes(None), 1.0);
    assert_eq!(all.len(), 6);
    assert!(all.is_sorted() && all[..5].iter().all(|&at| at < 60_000), "{all:?}");
    assert!((120_000..180_000).contains(&all[5]));
    assert_eq!(millis(text, &minutes(Some("f")), 1.0).len(), 3);
    assert_eq!(millis(text, &minutes(Some("g")), 2.0).len(), 6);
}

#[test]
fn load_repeats_rows_and_spreads_the_copies() {
    let copies = millis("t\n0\n10\n10\n40\n", &times(), 3.0);
    assert_eq!(copies.len(), 12);
    assert!(copies.is_sorted());
    assert_eq!(copies[0], 0);
    assert!(copies[1] > 0 && copies[2] < 10_000, "spread up to the next row: {copies:?}");
    assert_eq!(copies[3..7], [10_000; 4], "no gap to spread over, then the next row's own time");
    assert_eq!(copies[9..], [40_000; 3], "nothing follows the last row");
}

#[test]
fn a_fractional_load_keeps_the_mean() {
    let text = (0..4_000).fold("t\n".to_owned(), |text, i| text + &format!("{i}\n"));
    // 0.5: Binomial(4,000, 1/2), sd 31.6; 1.25: 4,000 + Binomial(4,000, 1/4), sd 27.4; 3.9 sd is 1e-4 two-sided.
    let half = millis(text.as_str(), &times(), 0.5).len() as f64;
    assert!((half - 2_000.0).abs() < 3.9 * 31.6, "{half}");
    let more = millis(text.as_str(), &times(), 1.25).len() as f64;
    assert!((more - 5_000.0).abs() < 3.9 * 27.4, "{more}");
}

#[test]
fn a_late_row_names_its_line() {
    let text = message("t\n10\n12\n8.5\n", &times());
    assert_eq!(text, "t.csv:4: arrival 3.5 s behind an earlier row; expected at most 0 s (set a longer `reorder`)");
    assert!(message("t\r\n10\r\n12\r\n8.5\r\n", &times()).starts_with("t.csv:4: "));
    assert!(message("t\r\n\r\n10\r\n\n\n12\r\n8.5", &times()).starts_with("t.csv:7: "), "blank lines count");
    let quoted = "key,t,bytes,service\n\"a\nb\",1,2,3\n\"c\nd\",x,2,3\n";
    assert!(message(quoted, &full()).starts_with("t.csv:4: column `t` is `x`"), "a quoted field may span lines");
}

#[test]
fn a_bad_value_names_line_column_and_what_was_expected() {
    for (text, wanted) in [
        ("t,key,bytes,service\n1,k,2,3\nsoon,k,2,3\n", "t.csv:3: column `t` is `soon`; expected decimal seconds"),
        ("t,key,bytes,service\n1,k,-2,3\n", "t.csv:2: column `bytes` is `-2`; expected a number of bytes"),
        ("t,key,bytes,service\n1,k,2,-3\n", "t.csv:2: column `service` is `-3`; expected seconds"),
        ("t,key,bytes,service\n1,k,2,x\n", "t.csv:2: column `service` is `x`; expected seconds"),
        ("t,key,bytes,service\n,k,2,3\n", "t.csv:2: column `t` is ``; expected decimal seconds"),
        ("t,key,bytes,service\n1,k\n", "t.csv:2: column `bytes` is missing; expected a number of bytes"),
        ("t,key,bytes,service\n1\n", "t.csv:2: column `key` is missing; expected a value"),
    ] {
        let found = message(text, &full());
        assert!(found.starts_with(wanted), "{found}");
    }
    let found = message(b"t,key,bytes,service\n1,\xff,2,3\n".to_vec(), &full());
    assert_eq!(found, "t.csv:2: column `key` is not UTF-8; expected text in UTF-8");
    let found = message("app,func,end_timestamp,duration\na,f,1,1\na,f,now,1\n", &invocations(None));
    assert!(found.starts_with("t.csv:3: column `end_timestamp` is `now`"), "{found}");
    let found = message("HashFunction,1,2\nf,1,2\n\nf,1,2.5\n", &minutes(None));
    assert_eq!(found, "t.csv:4: column `2` is `2.5`; expected a whole number of invocations");
    let found = message("HashFunction,1\nf,18446744073709551615\nf,1\n", &minutes(None));
    assert!(found.starts_with("t.csv:3: column `1` is `1`"), "a sum that overflows: {found}");
}

#[test]
fn a_missing_column_is_named_with_the_nearest() {
    assert_eq!(message("time,key\n", &times()), "t.csv:1: no column `t`; the header has `time`, `key`");
    assert_eq!(message("t,Key,bytes,service\n", &full()), "t.csv:1: no column `key`; did you mean `Key`?");
    assert_eq!(message("t,t\n", &times()), "t.csv:1: column `t` appears twice in the header");
    assert_eq!(
        message("HashFunction,1,3\n", &minutes(None)),
        "t.csv:1: no column `2`, though there is one for minute 3"
    );
}

#[test]
fn a_trace_without_rows_is_an_error() {
    assert_eq!(message("", &times()), "t.csv: the file is empty");
    assert_eq!(message("t\n", &times()), "t.csv: no rows; expected at least one arrival");
    let text = "app,func,end_timestamp,duration\na,f,1,1\n";
    assert_eq!(message(text, &invocations(Some("g"))), "t.csv: no row with `func` g; expected at least one invocation");
    assert_eq!(
        message("HashFunction,1\nf,1\n", &minutes(Some("g"))),
        "t.csv: no row with `HashFunction` g; expected one"
    );
}

/// A file that never ends, of which nobody may read more than some.
struct Endless {
    block: &'static [u8],
    given: usize,
    most: usize,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = buffer.len().min(self.block.len() - self.given % self.block.len());
        let from = self.given % self.block.len();
        self.given += count;
        assert!(self.given <= self.most, "read {} bytes", self.given);
        buffer[..count].copy_from_slice(&self.block[from..from + count]);
        Ok(count)
    }
}

#[test]
fn an_open_quote_does_not_swallow_the_file() {
    let most = 2 * records::RECORD_BYTES_MAX;
    let source = io::Cursor::new(b"t\n1\n\"".to_vec()).chain(Endless { block: b"2\n", given: 0, most });
    let trace = Trace::from_source(Box::new(source), Path::new("t.csv"), &times(), 1.0, &Root::new(1, 0), "s");
    let mut trace = trace.unwrap_or_else(|error| panic!("{error}"));
    let error = std::iter::from_fn(|| trace.next().transpose()).find_map(Result::err).map(|e| e.to_string());
    assert_eq!(error.as_deref(), Some("t.csv:3: row longer than 1048576 bytes; is a quote left open?"));
}

#[test]
fn rows_of_one_instant_cannot_fill_the_memory() {
    let most = 4 * reorder::HELD_MAX;
    let source = io::Cursor::new(b"t\n".to_vec()).chain(Endless { block: b"1\n", given: 0, most });
    let mut settings = times();
    settings.reorder = Span::from_secs(1);
    let trace = Trace::from_source(Box::new(source), Path::new("t.csv"), &settings, 1.0, &Root::new(1, 0), "s");
    let error = trace.unwrap_or_else(|error| panic!("{error}")).next().err().map(|e| e.to_string());
    let wanted = "t.csv:1048578: more than 1048576 rows within `reorder`; expected fewer (set a shorter `reorder`)";
    assert_eq!(error.as_deref(), Some(wanted));
}

/// A file of `rows` rows, ten a second, made as it is read; every other row is swapped with the next.
struct Generated {
    row: u64,
    rows: u64,
    text: Vec<u8>,
    read: usize,
}

impl Read for Generated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read == self.text.len() {
            if self.row == self.rows {
                return Ok(0);
            }
            self.text = format!("{}.{}\n", (self.row ^ 1) / 10, (self.row ^ 1) % 10).into_bytes();
            self.row += 1;
            self.read = 0;
        }
        let count = buffer.len().min(self.text.len() - self.read);
        buffer[..count].copy_from_slice(&self.text[self.read..self.read + count]);
        self.read += count;
        Ok(count)
    }
}

#[test]
fn only_the_window_is_held() {
    let rows = 500_000;
    let source = Generated { row: 0, rows, text: b"t\n".to_vec(), read: 0 };
    let mut settings = times();
    settings.reorder = Span::from_secs(3);
    let trace = Trace::from_source(Box::new(source), Path::new("t.csv"), &settings, 1.0, &Root::new(1, 0), "s");
    let Ok(Trace { kind: Kind::Rows(mut replay), .. }) = trace else { panic!("rows expected") };
    let mut count = 0;
    while let Some((at, _)) = replay.next().unwrap_or_else(|error| panic!("{error}")) {
        assert_eq!(at, Time::from_nanos(count * 100_000_000));
        // Three seconds of ten rows, and the one that shows that they are over.
        assert!(replay.held() <= 32, "{} rows held", replay.held());
        count += 1;
    }
    assert_eq!(count, rows);
}

proptest! {
    #[test]
    fn no_file_makes_the_reader_panic(
        form in 0..3usize,
        body in prop_oneof!["[0-9.,\"\r\n eE+-]{0,200}", "([0-9]{1,3}(,[0-9]{1,2}){0,3}\n){0,20}", "\\PC{0,80}"],
        bytes in proptest::collection::vec(any::<u8>(), 0..20),
        reorder_s in 0..100u64,
        load in 0.0..4.0f64,
    ) {
        let (header, mut settings) = match form {
            0 => ("t,key,bytes,service\n", full()),
            1 => ("end_timestamp,duration,func\n", invocations(None)),
            _ => ("1,2,3,HashFunction\n", minutes(None)),
        };
        settings.reorder = Span::from_secs(reorder_s);
        let text = [header.as_bytes(), body.as_bytes(), &bytes].concat();
        let lines = text.iter().filter(|&&byte| byte == b'\n').count() as u64 + 1;
        match replay(text, &settings, load) {
            Ok(items) => prop_assert!(items.is_sorted_by_key(|(at, _)| *at)),
            Err(ArrivalError::Value { line, .. } | ArrivalError::Late { line, .. }) => prop_assert!(line <= lines),
            Err(_) => {}
        }
    }

    #[test]
    fn any_order_within_the_window_is_put_right(
        gaps_ms in proptest::collection::vec(0..2_000u64, 1..60),
        delays_ms in proptest::collection::vec(0..5_000u64, 60),
    ) {
        // Rows are written when they are at most 5 s old: none is more than that behind another before it.
        let mut at = 0;
        let times: Vec<u64> = gaps_ms.iter().map(|gap| { at += gap; at }).collect();
        let mut written: Vec<_> = times.iter().zip(&delays_ms).map(|(at, delay)| (at + delay, *at)).collect();
        written.sort_unstable();
        let text = written.iter().fold("t\n".to_owned(), |text, (_, at)| text + &format!("{}.{:03}\n", at / 1_000, at % 1_000));
        let wanted: Vec<_> = times.iter().map(|at| at - times[0]).collect();
        prop_assert_eq!(millis(text, &times_within(5), 1.0), wanted);
    }
}

/// Times in seconds, out of order by at most so many.
fn times_within(reorder_s: u64) -> TraceSettings {
    TraceSettings { reorder: Span::from_secs(reorder_s), ..times() }
}

#[test]
fn a_trace_times_its_load_has_a_most_of_items() {
    let counts = "HashOwner,HashApp,HashFunction,Trigger,1\no,a,f,http,1000000000\n";
    for (text, settings, load) in [("t\n0\n1\n", times(), 1e9), (counts, minutes(None), 1.5)] {
        let mut trace = open(text, &settings, load).unwrap();
        trace.left = 3;
        for _ in 0..3 {
            assert!(matches!(trace.next(), Ok(Some(_))));
        }
        let error = trace.next().unwrap_err().to_string();
        assert_eq!(error, "t.csv: more than 2000000000 items in the run; expected fewer (lower `load` or `duration`)");
    }
}

#[test]
fn empty_cells_say_nothing() {
    let items = replay("key,t,bytes,service\n,0,,\n a ,1, ,0.5\n", &full(), 1.0).unwrap();
    let nothing = Carried::default();
    let second = Carried { key: Some(table::text_key(b" a ")), size: None, service: Some(Span::from_millis(500)) };
    assert_eq!(items.iter().map(|(_, carried)| *carried).collect::<Vec<_>>(), [nothing, second]);
    // A row that ends before the column is another matter.
    assert!(message("key,t,bytes,service\na,0\n", &full()).contains("column `bytes` is missing"));
}
